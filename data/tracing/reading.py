"""From a file to a recording: recognised, read in blocks, its clock put right, its problems counted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.tracing.blocks import Source, blocks, head_lines, opened
from data.tracing.clocks import BatchHeads, EvenClock, even_clock, is_batched, rebuilt_clock
from data.tracing.errors import Problem, Problems, TraceError
from data.tracing.layout import Layout, Rail
from data.tracing.parsing import Parser, Rows
from data.tracing.recognise import Given, recognise
from data.tracing.recording import Recording
from data.tracing.store import MEMORY_BYTES, Store

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that was read: its recording, how it was laid out, which rails were added, what was wrong with
    it.

    `clock_note` says how sample times were obtained; `lines` is how many lines held samples.
    """

    recording: Recording
    layout: Layout
    rails: tuple[str, ...]
    problems: tuple[Problem, ...]
    skipped_lines: int
    clock_note: str
    device: str | None


def open_trace(
    source: Source, name: str = "the file", *, rate_hz: float | None = None, voltage_v: float | None = None
) -> Layout:
    """Recognise a file from its beginning, without reading the rest; raises TraceError.

    `rate_hz` (samples per second) and `voltage_v` stand in for columns that the file lacks.
    """
    with opened(source) as stream:
        return recognise(head_lines(stream, name), name, Given(rate_hz, voltage_v))


def read_trace(
    source: Source,
    *,
    name: str = "the file",
    layout: Layout | None = None,
    rails: tuple[str, ...] = (),
    rate_hz: float | None = None,
    device: str | None = None,
    memory_bytes: int = MEMORY_BYTES,
) -> Reading:
    """Read a recording in blocks: the power of `rails` added up, by default of the whole device.

    `rate_hz` overrides the stamps: samples are taken as evenly spaced. `device` chooses one of several
    devices of a file. Up to `memory_bytes` of samples stay in memory, more go to a temporary file. Raises
    TraceError when nothing can be read, or `unknown-rail`.
    """
    known = layout or open_trace(source, name, rate_hz=rate_hz)
    chosen = rails or known.whole
    parts = _rails(known, chosen)
    problems = Problems()
    parser = Parser(replace(known, device=device or known.device), parts, problems)
    collector = _Collector(known, rate_hz, problems, memory_bytes)
    with opened(source) as stream:
        for block in blocks(stream, problems):
            collector.add(parser.rows(block))
    return Reading(
        collector.recording(name),
        known,
        tuple(chosen),
        problems.listed(),
        problems.skipped,
        collector.note,
        parser.device,
    )


def _rails(layout: Layout, names: tuple[str, ...]) -> tuple[Rail, ...]:
    unknown = [name for name in names if name not in layout.names]
    if unknown:
        message = f"the file has no rail {unknown[0]}. It has: {', '.join(layout.names)}."
        raise TraceError("unknown-rail", message)
    return tuple(layout.rail(name) for name in names)


class _Collector:
    """Takes the rows of each block and makes the recording of them."""

    def __init__(self, layout: Layout, rate_hz: float | None, problems: Problems, memory_bytes: int) -> None:
        self.clock = layout.clock
        self.rate_hz = rate_hz or layout.clock.rate_hz
        self.problems = problems
        self.memory_bytes = memory_bytes
        self.store: Store | None = None
        self.heads: BatchHeads | None = None
        self.origin = 0.0
        self.last_s = 0.0
        self.steps: list[tuple[float, float]] = []
        self.note = ""

    def add(self, rows: Rows) -> None:
        """Add the samples of one block."""
        rows = self._complete(rows)
        if not len(rows.lines):
            return
        if self.store is None:
            self._begin(rows)
        seconds = (rows.stamps - self.origin) * self.clock.factor
        assert self.store is not None  # noqa: S101 - _begin made it
        if self.heads is not None:
            self.heads.add(seconds)
        if not self.store.with_times:
            self.store.append(None, rows.power_w)
            return
        kept = self._increasing(seconds, rows.lines)
        if not kept.any():
            return
        seconds = seconds[kept]
        self._measure(np.diff(seconds, prepend=self.last_s if self.store.sizes else seconds[0]))
        self.last_s = float(seconds[-1])
        self.store.append(seconds, rows.power_w[kept])

    def _complete(self, rows: Rows) -> Rows:
        """The rows that have time and power; the others are counted."""
        sound = np.isfinite(rows.power_w) & np.isfinite(rows.stamps)
        self._count("missing-value", rows.lines, ~sound)
        if not sound.all():
            rows = Rows(rows.stamps[sound], rows.power_w[sound], rows.lines[sound])
        self._count("time-negative", rows.lines, rows.stamps < 0)
        self._count("negative-power", rows.lines, rows.power_w < 0)
        return rows

    def _count(self, code: str, lines: NDArray[np.int64], where: NDArray[np.bool_]) -> None:
        if where.any():
            self.problems.add(code, int(lines[where][0]), int(where.sum()))

    def _begin(self, rows: Rows) -> None:
        """Settle from the first samples how their times are obtained."""
        self.origin = float(rows.stamps[0])
        seconds = (rows.stamps - self.origin) * self.clock.factor
        if self.rate_hz is None and is_batched(seconds):
            self.heads = BatchHeads()
        even = self.rate_hz is not None or self.heads is not None
        self.store = Store(with_times=not even, memory_bytes=self.memory_bytes)

    def _increasing(self, seconds: Floats, lines: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which samples keep time from running backwards.

        A lone leap ahead goes, and all that fall behind.
        """
        before = self.last_s if self.store is not None and self.store.sizes else float(seconds[0])
        previous = np.concatenate([[before], seconds[:-1]])
        following = np.concatenate([seconds[1:], [np.inf]])
        usual = float(np.median(np.abs(np.diff(seconds)))) if len(seconds) > 2 else np.inf
        leap = (seconds > following) & (following >= previous) & (seconds - previous > 5 * usual)
        self._count("time-jump", lines, leap)
        latest = np.maximum.accumulate(np.where(leap, -np.inf, np.maximum(seconds, before)))
        behind = ~leap & (seconds < np.concatenate([[before], latest[:-1]]))
        self._count("time-decreasing", lines, behind)
        return np.asarray(~leap & ~behind)

    def _measure(self, steps: Floats) -> None:
        if len(steps) > 1:
            usual = steps[1:]
            self.steps.append((float(np.median(usual)), float(np.quantile(usual, 0.95))))

    def recording(self, name: str) -> Recording:
        """The recording of all blocks; raises TraceError `no-samples` when there is not one sample."""
        if self.store is None or not self.store.sizes:
            found = self.problems.listed()
            why = f" {found[0].text}" if found else ""
            raise TraceError("no-samples", f"{name} has a heading but no sample that can be used.{why}")
        origin_s = self.origin * self.clock.factor
        even = self._even_clock()
        median, high = np.median(np.asarray(self.steps), axis=0) if self.steps else (0.0, 0.0)
        return Recording(self.store, even, origin_s, (float(median), float(high)))

    def _even_clock(self) -> EvenClock | None:
        if self.rate_hz is not None:
            self.note = f"samples taken as evenly spaced at {self.rate_hz:g} Hz, as given"
            return even_clock(self.rate_hz)
        if self.heads is None:
            self.note = "time stamps of the file"
            return None
        clock = rebuilt_clock(self.heads)
        self.note = (
            f"the stamps say when batches of samples arrived; samples taken as evenly spaced at "
            f"{clock.rate_hz:g} Hz (the stamps give {clock.estimated_hz:.5g} Hz)"
        )
        return clock
