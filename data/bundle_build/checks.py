"""Checks of figures against the dictionary: refused by file, line, column and value, with a code."""

# ruff: noqa: S608 - names come from the dictionary, values are bound
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from data.bundle_build.figures import STAGING
from data.dictionary import Column, Table
from data.errors import DataError, FigureError, SourceError
from data.messages import Message
from data.sql_text import converted, name, text, translated

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN = 3
"""Offending cells named in one message."""


def _bounds(column: Column, value: str) -> list[str]:
    tests = []
    if column.minimum is not None:
        tests.append(f"{value} < {column.minimum!r}")
    if column.maximum is not None:
        tests.append(f"{value} > {column.maximum!r}")
    return tests


def _is_malformed(column: Column) -> str:
    cell = name(column.name)
    if column.type == "DOUBLE":
        return f"{cell} IS NOT NULL AND coalesce(NOT isfinite(TRY_CAST({cell} AS DOUBLE)), true)"
    if column.type in ("INTEGER", "BIGINT"):
        whole = f"regexp_full_match({cell}, '[+-]?[0-9]+')"
        return f"{cell} IS NOT NULL AND (NOT {whole} OR TRY_CAST({cell} AS {column.type}) IS NULL)"
    if column.type == "BOOLEAN":
        return f"{cell} IS NOT NULL AND lower({cell}) NOT IN ('true', 'false')"
    return "false"


def _faults(column: Column) -> dict[str, str]:
    """SQL tests by error code that hold for a bad cell of this column."""
    cell = name(column.name)
    faults = {"NOT_A_NUMBER" if column.type != "BOOLEAN" else "NOT_A_YES_OR_NO": _is_malformed(column)}
    if not column.nullable:
        faults["MISSING_VALUE"] = f"{cell} IS NULL"
    if column.allowed:
        words = ", ".join(map(text, column.allowed))
        faults["UNKNOWN_WORD"] = f"{translated(column)} NOT IN ({words})"
    bounds = _bounds(column, f"({converted(column)})")
    if bounds:
        # A cell that a declared correction flags is known to be odd; it is shown as such, not refused.
        flagged = f"contains(flagged_columns, {text(column.name + ',')})"
        faults["VALUE_OUT_OF_RANGE"] = f"({' OR '.join(bounds)}) AND NOT {flagged}"
    return faults


_WORDS = {
    "NOT_A_NUMBER": "is not a number (a decimal point, no thousands separator, no unit)",
    "NOT_A_YES_OR_NO": "is neither true nor false",
    "MISSING_VALUE": "is empty, but every row needs it",
    "UNKNOWN_WORD": "is not one of the words the dictionary allows",
}


def _describe(column: Column, code: str) -> str:
    if code != "VALUE_OUT_OF_RANGE":
        return _WORDS[code]
    low = "" if column.minimum is None else f"{column.minimum:g}"
    high = "" if column.maximum is None else f"{column.maximum:g}"
    unit = "" if column.published_unit == column.unit else f" (printed in {column.published_unit})"
    return f"is outside {low}..{high} {column.unit}{unit}"


def check_cells(connection: DuckDBPyConnection, table: Table) -> None:
    """Check every staged cell: type, presence, allowed words, range.

    Raises FigureError (`NOT_A_NUMBER`, `MISSING_VALUE`, `UNKNOWN_WORD`, `VALUE_OUT_OF_RANGE`) naming file,
    line, column and value of the first offenders.
    """
    faults = [(column, code, test) for column in table.published for code, test in _faults(column).items()]
    counts = ", ".join(f"count(*) FILTER (WHERE {test})" for _, _, test in faults)
    found = connection.execute(f"SELECT {counts} FROM {STAGING}").fetchone() or ()
    for (column, code, test), count in zip(faults, found, strict=True):
        if count:
            raise _offence(connection, column, code, test, count)


