"""What people get against what was measured: a model file in, a figure out, its network in no fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields

from app.methods.bench_words import END_TO_END
from bench.tables import Row, Table, titled
from data.messages import Message
from predictors.evaluation.end_to_end import EndToEndRow, end_to_end_rows

COLUMNS = tuple(field.name for field in fields(EndToEndRow))


def tables() -> list[Table]:
    """Leave every network out (half a minute)."""
    rows = tuple(as_cells(end_to_end_rows()))
    return [titled("end-to-end", Message(END_TO_END), COLUMNS, rows)]


def as_cells(rows: Sequence[EndToEndRow]) -> list[Row]:
    """The rows as the cells of a table."""
    return [tuple(_cell(cell) for cell in astuple(row)) for row in rows]


def _cell(value: str | float | bool | None) -> str | float:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value
