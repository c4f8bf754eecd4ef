"""A declared correction in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from app import doors
from app.formats import plural

DONE: Final = {
    "replace": "another value is used",
    "flag": "used as printed, and marked",
    "note": "nothing changed",
}
"""What was done, by the word in the corrections file."""


def correction_line(entry: Mapping[str, object]) -> str:
    """Return one correction (a row of the `corrections` table) as a line of a list."""
    rows = int(str(entry["rows_concerned"]))
    where = "whole table"
    if not pd.isna(entry["column_name"]):
        where = doors.label(str(entry["table_name"]), str(entry["column_name"]))
    scope = f"{where}, {plural(rows, 'row')}" if rows else where
    done = DONE.get(str(entry["action"]), str(entry["action"]))
    return f"- **{scope}: {done}.** {entry['reason']}{_values(entry)}"


def _values(entry: Mapping[str, object]) -> str:
    names = {"value_printed": "Printed", "value_used": "Used", "value_suggested": "Probably"}
    stated = {name: str(entry[column]) for column, name in names.items() if not pd.isna(entry[column])}
    if stated.get("Used") == stated.get("Printed"):
        stated.pop("Used", None)
    return "".join(f" {name}: {value}." for name, value in stated.items() if len(value) <= LONGEST_VALUE)


LONGEST_VALUE: Final = 120
"""Longer lists of values stay in the download."""
