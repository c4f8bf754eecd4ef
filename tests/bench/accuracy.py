"""How far off the predictors are on measurements that were left out: one table per family of devices."""

from __future__ import annotations

import re
from dataclasses import fields

from bench.tables import Cell, Table
from predictors.evaluation.rows import EvaluationRow
from predictors.evaluation.run import evaluations

COLUMNS = tuple(field.name for field in fields(EvaluationRow))
NOTE = (
    "Errors on measurements that were left out of the fit, as the protocol says, beside the baselines. MAPE "
    "is the mean absolute error in per cent of the measured value; coverage is the share of measurements "
    "inside their 80 % interval, empty where a method gives none."
)


def table_name(title: str) -> str:
    """The stem of a part's file: its title in lower case, with dashes."""
    return "accuracy-" + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def as_table(title: str, rows: list[EvaluationRow]) -> Table:
    """The rows of one evaluation as a table."""
    cells = tuple(tuple(_cell(getattr(row, column)) for column in COLUMNS) for row in rows)
    return Table(table_name(title), f"Accuracy: {title}", NOTE, COLUMNS, cells)


def _cell(value: Cell) -> Cell:
    return "" if value is None else value


def tables() -> list[Table]:
    """Run every evaluation (minutes)."""
    return [as_table(title, evaluate()) for title, evaluate in evaluations().items()]
