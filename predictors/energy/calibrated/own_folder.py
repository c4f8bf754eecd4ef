"""The folder with device files that everybody sees, and whether anything in it has changed.

It imports nothing slow: the app asks it before every result that it may take from its memory.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final, TypeAlias

VARIABLE: Final = "JOULELENS_DEVICES"
"""Environment variable that names the folder with device files."""
FILES: Final = (".toml", ".csv", ".kernels.json")
"""How the names of the files of a device end."""
AS_IT_GOES: Final = (".kernels.csv", ".kernels.energy.csv")
"""File that `measure kernels` rewrites every few seconds. It counts once the fit is written, at the end."""
LOOK_S: Final = 1.0
"""The folder is looked at once a second at most: pages ask for their devices hundreds of times a run."""

Stamp: TypeAlias = tuple[tuple[str, int, int], ...]
"""Name, time of change (ns) and size (bytes) of every file of a device."""


def use_folder(folder: Path | None) -> None:
    """Take the devices of a folder from now on, also in processes started later."""
    if folder is not None:
        os.environ[VARIABLE] = str(folder)


def folder_in_use() -> str:
    """The folder's path as it was given; "" for none."""
    return os.environ.get(VARIABLE, "")


_looked: Final[dict[str, tuple[float, Stamp]]] = {}


def stamp() -> Stamp:
    """Stamp of the folder's files, which changes when they do; () without a folder."""
    folder = folder_in_use()
    if not folder:
        return ()
    now, known = time.monotonic(), _looked.get(folder)
    if known is not None and now - known[0] < LOOK_S:
        return known[1]
    found = _stamp(folder)
    _looked.clear()
    _looked[folder] = (now, found)
    return found


def look_again() -> None:
    """Look at the folder at the next question, however soon it comes."""
    _looked.clear()


def _stamp(folder: str) -> Stamp:
    try:
        with os.scandir(folder) as entries:
            chosen = [entry for entry in entries if _is_of_device(entry.name)]
            return tuple(sorted(_told(entry) for entry in chosen))
    except OSError:  # whoever reads the folder says what is wrong with it
        return ()


def _is_of_device(name: str) -> bool:
    return name.endswith(FILES) and not name.endswith(AS_IT_GOES)


def _told(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    try:
        status = entry.stat()
    except OSError:  # it has just gone
        return entry.name, 0, 0
    return entry.name, status.st_mtime_ns, status.st_size
