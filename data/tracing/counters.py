"""Energy columns: meters that count up, with wraps and resets, and energies of the time before each row."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.tracing.errors import Problems
from data.tracing.layout import COUNTER

Floats = NDArray[np.float64]

_RANGES_J: Final = (65_532.610987, 65_536.0, 262_143.328850, 262_144.0)
"""Ranges of the energy counters of processors: 2^32 steps of 2^-16 J or 2^-14 J, and what Linux states for
them in `max_energy_range_uj`."""
_RANGES_RAW: Final = (2.0**16, 2.0**24, 2.0**32)
"""Ranges of counters that wrap with their registers, in the file's own unit."""
_USUAL: Final = 20.0
"""A step across a wrap is believed up to this many times the usual one: load may change just then."""


class EnergyColumn:
    """Turns the numbers of one energy column into joules counted up from the first row, block after block."""

    def __init__(self, kind: str, factor: float, problems: Problems) -> None:
        """`kind` says whether the column counts up or holds the energy of each interval; `factor` makes J.

        It is negative where the column falls by what is drawn.
        """
        self.kind, self.factor, self.problems = kind, abs(factor), problems
        self.sign = -1.0 if factor < 0 else 1.0
        self.last: float | None = None
        self.total = 0.0
        self.usual = 0.0

    def counted(self, values: Floats, lines: NDArray[np.int64]) -> Floats:
        """Joules since the first row at each row of the next block; NaN where the cell is empty."""
        result = np.full(len(values), np.nan)
        known = np.isfinite(values)
        if not known.any():
            return result
        numbers = self.sign * values[known]
        steps = numbers if self.kind != COUNTER else self._steps(numbers, lines[known])
        counted = self.total + np.cumsum(steps * self.factor)
        self.total = float(counted[-1])
        result[known] = counted
        return result

    def _steps(self, numbers: Floats, lines: NDArray[np.int64]) -> Floats:
        before = float(numbers[0]) if self.last is None else self.last
        steps = np.diff(numbers, prepend=before)
        self.last = float(numbers[-1])
        rising = steps[steps > 0]
        self.usual = float(rising.mean()) if len(rising) else self.usual
        if self.sign < 0:  # a battery has no range to wrap: what it gains is no energy drawn
            for at in np.flatnonzero(steps < 0):
                self.problems.add("BATTERY_ROSE", int(lines[at]))
            return np.asarray(steps)
        for at in np.flatnonzero(steps < 0):
            now = float(numbers[at])
            steps[at] = self._across(now - float(steps[at]), now, int(lines[at]))
        return np.asarray(steps)

    def _across(self, before: float, now: float, line: int) -> float:
        """The step where a counter falls: across its range, or from 0 where it began anew."""
        ranges = (*_RANGES_RAW, *(each / self.factor for each in _RANGES_J))
        for most in sorted(ranges):
            step = most - before + now
            if 0 <= step <= _USUAL * self.usual and now >= 0:
                self.problems.add("COUNTER_WRAPPED", line)
                return step
        self.problems.add("COUNTER_RESET", line)
        return now if 0 <= now <= _USUAL * self.usual else 0.0
