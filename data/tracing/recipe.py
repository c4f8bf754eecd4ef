"""Columns by hand: which column of a table is what, as a small readable file that can be used again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from data.plain_toml import read_plain_toml
from data.tracing.errors import TraceError
from data.tracing.layout import COUNTER, ENDED, HELD, INTERVAL, LINE, Channel, Clock, Layout, Rail
from data.tracing.recognise import head_table
from data.tracing.stamps import (
    DAY_FIRST,
    EITHER,
    HOURS,
    MINUTES,
    MONTH_FIRST,
    MONTH_NAMED,
    TIME_OF_DAY,
    YEAR_FIRST,
    common_format,
)
from data.tracing.tables import Table
from data.tracing.units import BASE, UNITS, plain

DATE: Final = "date"
"""Unit of a column of time that holds dates or times of day."""
FORMATS: Final = frozenset({DAY_FIRST, MONTH_FIRST, YEAR_FIRST, MONTH_NAMED, TIME_OF_DAY, HOURS, MINUTES})
"""How dates and times of day may be said to be written."""
SUM: Final = "sum"
LEAST, MOST = 1e-6, 1e9
"""Rates (Hz) and voltages (V): a sample in twelve days or in a nanosecond; beyond, times become infinite."""
_KINDS: Final = {"up": COUNTER, "interval": INTERVAL}
_KEYS: Final = frozenset(
    {"time", "time_unit", "time_of_day", "milliseconds", "time_format", "rate_hz", "device", "devices"}
    | {"between", "rail"}
)
_BETWEEN: Final = frozenset({LINE, HELD, ENDED})
_QUANTITIES: Final = ("power", "current", "voltage", "energy")
_RAIL_KEYS: Final = frozenset(
    {"name", "power", "power_unit", "current", "current_unit", "voltage", "voltage_unit", "voltage_v"}
    | {"energy", "energy_unit", "counts", "sign", "power_factor", "power_factor_unit"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its heading, or by its number (1 is the first), and its unit."""

    name: str | int
    unit: str


@dataclass(frozen=True, slots=True)
class RailRecipe:
    """One supply: power, or current with a voltage column or a fixed voltage (V), or energy.

    `counts` says how energy is written ("up" or "interval"); `sign` is -1 where what is drawn is negative;
    `factor` is the power factor of an alternating supply, in "1" or "%".
    """

    name: str
    power: Column | None = None
    current: Column | None = None
    voltage: Column | None = None
    voltage_v: float | None = None
    energy: Column | None = None
    counts: str = "up"
    sign: float = 1.0
    factor: Column | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """Columns of a table: time (or a rate, Hz), the supplies that are added up, and whose row each is.

    `devices` is "sum" for rows that are added up per stamp, or the name of the one that is read. Where `time`
    is a date, `time_of_day` and `milliseconds` may stand in columns of their own, and `time_format` says in
    which order dates are written ("" where they tell it). `between` says what power is between two rows:
    "line", "held" or "ended" (a mean over the time that ends with a row); "" for what the rails imply.
    """

    rails: tuple[RailRecipe, ...]
    time: Column | None = None
    rate_hz: float | None = None
    device: str | int | None = None
    devices: str = SUM
    time_of_day: str | int | None = None
    milliseconds: str | int | None = None
    time_format: str = ""
    between: str = ""


def recipe_of(text: str, name: str = "the recipe") -> Recipe:
    """A recipe from its text; raises TraceError `RECIPE_UNREADABLE`, `RECIPE_KEY` or
    `RECIPE_INCOMPLETE`."""
    try:
        found = read_plain_toml(text)
    except ValueError as problem:
        raise TraceError(
            "RECIPE_UNREADABLE",
            "{name} cannot be read: {problem}. A recipe is a TOML file such as the page saves.",
            name=name,
            problem=str(problem)[:200],
        ) from None
    _known_keys(found, _KEYS, name)
    rails = found.get("rail", [])
    if not isinstance(rails, list) or not rails or not all(isinstance(rail, dict) for rail in rails):
        raise _incomplete(name, "a [[rail]] with power, with current and voltage, or with energy")
    time = _column(found, "time", "time", name) if "time" in found else None
    rate_hz = _positive(found, "rate_hz", name)
    if time is None and rate_hz is None:
        raise _incomplete(name, "time or rate_hz")
    between = str(found.get("between", ""))
    if between and between not in _BETWEEN:
        raise _incomplete(name, 'between = "line", "held" or "ended"')
    time_format = str(found.get("time_format", ""))
    if time_format and time_format not in FORMATS:
        raise _incomplete(name, f"one of {', '.join(sorted(FORMATS))} as time_format")
    return Recipe(
        tuple(_rail(rail, at, name) for at, rail in enumerate(rails, start=1)),
        time,
        rate_hz,
        _which(found, "device"),
        str(found.get("devices", SUM)),
        _which(found, "time_of_day"),
        _which(found, "milliseconds"),
        time_format,
        between,
    )


