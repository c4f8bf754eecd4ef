"""A file in blocks of whole lines, plain or gzipped, without ever holding more than one block."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from data.budgets import RECORDING, in_force
from data.tracing.errors import Problems, TraceError, too_much_text

BLOCK_BYTES: Final = 8_000_000  # read at a time: columns of a block fit into the memory of a worker
STEP_BYTES: Final = 65_536  # one read of a stream
HEAD_BYTES: Final = 256_000  # what is looked at to recognise a file: 400 long lines
MAX_LINE_BYTES: Final = 200_000  # a thousand columns of 200 characters
_GZIP: Final = b"\x1f\x8b"
_ENCODINGS: Final = (b"\xff\xfe", b"\xfe\xff")

Source = Path | IO[bytes]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file: their bytes, the number of the first one, and whether the file ends here."""

    data: bytes
    first_line: int
    is_last: bool


@contextmanager
def opened(source: Source) -> Iterator[IO[bytes]]:
    """The bytes of a file or of an open one, decompressed if they are gzipped.

    Raises TraceError `NOT_FOUND`.
    """
    if isinstance(source, Path):
        try:
            raw = source.open("rb")
        except OSError as problem:
            raise TraceError(
                "NOT_FOUND",
                "{name} cannot be opened: {strerror}. Check the path.",
                name=source.name,
                strerror=problem.strerror,
            ) from None
        with raw, _unzipped(raw) as stream:
            yield stream
        return
    source.seek(0)
    with _unzipped(source) as stream:
        yield stream


class _Unpacked:
    """What comes out of a compressed file, up to a budget; raises TraceError `UNPACKS_TOO_LARGE` beyond."""

    def __init__(self, stream: gzip.GzipFile, most: int) -> None:
        self._stream = stream
        self._most = most

    def read(self, size: int = -1) -> bytes:
        """Read on. A bomb is found in steps: no step is larger than the caller asked for."""
        data = self._stream.read(size)
        if self._stream.tell() > self._most:
            raise too_much_text(self._most)
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        """Go elsewhere, which may read anew from the beginning."""
        return self._stream.seek(place, whence)

    def tell(self) -> int:
        """Where it is."""
        return self._stream.tell()


def check_unpacked(source: IO[bytes]) -> None:
    """Unpack a compressed file once without looking at it, which takes a tenth of the time of reading it.

    A bomb is refused before anything is parsed. Raises TraceError `UNPACKS_TOO_LARGE`; damage is left to the
    reader, which keeps what comes before it.
    """
    source.seek(0)
    with suppress(OSError, EOFError, zlib.error), _unzipped(source) as stream:
        while isinstance(stream, _Unpacked) and stream.read(STEP_BYTES * 16):
            continue
    source.seek(0)


@contextmanager
def _unzipped(raw: IO[bytes]) -> Iterator[IO[bytes]]:
    start = raw.read(2)
    raw.seek(0)
    if start == _GZIP:
        with gzip.GzipFile(fileobj=raw, mode="rb") as stream:
            yield cast(IO[bytes], _Unpacked(stream, in_force(RECORDING).unpacked_bytes))
    else:
        yield raw


def head_lines(stream: IO[bytes], name: str) -> list[str]:
    """The first lines as text; raises TraceError `NOT_TEXT`, `TOO_MANY_COLUMNS` or `BROKEN_FILE`."""
    problems = Problems()
    data = read_bytes(stream, HEAD_BYTES, problems, 1)
    if not data and problems.found:
        raise TraceError("BROKEN_FILE", "{name} is compressed, but damaged. Compress it again.", name=name)
    if data.startswith(_ENCODINGS):
        raise TraceError("NOT_TEXT", "{name} is written in UTF-16. Save it as UTF-8.", name=name)
    if b"\0" in data:
        raise TraceError("NOT_TEXT", "{name} is not a text file. Export the recording as CSV.", name=name)
    text = data.decode("utf-8-sig", errors="replace")
    lines = text.splitlines(keepends=True)
    if len(data) == HEAD_BYTES and lines:
        if len(lines) == 1 or len(lines[-1]) > MAX_LINE_BYTES:
            raise TraceError(
                "TOO_MANY_COLUMNS",
                "the line is longer than {max_line_bytes:,} characters. No recording has so many columns.",
                max_line_bytes=MAX_LINE_BYTES,
                line=len(lines),
            )
        lines = lines[:-1]
    return [line.rstrip("\r\n") for line in lines]


def blocks(stream: IO[bytes], problems: Problems, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """Blocks of whole lines. Over-long lines are left out and counted, as is a damaged end."""
    rest, line, skipping = b"", 1, False
    while True:
        data = read_bytes(stream, size, problems, line)
        buffer = rest + data
        if not data:
            if skipping or len(buffer) > MAX_LINE_BYTES:
                problems.add("LONG_LINE", line)
            elif buffer:
                yield Block(buffer, line, is_last=True)
            return
        cut = buffer.rfind(b"\n") + 1
        whole, rest = buffer[:cut], buffer[cut:]
        if skipping and whole:
            problems.add("LONG_LINE", line)
            whole = whole[whole.find(b"\n") + 1 :]
            line, skipping = line + 1, False
        if len(rest) > MAX_LINE_BYTES:
            rest, skipping = b"", True
        if whole:
            yield Block(whole, line, is_last=False)
            line += whole.count(b"\n")


BACKWARDS_BYTES: Final = 300_000_000
"""A file whose newest row comes first is turned in memory up to this size."""


def backwards(found: Iterator[Block], first_line: int, name: str) -> Iterator[Block]:
    """The lines of a file from the last one up to `first_line`, in one block; line numbers count from 1
    there.

    Raises TraceError `TOO_LARGE_BACKWARDS`.
    """
    parts, size = [], 0
    for block in found:
        skip = max(0, first_line - block.first_line)
        parts.append(b"".join(block.data.splitlines(keepends=True)[skip:]) if skip else block.data)
        size += len(parts[-1])
        if size > BACKWARDS_BYTES:
            raise TraceError(
                "TOO_LARGE_BACKWARDS",
                "{name} has its newest row first and is too large to be turned here (over {most:,} MB). "
                "Turn it "
                "with a tool such as `tac`, and keep the heading on top.",
                name=name,
                most=BACKWARDS_BYTES // 1_000_000,
            )
    lines = b"".join(parts).splitlines()
    if lines:
        yield Block(b"\n".join(reversed(lines)), first_line, is_last=True)


def read_bytes(stream: IO[bytes], size: int, problems: Problems, line: int) -> bytes:
    """Up to `size` bytes; what comes before damage is kept."""
    parts: list[bytes] = []
    missing = size
    while missing > 0:
        try:
            part = stream.read(min(missing, STEP_BYTES))
        except (OSError, EOFError, zlib.error):
            problems.add("TRUNCATED_FILE", line + sum(each.count(b"\n") for each in parts))
            break
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
