"""Small pieces of SQL built from the dictionary's own words, never from a user's."""

from __future__ import annotations

from data.dictionary import Column


def name(identifier: str) -> str:
    """An identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal, quoted."""
    return "'" + value.replace("'", "''") + "'"


def _scaled(expression: str, factor: float) -> str:
    if factor == 1:
        return expression
    # A division by 1000 is rounded once; a product with the inexact 0.001 would be rounded twice.
    inverse = round(1 / factor)
    if factor < 1 and abs(factor * inverse - 1) < 1e-12:
        return f"{expression} / {inverse}"
    return f"{expression} * {factor!r}"


def translated(column: Column) -> str:
    """A published word in our spelling; words without a translation stay as they are."""
    if not column.values:
        return name(column.name)
    cases = " ".join(f"WHEN {text(old)} THEN {text(new)}" for old, new in column.values.items())
    return f"nullif(CASE {name(column.name)} {cases} ELSE {name(column.name)} END, '')"


def converted(column: Column) -> str:
    """The published text of a column as a value of its type, in the bundle's unit; NULL where it is none."""
    if column.type == "VARCHAR":
        return translated(column)
    if column.type == "DOUBLE":
        return _scaled(f"TRY_CAST({name(column.name)} AS DOUBLE)", column.factor)
    return f"TRY_CAST({name(column.name)} AS {column.type})"
