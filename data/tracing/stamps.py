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
MONTH_NAMED: Final = "month in words"
MINUTES, HOURS = Message("minutes and seconds"), Message("hours and minutes")
EITHER_CLOCK: Final = Message("hours and minutes, or minutes and seconds")
EPOCH: Final = Message("seconds since 1970")
_LEAP_YEAR: Final = "2000"
"""Stands in where a stamp names no year, so that 29 February is a day."""
_CLOCK: Final = r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,:](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?"
"""A time of day; some programs (HWiNFO) write 9:5:7 without zeros before single digits."""
_ZONE: Final = r"\s*(?:Z|UTC|GMT|[+-]\d\d:?\d\d|[A-Z]{2,4}T|MSK)?"
"""Of zones by name (CET, PDT) the clock's own time is kept: two may share one."""
_ISO: Final = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$")
_DAY: Final = re.compile(rf"^(?:(\d{{1,4}}) days?,? )?{_CLOCK}$")
"""A time of day, or the time passed as Python writes it: "1 day, 2:03:00"."""
_YMD: Final = re.compile(rf"^(\d{{4}})[-/.]?(\d{{1,2}})[-/.]?(\d{{1,2}})(?:[ T,_]+{_CLOCK}({_ZONE}))?$")
_DMY: Final = re.compile(rf"^(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d\d)(?:[ T,]+{_CLOCK}({_ZONE}))?$")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OTHER_MONTHS: Final = {"mai": 5, "maj": 5, "okt": 10, "dez": 12, "mär": 3, "mrz": 3, "fév": 2, "avr": 4}
_OTHER_MONTHS_2: Final = {"aoû": 8, "déc": 12, "ene": 1, "abr": 4, "ago": 8, "dic": 12, "out": 10}
MONTH_OF: Final = {name: at for at, name in enumerate(_MONTHS, start=1)} | _OTHER_MONTHS | _OTHER_MONTHS_2
"""First three letters of a month -> its number: English, German, French, Spanish."""
_NAME: Final = r"([A-Za-zéûä]{3,9})\.?"
_WORDED: Final = re.compile(
    rf"^(?:[A-Za-z]{{2,9}}\.?,?\s+)?(?:(\d{{1,2}})\.?[-\s/]+{_NAME}|{_NAME}[-\s]+(\d{{1,2}}))"
    rf"(?:,?[-\s/]+(\d{{4}}|\d\d(?!:)))?,?\s+{_CLOCK}"
    r"((?:\s*(?:Z|[+-]\d\d:?\d\d|[A-Z]{2,5}))?)(?:\s+(\d{4}))?$"
)
"""A date whose month is a word: day, month | month, day; year; time; zone; year at the end."""
_EPOCH: Final = re.compile(r"^\d{9,10}(\.\d+)?$")
_HALF_CLOCK: Final = re.compile(r"^(\d{1,3}):(\d\d)(?:[.,](\d{1,9}))?$")
_SIGNS: Final = re.compile(
    r"^(\d{4})年(\d{1,2})月(\d{1,2})日|^(\d{4})(\d\d)(\d\d)(?=[T_ -]?\d{6}(?:\D|$))"
    r"|^(\d{4})[-_:](\d\d)[-_:](\d\d)(?=\D)"
)
_CLOCK_SIGNS: Final = re.compile(r"^[T_ -]?(\d\d)[-.:h时時]?(\d\d)[-.:m分]?(\d\d)秒?(?=\D|$)")


_DOTTED: Final = re.compile(r"^(\d{1,2}\.\d{1,2}\.\d{4} (?:klo )?)(\d{1,2})\.(\d\d)(?:\.(\d\d))?$")
"""A date with the time of day in dots, as Danish, Finnish and Italian programs write it."""


def _bare(cell: str) -> str:
    text = cell.strip().strip("\"'[]").strip()
    dotted = _DOTTED.match(text) if text.count(".") > 2 else None
    if dotted is None:
        return text
    return f"{dotted[1].replace('klo ', '')}{dotted[2]}:{dotted[3]}:{dotted[4] or '00'}"


def _tidy(text: str) -> str:
    """A stamp with the year first written as 2024-01-31 12:00:00, whatever stands between its parts."""
    date = _SIGNS.match(text)
    if date is None:
        return text
    clock = _CLOCK_SIGNS.match(text[date.end() :])
    if clock is None:
        return text
    day = "-".join(part for part in date.groups() if part)
    return f"{day} {clock[1]}:{clock[2]}:{clock[3]}{text[date.end() + clock.end() :]}"


def _month(found: re.Match[str]) -> int:
    return MONTH_OF.get((found[2] or found[3])[:3].lower(), 0)


def stamp_format(cell: str) -> str | None:
    """The format of a date or time, by its look; None for anything else.

    `EITHER` where day and month cannot be told apart, `EITHER_CLOCK` where hours and minutes cannot.
    """
    text = _bare(cell)
    if _ISO.match(text):
        return "ISO8601"
    if _DAY.match(text) and text.count(":") >= 2:
        return TIME_OF_DAY
    tidy = _tidy(text)
    if _YMD.match(tidy) and (":" in tidy or "/" in tidy or "-" in tidy):
        return YEAR_FIRST
    found = _DMY.match(text)
    if found:
        first, mark, second = int(found[1]), found[2], int(found[3])
        if first > 12 or mark == ".":
            return DAY_FIRST if second <= 12 and 0 < first <= 31 else None
        if second > 12 or mark == "-" or found[9]:  # tegrastats, and clocks with AM and PM
            return MONTH_FIRST
        return EITHER
    worded = _WORDED.match(text)
    if worded and _month(worded):
        return MONTH_NAMED
    half = _HALF_CLOCK.match(text)
    if half and int(half[2]) < 60:
        return MINUTES if half[3] or int(half[1]) > 23 else EITHER_CLOCK
    return EPOCH if _EPOCH.match(text) else None


def common_format(cells: Sequence[str]) -> str | None:
    """The format of most of a column's cells; None where fewer than half are dates or times.

    Cells in which day and month cannot be told apart follow those in which they can.
    """
    kinds = Counter(filter(None, map(stamp_format, cells)))
    if 2 * sum(kinds.values()) < len(cells) or not kinds:
        return None
    if kinds[MINUTES] or kinds[EITHER_CLOCK] > kinds[TIME_OF_DAY]:
        return MINUTES if kinds[MINUTES] else EITHER_CLOCK
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
    if text_format == MONTH_NAMED:
        return _worded(text)
    found = _YMD.match(_tidy(text)) if text_format == YEAR_FIRST else _DMY.match(text)
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


def _worded(text: str) -> float:
    """Seconds since 1970 of a stamp whose month is a word; a leap year stands in where it names none."""
    found = _WORDED.match(text)
    if found is None or not _month(found):
        return float("nan")
    year = found[5] or found[12] or _LEAP_YEAR
    year = year if len(year) == 4 else f"20{year}"
    days = _day_number(int(year), _month(found), int(found[1] or found[4]))
    return 86400.0 * days + _of_day(found.groups()[5:10]) - _with_zone(found[11])


def _of_clock(text: str, text_format: str) -> float:
    """Seconds of a time of day (with days before it), of hours and minutes, or of minutes and seconds."""
    whole, half = _DAY.match(text), _HALF_CLOCK.match(text)
    if whole and text.count(":") >= 2:
        return 86400.0 * int(whole[1] or 0) + _of_day(whole.groups()[1:])
    if half is None or text_format == TIME_OF_DAY:
        return float("nan")
    value = 60.0 * int(half[1]) + int(half[2]) + float(f"0.{half[3] or 0}")
    return value if text_format == MINUTES else 60.0 * value


def has_zone(cell: str) -> bool:
    """Whether a stamp says its zone, so that no hour of it comes twice."""
    return bool(re.search(r"\d\d:\d\d.*(Z|UTC|GMT|[+-]\d\d:?\d\d)$", _bare(cell)))


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"\s*\d+(\.\d+)?\s*", cell))


