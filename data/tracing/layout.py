"""How a recording is laid out: where time and power stand, in which units, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from data.messages import Message
from data.tracing.rails import meaning_of, whole_of
from data.tracing.units import BASE, UNITS, plain

FORMATS: Final = {
    "monsoon": Message("Monsoon power monitor (CSV)"),
    "tegrastats": Message("tegrastats log"),
    "jtop": Message("jtop log (CSV)"),
    "yokogawa": Message("Yokogawa power analyser (CSV)"),
    "ptdaemon": Message("power analyser log with Watts, Volts, Amps"),
    "ina": Message("INA sensor (CSV)"),
    "nvidia-smi": Message("nvidia-smi or dmon log"),
    "turbostat": Message("turbostat table"),
    "perf": Message("perf stat at intervals"),
    "powermetrics": Message("powermetrics log (macOS)"),
    "pmic": Message("Raspberry Pi 5 power chip (pmic_read_adc)"),
    "android": Message("battery current and voltage of an Android phone"),
    "joulescope": Message("Joulescope (CSV)"),
    "otii": Message("Otii Arc or Ace (CSV)"),
    "energytrace": Message("EnergyTrace (CSV)"),
    "ppk": Message("Nordic Power Profiler Kit (CSV)"),
    "perfetto": Message("power rails of an Android phone from a Perfetto trace (CSV)"),
    "scope": Message("oscilloscope (CSV)"),
    "smart-plug": Message("history of a smart plug"),
    "json-lines": Message("JSON lines"),
    "json": Message("JSON document"),
    "recipe": Message("columns chosen by hand"),
    "generic": Message("table of time and power, or of time, current and voltage"),
}
"""Recognised formats: id -> name in words."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One column of numbers.

    Its place, unit, factor to the base unit, and whether the file states the unit.
    """

    column: int
    quantity: str
    unit: str
    factor: float
    stated: bool
    heading: str

    def in_unit(self, unit: str) -> Channel:
        """The same column read in another unit of the same quantity.

        Raises ValueError for another quantity.
        """
        quantity, symbol, factor = UNITS[plain(unit)]
        if quantity != self.quantity:
            raise ValueError(f"{unit} is no unit of {self.quantity}")
        return replace(self, unit=symbol, factor=factor, stated=True)


COUNTER, INTERVAL = "counter", "interval"
"""Kinds of energy columns: one that counts up, and one that holds the energy since the row before."""
LINE, HELD, ENDED = "line", "held", "ended"
"""Power between two samples: a straight line, the earlier value, or the later one (a mean that ends
there)."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reading of the file that is not sure: what was taken, what else it could be, and why.

    `energy_factor` and `time_factor` turn energy and duration of what was taken into those of `other`.
    """

    code: str
    why: Message
    chosen: str
    other: str
    energy_factor: float = 1.0
    time_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Rail:
    """One supply: a power column, a current and a voltage column (or a fixed voltage, V), or an energy
    column.

    `kind` says how an energy column counts (COUNTER, INTERVAL); `sign` is -1 where what is drawn is written
    as negative; `supply` is the same for two columns of one supply, which are never added; `factor` is the
    power factor that current times voltage is multiplied by.
    """

    name: str
    power: Channel | None = None
    current: Channel | None = None
    voltage: Channel | None = None
    fixed_voltage_v: float | None = None
    energy: Channel | None = None
    kind: str = ""
    sign: float = 1.0
    supply: str = ""
    factor: Channel | None = None

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The columns this rail is read from."""
        if self.energy is not None:
            return (self.energy,)
        if self.power is not None:
            return (self.power,)
        return tuple(each for each in (self.current, self.voltage) if each is not None)

    @property
    def multiplied(self) -> tuple[Channel, ...]:
        """The columns whose product is what is read: `channels`, and the power factor."""
        return self.channels if self.factor is None else (*self.channels, self.factor)

    @property
    def title(self) -> str:
        """The name with what it is, in plain words."""
        meaning = meaning_of(self.name).title
        return Message("{name}: {meaning}", name=self.name, meaning=meaning) if meaning else self.name


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from: `kind` is number, datetime, date-time (two or three columns), or none.

    `factor` turns a number into seconds; `text_format` is that of strptime for datetimes, or ISO8601.
    `rate_hz` is given where samples are evenly spaced without stamps.
    """

    kind: str
    columns: tuple[int, ...] = ()
    unit: str = "s"
    factor: float = 1.0
    stated: bool = True
    heading: str = ""
    text_format: str = "ISO8601"
    receipt: bool = False
    rate_hz: float | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """All that is needed to read a file's lines.

    `columns` are the headings (empty for logs without columns), `first_line` the number of the first line
    with samples, `notes` what was assumed or contradicts itself, worded for people. `devices` are those that
    take turns in the rows, `whole_devices` those that are added per stamp unless others are asked for (none:
    only the first is read). `rule` says what power is between samples; `descending` that the newest row comes
    first; `local_time` that stamps may jump at midnight or when clocks go back. `confirmed` are the headings
    whose units the reader confirmed.
    """

    format_id: str
    clock: Clock
    rails: tuple[Rail, ...]
    delimiter: str = ","
    decimal: str = "."
    columns: tuple[str, ...] = ()
    first_line: int = 1
    device_column: int | None = None
    device: str | None = None
    notes: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    whole_devices: tuple[str, ...] = ()
    rule: str = LINE
    descending: bool = False
    local_time: bool = False
    doubts: tuple[Doubt, ...] = ()
    confirmed: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Name of the format in words."""
        return FORMATS[self.format_id]

    @property
    def whole(self) -> tuple[str, ...]:
        """Names of the rails that make up the whole device."""
        names = [rail.name for rail in self.rails]
        return tuple(names) if self.format_id == "recipe" else whole_of(names)

    def rail(self, name: str) -> Rail:
        """The rail of that name; raises KeyError when there is none."""
        return (
            next(rail for rail in self.rails if rail.name == name) if name in self.names else _missing(name)
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all rails."""
        return tuple(rail.name for rail in self.rails)

    @property
    def assumed(self) -> tuple[str, ...]:
        """What the reader has to confirm: units that the file does not state."""
        found = (
            []
            if self.clock.stated
            else [Message("time “{heading}” in {unit}", heading=self.clock.heading, unit=self.clock.unit)]
        )
        for rail in self.rails:
            found += [
                Message("“{heading}” in {unit}", heading=each.heading, unit=each.unit)
                for each in rail.channels
                if not each.stated
            ]
        return tuple(dict.fromkeys(found))

    def with_units(self, units: dict[str, str]) -> Layout:
        """The layout with units confirmed by the reader: heading -> unit.

        Raises ValueError for a wrong one.
        """

        def confirmed(channel: Channel | None) -> Channel | None:
            chosen = channel is not None and units.get(channel.heading)
            return channel.in_unit(chosen) if channel is not None and chosen else channel

        rails = tuple(
            replace(
                r,
                power=confirmed(r.power),
                current=confirmed(r.current),
                voltage=confirmed(r.voltage),
                energy=confirmed(r.energy),
            )
            for r in self.rails
        )
        clock = self.clock
        if clock.kind == "number" and clock.heading in units:
            quantity, symbol, factor = UNITS[plain(units[clock.heading])]
            if quantity != "time":
                raise ValueError(f"{symbol} is no unit of time")
            clock = replace(clock, unit=symbol, factor=factor, stated=True)
        kept = tuple(doubt for doubt in self.doubts if doubt.why.values.get("heading") not in units)
        return replace(self, rails=rails, clock=clock, doubts=kept, confirmed=(*self.confirmed, *units))


def _missing(name: str) -> Rail:
    raise KeyError(name)


def units_of(quantity: str) -> tuple[str, ...]:
    """The units a reader may choose for a quantity, base unit first."""
    symbols = dict.fromkeys(symbol for kind, symbol, _ in UNITS.values() if kind == quantity)
    return (BASE[quantity], *(symbol for symbol in symbols if symbol != BASE[quantity]))
