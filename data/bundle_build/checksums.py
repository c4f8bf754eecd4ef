"""SHA-256 of every figure file, so that a changed figure is noticed before it is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from data.dictionary import Table
from data.errors import ChecksumError
from data.layout import Layout
from data.messages import Message


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal text."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def figure_paths(tables: Iterable[Table]) -> tuple[str, ...]:
    """Every figure file that the dictionary names, relative to the data root, sorted, without repeats."""
    return tuple(sorted({entry.path for each in tables for entry in each.files}))


def read_checksums(layout: Layout) -> Mapping[str, str]:
    """Recorded digests by relative path; raises ChecksumError `FILE_MISSING` or `BAD_LINE`."""
    try:
        lines = layout.checksums.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ChecksumError("FILE_MISSING", "SHA256SUMS is missing. Run: python -m data checksum") from None
    recorded: dict[str, str] = {}
    for line in filter(str.strip, lines):
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name:
            raise ChecksumError(
                "BAD_LINE",
                "SHA256SUMS has a line it should not have: {line!r}. Write it anew with `python -m data "
                "checksum`.",
                line=line,
            )
        recorded[name] = digest
    return recorded


def problems(layout: Layout, tables: Iterable[Table]) -> list[ChecksumError]:
    """What is wrong with the figure files, one error per file; empty when all are as recorded."""
    recorded = read_checksums(layout)
    found: list[ChecksumError] = []
    for name in figure_paths(tables):
        path = layout.root / name
        if not path.is_file():
            found.append(
                ChecksumError("FILE_MISSING", "{name} is missing. Restore it from the repository.", name=name)
            )
        elif name not in recorded:
            message = Message(
                "{name} has no checksum. If the file is right, run: python -m data checksum", name=name
            )
            found.append(ChecksumError("CHECKSUM_MISSING", message))
        elif file_digest(path) != recorded[name]:
            message = Message(
                "{name} is not the file its checksum was taken of. If the change is meant, run: python -m "
                "data checksum",
                name=name,
            )
            found.append(ChecksumError("CHECKSUM_MISMATCH", message))
    return found


def write_checksums(layout: Layout, tables: Iterable[Table]) -> tuple[str, ...]:
    """Record the digests of all figure files as they are now; returns the paths written."""
    names = figure_paths(tables)
    for name in names:
        if not (layout.root / name).is_file():
            raise ChecksumError(
                "FILE_MISSING",
                "{name} is named in the dictionary but is not there. Add the file, or take its table out "
                "of the dictionary.",
                name=name,
            )
    lines = [f"{file_digest(layout.root / name)}  {name}\n" for name in names]
    layout.checksums.write_text("".join(lines), encoding="utf-8")
    return names
