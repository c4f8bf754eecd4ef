"""Which columns of a table are supplies: power, current with voltage, or energy; two of one supply are told
apart."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from data.tracing.energies import energy_rail, must_be_drawn
from data.tracing.layout import Channel, Rail
from data.tracing.rails import key_of
from data.tracing.tables import Table
from data.tracing.units import (
    BASE,
    UNITS,
    Measure,
    file_name,
    guessed,
    plain,
    sysfs_channel,
    word_set,
    words_of,
)
from data.tracing.wording import in_english, spelled_out

_ANDROID: Final = {
    "current_now": "current",
    "voltage_now": "voltage",
    "current_avg": "current",
    "power_now": "power",
}
"""Files of the Linux class power_supply, which are millionths (kernel documentation, sysfs-class-power)."""
_NOW: Final = frozenset({"now", "cur", "current", "inst", "instant", "instantaneous", "actual"})
_MEAN: Final = frozenset({"avg", "average", "mean", "rolling", "ema", "smoothed"})
_STATISTIC: Final = frozenset({"max", "min", "peak", "std", "stdev", "var", "rms"})
_NOT_NAME: Final = word_set(
    "power current voltage volt volts amp amps watt watts avg average mean bus cur now inst consumption "
    "energy joule joules draw instant load"
)


def rails_of(
    table: Table, measures: dict[int, Measure], format_id: str, owner: int | None = None
) -> tuple[Rail, ...]:
    """The supplies of a table, power columns before pairs of current and voltage before energy columns.

    `owner` is the column that says whose row it is, where rows take turns. Raises TraceError
    `BATTERY_CHARGES`.
    """
    channels = _channels(table, measures, format_id)
    powers = [each for each in channels.values() if each.quantity == "power"]
    if powers:
        powers.sort(key=lambda each: _is_mean(each.heading))  # now before mean
        return named_apart([Rail("", power=each) for each in powers])
    pairs = _pairs(list(channels.values()))
    if pairs:
        return named_apart(pairs)
    energies = [each for each in channels.values() if each.quantity == "energy"]
    counted = named_apart([energy_rail(table, each, format_id, owner) for each in energies])
    must_be_drawn(table, counted, owner)
    return counted


def rails_at_voltage(table: Table, measures: dict[int, Measure], voltage_v: float) -> tuple[Rail, ...]:
    """A rail from each current, all at one voltage (V)."""
    channels = _channels(table, measures, "generic").values()
    currents = [each for each in channels if each.quantity == "current"]
    return named_apart([Rail("", current=each, fixed_voltage_v=voltage_v) for each in currents])


def checks_of(
    table: Table, measures: dict[int, Measure], format_id: str, owner: int | None = None
) -> tuple[Rail, ...]:
    """What a table says a second time beside its rails: current times voltage, and energy."""
    channels = _channels(table, measures, format_id)
    energies = [each for each in channels.values() if each.quantity == "energy"]
    return (
        *named_apart(_pairs(list(channels.values()))),
        *(energy_rail(table, each, format_id, owner) for each in energies),
    )


def _channels(table: Table, measures: dict[int, Measure], format_id: str) -> dict[int, Channel]:
    found = {
        at: channel_of(table, at, measure, format_id)
        for at, measure in measures.items()
        if measure.quantity != "time"
        and not _is_statistic(table.headings[at], format_id)
        and table.is_numeric(at)
    }
    return _ina_units(found) if format_id == "ina" else found


def _ina_units(channels: dict[int, Channel]) -> dict[int, Channel]:
    """Drivers of INA sensors (Adafruit, pi-ina219) return mA and mW, but volts on the bus."""
    milli = {"current": ("mA", 1e-3), "power": ("mW", 1e-3)}
    return {
        at: each
        if each.stated or each.quantity not in milli
        else replace(each, unit=milli[each.quantity][0], factor=milli[each.quantity][1])
        for at, each in channels.items()
    }


def _is_mean(heading: str) -> bool:
    return bool(_MEAN & set(words_of(heading)))


def _is_statistic(heading: str, format_id: str) -> bool:
    """Whether a column repeats another as its peak or its least value; in jtop's table also as its mean."""
    words = set(words_of(heading))
    return bool(words & _STATISTIC) or (format_id == "jtop" and "avg" in words)


