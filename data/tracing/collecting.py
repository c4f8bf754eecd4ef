"""The rows of all blocks as one recording: times in order, energies turned into power, absurd samples out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.clocks import BatchHeads, EvenClock, even_clock, is_batched, rebuilt_clock, stands_still
from data.tracing.errors import Problems, TraceError
from data.tracing.layout import Layout
from data.tracing.passing import Passing
from data.tracing.recording import Recording
from data.tracing.rounds import Rows
from data.tracing.store import MEMORY_BYTES, Store

Floats = NDArray[np.float64]

ABSURD: Final = 1000.0
"""A lone sample so many times the usual power is no power, if it is negative or above `ABSURD_W` as well."""
ABSURD_W: Final = 1000.0  # no edge device draws as much
_MEASURED: Final = 50_000
"""Distances of a block that its median is taken of: more of them say no more."""
BEYOND_W: Final = 1e30
"""What an overflow mark (9.9E37 of SCPI) makes in any unit."""


@dataclass(slots=True)
class Options:
    """How rows are collected: a rate that overrides the stamps, whether absurd samples stay, memory."""

    rate_hz: float | None = None
    keep_absurd: bool = False
    memory_bytes: int = MEMORY_BYTES


@dataclass(slots=True)
class Absurd:
    """Samples left out as absurd: how many, the first one's line and power (W)."""

    count: int = 0
    line: int = 0
    power_w: float = 0.0


@dataclass(slots=True)
class _Energy:
    """Where energy was counted to at the last sample (J, s)."""

    joules: float | None = None
    seconds: float = 0.0


