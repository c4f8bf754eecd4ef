"""A declared correction in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from app import bundle_cache
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn

DONE: Final = {
    "replace": mark("another value is used"),
    "flag": mark("used as printed, and marked"),
    "note": mark("nothing changed"),
}
"""What was done, by the word in the corrections file."""


def correction_line(entry: Mapping[str, object]) -> str:
    """Return one correction (a row of the `corrections` table) as a line of a list."""
    rows = int(str(entry["rows_concerned"]))
    where = t("whole table")
    if not pd.isna(entry["column_name"]):
        where = bundle_cache.label(str(entry["table_name"]), str(entry["column_name"]))
    scope = tn("{where}, {n} row", "{where}, {n} rows", rows, where=where) if rows else where
    action = str(entry["action"])
    done = t(DONE[action]) if action in DONE else action
    return " ".join([f"- **{scope}: {done}.** {tell(str(entry['reason']))}", *_values(entry)])


def _values(entry: Mapping[str, object]) -> list[str]:
    stated = {column: str(entry[column]) for column in STATED if not pd.isna(entry[column])}
    if stated.get("value_used") == stated.get("value_printed"):
        stated.pop("value_used", None)
    short = {column: value for column, value in stated.items() if len(value) <= LONGEST_VALUE}
    return [t(STATED[column], value=value) for column, value in short.items()]


STATED: Final = {
    "value_printed": mark("Printed: {value}."),
    "value_used": mark("Used: {value}."),
    "value_suggested": mark("Probably: {value}."),
}
"""Column of the corrections -> how its value is told."""
LONGEST_VALUE: Final = 120
"""Longer lists of values stay in the download."""