def channel_of(table: Table, at: int, measure: Measure, format_id: str) -> Channel:
    """A column with its unit: stated, known from the format, or guessed from the size of its values."""
    heading = table.headings[at]
    if measure.stated:
        return Channel(at, measure.quantity, measure.unit, measure.factor, True, heading)
    if format_id == "jtop":
        return Channel(at, "power", "mW", 1e-3, True, heading)  # jtop writes milliwatts
    if format_id in {"yokogawa", "joulescope"}:
        return Channel(at, measure.quantity, BASE[measure.quantity], 1.0, True, heading)
    numbers = table.numbers(at)
    cell_unit = _unit_in_cells(table, at, measure.quantity)
    if cell_unit is not None:
        return Channel(at, measure.quantity, *cell_unit, True, heading)
    if file_name(heading) in _ANDROID:
        unit = f"u{BASE[_ANDROID[file_name(heading)]]}"
        return Channel(at, measure.quantity, unit, 1e-6, False, heading)
    if measure.unit != BASE[measure.quantity]:  # the plug's home automation counts in it by default
        return Channel(at, measure.quantity, measure.unit, measure.factor, False, heading)
    unit, factor = guessed(measure.quantity, statistics.median(map(abs, numbers)) if numbers else 0.0)
    return Channel(at, measure.quantity, unit, factor, False, heading)


def _unit_in_cells(table: Table, at: int, quantity: str) -> tuple[str, float] | None:
    """The unit that most cells of a column carry themselves ("64.00 W")."""
    units = Counter(re.sub(r"^[^a-zA-Zµμ]+", "", cell) for cell in table.column(at)[:50])
    if not units:
        return None
    word, times = units.most_common(1)[0]
    known = UNITS.get(plain(word))
    return (
        (known[1], known[2]) if known and known[0] == quantity and 2 * times > sum(units.values()) else None
    )


def _pairs(channels: Iterable[Channel]) -> list[Rail]:
    """Rails from each current with the voltage of the same name, else with the only or first voltage."""
    known = list(channels)
    voltages = [each for each in known if each.quantity == "voltage"]
    rails = []
    for current in sorted(
        (each for each in known if each.quantity == "current"), key=lambda c: _is_mean(c.heading)
    ):
        label = supply_name(current.heading)
        partner = next((v for v in voltages if supply_name(v.heading) == label), None)
        if partner is None and voltages:
            partner = voltages[0]
        if partner is not None:
            rails.append(Rail("", current=current, voltage=partner))
    return rails


def named_apart(rails: list[Rail]) -> tuple[Rail, ...]:
    """Rails with names of their own; those of one supply share `supply`, and the first keeps the plain
    name."""
    seen: dict[str, int] = {}
    named = []
    for rail in rails:
        heading = rail.channels[0].heading
        supply = supply_name(heading)
        taken = seen.get(supply, 0)
        seen[supply] = taken + 1
        named.append(replace(rail, name=supply if not taken else f"{supply} ({heading})", supply=supply))
    return tuple(named)


def supply_name(heading: str) -> str:
    """A supply's name: the heading without quantity, statistic and unit; "power" when nothing is left."""
    channel = sysfs_channel(heading)
    if channel is not None:
        return f"CHANNEL_{channel}"
    if heading.strip().upper().startswith("POWER ") and "(" not in heading:
        return key_of(heading)
    bare = re.sub(r"[\(\[].*?[\)\]]", " ", spelled_out(heading))
    words = [
        word
        for word in re.split(r"[\s_\-.]+", bare)
        if word and in_english(plain(word)).strip() not in _NOT_NAME
    ]
    if words and plain(words[-1]) in UNITS and len(plain(words[-1])) <= 3:
        words = words[:-1]
    words = [
        word for word in words if plain(word) not in {"milli", "micro", "milliwatt", "milliwatts", "watthour"}
    ]
    if words and plain(words[0]) in {"u", "i", "p"} and len(words) > 1:
        words = words[1:]
    return "_".join(words).upper() if words else "power"
