"""How often intervals of every level hold what was left out."""

from __future__ import annotations

from dataclasses import astuple, fields

from app.methods.bench_words import CALIBRATION_SHARES
from bench.tables import Table, titled
from data.messages import Message
from predictors.evaluation.rows import CalibrationRow
from predictors.evaluation.run import calibrate_all
from predictors.results.estimates import INTERVAL_LEVEL

NAME = "calibration"
COLUMNS = tuple(field.name for field in fields(CalibrationRow))


def as_table(rows: list[CalibrationRow]) -> Table:
    """The rows as a table; the readable extract has the level of the estimates."""
    cells = tuple(astuple(row) for row in rows)
    shown_level = 100.0 * INTERVAL_LEVEL
    place = COLUMNS.index("nominal_percent")
    extract = tuple(row for row in cells if abs(row[place] - shown_level) < 1e-6)
    return titled(NAME, Message(CALIBRATION_SHARES), COLUMNS, cells, extract)


def tables() -> list[Table]:
    """Leave everything out once more and look at every level (a minute)."""
    return [as_table(calibrate_all())]
