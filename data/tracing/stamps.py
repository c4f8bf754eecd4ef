"""Dates and times written as text, turned into seconds since 1970 (as if they were UTC)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

FORMATS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?$"), "ISO8601"),
    (re.compile(r"^\d\d-\d\d-\d{4} \d\d:\d\d:\d\d\.\d+$"), "%m-%d-%Y %H:%M:%S.%f"),
    (re.compile(r"^\d\d-\d\d-\d{4} \d\d:\d\d:\d\d$"), "%m-%d-%Y %H:%M:%S"),
    (re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d+$"), "%Y/%m/%d %H:%M:%S.%f"),
    (re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d$"), "%Y/%m/%d %H:%M:%S"),
    (re.compile(r"^\d{4}/\d\d/\d\d$"), "%Y/%m/%d"),
    (re.compile(r"^\d{4}-\d\d-\d\d$"), "ISO8601"),
    (re.compile(r"^\d\d:\d\d:\d\d(\.\d+)?$"), "time of day"),
)


def stamp_format(cell: str) -> str | None:
    """The format of a date or time, by its look; None for anything else."""
    text = cell.strip().strip("\"'")
    return next((name for pattern, name in FORMATS if pattern.match(text)), None)


def seconds_of(cells: Sequence[str], text_format: str) -> NDArray[np.float64]:
    """Seconds since 1970 (since midnight for times of day) of stamps in one format; NaN where a stamp is bad.

    Zones are honoured where they are written; without one the clock's own time is kept.
    """
    import pandas as pd  # here: most recordings have numbers as stamps and never need it

    texts = pd.Series([cell.strip().strip("\"'").replace(",", ".") for cell in cells], dtype="object")
    if text_format == "time of day":
        parts = pd.to_timedelta(texts, errors="coerce")
        return np.asarray(parts.dt.total_seconds(), dtype=np.float64)
    stamps = pd.to_datetime(texts, format=text_format, errors="coerce", utc=True)
    since = stamps - pd.Timestamp(0, tz="UTC").as_unit(stamps.dt.unit)  # years far away don't fit into ns
    return np.asarray(since.dt.total_seconds(), dtype=np.float64)