def _which(found: dict[str, Any], key: str) -> str | int | None:
    """The heading or number of a column; None where it is not given."""
    value = found.get(key)
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def _known_keys(found: dict[str, Any], known: frozenset[str], name: str) -> None:
    unknown = sorted(set(found) - known)
    if unknown:
        raise TraceError(
            "RECIPE_KEY",
            "{name} has {key}, which no recipe has. It may have: {known}.",
            name=name,
            key=unknown[0][:80],
            known=", ".join(sorted(known)),
        )


def _incomplete(name: str, lacking: str) -> TraceError:
    return TraceError(
        "RECIPE_INCOMPLETE", "{name} lacks {lacking}. Add it and try again.", name=name, lacking=lacking
    )


def _positive(found: dict[str, Any], key: str, name: str) -> float | None:
    value = found.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not LEAST <= value <= MOST:
        raise _incomplete(name, f"a number from {LEAST:g} to {MOST:g} as {key}")
    return float(value)


def _column(found: dict[str, Any], key: str, quantity: str, name: str) -> Column:
    which, unit = found[key], found.get(f"{key}_unit", BASE[quantity])
    if isinstance(which, bool) or not isinstance(which, str | int):
        raise _incomplete(name, f"the heading or the number of a column as {key}")
    known = UNITS.get(plain(str(unit)))
    if str(unit) != DATE and (known is None or known[0] != quantity):
        raise _incomplete(name, f"a unit of {quantity} as {key}_unit")
    return Column(which, str(unit))


def _rail(found: dict[str, Any], at: int, name: str) -> RailRecipe:
    _known_keys(found, _RAIL_KEYS, name)
    columns = {
        key: _column(found, key, key, name)
        for key in ("power", "current", "voltage", "energy")
        if key in found
    }
    fixed = _positive(found, "voltage_v", name)
    ways = ("power" in columns, "current" in columns, "energy" in columns)
    if sum(ways) != 1 or ("current" in columns and "voltage" not in columns and fixed is None):
        raise _incomplete(name, f"power, or current with a voltage, or energy, in rail {at}")
    counts = str(found.get("counts", "up"))
    if counts not in _KINDS:
        raise _incomplete(name, 'counts = "up" or "interval"')
    sign = -1.0 if found.get("sign", 1) == -1 else 1.0
    return RailRecipe(
        str(found.get("name", f"rail {at}")),
        columns.get("power"),
        columns.get("current"),
        columns.get("voltage"),
        fixed,
        columns.get("energy"),
        counts,
        sign,
        _power_factor(found, name) if "current" in columns else None,
    )


_FACTORS: Final = {"1": 1.0, "%": 0.01}
"""Units of a power factor, and what they are multiplied by."""


def _power_factor(found: dict[str, Any], name: str) -> Column | None:
    which, unit = _which(found, "power_factor"), str(found.get("power_factor_unit", "1"))
    if which is not None and unit not in _FACTORS:
        raise _incomplete(name, 'power_factor_unit = "1" or "%"')
    return None if which is None else Column(which, unit)


def layout_by(head: list[str], recipe: Recipe, name: str = "the file") -> Layout:
    """The layout of a table read by a recipe; raises TraceError `RECIPE_COLUMN` for a column it lacks."""
    table = head_table(head, name)
    width = max(len(table.headings), max((len(cells) for cells in table.rows), default=0))
    headings = (*table.headings, *("" for _ in range(width - len(table.headings))))
    clock = Clock("none", heading="line", rate_hz=recipe.rate_hz)
    if recipe.time is not None and recipe.rate_hz is None:
        clock = _clock(table, recipe, recipe.time, headings)
    rails = tuple(_laid_rail(rail, headings) for rail in recipe.rails)
    device = None if recipe.device is None else _place(recipe.device, headings)
    values = tuple(dict.fromkeys(table.column(device))) if device is not None else ()
    added = device is not None and recipe.devices == SUM
    numbers = table.numbers(clock.columns[0]) if clock.kind == "number" else []
    return Layout(
        "recipe",
        clock,
        rails,
        table.delimiter,
        table.decimal,
        headings,
        table.first_line,
        device_column=device,
        device=None if added or device is None else recipe.devices,
        devices=values,
        whole_devices=values if added else (),
        rule=recipe.between or (ENDED if any(rail.energy for rail in rails) else LINE),
        descending=len(numbers) > 2 and numbers[-1] < numbers[0],
        local_time=clock.kind in {"datetime", "date-time"},
    )


def _place(which: str | int, headings: tuple[str, ...]) -> int:
    if isinstance(which, int) and 1 <= which <= len(headings):
        return which - 1
    if isinstance(which, str) and which in headings:
        return headings.index(which)
    raise TraceError(
        "RECIPE_COLUMN",
        "the table has no column {column}. It has: {columns}.",
        column=str(which)[:80],
        columns=", ".join(heading for heading in headings if heading)[:400],
    )


