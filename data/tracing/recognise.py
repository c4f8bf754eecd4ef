"""Which kind of recording a file is, from its first lines."""

from __future__ import annotations

import itertools
import re
import statistics
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from data.tracing.errors import TraceError
from data.tracing.layout import Channel, Clock, Layout, Rail
from data.tracing.lines import PTDAEMON, TEGRA_STAMP, tegra_rails
from data.tracing.rails import key_of
from data.tracing.stamps import stamp_format
from data.tracing.units import BASE, Measure, cell_value, guessed, measure_of, plain, words_of

MAX_COLUMNS: Final = 1000
HEAD_LINES: Final = 400
DELIMITERS: Final = ",;\t| "
_DEVICE_WORDS: Final = frozenset(
    {"device", "serial", "host", "hostname", "board", "node", "gpu_id", "device_id"}
)
_FAST_S: Final = 2e-6


@dataclass(frozen=True, slots=True)
class Given:
    """What the reader says about a file that does not: samples per second, supply voltage (V)."""

    rate_hz: float | None = None
    voltage_v: float | None = None


NOTHING: Final = Given()


def recognise(head: list[str], name: str = "the file", given: Given = NOTHING) -> Layout:
    """Return the layout of a recording from its first lines (a few hundred are enough).

    Raises TraceError: `empty`, `not-a-trace`, `too-many-columns`, `no-time-column`, `no-power-column`.
    """
    lines = [(number, line) for number, line in enumerate(head[:HEAD_LINES], start=1) if line.strip()]
    if not lines:
        raise TraceError("empty", f"{name} holds nothing. Choose another file.")
    if any(tegra_rails(line) for _, line in lines[:50]):
        return _tegrastats(lines)
    if any(PTDAEMON.match(line) for _, line in lines[:50]):
        return _ptdaemon(lines)
    return _table(lines, name, given)


def _tegrastats(lines: list[tuple[int, str]]) -> Layout:
    names: dict[str, None] = {}
    for _, line in lines:
        names.update(dict.fromkeys(tegra_rails(line)))
    first, line = next((number, line) for number, line in lines if tegra_rails(line))
    rails = tuple(Rail(name, Channel(at, "power", "mW", 1e-3, True, name)) for at, name in enumerate(names))
    stamp = TEGRA_STAMP.match(line)
    if stamp:
        written = stamp_format(stamp.group(1)) or "ISO8601"
        clock = Clock("datetime", heading="date and time", text_format=written)
        return Layout("tegrastats", clock, rails, first_line=first)
    note = (
        "The log has no time stamps, as older versions of tegrastats write it. One line per second is "
        "assumed, its usual interval: give the rate if it was another."
    )
    clock = Clock("none", stated=False, heading="line", rate_hz=1.0)
    return Layout("tegrastats", clock, rails, first_line=first, notes=(note,))


def _ptdaemon(lines: list[tuple[int, str]]) -> Layout:
    first = next(number for number, line in lines if PTDAEMON.match(line))
    rail = Rail("Watts", Channel(0, "power", "W", 1.0, True, "Watts"))
    clock = Clock("datetime", heading="Time", text_format="%m-%d-%Y %H:%M:%S.%f")
    return Layout("ptdaemon", clock, (rail,), first_line=first)


def _fields(line: str, delimiter: str) -> list[str]:
    text = line.rstrip("\r\n")
    return text.split() if delimiter == " " else [cell.strip() for cell in text.split(delimiter)]


def _delimiter(lines: list[tuple[int, str]]) -> str:
    """The separator that cuts most of the last lines into one and the same number of fields, at least two."""
    sample = [line for _, line in lines[-40:]]

    def score(delimiter: str) -> tuple[float, int]:
        sizes = Counter(len(_fields(line, delimiter)) for line in sample)
        fields, lines_with = max(sizes.items(), key=lambda each: (each[1], each[0]))
        return (lines_with / len(sample) if fields > 1 else 0.0), -DELIMITERS.index(delimiter)

    best = max(DELIMITERS, key=score)
    semicolons = sum(";" in line for line in sample) > len(sample) / 2
    return ";" if semicolons and best == "," else best


