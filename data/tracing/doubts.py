"""What has to be confirmed: both interpretations side by side with their energies, and the choice of one.

Doubts about columns come from `columns.py` (time), `plausible.py` (power) and `turns.py` (whose row it is).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from data.messages import Message
from data.tracing.energies import how_counted
from data.tracing.layout import COUNTER, Channel, Clock, Doubt, Layout, Rail
from data.tracing.plausible import MOST_W
from data.tracing.recording import Recording
from data.tracing.stamps import MINUTES
from data.tracing.units import BASE, UNITS


@dataclass(frozen=True, slots=True)
class Judged:
    """A doubt with the energy (J) and duration (s) of what was taken and of the other reading."""

    doubt: Doubt
    energy_j: float
    duration_s: float

    @property
    def other_energy_j(self) -> float:
        """Energy (J) of the reading that was not taken."""
        return self.energy_j * self.doubt.energy_factor

    @property
    def other_duration_s(self) -> float:
        """Duration (s) of the reading that was not taken."""
        return self.duration_s * self.doubt.time_factor

    @property
    def text(self) -> Message:
        """Why it is in doubt, and both readings: "as us: 20 J in 20 s; as ms: 20,000 J in 20,000 s"."""
        return Message(
            "{why} As {chosen} (taken): {energy:,.4g} J in {duration:,.4g} s; as {other}: "
            "{other_energy:,.4g} J in "
            "{other_duration:,.4g} s.",
            why=self.doubt.why,
            chosen=self.doubt.chosen,
            energy=self.energy_j,
            duration=self.duration_s,
            other=self.doubt.other,
            other_energy=self.other_energy_j,
            other_duration=self.other_duration_s,
        )


_DAY_S: Final = 86_400.0
_FASTEST_HZ: Final = {
    "monsoon": 5_500.0,
    "tegrastats": 1_100.0,
    "jtop": 1_100.0,
    "nvidia-smi": 1_100.0,
    "turbostat": 1_100.0,
    "powermetrics": 1_100.0,
    "android": 2_000.0,
    "smart-plug": 100.0,
    "ptdaemon": 1_100.0,
    "otii": 55_000.0,
    "ppk": 110_000.0,
    "energytrace": 100_000.0,
    "joulescope": 2_200_000.0,
}
"""Highest rate (Hz) that a tool can write: Monsoon 5 kHz, Otii Ace 50 kHz, PPK2 100 kHz, Joulescope 2 MHz;
tools that sleep between readings do so for at least a millisecond."""
_FASTEST_TABLE_HZ: Final = 1e6
"""A table with a row per sample is no recording of a device's power beyond that."""
_LONGEST_S: Final = 400 * _DAY_S


def otherwise(layout: Layout, doubt: Doubt) -> Layout | None:
    """The layout with the other reading of a doubt; None where the file does not hold it in its columns.

    A column's factor is changed by the factor of its energy or time, so the reading is the one that was
    shown beside it.
    """
    heading = str(doubt.why.values.get("heading", ""))
    clock = layout.clock
    left = replace(
        layout,
        doubts=tuple(each for each in layout.doubts if each != doubt),
        confirmed=(*layout.confirmed, heading),
    )
    if doubt.code == "SIGN_TURNED":
        rails = tuple(
            replace(rail, sign=-rail.sign) if rail.channels[0].heading == heading else rail
            for rail in layout.rails
        )
        return replace(left, rails=rails)
    if doubt.code == "ENERGY_FALLS":
        return _as_left(left, heading)
    if doubt.code == "CLOCK_HOURS_OR_MINUTES":
        return replace(left, clock=replace(clock, text_format=MINUTES))
    if doubt.code in _UNIT_OF_TIME:
        clock = replace(clock, unit=doubt.other, factor=clock.factor * doubt.time_factor, stated=True)
        return replace(left, clock=clock)
    if doubt.code in _OF_POWER and doubt.other in _POWER_UNITS:
        rails = tuple(_scaled(rail, heading, doubt) for rail in layout.rails)
        return replace(left, rails=rails)
    return None


def _as_left(layout: Layout, heading: str) -> Layout:
    """The layout with an energy column read as what is left in a battery, and the note that says so."""
    rail = next(each for each in layout.rails if each.channels[0].heading == heading)
    turned = replace(rail, kind=COUNTER, sign=-1.0)
    rails = tuple(turned if each is rail else each for each in layout.rails)
    before, now = how_counted(rail), how_counted(turned)
    notes = tuple(now if note == before else note for note in layout.notes)
    return replace(layout, rails=rails, notes=notes)