def _channel(column: Column, quantity: str, headings: tuple[str, ...]) -> Channel:
    at = _place(column.name, headings)
    _, symbol, factor = UNITS[plain(column.unit)]
    return Channel(at, quantity, symbol, factor, True, headings[at] or f"column {at + 1}")


def _clock(table: Table, recipe: Recipe, column: Column, headings: tuple[str, ...]) -> Clock:
    at = _place(column.name, headings)
    if column.unit == DATE:
        more = [_place(each, headings) for each in (recipe.time_of_day, recipe.milliseconds) if each]
        day_times = table.column(more[0]) if recipe.time_of_day else []
        cells = [" ".join(parts) for parts in zip(table.column(at), day_times, strict=False)]
        found = common_format(cells or table.column(at)) or "ISO8601"
        written = recipe.time_format or (MONTH_FIRST if found == EITHER else found)
        kind = "date-time" if recipe.time_of_day else "datetime"
        return Clock(kind, (at, *more), heading=headings[at], text_format=written)
    _, symbol, factor = UNITS[plain(column.unit)]
    return Clock("number", (at,), symbol, factor, True, headings[at])


def _laid_rail(rail: RailRecipe, headings: tuple[str, ...]) -> Rail:
    def channel(column: Column | None, quantity: str) -> Channel | None:
        return None if column is None else _channel(column, quantity, headings)

    return Rail(
        rail.name,
        channel(rail.power, "power"),
        channel(rail.current, "current"),
        channel(rail.voltage, "voltage"),
        rail.voltage_v if rail.voltage is None else None,
        channel(rail.energy, "energy"),
        _KINDS[rail.counts] if rail.energy is not None else "",
        rail.sign,
        factor=None if rail.factor is None else _factor_channel(rail.factor, headings),
    )


def _factor_channel(column: Column, headings: tuple[str, ...]) -> Channel:
    at = _place(column.name, headings)
    heading = headings[at] or f"column {at + 1}"
    return Channel(at, "factor", column.unit, _FACTORS[column.unit], True, heading)


def written(layout: Layout, rails: tuple[str, ...]) -> str:
    """The recipe of a layout as text: what was recognised, and what the reader confirmed or chose."""
    lines = ["# How this table is read: a column by its heading, its unit, and how it counts."]
    clock = layout.clock
    if clock.kind == "none" or not clock.columns:
        lines.append(f"rate_hz = {clock.rate_hz or 1.0!r}")
    else:
        unit = clock.unit if clock.kind == "number" else DATE
        lines += [f"time = {_named(layout, clock.columns[0])}", f"time_unit = {_quoted(unit)}"]
        more = zip(("time_of_day", "milliseconds"), clock.columns[1:], strict=False)
        lines += [f"{key} = {_named(layout, at)}" for key, at in more]
        if clock.text_format in FORMATS:
            lines.append(f"time_format = {_quoted(clock.text_format)}")
    if layout.rule in _BETWEEN:
        lines.append(f"between = {_quoted(layout.rule)}")
    if layout.device_column is not None:
        lines.append(f"device = {_named(layout, layout.device_column)}")
        lines.append(
            f"devices = {_quoted(layout.device or (SUM if layout.whole_devices else layout.devices[0]))}"
        )
    for name in rails:
        lines += ["", "[[rail]]", f"name = {_quoted(name)}", *_rail_lines(layout, layout.rail(name))]
    return "\n".join(lines) + "\n"


def _rail_lines(layout: Layout, rail: Rail) -> list[str]:
    lines = []
    for key, channel in (
        ("power", rail.power),
        ("current", rail.current),
        ("voltage", rail.voltage),
        ("energy", rail.energy),
        ("power_factor", rail.factor),
    ):
        if channel is not None:
            lines += [f"{key} = {_named(layout, channel.column)}", f"{key}_unit = {_quoted(channel.unit)}"]
    if rail.fixed_voltage_v is not None:
        lines.append(f"voltage_v = {rail.fixed_voltage_v!r}")
    if rail.energy is not None:
        lines.append(f'counts = "{"up" if rail.kind == COUNTER else "interval"}"')
    return [*lines, "sign = -1"] if rail.sign < 0 else lines


def _named(layout: Layout, at: int) -> str:
    """A column by its heading, or by its number where the heading is empty or not its own."""
    heading = layout.columns[at] if at < len(layout.columns) else ""
    return _quoted(heading) if heading and layout.columns.count(heading) == 1 else str(at + 1)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


def has_columns(layout: Layout) -> bool:
    """Whether a recipe can say how a file is read: tables, and logs that are turned into one."""
    return bool(layout.columns)