class Collector:
    """Takes the rows of each block and makes the recording of them."""

    def __init__(self, layout: Layout, counts_energy: bool, problems: Problems, options: Options) -> None:
        """`counts_energy` says that rows hold joules counted up instead of watts."""
        self.layout, self.clock = layout, layout.clock
        self.energy = _Energy() if counts_energy else None
        self.rate_hz = options.rate_hz or layout.clock.rate_hz
        self.problems, self.options = problems, options
        self.passing = Passing(layout, problems)
        self.absurd = Absurd()
        self.store: Store | None = None
        self.heads: BatchHeads | None = None
        self.origin = 0.0
        self.last_s = 0.0
        self.steps: list[tuple[float, float]] = []
        self.note: str = ""

    def add(self, rows: Rows) -> None:
        """Add the samples of one block."""
        rows = self._complete(rows)
        if not len(rows.lines):
            return
        if self.store is None:
            self._begin(rows)
        assert self.store is not None  # noqa: S101 - _begin made it
        seconds = (rows.stamps - self.origin) * self.clock.factor
        if self.heads is not None:
            self.heads.add(seconds)
        if not self.store.with_times:
            self._append_even(rows.values)
            return
        seconds = self.passing.seconds(seconds, rows.lines)
        lines, values = rows.lines[: len(seconds)], rows.values[: len(seconds)]
        kept = self._increasing(seconds, lines)
        if kept is not None:
            seconds, values = seconds[kept], values[kept]
        if len(seconds):
            self._append(seconds, values)

    def _append(self, seconds: Floats, values: Floats) -> None:
        assert self.store is not None  # noqa: S101 - as above
        begins = not self.store.sizes
        if self.energy is not None:
            seconds, values = self._powers(self.energy, seconds, values)
            if not len(seconds):
                return
        self._measure(np.diff(seconds, prepend=seconds[0] if begins else self.last_s))
        self.last_s = float(seconds[-1])
        self.store.append(seconds, values)

    def _append_even(self, values: Floats) -> None:
        assert self.store is not None  # noqa: S101 - as above
        if self.energy is None:
            self.store.append(None, values)
            return
        assert self.rate_hz is not None  # noqa: S101 - energies have no batches, so a rate was given
        first = self.energy.joules is None
        before = values[0] if self.energy.joules is None else self.energy.joules
        power = np.diff(values, prepend=before) * self.rate_hz
        if first and len(power) > 1:
            power[0] = power[1]
        self.energy.joules = float(values[-1])
        self.store.append(None, power)

    @staticmethod
    def _powers(energy: _Energy, seconds: Floats, joules: Floats) -> tuple[Floats, Floats]:
        """Mean power (W) of the time that ends with each row; rows at one stamp are one."""
        new = np.concatenate([[energy.joules is None or seconds[0] > energy.seconds], np.diff(seconds) > 0])
        seconds, joules = seconds[new], joules[new]
        if not len(seconds):
            return seconds, joules
        if energy.joules is None:
            steps, rises = np.diff(seconds), np.diff(joules)
            power = np.divide(rises, steps)
            power = np.concatenate([power[:1] if len(power) else [0.0], power])
        else:
            power = np.diff(joules, prepend=energy.joules) / np.diff(seconds, prepend=energy.seconds)
        energy.joules, energy.seconds = float(joules[-1]), float(seconds[-1])
        return seconds, power

    def _complete(self, rows: Rows) -> Rows:
        """The rows that have time and a possible power; the others are counted."""
        sound = np.isfinite(rows.values) & np.isfinite(rows.stamps)
        self._count("MISSING_VALUE", rows.lines, ~sound)
        if not sound.all():
            rows = rows.at(sound)
        if self.energy is None:
            rows = self._without(rows, "OVERFLOW", np.abs(rows.values) > BEYOND_W)
            rows = self._without_absurd(rows)
            self._count("NEGATIVE_POWER", rows.lines, rows.values < 0)
        self._count("TIME_NEGATIVE", rows.lines, rows.stamps < 0)
        return rows

    def _without(self, rows: Rows, code: str, where: NDArray[np.bool_]) -> Rows:
        self._count(code, rows.lines, where)
        return rows.at(~where) if where.any() else rows

    def _without_absurd(self, rows: Rows) -> Rows:
        """Without lone samples that are no power: a thousand times the usual, and negative or over 1 kW."""
        if self.options.keep_absurd or len(rows.lines) < 3:
            return rows
        lowest, highest = float(rows.values.min()), float(rows.values.max())
        if lowest >= 0 and highest <= ABSURD_W:
            return rows
        size = np.abs(rows.values)
        usual = float(np.median(size))
        far = (size > ABSURD * max(usual, 1e-12)) & ((rows.values < 0) | (size > ABSURD_W))
        beside = np.concatenate([[False], far[:-1]]) | np.concatenate([far[1:], [False]])
        lone = far & ~beside
        if lone.any():
            first = int(np.flatnonzero(lone)[0])
            if not self.absurd.count:
                self.absurd.line, self.absurd.power_w = int(rows.lines[first]), float(rows.values[first])
            self.absurd.count += int(lone.sum())
        return self._without(rows, "ABSURD_SAMPLE", lone)

    def _count(self, code: str, lines: NDArray[np.int64], where: NDArray[np.bool_]) -> None:
        if where.any():
            self.problems.add(code, int(lines[where][0]), int(where.sum()))

    def _begin(self, rows: Rows) -> None:
        """Settle from the first samples how their times are obtained."""
        self.origin = float(rows.stamps[0])
        self.passing.origin_s = self.origin * self.clock.factor
        seconds = (rows.stamps - self.origin) * self.clock.factor
        going_on = Passing(self.layout, Problems())  # an hour that clocks leap over is no pause of a batch
        going_on.origin_s = self.passing.origin_s
        going = going_on.seconds(seconds, rows.lines)
        if self.rate_hz is None and self.energy is None and is_batched(going):
            self.heads = BatchHeads()
        even = self.rate_hz is not None or self.heads is not None
        self.store = Store(with_times=not even, memory_bytes=self.options.memory_bytes)

    def _increasing(self, seconds: Floats, lines: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Which samples keep time from running backwards; None where all do.

        A lone leap ahead goes, and all that fall behind.
        """
        if not len(seconds):
            return None
        before = self.last_s if self.store is not None and self.store.sizes else float(seconds[0])
        if seconds[0] >= before and bool(np.all(seconds[1:] >= seconds[:-1])):
            return None
        previous = np.concatenate([[before], seconds[:-1]])
        following = np.concatenate([seconds[1:], [np.inf]])
        usual = float(np.median(np.abs(np.diff(seconds)))) if len(seconds) > 2 else np.inf
        leap = (seconds > following) & (following >= previous) & (seconds - previous > 5 * usual)
        self._count("TIME_JUMP", lines, leap)
        latest = np.maximum.accumulate(np.where(leap, -np.inf, np.maximum(seconds, before)))
        behind = ~leap & (seconds < np.concatenate([[before], latest[:-1]]))
        self._count("TIME_DECREASING", lines, behind)
        return np.asarray(~leap & ~behind)

    def _measure(self, steps: Floats) -> None:
        if len(steps) > 1:
            usual = steps[1 : _MEASURED + 1]
            self.steps.append((float(np.median(usual)), float(np.quantile(usual, 0.95))))

    def recording(self, name: str) -> Recording:
        """The recording of all blocks.

        Raises TraceError `NO_SAMPLES` when there is not one sample, `TIME_STANDS_STILL` when all have one
        stamp.
        """
        if self.store is None or not self.store.sizes:
            found = self.problems.listed()
            if not found:
                raise TraceError(
                    "NO_SAMPLES",
                    "{name} has a heading but no sample that can be used. Choose another file, or mend "
                    "this one.",
                    name=name,
                )
            raise TraceError(
                "NO_SAMPLES",
                "{name} has a heading but no sample that can be used. {problem} Choose another file, or "
                "mend this one.",
                name=name,
                problem=found[0].text,
            )
        origin_s = self.origin * self.clock.factor
        even = self._even_clock()
        if even is None and self.last_s <= 0.0 and sum(self.store.sizes) > 1:
            raise stands_still()
        median, high = np.median(np.asarray(self.steps), axis=0) if self.steps else (0.0, 0.0)
        return Recording(self.store, even, origin_s, (float(median), float(high)), rule=self.layout.rule)

    def _even_clock(self) -> EvenClock | None:
        if self.rate_hz is not None:
            self.note = Message("samples taken as evenly spaced at {rate:g} Hz, as given", rate=self.rate_hz)
            return even_clock(self.rate_hz)
        if self.heads is None:
            self.note = Message("time stamps of the file")
            return None
        clock = rebuilt_clock(self.heads)
        self.note = Message(
            "the stamps say when batches of samples arrived; samples taken as evenly spaced at "
            "{rate:g} Hz (the stamps give {estimated:.5g} Hz)",
            rate=clock.rate_hz,
            estimated=clock.estimated_hz,
        )
        return clock
