"""The dictionary of every table and column: type, unit, meaning, range. It drives schema, checks and labels.

The vocabulary (`schema/vocabulary.toml`) defines each quantity once; a table lists the columns it uses and
may narrow their range or say how its source published them. So one quantity has one name and one unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from data.errors import DictionaryError
from data.layout import ROOT, Layout, read_toml
from data.messages import Message

SUBJECTS = ("catalogue", "phones", "kernels", "boards", "layers", "language", "edge", "traces")
"""Subject files in build order: a table may only refer to tables of the same or an earlier file."""

TYPES = ("VARCHAR", "INTEGER", "BIGINT", "DOUBLE", "BOOLEAN")
IMPLICIT_COLUMNS = ("source_id", "correction_ids")
"""Columns that every table of figures has besides those it lists."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one table.

    `unit` is the unit in the bundle ("none" for text, "1" for a count or a ratio). `published` is the
    column's name in the figure file and `published_unit` its unit there; `factor` converts from it.
    `values` maps published words to ours; `allowed` lists the only words accepted; `derived` is an SQL
    expression over the published columns; `references` names a table whose key this column holds. A `hidden`
    column is read and checked but not stored: other columns are derived from it.
    """

    name: str
    label: str
    type: str
    unit: str
    meaning: str
    minimum: float | None = None
    maximum: float | None = None
    nullable: bool = False
    published: str = ""
    published_unit: str = ""
    factor: float = 1.0
    values: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    derived: str = ""
    references: str = ""
    hidden: bool = False

    @property
    def heading(self) -> str:
        """The label with its unit, for a table head or an axis."""
        if self.unit in ("none", "1"):
            return self.label
        return Message("{label} ({unit})", label=Message(self.label), unit=self.unit)


@dataclass(frozen=True, slots=True)
class FigureFile:
    """One file of figures: its path below the root, columns constant in it, columns it does not have."""

    path: str
    constants: Mapping[str, str]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in order, the files it is read from, or the query it is derived by."""

    name: str
    title: str
    meaning: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()
    files: tuple[FigureFile, ...] = ()
    query: str = ""
    special: bool = False

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that the bundle holds, in order."""
        return tuple(each for each in self.columns.values() if not each.hidden)

    @property
    def published(self) -> tuple[Column, ...]:
        """The columns that are read from figure files or constants."""
        return tuple(
            each for name, each in self.columns.items() if not each.derived and name != "correction_ids"
        )


def _column(table: str, name: str, base: Mapping[str, Any] | None, own: Mapping[str, Any]) -> Column:
    where = f"{table}.{name}"
    if base is None:
        raise DictionaryError("UNKNOWN_COLUMN", "{where}: not in vocabulary.toml. Add it there.", where=where)
    merged: dict[str, Any] = {**base, **own}
    for needed in ("label", "type", "unit", "meaning"):
        if not str(merged.get(needed, "")).strip():
            message = Message(
                '{where} has no {needed}. Every column needs one; use "none" or "1" for no unit.',
                where=where,
                needed=needed,
            )
            raise DictionaryError(f"MISSING_{needed.upper()}", message)
    if merged["type"] not in TYPES:
        message = Message(
            "{where} has the unknown type {merged}. Choose one of: {types}.",
            where=where,
            merged=merged["type"],
            types=", ".join(TYPES),
        )
        raise DictionaryError("UNKNOWN_TYPE", message)
    merged["allowed"] = tuple(merged.get("allowed", ()))
    merged.setdefault("published", name)
    merged.setdefault("published_unit", merged["unit"])
    merged["minimum"], merged["maximum"] = merged.pop("min", None), merged.pop("max", None)
    if merged["published_unit"] != merged["unit"] and "factor" not in own:
        raise DictionaryError(
            "MISSING_FACTOR",
            "{where} is published in {merged}. Give the factor to its own unit.",
            where=where,
            merged=merged["published_unit"],
        )
    try:
        return Column(name=name, **merged)
    except TypeError as problem:
        raise DictionaryError(
            "UNKNOWN_SETTING",
            "{where}: {problem}. Mend the column in the dictionary.",
            where=where,
            problem=problem,
        ) from None


def _check_units(table: Table, units: Mapping[str, str]) -> Table:
    for column in table.columns.values():
        for unit in (column.unit, column.published_unit):
            if unit not in units:
                message = Message(
                    '{name}.{column}: unit "{unit}" is not listed in units.toml. Add it there, or use '
                    "another.",
                    name=table.name,
                    column=column.name,
                    unit=unit,
                )
                raise DictionaryError("UNKNOWN_UNIT", message)
    return table


def _table(name: str, spec: Mapping[str, Any], vocabulary: Mapping[str, Any]) -> Table:
    listed: dict[str, Any] = dict(spec.get("columns", {}))
    special = bool(spec.get("special", False))
    if not special:
        for implicit in IMPLICIT_COLUMNS:
            listed.setdefault(implicit, {})
    columns = {key: _column(name, key, vocabulary.get(key), own) for key, own in listed.items()}
    files = tuple(
        FigureFile(
            path=str(entry["path"]),
            constants={key: str(value) for key, value in entry.get("constants", {}).items()},
            absent=tuple(entry.get("absent", ())),
        )
        for entry in spec.get("files", ())
    )
    for needed in ("title", "meaning"):
        if not str(spec.get(needed, "")).strip():
            message = Message(
                "Table {name} has no {needed}. Say what its rows are.", name=name, needed=needed
            )
            raise DictionaryError(f"MISSING_{needed.upper()}", message)
    return Table(
        name=name,
        title=str(spec["title"]),
        meaning=str(spec["meaning"]),
        columns=columns,
        key=tuple(spec.get("key", ())),
        files=files,
        query=str(spec.get("query", "")).strip(),
        special=special,
    )


@lru_cache(maxsize=8)
def load_dictionary(root: Path = ROOT) -> Mapping[str, Table]:
    """Every table by name, in build order.

    Raises DictionaryError (`MISSING_UNIT`, `UNKNOWN_UNIT`, `UNKNOWN_TYPE`, ...) naming table and column.
    """
    layout = Layout(root)
    vocabulary = read_toml(layout.schema / "vocabulary.toml")
    units = read_toml(layout.schema / "units.toml")
    tables: dict[str, Table] = {}
    for subject in SUBJECTS:
        for name, spec in read_toml(layout.schema / f"{subject}.toml").items():
            tables[name] = _check_units(_table(name, spec, vocabulary), units)
    return tables


def table(name: str) -> Table:
    """The dictionary's entry of one table; raises DictionaryError `UNKNOWN_TABLE`."""
    try:
        return load_dictionary()[name]
    except KeyError:
        raise DictionaryError(
            "UNKNOWN_TABLE", "There is no table {name} in the bundle. Name one of the dictionary.", name=name
        ) from None


def column(table_name: str, column_name: str) -> Column:
    """The dictionary's entry of one column; raises DictionaryError `UNKNOWN_COLUMN`."""
    try:
        return table(table_name).columns[column_name]
    except KeyError:
        message = Message(
            "Table {table_name} has no column {column_name}. Name one of its columns.",
            table_name=table_name,
            column_name=column_name,
        )
        raise DictionaryError("UNKNOWN_COLUMN", message) from None


def units() -> Mapping[str, str]:
    """Every unit used in the bundle, with its name in words."""
    return read_toml(Layout().schema / "units.toml")