def _is_data(cells: list[str], decimal: str) -> bool:
    """Whether a line is a row of samples: half of its filled cells or more are numbers or stamps."""
    filled = [cell for cell in cells if cell]
    numbers = [cell for cell in filled if cell_value(cell, decimal) is not None or stamp_format(cell)]
    return bool(filled) and 2 * len(numbers) >= len(filled) and any(c[-1:].isdigit() for c in numbers)


def _table(lines: list[tuple[int, str]], name: str, given: Given) -> Layout:
    delimiter = _delimiter(lines)
    decimal = "," if delimiter == ";" and any(re.search(r"\d,\d", line) for _, line in lines[-5:]) else "."
    rows = [(number, _fields(line, delimiter)) for number, line in lines]
    if max(len(cells) for _, cells in rows) > MAX_COLUMNS:
        number, cells = next((number, cells) for number, cells in rows if len(cells) > MAX_COLUMNS)
        message = (
            f"{len(cells):,} columns; a recording has at most {MAX_COLUMNS:,}. Is this a table of samples?"
        )
        raise TraceError("too-many-columns", message, line=number)
    at = next((at for at, (_, cells) in enumerate(rows) if _is_data(cells, decimal)), None)
    if at is None:
        message = (
            f"{name} is not a recording that can be read: no line of its beginning holds numbers. "
            "Choose a CSV with a time and a power column, or one of the logs named on the page."
        )
        raise TraceError("not-a-trace", message, line=rows[0][0])
    data = [cells for _, cells in rows[at:]]
    width = Counter(len(cells) for cells in data).most_common(1)[0][0]
    headings = _headings(rows[:at], width)
    delimited = (delimiter, decimal)
    return _from_columns(headings, data, rows[at][0], delimited, given)


def _headings(above: list[tuple[int, list[str]]], width: int) -> list[str]:
    """The line above the samples that names most quantities, at least as wide as the samples."""
    known = [(sum(measure_of(cell) is not None for cell in cells), at) for at, (_, cells) in enumerate(above)]
    if not known:
        return []
    cells = above[max(known)[1]][1]
    while cells and not cells[-1]:
        cells = cells[:-1]
    names = [cell.strip().strip("\"'").lstrip("\ufeff") for cell in cells]
    return names + [""] * (width - len(names))


def _column(data: list[list[str]], at: int) -> list[str]:
    return [cells[at] for cells in data if at < len(cells)]


def _numbers(cells: list[str], decimal: str) -> list[float]:
    values = (cell_value(cell, decimal) for cell in cells)
    return [value[0] for value in values if value is not None and value[0] == value[0]]


def _from_columns(
    headings: list[str], data: list[list[str]], first_line: int, style: tuple[str, str], given: Given
) -> Layout:
    if not headings:
        message = (
            "there is no heading above the samples, so nothing says which column is time and which is power. "
            "Add a line such as `time_s,power_w`."
        )
        raise TraceError("no-time-column", message, line=first_line)
    measures = {at: measure for at, heading in enumerate(headings) if (measure := measure_of(heading))}
    delimiter, decimal = style
    clock = _clock(headings, measures, data, decimal)
    if clock is None and given.rate_hz:
        clock = Clock("none", heading="line", rate_hz=given.rate_hz)
    format_id = _format(headings)
    rails = _rails(headings, measures, data, decimal, format_id)
    if not rails and given.voltage_v:
        rails = _currents(headings, measures, data, decimal, given.voltage_v)
    if clock is None:
        named = ", ".join(headings[:6])
        message = f"no column is named as time ({named}). Name one `time_s`, or give the sample rate."
        if not rails:
            message = f"no column is named as time or power ({named}). Is this a recording?"
        raise TraceError("no-time-column", message, line=max(1, first_line - 1))
    if not rails:
        message = (
            f"no column is named as power, nor as current with a voltage ({', '.join(headings[:6])}). Name "
            "one `power_w`, or `current_a` and `voltage_v`, or give the supply's voltage."
        )
        raise TraceError("no-power-column", message, line=max(1, first_line - 1))
    clock, notes = _contradiction(clock, data, decimal)
    device = next((at for at, h in enumerate(headings) if _DEVICE_WORDS & {*words_of(h), plain(h)}), None)
    if device is not None and (device in clock.columns or device in measures):
        device = None
    return Layout(
        format_id, clock, rails, delimiter, decimal, tuple(headings), first_line, device, notes=notes
    )


