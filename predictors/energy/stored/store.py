"""Fitted numbers on disk: one `.npz` of plain tables per family of predictors, nothing pickled.

Every file carries a stamp: a hash of the bundle's figures, of the settings and of the code that fits. A file
with another stamp counts as missing. Whoever finds none fits the same numbers itself, only later.

Dataclasses of numbers as flat tables and back: one array per number type, and one text of structure.

The structure is JSON: what a value is, its fields, and where its numbers lie in the flat arrays. Only the
classes that the reader names are made again, and nothing that the file says is run.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from data import kept_bundle
from predictors.version import METHOD_VERSION

Array: TypeAlias = NDArray[Any]
Classes: TypeAlias = Sequence[type]

STRUCTURE = "structure"
_LOWER = "lower"
_PLAIN = (str, int, float, bool, type(None))


class _Writer:
    """Collects flat arrays while values are written down."""

    def __init__(self) -> None:
        self.parts: dict[str, list[Array]] = {}
        self.used: dict[str, int] = {}
        self.known: dict[int, tuple[Array, Any]] = {}

    def write(self, value: Any) -> Any:
        """JSON of a value; arrays become references."""
        if isinstance(value, Enum):
            return {"enum": type(value).__name__, "value": value.value}
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, np.ndarray):
            if id(value) not in self.known:
                self.known[id(value)] = (value, self._array(value))
            return self.known[id(value)][1]
        if is_dataclass(value):
            named = [self.write(getattr(value, field.name)) for field in fields(value) if field.init]
            return {"class": type(value).__name__, "fields": named}
        if isinstance(value, Mapping):
            return {"map": [[self.write(key), self.write(item)] for key, item in value.items()]}
        if isinstance(value, frozenset):
            return {"set": [self.write(item) for item in sorted(value)]}
        if isinstance(value, tuple | list):
            return {"tuple": [self.write(item) for item in value]}
        raise TypeError(f"no table holds a {type(value).__name__}")

    def _array(self, array: Array) -> Any:
        lower = _is_lower(array)
        flat = array[np.tril_indices(len(array))] if lower else array.ravel()
        if flat.dtype.kind not in "biuf":
            raise TypeError(f"no table holds numbers of type {flat.dtype}")
        dtype = flat.dtype.str.lstrip("<|=")
        start = self.used.get(dtype, 0)
        self.parts.setdefault(dtype, []).append(flat)
        self.used[dtype] = start + len(flat)
        return {"array": [dtype, start, _LOWER if lower else "full", *array.shape]}


def _is_lower(array: Array) -> bool:
    """A lower triangle, as Cholesky factors are: its empty half is not stored."""
    square = array.ndim == 2 and array.shape[0] == array.shape[1] > 1
    return square and not np.triu(array, 1).any()


def as_tables(value: Any) -> dict[str, Array]:
    """Flat arrays by their number type, and the structure. Raises TypeError for what is no plain data."""
    writer = _Writer()
    structure = json.dumps(writer.write(value), separators=(",", ":"))
    tables = {dtype: np.concatenate(parts) for dtype, parts in writer.parts.items()}
    return {STRUCTURE: np.frombuffer(structure.encode(), dtype=np.uint8), **tables}


def from_tables(tables: Mapping[str, Array], classes: Classes) -> Any:
    """The value that `as_tables` took apart. Raises KeyError for a class that is not among `classes`."""
    known = {each.__name__: each for each in classes}
    return _read(json.loads(bytes(tables[STRUCTURE])), tables, known)


def _read(node: Any, tables: Mapping[str, Array], known: Mapping[str, type]) -> Any:
    if not isinstance(node, dict):
        return node
    if "array" in node:
        return _numbers(node["array"], tables)
    if "class" in node:
        return known[node["class"]](*(_read(item, tables, known) for item in node["fields"]))
    if "enum" in node:
        return known[node["enum"]](node["value"])
    if "map" in node:
        return {_read(key, tables, known): _read(item, tables, known) for key, item in node["map"]}
    if "set" in node:
        return frozenset(_read(item, tables, known) for item in node["set"])
    return tuple(_read(item, tables, known) for item in node["tuple"])


def _numbers(place: Sequence[Any], tables: Mapping[str, Array]) -> Array:
    dtype, start, form, *shape = place
    if form == _LOWER:
        count = shape[0] * (shape[0] + 1) // 2
        full: Array = np.zeros(shape, dtype=tables[dtype].dtype)
        full[np.tri(shape[0], dtype=bool)] = tables[dtype][start : start + count]
        return full
    count = int(np.prod(shape, dtype=np.int64))
    return tables[dtype][start : start + count].reshape(shape)


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
