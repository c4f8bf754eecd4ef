"""Fitted numbers on disk: one `.npz` of plain tables per family of predictors, nothing pickled.

Every file carries a stamp: a hash of the bundle's figures, of the settings and of the code that fits. A file
with another stamp counts as missing. Whoever finds none fits the same numbers itself, only later.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from data import kept_bundle
from predictors.energy.stored.coding import Array, Classes, as_tables, from_tables
from predictors.version import METHOD_VERSION

Fitted = TypeVar("Fitted")

FOLDER_NAME = "fits"
STAMP = "stamp"
PREDICTORS = Path(__file__).resolve().parents[2]
_METHOD_FILES = ("settings/*", "energy/**/*.py", "model/*.py")
"""What decides a fit besides the figures: settings, the code of the fits, how a kernel is described."""


@lru_cache(maxsize=1)
def stamp() -> str:
    """SHA-256 of the figures, the settings, the code that fits and the version of numpy."""
    digest = hashlib.sha256()
    meta = kept_bundle().meta
    for part in (METHOD_VERSION, np.__version__, meta["content_hash"], meta["only_licensed"]):
        digest.update(f"{part}\n".encode())
    for pattern in _METHOD_FILES:
        for path in sorted(PREDICTORS.glob(pattern)):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def folder() -> Path:
    """Where the fits of the open bundle lie: beside it."""
    return kept_bundle().path.parent / FOLDER_NAME


def fitted(family: str, classes: Classes, fit: Callable[[], Fitted]) -> Fitted:
    """One family's fit: the stored one if it is of these figures and this method, else `fit()`.

    `classes` are the dataclasses and enumerations that a stored fit may be made of.
    """
    tables = _stored(family)
    if tables is None:
        return fit()
    try:
        found: Fitted = from_tables(tables, classes)
    except (KeyError, TypeError, ValueError):
        return fit()  # Damaged, as below.
    return found


def is_stored(family: str) -> bool:
    """Whether a fit of these figures and this method is there."""
    path = folder() / f"{family}.npz"
    if not path.is_file():
        return False
    try:
        with np.load(path, allow_pickle=False) as file:
            return str(file[STAMP]) == stamp()
    except _DAMAGED:
        return False


_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


def _stored(family: str) -> dict[str, Array] | None:
    path = folder() / f"{family}.npz"
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file[STAMP]) != stamp():
                return None
            return {name: file[name] for name in file.files if name != STAMP}
    except _DAMAGED:
        return None  # Damaged: fitted again, as if it were missing.


def _shrinks(tables: Mapping[str, Array]) -> bool:
    """Whether packing is worth its time on loading: trees halve, covariances of 64-bit numbers do not."""
    wide = sum(table.nbytes for table in tables.values() if table.dtype == np.float64)
    return sum(table.nbytes for table in tables.values()) > 2 * wide


def store(family: str, fit: Any) -> Path:
    """Write one family's fit; raises OSError when the folder cannot be written."""
    path = folder() / f"{family}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    with beside.open("wb") as sink:
        tables: dict[str, Any] = {STAMP: np.array(stamp()), **as_tables(fit)}
        write = np.savez_compressed if _shrinks(tables) else np.savez
        write(sink, **tables)
    beside.replace(path)
    return path