def _format(headings: list[str]) -> str:
    text = " ".join(plain(heading) for heading in headings)
    if "main" in text and ("(ma)" in text or "main avg" in text or "current" in text):
        return "monsoon"
    if "jetson_clocks" in text or "nvp model" in text or "power tot" in text:
        return "jtop"
    if any(re.fullmatch(r"[uip][-_ ]?(e\d|sigma.*)", plain(heading)) for heading in headings):
        return "yokogawa"
    if ("bus" in text and "shunt" in text) or "ina2" in text or "ina3" in text:
        return "ina"
    return "generic"


def _clock(
    headings: list[str], measures: dict[int, Measure], data: list[list[str]], decimal: str
) -> Clock | None:
    date = next((at for at, heading in enumerate(headings) if words_of(heading) == ["date"]), None)
    clocks = [at for at, measure in measures.items() if measure.quantity == "time"]
    day_time = next((at for at in clocks if plain(headings[at]) == "time"), None)
    if date is not None and day_time is not None:
        extra = [at for at, h in enumerate(headings) if words_of(h) in (["millisecond"], ["milliseconds"])]
        columns = (date, day_time, *extra[:1])
        return Clock("date-time", columns, heading="Date and Time")
    candidates = clocks if date is None else [*clocks, date]
    # Of several clocks, the one whose unit is stated; of those, the first.
    candidates.sort(key=lambda at: not (at in measures and measures[at].stated))
    for at in candidates:
        cells = [cell for cell in _column(data, at) if cell]
        numbers = _numbers(cells, decimal)
        if numbers and len(numbers) * 2 >= len(cells):
            return _number_clock(headings[at], at, measures.get(at), numbers)
        found = Counter(filter(None, map(stamp_format, cells))).most_common(1)
        if found:
            return Clock("datetime", (at,), heading=headings[at], text_format=found[0][0])
    return None


def _number_clock(heading: str, at: int, measure: Measure | None, numbers: list[float]) -> Clock:
    receipt = "receipt" in words_of(heading)
    if measure is not None and measure.stated:
        return Clock("number", (at,), measure.unit, measure.factor, True, heading, receipt=receipt)
    unit, factor = guessed("time", statistics.median(numbers))
    absolute = 1e9 <= statistics.median(numbers) * factor < 4e9
    return Clock("number", (at,), unit, factor, absolute, heading, receipt=receipt)


def _contradiction(clock: Clock, data: list[list[str]], decimal: str) -> tuple[Clock, tuple[str, ...]]:
    """Monsoon's own script heads seconds with "Time(ms)": stamps closer than 2 us are taken as seconds."""
    if clock.kind != "number" or clock.unit not in {"ms", "ns", "us"} or clock.receipt:
        return clock, ()
    numbers = _numbers(_column(data, clock.columns[0]), decimal)
    steps = [after - before for before, after in itertools.pairwise(numbers) if after > before]
    if not steps or statistics.median(steps) * clock.factor >= _FAST_S or statistics.median(steps) < _FAST_S:
        return clock, ()
    if all(number.is_integer() for number in numbers):
        return clock, ()
    note = (
        f"The heading “{clock.heading}” says {clock.unit}, but then the samples would be less than 2 µs "
        "apart. Time is read as seconds, as Monsoon's script writes it: confirm it."
    )
    return replace(clock, unit="s", factor=1.0, stated=False), (note,)