_UNIT_OF_TIME: Final = frozenset({"TIME_UNIT_CONTRADICTED", "TIME_UNIT_GUESSED", "RATE_IMPLAUSIBLE"})
_POWER_UNITS: Final = frozenset(symbol for kind, symbol, _ in UNITS.values() if kind != "time")


def _scaled(rail: Rail, heading: str, doubt: Doubt) -> Rail:
    """A rail whose column of a heading is read in the other unit of a doubt."""

    def other(channel: Channel | None) -> Channel | None:
        if channel is None or channel.heading != heading:
            return channel
        return replace(channel, unit=doubt.other, factor=channel.factor * doubt.energy_factor, stated=True)

    return replace(rail, power=other(rail.power), current=other(rail.current), voltage=other(rail.voltage))


def gate(layout: Layout, recording: Recording) -> tuple[Doubt, ...]:
    """Doubts about a recording as a whole: an impossible rate, duration or power."""
    span, found = recording.span(), list[Doubt]()
    clock = layout.clock
    step_s = span.duration_s / (span.samples - 1) if span.samples > 1 else 0.0
    fastest_hz = _FASTEST_HZ.get(layout.format_id, _FASTEST_TABLE_HZ)
    known = {each.code for each in layout.doubts}
    said = set(layout.confirmed)
    asked = known & _OF_TIME or clock.kind != "number" or clock.heading in said
    step_s, span_s = (0.0, 0.0) if asked else (step_s, span.duration_s)
    if 0 < step_s < 1.0 / fastest_hz:
        why = Message(
            "“{heading}” makes {rate:,.3g} samples per second, more than a recording of this kind has (at "
            "most {most:,.3g}).",
            heading=clock.heading,
            rate=1.0 / step_s,
            most=fastest_hz,
        )
        found.append(_slower(clock, why, 1000.0))
    elif span_s > _LONGEST_S:
        why = Message(
            "By “{heading}” the recording would last {days:,.0f} days.",
            heading=clock.heading,
            days=span_s / _DAY_S,
        )
        found.append(_slower(clock, why, 0.001))
    mean_w = span.energy_j / span.duration_s if span.duration_s > 0 else 0.0
    column = _first_column(layout)
    if abs(mean_w) > MOST_W and not known & _OF_POWER and column is not None and column.heading not in said:
        why = Message(
            "“{heading}” makes a mean of {power:.3g} W, which is no power of an edge device.",
            heading=column.heading,
            power=mean_w,
        )
        found.append(Doubt("POWER_IMPLAUSIBLE", why, column.unit, f"m{BASE[column.quantity]}", 0.001))
    return tuple(found)


def _first_column(layout: Layout) -> Channel | None:
    """The column of power or current that the whole is read from, where it is in its base unit."""
    rail = layout.rail(layout.whole[0])
    column = rail.power or rail.current
    return column if column is not None and column.unit == BASE[column.quantity] else None


_OF_TIME: Final = frozenset({"TIME_UNIT_CONTRADICTED", "TIME_UNIT_GUESSED", "CLOCKS_CONTRADICT"})
_OF_POWER: Final = frozenset(
    {"POWER_IMPLAUSIBLE", "VOLTAGE_IMPLAUSIBLE", "POWER_CONTRADICTS_U_I", "POWER_CONTRADICTS_ENERGY"}
)


def _slower(clock: Clock, why: Message, factor: float) -> Doubt:
    """A doubt about the unit of time, with the next unit in that direction."""
    wanted = clock.factor * factor
    times = ((symbol, size) for kind, symbol, size in UNITS.values() if kind == "time")
    other = next((symbol for symbol, size in times if abs(size / wanted - 1) < 0.01), f"{wanted:g} s")
    return Doubt("RATE_IMPLAUSIBLE", why, clock.unit, other, factor, factor)


def judged(layout: Layout, rails: Sequence[str], recording: Recording) -> tuple[Judged, ...]:
    """The doubts of a layout with the energies of this recording, where they concern what was read."""
    span = recording.span()
    headings = {each.heading for name in rails for each in layout.rail(name).channels}
    others = {each.heading for rail in layout.rails for each in rail.channels} - headings
    return tuple(
        Judged(doubt, span.energy_j, span.duration_s)
        for doubt in (*layout.doubts, *gate(layout, recording))
        if doubt.why.values.get("heading") not in others
    )
