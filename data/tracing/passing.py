"""Stamps that fall back though time goes on: midnight, the hour that repeats, counters that run over."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.tracing.errors import Problems
from data.tracing.layout import Layout
from data.tracing.stamps import TIME_OF_DAY

Floats = NDArray[np.float64]

DAY_S: Final = 86_400.0
HALF_DAY_S: Final = 43_200.0
HOUR_S: Final = 3_600.0
REGISTER: Final = 2.0**32
"""Microseconds and milliseconds of microcontrollers are counted in 32 bits."""
_NEAR: Final = 3.0
"""After the jump is taken out, time goes on by at most so many usual steps."""
_SHORT_S: Final = 300.0  # steps of 5 min and more cannot tell an hour's jump from a pause
_SUNDAY: Final = 3
"""1970-01-04, three days after the epoch, was a Sunday."""
_NIGHT_H: Final = 4.0
"""Clocks go forward between 1 and 4 in the morning."""
_MEASURED: Final = 50_000
"""Steps of a block that the usual one is taken of: more of them say no more."""
_AGAIN: Final = 3
"""Rows that have to follow a new beginning, so that a single bad stamp is no second run."""


class Passing:
    """Makes stamps (s) go on where the clock falls back for a known reason, block after block."""

    def __init__(self, layout: Layout, problems: Problems) -> None:
        """`layout` says which falls a clock of its kind can have."""
        self.clock, self.local, self.problems = layout.clock, layout.local_time, problems
        self.added = 0.0
        self.origin_s = 0.0
        self.last: float | None = None
        self.first = 0.0
        self.usual = 0.0
        self.ended = False

    def seconds(self, seconds: Floats, lines: NDArray[np.int64]) -> Floats:
        """The stamps with what was lost added, up to where a second run begins."""
        if self.ended:
            self.problems.add("SECOND_RUN", int(lines[0]), len(lines))
            return np.empty(0)
        before = float(seconds[0]) if self.last is None else self.last
        if self.last is None:
            self.first = float(seconds[0])
        steps = np.diff(seconds, prepend=before)
        head = steps[:_MEASURED]
        ahead = head[head > 0]
        self.usual = float(np.median(ahead)) if len(ahead) else self.usual
        self.last = float(seconds[-1])
        falls = np.flatnonzero((steps < 0) | self._leaps(seconds, steps))
        if not len(falls):
            return seconds + self.added if self.added else seconds
        return self._across(seconds, steps, falls, lines)

    def _across(
        self, seconds: Floats, steps: Floats, falls: NDArray[np.int64], lines: NDArray[np.int64]
    ) -> Floats:
        passed = np.array(seconds)
        passed += self.added
        for at in falls.tolist():
            found = self._reason(float(steps[at]))
            if found is not None:
                code, lost = found
                self.problems.add(code, int(lines[at]))
                passed[at:] += lost
                self.added += lost
            elif self._begins_anew(seconds, at):
                self.problems.add("SECOND_RUN", int(lines[at]), len(lines) - at)
                self.ended = True
                return passed[:at]
        return passed

    def _leaps(self, seconds: Floats, steps: Floats) -> NDArray[np.bool_]:
        """Where a local clock goes forward by an hour between two samples, as in spring.

        Only in the night of a Sunday, and only where time else passes in steps far below an hour.
        """
        if not self.local or not 0 < self.usual < _SHORT_S or self.clock.text_format == TIME_OF_DAY:
            return np.zeros(len(steps), dtype=np.bool_)
        wall = seconds + self.origin_s
        hour = (wall % DAY_S) / HOUR_S
        sunday = (wall // DAY_S).astype(np.int64) % 7 == _SUNDAY
        near = max(_NEAR * self.usual, 2.0)
        return np.asarray((np.abs(steps - HOUR_S) <= near) & sunday & (hour >= 1) & (hour <= _NIGHT_H))

    def _reason(self, step: float) -> tuple[str, float] | None:
        """The problem of a fall of the clock and the time (s) to add; None for a fall without a reason."""
        near = max(_NEAR * self.usual, 2.0)
        if self.clock.text_format == TIME_OF_DAY and self.clock.kind == "datetime":
            if step < -HALF_DAY_S:
                return "MIDNIGHT", DAY_S
            if 0 <= step + HALF_DAY_S <= near:
                return "MIDNIGHT", HALF_DAY_S
        if step > 0:
            return "CLOCK_FORWARD", -HOUR_S
        if self.local and 0 < step + HOUR_S <= near:
            return "CLOCK_BACK", HOUR_S
        register = REGISTER * self.clock.factor
        if self.clock.kind == "number" and step < -0.5 * register and step + register <= near:
            return "STAMP_WRAPPED", register
        return None

    def _begins_anew(self, seconds: Floats, at: int) -> bool:
        """Whether the stamps from a place on are those of a second run: near the first one, and going on."""
        following = seconds[at : at + _AGAIN]
        if len(following) < _AGAIN or float(seconds[at]) > self.first + _NEAR * self.usual:
            return False
        return bool(np.all(np.diff(following) > 0) and following[-1] < float(seconds[at - 1]))
