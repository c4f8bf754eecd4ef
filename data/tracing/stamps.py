"""Dates and times written as text, turned into seconds since 1970 (as if they were UTC)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message

TIME_OF_DAY: Final = Message("time of day")
DAY_FIRST, MONTH_FIRST = Message("day first"), Message("month first")
EITHER = Message("day or month first")
YEAR_FIRST: Final = "year first"
EPOCH: Final = Message("seconds since 1970")
_LEAP_YEAR: Final = "2000"
"""Stands in where a stamp names no year, so that 29 February is a day."""
_CLOCK: Final = r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,:](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?"
_ZONE: Final = r"\s*(?:Z|UTC|GMT|[+-]\d\d:?\d\d)?"
_ISO: Final = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$")
_DAY: Final = re.compile(rf"^{_CLOCK}$")
_YMD: Final = re.compile(rf"^(\d{{4}})[-/.]?(\d{{1,2}})[-/.]?(\d{{1,2}})(?:[ T,_]+{_CLOCK}({_ZONE}))?$")
_DMY: Final = re.compile(rf"^(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d\d)(?:[ T,]+{_CLOCK}({_ZONE}))?$")
_NAMED: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"^[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d \d{4}$"), "%a %b %d %H:%M:%S %Y"),
    (re.compile(r"^\d{1,2}[- ][A-Z][a-z]{2}[- ]\d{4} \d\d:\d\d:\d\d\.\d+$"), "%d-%b-%Y %H:%M:%S.%f"),
    (re.compile(r"^\d{1,2}[- ][A-Z][a-z]{2}[- ]\d{4} \d\d:\d\d:\d\d$"), "%d-%b-%Y %H:%M:%S"),
    (re.compile(r"^[A-Z][a-z]{2} +\d{1,2},? \d{4},? \d\d:\d\d:\d\d$"), "%b %d %Y %H:%M:%S"),
    (re.compile(r"^[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d\.\d+$"), "%Y %b %d %H:%M:%S.%f"),
    (re.compile(r"^[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d$"), "%Y %b %d %H:%M:%S"),
    (re.compile(r"^\d{9,10}(\.\d+)?$"), EPOCH),
)


def _bare(cell: str) -> str:
    return cell.strip().strip("\"'").strip()


def stamp_format(cell: str) -> str | None:
    """The format of a date or time, by its look; None for anything else.

    `EITHER` where day and month cannot be told apart.
    """
    text = _bare(cell)
    if _ISO.match(text):
        return "ISO8601"
    if _DAY.match(text) and text.count(":") >= 2:
        return TIME_OF_DAY
    if _YMD.match(text) and (":" in text or "/" in text or "-" in text):
        return YEAR_FIRST
    found = _DMY.match(text)
    if found:
        first, mark, second = int(found[1]), found[2], int(found[3])
        if first > 12 or mark == ".":
            return DAY_FIRST if second <= 12 and 0 < first <= 31 else None
        if second > 12 or mark == "-" or found[9]:  # tegrastats, and clocks with AM and PM
            return MONTH_FIRST
        return EITHER
    return next((name for pattern, name in _NAMED if pattern.match(text)), None)


def common_format(cells: Sequence[str]) -> str | None:
    """The format of most of a column's cells; None where fewer than half are dates or times.

    Cells in which day and month cannot be told apart follow those in which they can.
    """
    kinds = Counter(filter(None, map(stamp_format, cells)))
    if 2 * sum(kinds.values()) < len(cells) or not kinds:
        return None
    if kinds[EITHER] or kinds[DAY_FIRST] or kinds[MONTH_FIRST]:
        if kinds[DAY_FIRST]:
            return DAY_FIRST
        return MONTH_FIRST if kinds[MONTH_FIRST] else EITHER
    return kinds.most_common(1)[0][0]


def _of_day(parts: Sequence[str | None]) -> float:
    """Seconds since midnight of hour, minute, second, fraction, AM or PM."""
    hour, minute, second, fraction, half = parts
    value = int(hour or 0)
    if half:
        value = value % 12 + (12 if half[0] in "pP" else 0)
    rest = float(f"0.{fraction}") if fraction else 0.0
    return 3600.0 * value + 60.0 * int(minute or 0) + int(second or 0) + rest


def _with_zone(zone: str | None) -> float:
    """Seconds to take off for a zone such as +02:00; 0 without one."""
    text = (zone or "").strip().replace(":", "")
    if len(text) != 5 or text[0] not in "+-":
        return 0.0
    return (1 if text[0] == "+" else -1) * (3600.0 * int(text[1:3]) + 60.0 * int(text[3:]))


def _day_number(year: int, month: int, day: int) -> float:
    try:
        return float(np.datetime64(f"{year:04d}-{month:02d}-{day:02d}").astype(int))
    except ValueError:
        return float("nan")


def _by_hand(text: str, text_format: str) -> float:
    """Seconds since 1970 of one stamp with year, month and day in an order; NaN if it is none."""
    found = _YMD.match(text) if text_format == YEAR_FIRST else _DMY.match(text)
    if found is None:
        return float("nan")
    if text_format == YEAR_FIRST:
        year, month, day, *rest = found.groups()
    else:
        first, _, second, year, *rest = found.groups()
        day, month = (first, second) if text_format == DAY_FIRST else (second, first)
        year = year if len(year) == 4 else f"20{year}"
    days = _day_number(int(year), int(month), int(day))
    return 86400.0 * days + _of_day(rest[:5]) - _with_zone(rest[5])


def has_zone(cell: str) -> bool:
    """Whether a stamp says its zone, so that no hour of it comes twice."""
    return bool(re.search(r"\d\d:\d\d.*(Z|UTC|GMT|[+-]\d\d:?\d\d)$", _bare(cell)))


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"\s*\d+(\.\d+)?\s*", cell))


def seconds_of(cells: Sequence[str], text_format: str) -> NDArray[np.float64]:
    """Seconds since 1970 (since midnight for times of day) of stamps in one format; NaN where a stamp is bad.

    Zones are honoured where they are written; without one the clock's own time is kept.
    """
    if text_format == TIME_OF_DAY:
        found = [_DAY.match(_bare(cell)) for cell in cells]
        return np.asarray([_of_day(each.groups()) if each else np.nan for each in found], dtype=np.float64)
    if text_format in {YEAR_FIRST, DAY_FIRST, MONTH_FIRST, EITHER}:
        return np.asarray([_by_hand(_bare(cell), text_format) for cell in cells], dtype=np.float64)
    if text_format == EPOCH:
        return np.asarray([float(cell) if _is_number(cell) else np.nan for cell in cells], dtype=np.float64)
    import pandas as pd  # here: most recordings have numbers as stamps and never need it

    texts = pd.Series([_bare(cell).replace(",", ".") for cell in cells], dtype="object")
    if text_format.startswith("%d-%b"):
        texts = texts.str.replace(r"^(\d+)[ -](\w+)[ -]", r"\1-\2-", regex=True)
    if text_format.startswith("%Y %b"):
        texts = _LEAP_YEAR + " " + texts
    if text_format.startswith("%b"):
        texts = texts.str.replace(".", "", regex=False)
    stamps = pd.to_datetime(texts, format=text_format, errors="coerce", utc=True)
    since = stamps - pd.Timestamp(0, tz="UTC").as_unit(stamps.dt.unit)  # years far away don't fit into ns
    return np.asarray(since.dt.total_seconds(), dtype=np.float64)
