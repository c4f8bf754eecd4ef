"""Dataclasses of numbers as flat tables and back: one array per number type, and one text of structure.

The structure is JSON: what a value is, its fields, and where its numbers lie in the flat arrays. Only the
classes that the reader names are made again, and nothing that the file says is run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

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
