"""Read figure files as they are printed: every cell as text, with file and line kept for messages."""

# ruff: noqa: S608 - names come from the dictionary, values are bound
from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from data.dictionary import FigureFile, Table
from data.errors import FigureError
from data.layout import Layout
from data.sql_text import name, text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STAGING = "staging"
"""Name of the temporary table that holds one table's figures as text while it is checked."""


def read_header(path: Path) -> list[str]:
    """Column names of a CSV file (plain or gzipped); raises FigureError when it is empty or not text."""
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8", newline="")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8", newline="") as stream
        ):
            header = next(csv.reader(stream), [])
    except (OSError, EOFError, UnicodeDecodeError) as problem:
        raise FigureError(
            "UNREADABLE_FILE",
            "{name} cannot be read as UTF-8 CSV: {problem}. Save it so.",
            name=path.name,
            problem=problem,
        ) from None
    if not header:
        raise FigureError(
            "EMPTY_FILE", "{name} is empty. A figure file starts with its column names.", name=path.name
        )
    return header


def check_header(table: Table, entry: FigureFile, header: list[str]) -> None:
    """Refuse missing, extra or repeated columns by name (`WRONG_COLUMN`)."""
    skipped = {*entry.constants, *entry.absent}
    expected = {column.published for column in table.published if column.name not in skipped}
    missing, extra = sorted(expected - set(header)), sorted(set(header) - expected)
    repeated = sorted({each for each in header if header.count(each) > 1})
    if missing or extra or repeated:
        parts = [("missing", missing), ("not in the dictionary", extra), ("twice", repeated)]
        said = "; ".join(f"{what}: {', '.join(names)}" for what, names in parts if names)
        message = f"{entry.path} has the wrong columns for table {table.name} ({said})."
        raise FigureError("WRONG_COLUMN", "{message} Mend file or dictionary.", message=message)


def _cell(table_column_name: str, published: str, entry: FigureFile) -> str:
    if table_column_name in entry.constants:
        return f"{text(entry.constants[table_column_name])} AS {name(table_column_name)}"
    if table_column_name in entry.absent:
        return f"NULL::VARCHAR AS {name(table_column_name)}"
    return f"{name(published)} AS {name(table_column_name)}"


def _select(table: Table, entry: FigureFile, order: int, header: list[str]) -> str:
    cells = ", ".join(_cell(column.name, column.published, entry) for column in table.published)
    columns = ", ".join(f"{text(each)}: 'VARCHAR'" for each in header)
    return (
        f"SELECT {order} AS file_order, {text(entry.path)} AS file_name, "
        f"row_number() OVER () - 1 AS row_index, "
        f"{cells}, NULL::VARCHAR AS correction_ids, '' AS flagged_columns "
        f"FROM read_csv(?, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
        f"columns = {{{columns}}})"
    )


def stage(connection: DuckDBPyConnection, layout: Layout, table: Table) -> None:
    """Load all figure files of `table` as text into the temporary table `staging`.

    Besides the dictionary's columns it holds `file_order`, `file_name`, `row_index` (0-based),
    `correction_ids` and `flagged_columns`. Raises FigureError (`WRONG_COLUMN`, `UNREADABLE_ROW`, ...).
    """
    connection.execute(f"DROP TABLE IF EXISTS {STAGING}")
    for order, entry in enumerate(table.files):
        path = layout.root / entry.path
        header = read_header(path)
        check_header(table, entry, header)
        select = _select(table, entry, order, header)
        verb = f"CREATE TEMP TABLE {STAGING} AS" if order == 0 else f"INSERT INTO {STAGING}"
        try:
            connection.execute(f"{verb} {select}", [str(path)])
        except duckdb.Error as problem:
            first = str(problem).strip().splitlines()[0]
            raise FigureError(
                "UNREADABLE_ROW",
                "{path} cannot be read ({first}). Mend the file.",
                path=entry.path,
                first=first,
            ) from None