def seconds_of(cells: Sequence[str], text_format: str) -> NDArray[np.float64]:
    """Seconds since 1970 (since midnight for times of day) of stamps in one format; NaN where a stamp is bad.

    Zones are honoured where they are written; without one the clock's own time is kept.
    """
    if text_format in {TIME_OF_DAY, MINUTES, HOURS, EITHER_CLOCK}:
        return np.asarray([_of_clock(_bare(cell), text_format) for cell in cells], dtype=np.float64)
    if text_format in {YEAR_FIRST, DAY_FIRST, MONTH_FIRST, EITHER, MONTH_NAMED}:
        return np.asarray([_by_hand(_bare(cell), text_format) for cell in cells], dtype=np.float64)
    if text_format == EPOCH:
        return np.asarray([float(cell) if _is_number(cell) else np.nan for cell in cells], dtype=np.float64)
    import pandas as pd  # here: most recordings have numbers as stamps and never need it

    texts = pd.Series([_bare(cell).replace(",", ".") for cell in cells], dtype="object")
    stamps = pd.to_datetime(texts, format=text_format, errors="coerce", utc=True)
    since = stamps - pd.Timestamp(0, tz="UTC").as_unit(stamps.dt.unit)  # years far away don't fit into ns
    return np.asarray(since.dt.total_seconds(), dtype=np.float64)
