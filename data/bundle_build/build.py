"""Build the DuckDB bundle from the committed figures: stage, correct, check, convert, comment, hash.

Every table of the dictionary is created, in the dictionary's order and with its types, comments and checks.
The build writes to a temporary file of its own and renames it, so that several may run at once and no reader
ever sees half a bundle.
"""

# ruff: noqa: S608 - names come from the dictionary, values are bound
from __future__ import annotations

import contextlib
import os
import platform
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from data.bundle_build.checks import check_cells, check_sources, check_table
from data.bundle_build.checksums import problems
from data.bundle_build.content_hash import content_hash, count_rows, inputs_digest
from data.bundle_build.corrections import Correction, apply_corrections, correction_rows, load_corrections
from data.bundle_build.figures import STAGING, stage
from data.bundle_build.sources import Source, load_sources, source_rows
from data.dictionary import Column, Table, load_dictionary
from data.errors import BundleError, CorrectionError
from data.layout import META_TABLE, Layout
from data.messages import Message
from data.sql_text import converted, name, text
from data.version import DATA_VERSION

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made: path, rows by table, content hash, and whether unlicensed sources were left out."""

    path: Path
    rows: Mapping[str, int]
    content_hash: str
    only_licensed: bool


@dataclass(frozen=True, slots=True)
class _Inputs:
    layout: Layout
    tables: Mapping[str, Table]
    sources: Mapping[str, Source]
    corrections: Sequence[Correction]
    included: frozenset[str]


def _read_inputs(layout: Layout, only_licensed: bool) -> _Inputs:
    load_dictionary.cache_clear()
    tables = load_dictionary(layout.root)
    sources = load_sources(layout)
    corrections = load_corrections(layout, tables)
    for correction in corrections:
        if correction.source_id not in sources:
            message = Message(
                "Correction {correction_id}: no such source: {source_id}. Name one of sources.toml.",
                correction_id=correction.correction_id,
                source_id=correction.source_id,
            )
            raise CorrectionError("UNKNOWN_SOURCE", message)
    damaged = problems(layout, tables.values())
    if damaged:
        raise damaged[0]
    included = {each.source_id for each in sources.values() if each.licence_stated or not only_licensed}
    return _Inputs(layout, tables, sources, corrections, frozenset(included))


def _create(connection: DuckDBPyConnection, table: Table) -> None:
    columns = ", ".join(f"{name(column.name)} {column.type}" for column in table.stored)
    connection.execute(f"CREATE TABLE {name(table.name)} ({columns})")


def _comment(connection: DuckDBPyConnection, table: Table) -> None:
    connection.execute(f"COMMENT ON TABLE {name(table.name)} IS {text(f'{table.title}. {table.meaning}')}")
    for column in table.stored:
        where = f"{name(table.name)}.{name(column.name)}"
        connection.execute(f"COMMENT ON COLUMN {where} IS {text(f'[{column.unit}] {column.meaning}')}")
        if not column.nullable:
            connection.execute(f"ALTER TABLE {name(table.name)} ALTER {name(column.name)} SET NOT NULL")


def _expression(column: Column) -> str:
    if column.derived:
        return f"({column.derived})::{column.type} AS {name(column.name)}"
    return f"r.{name(column.name)}"


def _fill(connection: DuckDBPyConnection, table: Table) -> None:
    inner = ", ".join(f"{converted(column)} AS {name(column.name)}" for column in table.published)
    outer = ", ".join(_expression(column) for column in table.stored)
    connection.execute(
        f"INSERT INTO {name(table.name)} SELECT {outer} FROM "
        f"(SELECT {inner}, correction_ids, file_order, row_index FROM {STAGING}) AS r "
        "ORDER BY r.file_order, r.row_index"
    )


def _keep_names(connection: DuckDBPyConnection, table: Table, included: list[str]) -> None:
    """Keep a row whose source is left out if another source names the same thing, without its facts."""
    if "named_by" not in table.columns:
        return
    facts = [name(column.name) for column in table.published if column.nullable]
    emptied = ", ".join(f"{each} = NULL" for each in facts if each != '"named_by"')
    connection.execute(
        f"UPDATE {STAGING} SET {emptied}, source_id = named_by "
        "WHERE NOT list_contains($included, source_id) AND list_contains($included, named_by)",
        {"included": included},
    )


def _build_figures(connection: DuckDBPyConnection, table: Table, inputs: _Inputs) -> dict[str, int]:
    stage(connection, inputs.layout, table)
    concerned = apply_corrections(connection, table, inputs.corrections)
    check_cells(connection, table)
    check_sources(connection, table, inputs.sources)
    _keep_names(connection, table, sorted(inputs.included))
    connection.execute(
        f"DELETE FROM {STAGING} WHERE NOT list_contains(?, source_id)", [sorted(inputs.included)]
    )
    _fill(connection, table)
    connection.execute(f"DROP TABLE {STAGING}")
    return concerned


def _insert(connection: DuckDBPyConnection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        marks = ", ".join("?" for _ in table.stored)
        connection.executemany(f"INSERT INTO {name(table.name)} VALUES ({marks})", rows)


def _files_by_source(connection: DuckDBPyConnection, inputs: _Inputs) -> dict[str, str]:
    """Figure files by source: from constants of the file, or from the rows of files that name it there."""
    found: dict[str, set[str]] = {each: set() for each in inputs.sources}
    for table in inputs.tables.values():
        for entry in table.files:
            constant = entry.constants.get("source_id")
            if constant in found:
                found[constant].add(entry.path)
            elif constant is None:
                query = f"SELECT DISTINCT source_id FROM {name(table.name)}"
                for (source_id,) in connection.execute(query).fetchall():
                    found[str(source_id)].add(entry.path)
    return {source_id: ", ".join(sorted(paths)) for source_id, paths in found.items() if paths}


def _write_meta(connection: DuckDBPyConnection, inputs: _Inputs, only_licensed: bool) -> str:
    digest = content_hash(connection, (each for each in inputs.tables if each != META_TABLE))
    entries = {
        "data_version": DATA_VERSION,
        "content_hash": digest,
        "inputs_digest": inputs_digest(inputs.layout),
        "only_licensed": str(only_licensed).lower(),
        "duckdb_version": duckdb.__version__,
        "python_version": platform.python_version(),
    }
    _insert(connection, inputs.tables[META_TABLE], list(entries.items()))
    return digest


def _fill_all(connection: DuckDBPyConnection, inputs: _Inputs, only_licensed: bool) -> str:
    tables = inputs.tables
    concerned: dict[str, int] = {}
    for table in tables.values():
        _create(connection, table)
        if table.files:
            concerned |= _build_figures(connection, table, inputs)
        elif table.query:
            columns = ", ".join(name(column.name) for column in table.stored)
            connection.execute(f"INSERT INTO {name(table.name)} SELECT {columns} FROM ({table.query})")
    files = _files_by_source(connection, inputs)
    records = source_rows(tables["sources"], inputs.sources, files, set(inputs.included))
    _insert(connection, tables["sources"], records)
    declared = [each for each in inputs.corrections if each.source_id in inputs.included]
    _insert(connection, tables["corrections"], correction_rows(declared, concerned))
    for table in tables.values():
        check_table(connection, table, tables)
    digest = _write_meta(connection, inputs, only_licensed)
    # One transaction: hundreds of statements, each of which would be written to the disk on its own.
    connection.begin()
    for table in tables.values():
        _comment(connection, table)
    connection.commit()
    return digest


def build(out: Path, *, only_licensed: bool = False, layout: Layout | None = None) -> BuildReport:
    """Build the bundle at `out`, replacing what is there in one step.

    `only_licensed` leaves out the rows of sources without a stated licence; their tables stay, empty.
    Raises a DataError (DictionaryError, SourceError, ChecksumError, FigureError, CorrectionError) that names
    what is wrong, or BundleError `NOT_WRITABLE` or `NOT_A_FILE`. On an error nothing is replaced.
    """
    if out.exists() and not out.is_file():
        raise BundleError(
            "NOT_A_FILE",
            "{out} is a folder, device or pipe, and stays as it is. Name a file for the bundle.",
            out=str(out),
        )
    inputs = _read_inputs(layout or Layout(), only_licensed)
    temporary = out.with_name(f".{out.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(temporary), config={"threads": 2}) as connection:
            digest = _fill_all(connection, inputs, only_licensed)
            rows = {each: count_rows(connection, each) for each in inputs.tables}
        temporary.replace(out)
    except (OSError, duckdb.IOException, duckdb.TransactionException) as problem:
        # A full disk is met while a transaction is committed, or when the file is closed.
        message = Message(
            "The bundle cannot be written to {parent}: {problem}. Make room there, or choose another place.",
            parent=out.parent,
            problem=str(problem).strip().splitlines()[0],
        )
        raise BundleError("NOT_WRITABLE", message) from None
    finally:
        for leftover in (temporary, temporary.with_name(temporary.name + ".wal")):
            with contextlib.suppress(OSError):
                leftover.unlink(missing_ok=True)
    return BuildReport(out, rows, digest, only_licensed)
