"""Declared corrections: what is known to be wrong in the figures, matched against the printed values.

A correction that no longer matches its rows fails the build: either the figure was mended at the source, and
the correction must go, or somebody changed a figure without saying so.
"""

# ruff: noqa: S608 - names come from the dictionary, values are bound
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data.bundle_build.figures import STAGING
from data.dictionary import Table
from data.errors import CorrectionError
from data.layout import Layout, read_toml
from data.messages import Message
from data.sql_text import name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ACTIONS = ("replace", "flag", "note")
REQUIRED = ("id", "table", "action", "reason", "reported_by", "status", "source_id")
OPTIONAL = ("column", "key", "rows", "printed", "value", "suggested")


@dataclass(frozen=True, slots=True)
class Correction:
    """One declared correction.

    `key` gives the rows by their values as printed (a list means any of them); empty for a note on the whole
    table. `printed`, `value`, `suggested` are in the source's unit; `printed` has one entry per row, or one
    for all. `action` is replace (another value is used), flag (kept, marked) or note (said, no cell marked).
    """

    correction_id: str
    table: str
    column: str
    action: str
    reason: str
    reported_by: str
    status: str
    source_id: str
    key: Mapping[str, Any] = field(default_factory=dict)
    rows: int = 1
    printed: tuple[str, ...] = ()
    value: str = ""
    suggested: str = ""


def _parse(raw: Mapping[str, Any]) -> Correction:
    label = str(raw.get("id", "")) or "without id"
    for needed in REQUIRED:
        if not str(raw.get(needed, "")).strip():
            raise CorrectionError(
                "INCOMPLETE_CORRECTION",
                "Correction {label}: {needed} is missing. Add it to corrections.toml.",
                label=label,
                needed=needed,
            )
    unknown = sorted(set(raw) - {*REQUIRED, *OPTIONAL})
    if unknown:
        raise CorrectionError(
            "UNKNOWN_FIELD",
            "Correction {label}: no such field: {unknown}. Rename it or take it out.",
            label=label,
            unknown=", ".join(unknown),
        )
    if raw["action"] not in ACTIONS:
        raise CorrectionError(
            "UNKNOWN_ACTION",
            "Correction {label} has another action than {actions}. Choose one of these.",
            label=label,
            actions=", ".join(ACTIONS),
        )
    printed = raw.get("printed", ())
    if raw["action"] == "replace" and not all(
        raw.get(each) for each in ("printed", "value", "column", "key")
    ):
        message = Message(
            "Correction {label} replaces, but does not say what. Give key, column, printed and value.",
            label=label,
        )
        raise CorrectionError("INCOMPLETE_CORRECTION", message)
    return Correction(
        correction_id=str(raw["id"]),
        table=str(raw["table"]),
        column=str(raw.get("column", "")),
        action=str(raw["action"]),
        reason=str(raw["reason"]),
        reported_by=str(raw["reported_by"]),
        status=str(raw["status"]),
        source_id=str(raw["source_id"]),
        key=dict(raw.get("key", {})),
        rows=int(raw.get("rows", 1 if raw.get("key") else 0)),
        printed=(printed,) if isinstance(printed, str) else tuple(map(str, printed)),
        value=str(raw.get("value", "")),
        suggested=str(raw.get("suggested", "")),
    )


def load_corrections(layout: Layout, tables: Mapping[str, Table]) -> tuple[Correction, ...]:
    """All corrections, checked against the dictionary; raises CorrectionError with a code."""
    raw = read_toml(layout.corrections, CorrectionError).get("corrections", [])
    parsed = tuple(_parse(each) for each in raw)
    seen: set[str] = set()
    for each in parsed:
        if each.correction_id in seen:
            raise CorrectionError(
                "DUPLICATE_ID",
                "Correction {correction_id} is declared twice. Take one of them out of corrections.toml.",
                correction_id=each.correction_id,
            )
        seen.add(each.correction_id)
        _check_against(each, tables)
    return parsed