def _rails(
    headings: list[str], measures: dict[int, Measure], data: list[list[str]], decimal: str, format_id: str
) -> tuple[Rail, ...]:
    channels = {
        at: _channel(headings[at], at, measure, _numbers(_column(data, at), decimal), format_id)
        for at, measure in measures.items()
        if measure.quantity != "time" and not _is_statistic(headings[at], format_id)
    }
    powers = [each for each in channels.values() if each.quantity == "power"]
    if powers:
        return tuple(Rail(_rail_name(each.heading), power=each) for each in powers)
    return _pairs(channels)


def _currents(
    headings: list[str], measures: dict[int, Measure], data: list[list[str]], decimal: str, voltage_v: float
) -> tuple[Rail, ...]:
    """A rail from each current, all at one voltage."""
    currents = [
        _channel(headings[at], at, measure, _numbers(_column(data, at), decimal), "generic")
        for at, measure in measures.items()
        if measure.quantity == "current"
    ]
    return tuple(Rail(_rail_name(each.heading), current=each, fixed_voltage_v=voltage_v) for each in currents)


def _is_statistic(heading: str, format_id: str) -> bool:
    """Whether a column repeats another as its running mean, its peak or its least value."""
    words = set(words_of(heading))
    return bool(words & {"max", "min", "peak"}) or (format_id == "jtop" and "avg" in words)


def _channel(heading: str, at: int, measure: Measure, numbers: list[float], format_id: str) -> Channel:
    if measure.stated:
        return Channel(at, measure.quantity, measure.unit, measure.factor, True, heading)
    if format_id == "jtop":
        return Channel(at, "power", "mW", 1e-3, True, heading)  # jtop writes milliwatts
    if format_id == "yokogawa":
        return Channel(at, measure.quantity, BASE[measure.quantity], 1.0, True, heading)
    unit, factor = guessed(measure.quantity, statistics.median(numbers) if numbers else 0.0)
    return Channel(at, measure.quantity, unit, factor, False, heading)


def _pairs(channels: dict[int, Channel]) -> tuple[Rail, ...]:
    """Rails from each current with the voltage of the same name, else with the only or first voltage."""
    voltages = [each for each in channels.values() if each.quantity == "voltage"]
    rails = []
    for current in (each for each in channels.values() if each.quantity == "current"):
        label = _rail_name(current.heading)
        partner = next((v for v in voltages if _rail_name(v.heading) == label), None)
        if partner is None and voltages:
            partner = voltages[0]
        if partner is not None:
            rails.append(Rail(label, current=current, voltage=partner))
    return tuple(rails)


_NOT_NAME: Final = frozenset(
    [
        "power",
        "current",
        "voltage",
        "volt",
        "volts",
        "amp",
        "amps",
        "watt",
        "watts",
        "avg",
        "average",
        "mean",
        "bus",
        "cur",
    ]
)


def _rail_name(heading: str) -> str:
    """A rail's name: the heading without quantity and unit; the heading itself when nothing is left."""
    if heading.strip().upper().startswith("POWER ") and "(" not in heading:
        return key_of(heading)
    bare = re.sub(r"[\(\[].*?[\)\]]", " ", heading)
    words = [word for word in re.split(r"[\s_\-]+", bare) if word and plain(word) not in _NOT_NAME]
    if words and plain(words[-1]) in {"w", "mw", "uw", "kw", "ma", "a", "v", "mv", "ua"}:
        words = words[:-1]
    if words and plain(words[0]) in {"u", "i", "p"} and len(words) > 1:
        words = words[1:]
    return "_".join(words).upper() if words else "power"
