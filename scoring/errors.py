"""What can be wrong with the figures a score is asked for."""

from __future__ import annotations

from data.errors import JouleLensError

CODES: dict[str, str] = {
    "DUPLICATE_DEVICE": "a device is named twice",
    "DUPLICATE_ROW": "a network and delegate stand twice",
    "EMPTY_FILE": "the file has no content",
    "FILE_TOO_LARGE": "the file is larger than its budget",
    "HALF_EMPTY_ROW": "a row has only one of power and energy",
    "INVALID_BATTERY": "a capacity that no battery has",
    "INVALID_COST": "a cost that is no number above 0",
    "INVALID_ENERGY": "an energy that is no number above 0",
    "INVALID_INTENSITY": "a carbon intensity that makes no sense",
    "INVALID_LIMIT": "a limit that is no number above 0",
    "INVALID_POWER": "a power that is no number above 0",
    "INVALID_RATE": "a rate of inferences that is no number above 0",
    "INVALID_TDP": "a TDP that is no number above 0",
    "INVALID_VALUE": "a cell holds a value that makes no sense",
    "INVALID_VOLTAGE": "a voltage that is no number above 0",
    "INVALID_WEIGHT": "a weight that makes no sense",
    "LENGTH_MISMATCH": "two lists that belong together differ in length",
    "MISSING_COLUMNS": "a needed column is missing",
    "MISSING_NAME": "a row has no name",
    "NOTHING_SHARED": "no row is measured on all devices",
    "NOTHING_WEIGHS": "all weights are 0",
    "NOT_A_NUMBER": "a cell that should be a number is not one",
    "NOT_CSV": "the file is no readable CSV table",
    "NOT_GRADABLE": "a value that has no grade",
    "NO_ENERGY": "no row has an energy",
    "NO_POWER": "no row has a power",
    "OUTSIDE_GRID": "rows that the published table does not have",
    "POWER_ABOVE_TDP": "a power above the TDP",
    "SEVERAL_DEVICES": "the table holds several devices",
    "TOO_MANY_COLUMNS": "the table has more columns than its budget",
    "TOO_MANY_ROWS": "the table has more rows than its budget",
    "UNKNOWN_DELEGATE": "a delegate that does not exist",
    "UNREADABLE_FILE": "the file cannot be read as text",
}
"""Every code of scores, with what it means in a few words."""


class ScoringError(JouleLensError, ValueError):
    """Figures that cannot be scored."""