def _offence(connection: DuckDBPyConnection, column: Column, code: str, test: str, count: int) -> FigureError:
    query = (
        f"SELECT file_name, row_index + 2, {name(column.name)} FROM {STAGING} "
        f"WHERE {test} ORDER BY file_order, row_index LIMIT {SHOWN}"
    )
    rows = connection.execute(query).fetchall()
    cells = "; ".join(f"{file}, line {line}: {value!r}" for file, line, value in rows)
    more = f" and {count - SHOWN} more" if count > SHOWN else ""
    said = f"Column {column.name} {_describe(column, code)}: {cells}{more}."
    return FigureError(code, "{said} Mend the figure or its dictionary.", said=said)


def check_sources(connection: DuckDBPyConnection, table: Table, known: Iterable[str]) -> None:
    """Refuse rows whose source nobody described (`UNKNOWN_SOURCE`)."""
    query = f"SELECT DISTINCT source_id FROM {STAGING} WHERE NOT list_contains(?, source_id)"
    unknown = [str(each) for (each,) in connection.execute(query, [list(known)]).fetchall()]
    if unknown:
        message = Message(
            "Table {name} names sources that sources.toml lacks: {unknown}. Describe them there.",
            name=table.name,
            unknown=", ".join(unknown),
        )
        raise SourceError("UNKNOWN_SOURCE", message)


def check_table(connection: DuckDBPyConnection, table: Table, tables: Mapping[str, Table]) -> None:
    """Check a filled table: derived columns present and in range, references known, keys unique."""
    for column in table.stored:
        if column.derived or table.query:
            _check_derived(connection, table, column)
        if column.references:
            _check_reference(connection, table, column, tables)
    if table.key:
        _check_key(connection, table)


def _check_derived(connection: DuckDBPyConnection, table: Table, column: Column) -> None:
    cell = name(column.name)
    tests = _bounds(column, cell)
    if not column.nullable:
        tests.append(f"{cell} IS NULL")
    if column.allowed:
        tests.append(f"{cell} NOT IN ({', '.join(map(text, column.allowed))})")
    if not tests:
        return
    # Values derived from a flagged figure may be as odd as the figure itself.
    query = f"SELECT count(*), any_value({cell}) FROM {name(table.name)} WHERE ({' OR '.join(tests)})"
    if any("<" in test or ">" in test for test in tests):
        query += f" AND (correction_ids IS NULL OR {cell} IS NULL)"
    count, value = connection.execute(query).fetchone() or (0, None)
    if count:
        said = f"{table.name}.{column.name}: {count} derived values are missing or out of range"
        raise FigureError(
            "DERIVED_VALUE", "{said}, such as {value!r}. Mend these cells.", said=said, value=value
        )


def _check_reference(
    connection: DuckDBPyConnection, table: Table, column: Column, tables: Mapping[str, Table]
) -> None:
    other = tables[column.references]
    query = (
        f"SELECT DISTINCT {name(column.name)} FROM {name(table.name)} WHERE {name(column.name)} NOT IN "
        f"(SELECT {name(other.key[0])} FROM {name(other.name)})"
    )
    unknown = [str(each) for (each,) in connection.execute(query).fetchall()]
    if unknown:
        code = {"sources": "UNKNOWN_SOURCE", "devices": "UNKNOWN_DEVICE"}.get(other.name, "UNKNOWN_REFERENCE")
        said = ", ".join(unknown[:SHOWN])
        message = f"{table.name}.{column.name} names {said}, which {other.name} does not list."
        error: type[DataError] = SourceError if other.name == "sources" else FigureError
        raise error(code, message)


def _check_key(connection: DuckDBPyConnection, table: Table) -> None:
    key = ", ".join(map(name, table.key))
    query = f"SELECT {key} FROM {name(table.name)} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"
    row = connection.execute(query).fetchone()
    if row:
        said = ", ".join(f"{part} = {value!r}" for part, value in zip(table.key, row, strict=True))
        raise FigureError(
            "DUPLICATE_KEY", "Table {name} has two rows with {said}. Keep one.", name=table.name, said=said
        )
