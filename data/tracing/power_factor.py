"""Real power of an alternating supply: volts times amperes times the power factor (IEC 60050-131-11-46)."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from data.messages import Message
from data.tracing.layout import Channel, Doubt, Rail
from data.tracing.supplies import supply_name
from data.tracing.tables import Table
from data.tracing.units import words_of

_NAMES: Final = r"power factor|powerfactor|leistungsfaktor|cos ?phi|pf"
_FACTOR: Final = re.compile(rf"(?:^| )(?:{_NAMES})(?=\d*(?: |$))")
_WRITTEN: Final = re.compile(r"power[ _-]?factor|leistungsfaktor|cos[ _-]?phi|pf", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"[\(\[].*?[\)\]]")
_PERCENT: Final = frozenset({"%", "percent", "pct"})
_MOST: Final = 1.005
"""A factor is at most 1; meters that round write a little more."""
MAINS_V: Final = (90.0, 264.0)
"""From the lowest of 100 V mains to the highest of 240 V mains (IEC 60038: 10 % more or less)."""
_RMS: Final = frozenset({"rms", "vrms", "irms", "arms", "urms", "ac", "vac", "aac"})
_EXAMPLE: Final = 0.5
"""A small power supply without correction has about that (EN 61000-3-2 asks for none below 75 W)."""


def with_factors(table: Table, rails: Iterable[Rail]) -> tuple[Rail, ...]:
    """The rails of current times voltage, each with the column of its power factor where there is one."""
    found = [channel for at in range(len(table.headings)) if (channel := _factor_at(table, at)) is not None]
    known = tuple(rails)
    return tuple(replace(rail, factor=_of(rail, found, known)) for rail in known) if found else known


def _factor_at(table: Table, at: int) -> Channel | None:
    """A column as power factor (0 to 1, or percent where its heading says so); None where it is none."""
    heading = table.headings[at]
    spelled = re.sub("[φϕΦ]", "phi", heading)
    if not _FACTOR.search(" ".join(words_of(_BRACKETS.sub(" ", spelled)))):
        return None
    percent = bool(_PERCENT.intersection(words_of(spelled)))
    scale, numbers = 0.01 if percent else 1.0, table.numbers(at)
    if not numbers or not table.is_numeric(at) or min(numbers) < 0 or max(numbers) * scale > _MOST:
        return None
    return Channel(at, "factor", "%" if percent else "1", scale, True, heading)


def _of(rail: Rail, found: list[Channel], rails: tuple[Rail, ...]) -> Channel | None:
    """The factor that belongs to a rail: the one of its name, else the only one."""
    if rail.current is None:
        return None
    label = supply_name(rail.current.heading)
    for channel in found:
        spelled = re.sub("[φϕΦ]", "phi", channel.heading)
        if label in {supply_name(_WRITTEN.sub(name, spelled, count=1)) for name in ("current", "I")}:
            return channel
    return found[0] if len(found) == 1 or len(rails) == 1 else None


def factors_noted(rails: Iterable[Rail], whole: tuple[str, ...]) -> list[Message]:
    """What is said where a power factor was used."""
    return [
        Message(
            "Current times voltage is multiplied by the power factor “{heading}”: that is the real power of "
            "an alternating supply.",
            heading=rail.factor.heading,
        )
        for rail in rails
        if rail.factor is not None and rail.name in whole
    ]


def apparent(table: Table, rails: Iterable[Rail], whole: tuple[str, ...]) -> tuple[Doubt, ...]:
    """A doubt for each rail whose product of volts and amperes may be apparent power."""
    return tuple(
        _asked(rail.current)
        for rail in rails
        if rail.name in whole
        and rail.current is not None
        and rail.factor is None
        and _alternates(table, rail)
    )


def _alternates(table: Table, rail: Rail) -> bool:
    """Whether a rail has the voltage of the mains, or headings that name means of alternating values."""
    said = any(_RMS.intersection(words_of(channel.heading)) for channel in rail.channels)
    volts = rail.fixed_voltage_v or 0.0
    if rail.voltage is not None and (numbers := table.numbers(rail.voltage.column)):
        volts = statistics.median(map(abs, numbers)) * rail.voltage.factor
    return said or MAINS_V[0] <= volts <= MAINS_V[1]


def _asked(current: Channel) -> Doubt:
    why = Message(
        "“{heading}” times the voltage is the apparent power if the supply alternates, and the real power is "
        "less. Add a column `power_factor` (0 to 1), or one of the real power.",
        heading=current.heading,
    )
    one, example = (Message("power factor {factor:g}", factor=factor) for factor in (1.0, _EXAMPLE))
    return Doubt("APPARENT_POWER", why, one, example, _EXAMPLE)
