"""Files without a name and folders for a while: what processes and libraries are given, and give."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from data.errors import not_kept


def scratch_file() -> IO[bytes]:
    """An empty file without a name. Raises WorkError NO_SPACE or NO_SCRATCH."""
    try:
        return tempfile.TemporaryFile(prefix="joulelens-")
    except OSError as problem:
        raise not_kept(problem) from problem


@contextmanager
def copied(parts: Iterable[bytes | memoryview]) -> Iterator[IO[bytes]]:
    """Content in memory as an unnamed file. Raises WorkError NO_SPACE or NO_SCRATCH."""
    with scratch_file() as copy:
        try:
            for part in parts:
                copy.write(part)
            copy.flush()
        except OSError as problem:
            raise not_kept(problem) from problem
        yield copy


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder, gone afterwards with all that is in it. Raises WorkError NO_SPACE or NO_SCRATCH."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="joulelens-", ignore_cleanup_errors=True)
    except OSError as problem:
        raise not_kept(problem) from problem
    with folder as name:
        yield Path(name)
