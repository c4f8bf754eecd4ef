"""Whether what a file says can be: units against sizes, power against current times voltage and energy,
signs."""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import Final

from data.messages import Message
from data.tracing.layout import COUNTER, Channel, Clock, Doubt, Rail
from data.tracing.tables import Table
from data.tracing.units import UNITS, plain

MOST_W: Final = 1000.0
"""No edge device draws more on average; a computer with several large GPUs does."""
LEAST_W: Final = 0.002
"""A device that runs networks and is recorded by a phone or a shunt draws more at its highest; meters made
for less (LOW_POWER formats, columns in nA, nW or below) are believed."""
TARGET_W: Final = (0.02, 200.0)
"""Where a corrected reading has to lie to be offered."""
AGREES: Final = 0.1
"""Two ways to the same power agree within a tenth: shunts and voltages are measured at different moments."""
_LEAST_PHONE_W: Final = 0.01
"""A phone whose counters are read draws more at its highest: its processor is awake."""
_ENERGY_AGREES: Final = 0.2
"""Power and an energy counter agree within a fifth: the counter's steps are coarse."""
_ROWS_TO_COMPARE: Final = 10
"""Fewer rows end too far from the steps of a counter."""
NEGATIVE_SHARE: Final = 0.9  # of the samples: a few negative ones are noise around 0
_TINY: Final = frozenset({"nA", "nW", "nV", "nJ", "uJ"})
_STEPS: Final = (1e-3, 1e3, 1e-6, 1e6, 1e-9)
"""Factors of wrong units; the last one is `MW` written for mW."""


def settled(
    table: Table,
    clock: Clock | None,
    rails: tuple[Rail, ...],
    whole: tuple[str, ...],
    checks: tuple[Rail, ...],
    format_id: str,
) -> tuple[tuple[Rail, ...], tuple[Doubt, ...]]:
    """The rails with signs and units that can be, and what has to be confirmed of it."""
    doubts: list[Doubt] = []
    turned = tuple(_turned(table, rail, doubts) if rail.name in whole else rail for rail in rails)
    checked = _against_checks(table, turned, whole, checks, doubts)
    if not doubts or all(each.code == "SIGN_TURNED" for each in doubts):
        checked = tuple(
            rail
            if rail.name not in whole or _is_confirmed(table, clock, rail, checks)
            else _sized(table, rail, format_id, doubts)
            for rail in checked
        )
    return checked, tuple(doubts)


def power_of(table: Table, rail: Rail) -> list[float]:
    """Power (W) of a rail at the rows of a table where all its columns hold numbers."""
    columns = [(channel, table.numbers(channel.column)) for channel in rail.multiplied]
    if not columns or rail.energy is not None:
        return []
    fixed = 1.0 if rail.fixed_voltage_v is None else rail.fixed_voltage_v
    values = [fixed * rail.sign] * min(len(numbers) for _, numbers in columns)
    for channel, numbers in columns:
        values = [value * number * channel.factor for value, number in zip(values, numbers, strict=False)]
    return values


def _typical(values: list[float]) -> float:
    known = [abs(value) for value in values if value]
    return statistics.median(known) if known else 0.0


def _turned(table: Table, rail: Rail, doubts: list[Doubt]) -> Rail:
    """A rail whose power is negative nearly always, as phones write a discharge: the sign is turned."""
    values = [value for value in power_of(table, rail) if value]
    negative = sum(value < 0 for value in values)
    if len(values) < 3 or negative < NEGATIVE_SHARE * len(values):
        return rail
    why = Message(
        "“{heading}” is negative nearly always: what is drawn is written as negative there, so the sign is "
        "turned. If "
        "the device was being charged, it is no consumption.",
        heading=rail.channels[0].heading,
    )
    doubts.append(Doubt("SIGN_TURNED", why, "sign turned", "sign kept", -1.0))
    return replace(rail, sign=-rail.sign)