def _check_against(correction: Correction, tables: Mapping[str, Table]) -> None:
    table = tables.get(correction.table)
    where = f"Correction {correction.correction_id}"
    if table is None:
        raise CorrectionError(
            "UNKNOWN_TABLE",
            "{where}: there is no table {table}. Name one of the dictionary.",
            where=where,
            table=correction.table,
        )
    readable = {column.name for column in table.published}
    if correction.key and not table.files:
        message = Message(
            "{where}: {name} is derived. Correct the table it comes from.", where=where, name=table.name
        )
        raise CorrectionError("DERIVED_TABLE", message)
    wanted = [*correction.key, *([correction.column] if correction.column and correction.key else [])]
    for column in wanted:
        if column not in readable:
            raise CorrectionError(
                "UNKNOWN_COLUMN",
                "{where}: {name} publishes no column {column}. Name one of its columns.",
                where=where,
                name=table.name,
                column=column,
            )


def _matching(connection: DuckDBPyConnection, correction: Correction) -> list[tuple[int, int, str | None]]:
    tests, values = [], []
    for column, wanted in correction.key.items():
        options = [str(each) for each in (wanted if isinstance(wanted, list) else [wanted])]
        tests.append(f"list_contains(?, coalesce({name(column)}, ''))")
        values.append(options)
    shown = name(correction.column) if correction.column else "NULL"
    query = f"SELECT file_order, row_index, {shown} FROM {STAGING} WHERE {' AND '.join(tests)} ORDER BY 1, 2"
    rows: list[tuple[int, int, str | None]] = connection.execute(query, values).fetchall()
    return rows


def _check_match(correction: Correction, found: Sequence[tuple[int, int, str | None]]) -> None:
    where = f"Correction {correction.correction_id} no longer matches table {correction.table}"
    if len(found) != correction.rows:
        message = Message(
            "{where}: {found} rows with {key}, {rows} declared. Mend or remove it.",
            where=where,
            found=len(found),
            key=json.dumps(dict(correction.key)),
            rows=correction.rows,
        )
        raise CorrectionError("CORRECTION_WITHOUT_ROW", message)
    if not correction.printed:
        return
    expected = correction.printed * len(found) if len(correction.printed) == 1 else correction.printed
    actual = tuple(value or "" for _, _, value in found)
    if actual != expected:
        pairs = (pair for pair in zip(actual, expected, strict=False) if pair[0] != pair[1])
        now, then = next(pairs, (str(len(actual)), str(len(expected))))
        said = f"{where}: {correction.column} reads {now!r} where {then!r} was declared"
        raise CorrectionError("CORRECTION_VALUE_DIFFERS", "{said}. Mend or remove it.", said=said)


def _mark(
    connection: DuckDBPyConnection, correction: Correction, rows: Sequence[tuple[int, int, str | None]]
) -> None:
    """Note a correction at all its rows at once: one statement per row would take longer than the rest."""
    settings = ["correction_ids = concat_ws(',', correction_ids, ?)"]
    values: list[Any] = [correction.correction_id]
    if correction.action == "replace":
        settings.append(f"{name(correction.column)} = ?")
        values.append(correction.value)
    elif correction.action == "flag" and correction.column:
        settings.append("flagged_columns = flagged_columns || ? || ','")
        values.append(correction.column)
    update = (
        f"UPDATE {STAGING} SET {', '.join(settings)} "
        "WHERE (file_order, row_index) IN (SELECT unnest(?), unnest(?))"
    )
    files, places = [row[0] for row in rows], [row[1] for row in rows]
    connection.execute(update, [*values, files, places])


def apply_corrections(
    connection: DuckDBPyConnection, table: Table, corrections: Sequence[Correction]
) -> dict[str, int]:
    """Apply the corrections of `table` to its staged figures; returns rows concerned by correction.

    Raises CorrectionError `CORRECTION_WITHOUT_ROW` or `CORRECTION_VALUE_DIFFERS` by name.
    """
    concerned: dict[str, int] = {}
    for correction in corrections:
        if correction.table != table.name or not correction.key:
            continue
        found = _matching(connection, correction)
        _check_match(correction, found)
        _mark(connection, correction, found)
        concerned[correction.correction_id] = len(found)
    return concerned


def correction_rows(corrections: Sequence[Correction], concerned: Mapping[str, int]) -> list[tuple[Any, ...]]:
    """Rows for the `corrections` table, in its column order."""
    return [
        (
            each.correction_id,
            each.table,
            each.column or None,
            json.dumps(dict(each.key)) if each.key else None,
            concerned.get(each.correction_id, 0),
            each.action,
            "; ".join(each.printed) or None,
            each.value or ("; ".join(each.printed) or None),
            each.suggested or None,
            each.reason,
            each.reported_by,
            each.status,
            each.source_id,
        )
        for each in corrections
    ]
