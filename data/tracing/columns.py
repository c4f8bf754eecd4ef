"""Which column of a table is the clock."""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass, replace
from typing import Final

from data.messages import Message
from data.tracing.layout import Clock, Doubt
from data.tracing.stamps import (
    DAY_FIRST,
    EITHER,
    EITHER_CLOCK,
    EPOCH,
    HOURS,
    MINUTES,
    MONTH_FIRST,
    TIME_OF_DAY,
    YEAR_FIRST,
    common_format,
    has_zone,
    seconds_of,
)
from data.tracing.tables import Table
from data.tracing.units import EPOCH_RANGE_S, UNITS, Measure, guessed, word_set, words_of

_DURATION_WORDS: Final = word_set(
    "inference total exec execution run cpu gpu user system sys response wall step frame load compute kernel "
    "preprocess postprocess since remaining idle busy active"
)
"""Words that make a column of time a duration rather than a clock, where another column can be the clock."""
_FAST_S: Final = 2e-6
"""No meter for edge devices takes samples closer than this (s); Monsoon's are 200 µs apart."""
_ON_CHANGE: Final = frozenset({"changed", "updated"})


@dataclass(frozen=True, slots=True)
class ClockFound:
    """A clock, what contradicts its heading, and whether its rows run from new to old."""

    clock: Clock
    doubts: tuple[Doubt, ...] = ()
    notes: tuple[Message, ...] = ()
    descending: bool = False
    local_time: bool = False


def clock_of(table: Table, measures: dict[int, Measure]) -> ClockFound | None:
    """The clock of a table; None where no column can be one."""
    joined = _date_and_time(table, measures)
    if joined is not None:
        return _checked_text(table, joined)
    candidates = [at for at in range(len(table.headings)) if _may_be_clock(table, measures, at)]
    if not candidates:
        return _unnamed(table)
    best = max(candidates, key=lambda at: _rank(table, measures, at))
    kind = common_format(table.column(best))
    if kind is not None and (kind == YEAR_FIRST or not _mostly_numbers(table, best)):  # 20240131120000
        clock = Clock("datetime", (best,), heading=table.headings[best], text_format=kind)
        return _against_numbers(table, measures, _checked_text(table, clock), candidates)
    found = _number_clock(table, best, measures.get(best))
    second = next((at for at in candidates if at != best and not _mostly_numbers(table, at)), None)
    return found if second is None else _against_second(table, found, second)


def _unnamed(table: Table) -> ClockFound | None:
    """The clock of a table whose first column has dates but no heading: pandas' index, PicoLog."""
    kind = common_format(table.column(0)) if table.headings and not table.headings[0] else None
    if kind in (None, EPOCH):
        return None
    return _checked_text(table, Clock("datetime", (0,), heading=Message("first column"), text_format=kind))


def _date_and_time(table: Table, measures: dict[int, Measure]) -> Clock | None:
    names = [words_of(heading) for heading in table.headings]
    date = next((at for at, words in enumerate(names) if words in (["date"], ["date", "yyyymmdd"])), None)
    clocks = [at for at in measures if measures[at].quantity == "time" and names[at][:1] == ["time"]]
    day_time = next(
        (at for at in clocks if at != date and common_format(table.column(at)) == TIME_OF_DAY), None
    )
    if date is None or day_time is None:
        return None
    extra = [at for at, words in enumerate(names) if words in (["millisecond"], ["milliseconds"])]
    joined = [
        f"{one} {other}" for one, other in zip(table.column(date), table.column(day_time), strict=False)
    ]
    written = common_format(joined)
    if written is None:
        return None
    columns = (date, day_time, *extra[:1])
    return Clock("date-time", columns, heading=table.headings[date], text_format=written)


def _may_be_clock(table: Table, measures: dict[int, Measure], at: int) -> bool:
    measure = measures.get(at)
    words = words_of(table.headings[at])
    dated = bool({"date", "changed", "updated", "at", "recorded"} & set(words))
    if measure is not None and measure.quantity == "time":
        return bool(table.column(at)) and (
            _mostly_numbers(table, at) or common_format(table.column(at)) is not None
        )
    return measure is None and dated and common_format(table.column(at)) is not None


