"""Opens files whose names come from outside: only regular ones, without waiting for a pipe or a device."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from data.messages import Message


class NoRegularFile(OSError):
    """The name of a folder, a device or a pipe."""


def open_file(path: Path) -> BufferedReader:
    """Open a regular file for reading. Raises NoRegularFile, OSError, and ValueError for no possible name."""
    _check(path.stat())  # opening alone may already do something to a device
    # O_NONBLOCK: should the path have become a pipe since, opening it must not wait.
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    file = os.fdopen(number, "rb")
    try:
        _check(os.fstat(number))
    except OSError:
        file.close()
        raise
    return file


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NoRegularFile(errno.EINVAL, Message("not a regular file"))


def read_small(path: Path, most_bytes: int) -> bytes:
    """Return what is in a regular file of at most so many bytes. Raises OSError; its `strerror` says why."""
    with open_file(path) as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, Message("too large"))
    return content