def _is_confirmed(table: Table, clock: Clock | None, rail: Rail, checks: tuple[Rail, ...]) -> bool:
    """Whether the file says a rail's power a second time in stated units: meters for microwatts are
    right."""
    if not all(channel.stated for channel in rail.channels) or rail.energy is not None:
        return False
    pair = _partner(rail, [each for each in checks if each.energy is None], len(checks))
    if rail.power is not None and pair is not None and all(each.stated for each in pair.channels):
        power, product = _typical(power_of(table, rail)), _typical(power_of(table, pair))
        return power > 0 and abs(product / power - 1) <= AGREES
    made, joules = _twice(table, clock, rail, checks)
    return made > 0 and joules > 0 and abs(joules / made - 1) <= _ENERGY_AGREES


def _sized(table: Table, rail: Rail, format_id: str, doubts: list[Doubt]) -> Rail:
    """A rail whose power cannot be: read in the next unit that makes it plausible."""
    values = [abs(value) for value in power_of(table, rail) if value]
    if not values or format_id in _LOW_POWER:
        return rail
    volts = _at_no_voltage(table, rail)
    if volts is not None:
        doubts.append(volts[1])
        return _in_unit(rail, volts[0], volts[1].chosen)
    typical, most = statistics.median(values), max(values)
    least_w = _LEAST_PHONE_W if format_id == "android" else LEAST_W
    tiny = {channel.unit for channel in rail.channels} & _TINY
    if typical <= MOST_W and (most >= least_w or tiny):
        return rail
    found = _another_unit(rail, typical)
    if found is None:
        return rail
    channel, unit, ratio = found
    why = Message(
        "“{heading}” read in {unit} makes {power:.3g} W, which is no power of an edge device.",
        heading=channel.heading,
        unit=channel.unit,
        power=typical,
    )
    doubts.append(Doubt("POWER_IMPLAUSIBLE", why, unit, channel.unit, 1.0 / ratio))
    return _in_unit(rail, channel, unit)


VOLTAGE_V: Final = (0.1, 500.0)
"""The core of a processor has more, three phases of the mains between two wires have less."""


def _at_no_voltage(table: Table, rail: Rail) -> tuple[Channel, Doubt] | None:
    """The voltage of a pair where no supply has it, and the doubt that reads it in the next unit."""
    channel = rail.voltage
    volts = _typical(table.numbers(channel.column)) if channel is not None else 0.0
    if channel is None or not volts or VOLTAGE_V[0] <= volts * channel.factor <= VOLTAGE_V[1]:
        return None
    for step in (1e-3, 1e3, 1e-6, 1e6):
        unit = _unit_with(channel, step)
        if unit is not None and 1.0 <= volts * channel.factor * step <= VOLTAGE_V[1]:
            why = Message(
                "“{heading}” read in {unit} is {volts:.3g} V, which is no voltage of a supply.",
                heading=channel.heading,
                unit=channel.unit,
                volts=volts * channel.factor,
            )
            return channel, Doubt("VOLTAGE_IMPLAUSIBLE", why, unit, channel.unit, 1.0 / step)
    return None


_LOW_POWER: Final = frozenset({"monsoon", "joulescope", "otii", "energytrace", "ppk"})
"""Formats of meters that state their units and are made for microamperes, too."""


def _another_unit(rail: Rail, typical: float) -> tuple[Channel, str, float] | None:
    channels = [rail.current, rail.voltage] if rail.power is None else [rail.power]
    for step in _STEPS:
        for channel in channels:
            if channel is None or not TARGET_W[0] <= typical * step <= TARGET_W[1]:
                continue
            unit = _unit_with(channel, step)
            if unit is not None:
                return channel, unit, step
    return None


def _unit_with(channel: Channel, step: float) -> str | None:
    """The unit of the same quantity that makes a column `step` times as large."""
    wanted = channel.factor * step
    return next(
        (
            symbol
            for kind, symbol, factor in UNITS.values()
            if kind == channel.quantity and abs(factor / wanted - 1) < 1e-9
        ),
        None,
    )


def _in_unit(rail: Rail, channel: Channel, unit: str) -> Rail:
    factor = UNITS[plain(unit)][2] if unit[:1] != "M" else 1e6
    changed = replace(channel, unit=unit, factor=factor, stated=False)
    if channel is rail.power:
        return replace(rail, power=changed)
    return replace(rail, current=changed) if channel is rail.current else replace(rail, voltage=changed)