def _mostly_numbers(table: Table, at: int) -> bool:
    cells = table.column(at)
    return len(table.numbers(at)) * 2 >= len(cells) and len(cells) > 0


def _rank(table: Table, measures: dict[int, Measure], at: int) -> tuple[int, ...]:
    """How likely a column is the clock: it runs one way, is no duration, says its unit, comes first."""
    words = set(words_of(table.headings[at]))
    measure = measures.get(at)
    text = not _mostly_numbers(table, at)
    plain_clock = not _DURATION_WORDS & words
    stated = text or (measure is not None and measure.stated)
    return (
        int(plain_clock and (text or _runs_one_way(table.numbers(at)))),
        int(plain_clock),
        int(stated),
        -at,
    )


def _runs_one_way(numbers: list[float]) -> bool:
    """Whether nine in ten steps go the same way, or stand still for a batch."""
    steps = [after - before for before, after in itertools.pairwise(numbers)]
    if not steps:
        return True
    up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    return max(up, down) > 0 and min(up, down) * 10 <= up + down


def _checked_text(table: Table, clock: Clock) -> ClockFound:
    """A clock of texts: which way it runs, and whether its hours may come twice."""
    columns = [table.column(at) for at in clock.columns[:2]]
    cells = [" ".join(parts) for parts in zip(*columns, strict=False)]
    notes: tuple[Message, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    if clock.text_format == EITHER:
        clock, notes = _day_or_month(clock, cells)
    if clock.text_format == EITHER_CLOCK:
        clock, doubts = _hours_or_minutes(clock)
    seconds = [float(value) for value in seconds_of(cells, clock.text_format)]
    known = [value for value in seconds if value == value]
    local = not has_zone(cells[0])
    return ClockFound(clock, doubts, notes, descending=_is_descending(known), local_time=local)


def _hours_or_minutes(clock: Clock) -> tuple[Clock, tuple[Doubt, ...]]:
    """Clocks such as 12:05 are hours and minutes, as loggers and spreadsheets write them; it is asked."""
    why = Message(
        "“{heading}” does not say whether it holds hours and minutes or minutes and seconds.",
        heading=clock.heading,
    )
    doubt = Doubt("CLOCK_HOURS_OR_MINUTES", why, HOURS, MINUTES, 1 / 60, 1 / 60)
    return replace(clock, text_format=HOURS), (doubt,)


def _day_or_month(clock: Clock, cells: list[str]) -> tuple[Clock, tuple[Message, ...]]:
    """Day or month first: the order in which time passes evenly; where both do, it makes no difference."""
    spans = {}
    for order in (DAY_FIRST, MONTH_FIRST):
        seconds = [value for value in seconds_of(cells, order).tolist() if value == value]
        spans[order] = max(seconds) - min(seconds) if len(seconds) == len(cells) else float("inf")
    best = min(spans, key=lambda order: spans[order])
    heading = clock.heading
    if len(set(spans.values())) == 1:
        note = Message(
            "“{heading}” does not say whether its dates begin with day or month. Energy and duration are "
            "the same "
            "either way.",
            heading=heading,
        )
        return replace(clock, text_format=MONTH_FIRST), (note,)
    if best == DAY_FIRST:
        note = Message(
            "“{heading}” is read with the day first: only so does time pass evenly.", heading=heading
        )
    else:
        note = Message(
            "“{heading}” is read with the month first: only so does time pass evenly.", heading=heading
        )
    return replace(clock, text_format=best), (note,)


def _is_descending(numbers: list[float]) -> bool:
    steps = [after - before for before, after in itertools.pairwise(numbers)]
    down = sum(step < 0 for step in steps)
    return len(steps) >= 2 and down * 10 >= 9 * sum(step != 0 for step in steps) and down > 0


def _number_clock(table: Table, at: int, measure: Measure | None) -> ClockFound:
    heading = table.headings[at]
    numbers = table.numbers(at)
    receipt = "receipt" in words_of(heading)
    descending = _is_descending(numbers)
    steps = [abs(after - before) for before, after in itertools.pairwise(numbers)]
    step = statistics.median([each for each in steps if each > 0]) if any(steps) else 0.0
    typical = statistics.median(numbers)
    if measure is not None and measure.stated:
        clock = Clock("number", (at,), measure.unit, measure.factor, True, heading, receipt=receipt)
        found = ClockFound(clock, descending=descending)
        return _epoch_contradiction(found, typical, step) or _fast_contradiction(found, numbers) or found
    whole = all(number.is_integer() for number in numbers)
    if _SERIAL_DAYS[0] < typical < _SERIAL_DAYS[1] and 0 < step < 1 and not whole:
        return _serial_days(Clock("number", (at,), "d", 86_400.0, False, heading), descending)
    unit, factor = guessed("time", typical, step if whole else 0.0)
    absolute = EPOCH_RANGE_S[0] <= typical * factor < EPOCH_RANGE_S[1]
    clock = Clock("number", (at,), unit, factor, absolute, heading, receipt=receipt)
    doubts = (
        () if absolute or step < 2.0 or not whole else (_other_unit(clock, "s" if unit != "s" else "ms"),)
    )
    return ClockFound(clock, doubts, descending=descending)


LIKELY_EPOCH_RANGE_S: Final = (1.2e9, 2.2e9)
"""2008 to 2039: narrower than `EPOCH_RANGE_S`, since it contradicts what a heading states."""
_SERIAL_DAYS: Final = (36_526.0, 73_051.0)
"""Days since 1899-12-30, as spreadsheets count them, of the years 2000 to 2099."""


def _serial_days(clock: Clock, descending: bool) -> ClockFound:
    """A clock in days, as spreadsheets store dates; it is asked, since it might be seconds."""
    why = Message(
        "“{heading}” names no unit, and its numbers are dates of this century as spreadsheets count days.",
        heading=clock.heading,
    )
    ratio = 1.0 / clock.factor
    doubt = Doubt("TIME_UNIT_GUESSED", why, "d", "s", ratio, ratio)
    return ClockFound(clock, (doubt,), descending=descending)


def _other_unit(clock: Clock, other: str) -> Doubt:
    ratio = UNITS[other][2] / clock.factor
    why = Message("The heading “{heading}” names no unit of time.", heading=clock.heading)
    return Doubt("TIME_UNIT_GUESSED", why, clock.unit, other, ratio, ratio)


def _corrected(found: ClockFound, unit: str, code: str, why: Message) -> ClockFound:
    """The clock read in another unit than its heading says, with the doubt that has to be confirmed."""
    before = found.clock
    ratio = before.factor / UNITS[unit][2]
    clock = replace(before, unit=unit, factor=UNITS[unit][2], stated=False)
    doubt = Doubt(code, why, unit, before.unit, ratio, ratio)
    return replace(found, clock=clock, doubts=(*found.doubts, doubt))


def _epoch_contradiction(found: ClockFound, typical: float, step: float) -> ClockFound | None:
    """Numbers that are the time since 1970 in another unit than the heading's."""
    clock = found.clock
    if EPOCH_RANGE_S[0] <= typical * clock.factor < EPOCH_RANGE_S[1] or typical < EPOCH_RANGE_S[0]:
        return None
    for unit in ("s", "ms", "us", "ns"):
        factor = UNITS[unit][2]
        if (
            unit != clock.unit
            and LIKELY_EPOCH_RANGE_S[0] <= typical * factor < LIKELY_EPOCH_RANGE_S[1]
            and step * factor >= _FAST_S
        ):
            why = Message(
                "The heading “{heading}” says {unit}, but its numbers are the time since 1970 in {other}.",
                heading=clock.heading,
                unit=clock.unit,
                other=unit,
            )
            return _corrected(found, unit, "TIME_UNIT_CONTRADICTED", why)
    return None


def _fast_contradiction(found: ClockFound, numbers: list[float]) -> ClockFound | None:
    """Monsoon's own script heads seconds with "Time(ms)": samples closer than 2 µs are taken as seconds."""
    clock = found.clock
    if clock.unit not in {"ms", "ns", "us"} or clock.receipt or len(numbers) < 2:
        return None
    mean = abs(numbers[-1] - numbers[0]) / (len(numbers) - 1)
    if not 0 < mean * clock.factor < _FAST_S or mean < _FAST_S or all(each.is_integer() for each in numbers):
        return None
    why = Message(
        "The heading “{heading}” says {unit}, but then the samples would be less than 2 µs apart. Time is "
        "read as "
        "seconds, as Monsoon's script writes it: confirm it.",
        heading=clock.heading,
        unit=clock.unit,
    )
    return _corrected(found, "s", "TIME_UNIT_CONTRADICTED", why)


def _against_numbers(
    table: Table, measures: dict[int, Measure], found: ClockFound, candidates: list[int]
) -> ClockFound:
    """A clock of dates against one of numbers that states its unit; the dates are read."""
    dates = seconds_of(table.column(found.clock.columns[0]), found.clock.text_format)
    elapsed = abs(float(dates[-1] - dates[0]))
    for at in candidates:
        measure, numbers = measures.get(at), table.numbers(at)
        plain_clock = not _DURATION_WORDS & set(words_of(table.headings[at]))
        if at in found.clock.columns or measure is None or not measure.stated or not plain_clock:
            continue
        passed = abs(numbers[-1] - numbers[0]) * measure.factor if len(numbers) == len(dates) else 0.0
        if (
            not passed > 0
            or not elapsed > 0
            or abs(passed / elapsed - 1) < _AGREE
            or not _runs_one_way(numbers)
        ):
            continue
        why = Message(
            "The clocks “{heading}” and “{other}” do not pass at the same rate. The dates are read.",
            heading=found.clock.heading,
            other=table.headings[at],
        )
        ratio = passed / elapsed
        doubt = Doubt("CLOCKS_CONTRADICT", why, found.clock.heading, table.headings[at], ratio, ratio)
        return replace(found, doubts=(*found.doubts, doubt))
    return found


_AGREE: Final = 0.2
"""Two clocks of one file agree within a fifth; another unit makes them differ at least tenfold."""


def _against_second(table: Table, found: ClockFound, second: int) -> ClockFound:
    """A clock of numbers against one of dates: where they disagree, the dates decide on the unit."""
    kind = common_format(table.column(second))
    numbers = table.numbers(found.clock.columns[0])
    if kind is None or len(numbers) < 2:
        return found
    dates = [value for value in seconds_of(table.column(second), kind).tolist() if value == value]
    passed = abs(numbers[-1] - numbers[0])
    elapsed = abs(dates[-1] - dates[0]) if len(dates) > 1 else 0.0
    if elapsed <= 0 or passed <= 0 or abs(passed * found.clock.factor / elapsed - 1) < _AGREE:
        return found
    unit = next(
        (u for u in ("s", "ms", "us", "ns", "min", "h") if abs(passed * UNITS[u][2] / elapsed - 1) < _AGREE),
        None,
    )
    heading, other = found.clock.heading, table.headings[second]
    if unit is None:
        why = Message(
            "The clocks “{heading}” and “{other}” do not pass at the same rate. The dates are read.",
            heading=heading,
            other=other,
        )
        clock = Clock("datetime", (second,), heading=other, text_format=kind)
        return replace(_checked_text(table, clock), notes=(why,))
    why = Message(
        "“{heading}” says {unit}, but the second clock “{other}” shows that it holds {true}.",
        heading=heading,
        unit=found.clock.unit,
        other=other,
        true=unit,
    )
    return _corrected(replace(found, doubts=()), unit, "TIME_UNIT_CONTRADICTED", why)


def changes_only(clock: Clock) -> bool:
    """Whether rows are written when a value changes (`last_changed`), so that it holds until the next row."""
    return bool(_ON_CHANGE & set(words_of(clock.heading)))
