"""How far off the predictors are on measurements that were left out: one table per family of devices."""

from __future__ import annotations

import re
from dataclasses import fields

from app.methods.bench_words import ACCURACY, ACCURACY_ERRORS, IN_AND_OUT
from bench.tables import Cell, Table
from data.messages import Message
from predictors.evaluation.rows import EvaluationRow
from predictors.evaluation.run import evaluations

COLUMNS = tuple(field.name for field in fields(EvaluationRow))
READABLE_ROWS = 100


def table_name(title: str) -> str:
    """The stem of a part's file: its title in lower case, with dashes."""
    return "accuracy-" + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def as_table(title: str, rows: list[EvaluationRow]) -> Table:
    """The rows of one evaluation as a table."""
    cells = tuple(tuple(_cell(getattr(row, column)) for column in COLUMNS) for row in rows)
    kept = tuple(cell for cell, row in zip(cells, rows, strict=True) if _is_telling(row))
    extract = kept if len(cells) > READABLE_ROWS else None
    device, _, what = title.rpartition(", ")
    told = Message(ACCURACY, device=device, what=what)
    went_in, came_out = (Message(words) for words in IN_AND_OUT[table_name(title)])
    note = Message(ACCURACY_ERRORS, went_in=went_in, came_out=came_out)
    return Table(table_name(title), told, note, COLUMNS, cells, extract)


def _is_telling(row: EvaluationRow) -> bool:
    """Whether a row stays in an extract: summaries, and energy of targets by the method in use."""
    if row.device_id.startswith("all-"):
        return True
    is_target = "[" not in row.delegate  # systems that no target stands for have their name in brackets
    return is_target and row.quantity.endswith("energy") and row.used


def _cell(value: Cell) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value


def tables() -> list[Table]:
    """Run every evaluation (minutes)."""
    return [as_table(title, evaluate()) for title, evaluate in evaluations().items()]
