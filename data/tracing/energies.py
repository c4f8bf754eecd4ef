"""How a column of energy counts: up, per interval, or down as what is left in a battery."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

from data.messages import Message
from data.tracing.errors import TraceError
from data.tracing.layout import COUNTER, INTERVAL, Channel, Doubt, Rail
from data.tracing.tables import Table
from data.tracing.units import file_name, word_set, words_of

_COUNTING: Final = frozenset({"total", "counter", "accumulated", "cumulative", "consumed", "since"})
_PER_ROW: Final = frozenset({"delta", "interval", "per"})
_LEFT: Final = frozenset({"remaining", "remain"})
"""Words that leave no other meaning than what a battery still holds; `energy_now` says the same."""
_BATTERY: Final = word_set("battery batt bat akku batterie bateria accu left capacity")
"""Words that are said of a battery's content as well as of what was drawn from it."""
_FALLS: Final = 0.2
"""A column that falls more often counts nothing up, whatever its heading says."""
_FEWEST_FALLS: Final = 5
"""Rows that have to fall, none rising, so that a column may be what is left in a battery."""


def energy_rail(table: Table, channel: Channel, format_id: str, owner: int | None) -> Rail:
    """A rail of an energy column; `owner` is the column that says whose row it is.

    One that counts up falls back only where it wraps; a battery's falls as the device draws it.
    """
    steps = _steps(table, channel.column, owner)
    down = sum(step < 0 for step in steps)
    up = sum(step > 0 for step in steps)
    words = _words(channel)
    if _is_left(channel) or (words & _BATTERY and not words & _COUNTING | words & _PER_ROW and _falls(steps)):
        return Rail("", energy=channel, kind=COUNTER, sign=-1.0)
    counts = up > 1 and down <= max(1, 0.02 * len(steps)) and down < up
    if words & _COUNTING or words & _PER_ROW:
        counts = bool(words & _COUNTING) and down <= _FALLS * len(steps)
    kind = COUNTER if counts and format_id != "perf" else INTERVAL
    return Rail("", energy=channel, kind=kind)


def must_be_drawn(table: Table, rails: Sequence[Rail], owner: int | None) -> None:
    """Raise TraceError `BATTERY_CHARGES` where what is left in a battery rises: no consumption is known."""
    for rail in rails:
        if rail.energy is not None and rail.sign < 0 and sum(_steps(table, rail.energy.column, owner)) > 0:
            raise TraceError(
                "BATTERY_CHARGES",
                "“{heading}” is what is left in a battery, and it rises: the battery was being charged, "
                "which says nothing of what the device drew. Record it unplugged.",
                heading=rail.energy.heading,
                line=table.first_line,
            )


def energy_in_doubt(table: Table, rails: Sequence[Rail], owner: int | None) -> tuple[Doubt, ...]:
    """What has to be confirmed of columns of energy that may be a battery's content or what was drawn.

    The energy of the other reading is that of the first rows, which is all that is looked at.
    """
    asked = (_asked(table, rail, owner) for rail in rails if rail.energy is not None and rail.sign > 0)
    return tuple(doubt for doubt in asked if doubt is not None)


def _asked(table: Table, rail: Rail, owner: int | None) -> Doubt | None:
    channel = rail.channels[0]
    words = _words(channel)
    if words & _COUNTING or words & _PER_ROW:
        return None
    runs = [run for run in table.numbers_by(channel.column, owner) if len(run) > 1]
    steps = _steps(table, channel.column, owner)
    if rail.kind == INTERVAL and _falls(steps):
        why = Message(
            "“{heading}” falls from row to row: each may hold the energy since the row before, or what is "
            "left in a battery.",
            heading=channel.heading,
        )
        drawn = sum(sum(run[1:]) for run in runs)
        return Doubt("ENERGY_FALLS", why, PER_ROW, LEFT, -sum(steps) / drawn if drawn else 1.0)
    started = sum(run[0] for run in runs)
    if rail.kind == COUNTER and words & _BATTERY and 0 < sum(steps) < started:
        why = Message(
            "“{heading}” rises: it may count what was drawn from a battery, or be what is left in it while "
            "it is charged. The latter is no consumption.",
            heading=channel.heading,
        )
        return Doubt("ENERGY_RISES", why, COUNTED, CHARGED, -1.0)
    return None


PER_ROW: Final = Message("energy since the row before")
LEFT: Final = Message("energy left in a battery")
COUNTED: Final = Message("energy drawn, counted up")
CHARGED: Final = Message("energy put into a battery")


def how_counted(rail: Rail) -> Message:
    """How the energy column of a rail is read, in a sentence."""
    heading = rail.channels[0].heading
    if rail.sign < 0:
        return Message(
            "“{heading}” is read as the energy left in a battery: power is its fall over time.",
            heading=heading,
        )
    if rail.kind == COUNTER:
        return Message(
            "“{heading}” is read as an energy counter: power is its rise over time.", heading=heading
        )
    return Message(
        "“{heading}” is read as energy since the row before; what the first row holds is left out.",
        heading=heading,
    )


def _words(channel: Channel) -> set[str]:
    return {word.rstrip("0123456789") for word in words_of(channel.heading)}


def _is_left(channel: Channel) -> bool:
    words = _words(channel)
    return file_name(channel.heading) == "energy_now" or bool(words & _LEFT and not words & _PER_ROW)


def _steps(table: Table, column: int, owner: int | None) -> list[float]:
    runs = table.numbers_by(column, owner)
    return [after - before for run in runs for before, after in itertools.pairwise(run)]


def _falls(steps: list[float]) -> bool:
    return sum(step < 0 for step in steps) >= _FEWEST_FALLS and not any(step > 0 for step in steps)
