"""A recording: power over time in pieces, with an index so that any range is integrated quickly.

Energy is the trapezoidal integral over the stamps: power is taken as a straight line between neighbouring
samples. Where two samples are further apart than the gap limit, nothing is known of the time between: it is
counted as a gap and adds no energy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.tracing.clocks import EvenClock, gap_limit
from data.tracing.layout import ENDED, HELD, LINE
from data.tracing.store import Store

Floats = NDArray[np.float64]
PIECE = 250_000
"""Samples per piece of a recording made from arrays."""


@dataclass(frozen=True, slots=True)
class Span:
    """Figures over a range: duration and gaps (s), energy (J), peak (W), samples in it."""

    start_s: float
    end_s: float
    energy_j: float
    covered_s: float
    bridged_j: float
    gaps: int
    peak_w: float
    samples: int

    @property
    def duration_s(self) -> float:
        """Length of the range, gaps included."""
        return self.end_s - self.start_s

    @property
    def gap_s(self) -> float:
        """Time of the range without samples."""
        return max(0.0, self.duration_s - self.covered_s)

    @property
    def avg_power_w(self) -> float:
        """Energy over the time that has samples; the power itself for a single sample; NaN for none."""
        if self.covered_s > 0:
            return self.energy_j / self.covered_s
        return self.peak_w


class Recording:
    """Power (W) over time (s from the first sample), with energies of any range.

    `origin_s` is the first sample's stamp on the file's own clock. Times never decrease. Not to be changed
    after it is made, so threads may share it while it is in memory.
    """

    def __init__(
        self,
        store: Store,
        clock: EvenClock | None,
        origin_s: float,
        steps: tuple[float, float],
        *,
        rule: str = LINE,
    ) -> None:
        """Index a filled store. `clock` gives the times where the store has none; `steps` are median and 95th
        percentile of the distances between samples (s). `rule` says what power is between two samples: a
        straight line (LINE), the earlier value (HELD), or the later one (ENDED); only the first has gaps,
        since the others say what was between."""
        self.rule = rule
        self._step_spread = steps
        self._store = store
        self._firsts = np.concatenate([[0], np.cumsum(store.sizes)]).astype(np.int64)
        self.clock = clock
        self.origin_s = origin_s
        self.samples = int(self._firsts[-1])
        self.step_s = 1.0 / clock.rate_hz if clock else steps[0]
        limit = gap_limit(self.step_s, self.step_s if clock else steps[1])
        self.gap_limit_s = limit if rule == LINE else np.inf
        self._index()

    def parts(self) -> tuple[tuple[int, ...], bool, EvenClock | None, float, tuple[float, float], str]:
        """What a recording is made of besides its samples: sizes of its pieces, whether they hold times, and
        the arguments it was made with."""
        store = self._store
        return tuple(store.sizes), store.with_times, self.clock, self.origin_s, self._step_spread, self.rule

    @classmethod
    def of(cls, time_s: Floats, power_w: Floats, origin_s: float = 0.0) -> Recording:
        """A recording from arrays; times (s) must not decrease, both arrays finite and of one length."""
        times = np.asarray(time_s, dtype=np.float64)
        powers = np.asarray(power_w, dtype=np.float64)
        if len(times) != len(powers) or not len(times):
            raise ValueError("A recording needs one power for each of at least one time.")
        steps = np.diff(times)
        if steps.size and steps.min() < 0:
            raise ValueError("Times of a recording must not decrease.")
        store = Store(with_times=True, memory_bytes=2**62)
        for first in range(0, len(times), PIECE):
            store.append(times[first : first + PIECE] - times[0], powers[first : first + PIECE])
        quantiles = (float(np.median(steps)), float(np.quantile(steps, 0.95))) if steps.size else (0.0, 0.0)
        return cls(store, None, origin_s + float(times[0]), quantiles)

    def piece(self, at: int) -> tuple[Floats, Floats]:
        """Times (s) and powers (W) of piece `at`."""
        times, powers = self._store.piece(at)
        if times is None:
            assert self.clock is not None  # noqa: S101 - a store without times comes with a clock
            times = self.clock.times(int(self._firsts[at]), len(powers))
        return times, powers

    def pieces(self) -> Iterator[tuple[Floats, Floats]]:
        """Times (s) and powers (W), piece after piece."""
        return (self.piece(at) for at in range(len(self._store.sizes)))

    def pieces_between(self, start_s: float, end_s: float) -> Iterator[tuple[Floats, Floats]]:
        """Times (s) and powers (W) of the pieces that a range touches, its neighbours included."""
        first = max(0, int(np.searchsorted(self._starts, start_s, side="left")) - 1)
        last = int(np.searchsorted(self._starts, end_s, side="right"))
        return (self.piece(at) for at in range(first, last))

    def arrays(self) -> tuple[Floats, Floats]:
        """All times (s) and powers (W); for recordings that fit into memory."""
        times, powers = zip(*self.pieces(), strict=True)
        return np.concatenate(times), np.concatenate(powers)

    def _index(self) -> None:
        count = len(self._store.sizes)
        self._starts, self._peaks = np.zeros(count), np.zeros(count)
        self._lasts: list[tuple[float, float]] = []
        self._whole: list[bool] = []
        totals = np.zeros((3, count + 1))
        gaps: list[tuple[float, float]] = []
        for at in range(count):
            times, powers = self._joined(at)
            energy, covered, bridged = self._steps(times, powers)
            totals[:, at + 1] = totals[:, at] + (energy.sum(), covered.sum(), bridged.sum())
            holes = np.flatnonzero(np.diff(times) > self.gap_limit_s)
            self._whole.append(not len(holes))
            gaps += [
                (float(times[hole]), float(times[hole + 1])) for hole in holes[: max(0, 10_000 - len(gaps))]
            ]
            self._starts[at] = times[0]
            self._peaks[at] = powers.max()
            self._lasts.append((float(times[-1]), float(powers[-1])))
        self._totals = totals
        self.gaps = tuple(gaps)
        self.duration_s = self._lasts[-1][0]
        self._last_summed: tuple[int, tuple[Floats, Floats, Floats]] | None = None
        self._cells: dict[int, tuple[Floats, Floats]] = {}

    def _joined(self, at: int) -> tuple[Floats, Floats]:
        """Piece `at` with the last sample before it.

        So that the step between two pieces is in one of them.
        """
        times, powers = self.piece(at)
        if at == 0:
            return times, powers
        last_time, last_power = self._lasts[at - 1]
        return np.concatenate([[last_time], times]), np.concatenate([[last_power], powers])

    def _steps(self, times: Floats, powers: Floats) -> tuple[Floats, Floats, Floats]:
        """Energy (J) and covered time (s) of each step.

        And the energy a straight line would put into gaps.
        """
        widths = np.diff(times)
        areas = self._between(powers[:-1], powers[1:]) * widths
        known = widths <= self.gap_limit_s
        return np.where(known, areas, 0.0), np.where(known, widths, 0.0), np.where(known, 0.0, areas)

    def _between(self, before: Floats, after: Floats) -> Floats:
        """Mean power (W) between two neighbouring samples."""
        if self.rule == HELD:
            return before
        return after if self.rule == ENDED else 0.5 * (before + after)

    def until(self, times_s: Floats) -> NDArray[np.float64]:
        """Energy (J), covered time (s) and energy of bridged gaps (J) from the start until each time.

        Times before the start or after the end count as those. Returns an array of shape (3, len(times_s)).
        """
        wanted = np.clip(np.asarray(times_s, dtype=np.float64), 0.0, self.duration_s)
        result = np.zeros((3, wanted.size))
        homes = np.clip(np.searchsorted(self._starts, wanted, side="right") - 1, 0, len(self._starts) - 1)
        for at in np.unique(homes):
            inside = homes == at
            result[:, inside] = self._within(int(at), wanted[inside])
        return result

    def _within(self, at: int, wanted: Floats) -> NDArray[np.float64]:
        times, powers, sums = self._summed(at)
        step = np.clip(np.searchsorted(times, wanted, side="right") - 1, 0, max(0, len(times) - 2))
        if len(times) < 2:
            return np.asarray(sums[:, step])
        width = times[step + 1] - times[step]
        into = wanted - times[step]
        area = self._between(powers[step], self._at(powers, step, into, width)) * into
        known = width <= self.gap_limit_s
        part = np.stack([np.where(known, area, 0.0), np.where(known, into, 0.0), np.where(known, 0.0, area)])
        return np.asarray(sums[:, step] + part)

    def _at(self, powers: Floats, step: NDArray[np.int64], into: Floats, width: Floats) -> Floats:
        """Power (W) at a time within steps: on the line between the two samples, or that of the later one."""
        if self.rule != LINE:
            return np.asarray(powers[step + 1])
        share = np.divide(into, width, out=np.zeros_like(into), where=width > 0)
        return np.asarray(powers[step] + share * (powers[step + 1] - powers[step]))

    def _summed(self, at: int) -> tuple[Floats, Floats, Floats]:
        """Times, powers and sums of a piece, kept for the next call: ranges are asked for close together."""
        kept = self._last_summed
        if kept is None or kept[0] != at:
            times, powers = self._joined(at)
            kept = self._last_summed = at, (times, powers, self._sums(at, times, powers))
        return kept[1]

    def _sums(self, at: int, times: Floats, powers: Floats) -> Floats:
        """What `until` gives at every sample of a piece; without a gap in it, time is covered by itself."""
        sums = np.zeros((3, len(times)))
        if self._whole[at]:
            if self.rule == LINE:
                areas = powers[1:] + powers[:-1]
                areas *= np.diff(times)
                areas *= 0.5
            else:
                areas = self._between(powers[:-1], powers[1:]) * np.diff(times)
            np.cumsum(areas, out=sums[0, 1:])
            sums[1] = times - times[0]
        else:
            np.cumsum(np.stack(self._steps(times, powers)), axis=1, out=sums[:, 1:])
        sums += self._totals[:, [at]]
        return sums

    def span(self, start_s: float | None = None, end_s: float | None = None) -> Span:
        """Figures between two times (s from the first sample), by default over everything.

        Bounds outside the recording count as its start or end; turned bounds are put right.
        """
        low, high = sorted(self.clipped((0.0 if start_s is None else start_s, self._end(end_s))))
        (energy, covered, bridged) = np.diff(self.until(np.array([low, high])), axis=1)[:, 0]
        peak, samples = self._extremes(low, high)
        gaps = sum(1 for start, end in self.gaps if end > low and start < high)
        return Span(low, high, float(energy), float(covered), float(energy + bridged), gaps, peak, samples)

    def clipped(self, times_s: tuple[float, ...]) -> list[float]:
        """Times cut to those of the recording."""
        return [min(max(0.0, float(time)), self.duration_s) for time in times_s]

    def _end(self, end_s: float | None) -> float:
        return self.duration_s if end_s is None else end_s

    def _extremes(self, low: float, high: float) -> tuple[float, int]:
        """Peak (W) and number of samples in a range; the line at its start when no sample is in it."""
        first = max(0, int(np.searchsorted(self._starts, low, side="left")) - 1)
        last = int(np.searchsorted(self._starts, high, side="right"))
        peak, count = -np.inf, 0
        for at in range(first, last):
            if low <= self._starts[at] and self._lasts[at][0] <= high:
                peak, count = max(peak, float(self._peaks[at])), count + self._store.sizes[at]
                continue
            times, powers = self.piece(at)
            begin, end = np.searchsorted(times, low, side="left"), np.searchsorted(times, high, side="right")
            if end > begin:
                peak = max(peak, float(powers[begin:end].max()))
                count += int(end - begin)
        return (peak, count) if count else (self.power_at(low), 0)

    def power_at(self, time_s: float) -> float:
        """Power (W) at a time, on the straight line between its neighbours; NaN in a gap."""
        at = max(0, int(np.searchsorted(self._starts, time_s, side="right")) - 1)
        times, powers = self._joined(at)
        step = min(max(0, int(np.searchsorted(times, time_s, side="right")) - 1), len(times) - 1)
        if (
            step + 1 < len(times)
            and times[step + 1] - times[step] > self.gap_limit_s
            and time_s > times[step]
        ):
            return float("nan")
        if self.rule == LINE or step + 1 >= len(times):
            return float(np.interp(time_s, times, powers))
        return float(powers[step] if self.rule == HELD else powers[step + 1])

    def cells(self, count: int) -> tuple[Floats, Floats]:
        """Edges (s) of `count` even cells over everything, and the mean power (W) in each.

        Kept for the next call.
        """
        if count not in self._cells:
            edges = np.linspace(0.0, self.duration_s, count + 1)
            self._cells[count] = edges, self.means(edges)
        return self._cells[count]

    def means(self, edges_s: Floats) -> Floats:
        """Mean power (W) between neighbouring edges (s, increasing); NaN where there are no samples."""
        energy, covered, _ = np.diff(self.until(edges_s), axis=1)
        means = np.full(energy.shape, np.nan)
        np.divide(energy, covered, out=means, where=covered > 0)
        return means