def _against_checks(
    table: Table,
    rails: tuple[Rail, ...],
    whole: tuple[str, ...],
    checks: tuple[Rail, ...],
    doubts: list[Doubt],
) -> tuple[Rail, ...]:
    """Power columns against current times voltage of the same table: a factor of a thousand is a wrong
    unit."""
    pairs = [each for each in checks if each.energy is None]
    result = []
    for rail in rails:
        pair = _partner(rail, pairs, len(rails)) if rail.name in whole and rail.power is not None else None
        result.append(rail if pair is None else _agreed(table, rail, pair, doubts))
    return tuple(result)


def _partner(rail: Rail, pairs: list[Rail], count: int) -> Rail | None:
    same = next((each for each in pairs if each.supply == rail.supply), None)
    return same or (pairs[0] if len(pairs) == 1 and count == 1 else None)


def _agreed(table: Table, rail: Rail, pair: Rail, doubts: list[Doubt]) -> Rail:
    power, product = _typical(power_of(table, rail)), _typical(power_of(table, pair))
    if power <= 0 or product <= 0 or abs(product / power - 1) <= AGREES or rail.power is None:
        return rail
    ratio = product / power
    heading = rail.power.heading
    step = next((each for each in _STEPS if abs(ratio / each - 1) <= AGREES), None)
    unit = None if step is None else _unit_with(rail.power, step)
    if unit is None or step is None:
        why = Message(
            "“{heading}” is {power:.3g} W, but current times voltage makes {product:.3g} W. With an "
            "alternating supply that is apparent power, and the power column is right.",
            heading=heading,
            power=power,
            product=product,
        )
        doubts.append(Doubt("POWER_CONTRADICTS_U_I", why, heading, pair.channels[0].heading, ratio))
        return rail
    why = Message(
        "“{heading}” read in {unit} is {power:.3g} W, but current times voltage makes {product:.3g} W.",
        heading=heading,
        unit=rail.power.unit,
        power=power,
        product=product,
    )
    if all(channel.stated for channel in pair.channels) or not rail.power.stated:
        doubts.append(Doubt("POWER_CONTRADICTS_U_I", why, unit, rail.power.unit, 1.0 / step))
        return _in_unit(rail, rail.power, unit)
    return rail


def energy_said(table: Table, clock: Clock, rail: Rail, checks: tuple[Rail, ...]) -> Doubt | None:
    """Power against the file's own energy column, over the table's rows; a doubt where they differ by a
    fifth."""
    made, joules = _twice(table, clock, rail, checks)
    if joules <= 0 or made <= 0 or abs(joules / made - 1) <= _ENERGY_AGREES:
        return None
    own = next(each.energy for each in checks if each.energy is not None and each.kind == COUNTER)
    times = table.numbers(clock.columns[0])
    why = Message(
        "Over the first {seconds:.3g} s the power makes {made:.3g} J, but “{heading}” rises by {joules:.3g} "
        "J.",
        seconds=abs(times[-1] - times[0]) * clock.factor,
        made=made,
        heading=own.heading,
        joules=joules,
    )
    return Doubt("POWER_CONTRADICTS_ENERGY", why, rail.channels[0].heading, own.heading, joules / made)


def _twice(table: Table, clock: Clock | None, rail: Rail, checks: tuple[Rail, ...]) -> tuple[float, float]:
    """Energy (J) of a table's rows by a rail's power and by the file's own counter; 0 where it is not
    known."""
    counters = [each for each in checks if each.energy is not None and each.kind == COUNTER]
    powers = power_of(table, rail)
    if not counters or not powers or clock is None or clock.kind != "number":
        return 0.0, 0.0
    own = counters[0].energy
    times = table.numbers(clock.columns[0])
    if own is None or len(times) < _ROWS_TO_COMPARE:
        return 0.0, 0.0
    counted = table.numbers(own.column)
    seconds = abs(times[-1] - times[0]) * clock.factor
    return statistics.fmean(powers) * seconds, (counted[-1] - counted[0]) * own.factor
