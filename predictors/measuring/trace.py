"""The count of joules over time, and the mean power of a stretch of it.

A sensor renews its value in steps of time and of energy. Power is therefore taken between moments at which
the value changed: between the first change in the stretch and the last one, so that neither coarse steps nor
slow renewal bias it.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.errors import JouleLensError
from predictors.errors import InputError
from predictors.measuring.sensors.sensor import Sensor

Floats: TypeAlias = NDArray[np.float64]

FEWEST_CHANGES: Final = 3
"""Below three changes of the value a stretch has a single step, which says nothing about its error."""
WATCH_S, WATCHED_S = 0.2, 1.0
"""How often an idle sensor is looked at to learn its pace, and for how long at least (s)."""


@dataclass
class Trace:
    """Moments (s, monotonic) and the energy counted until then (J)."""

    times: list[float] = field(default_factory=list)
    joules: list[float] = field(default_factory=list)

    def add(self, moment: float, joules: float) -> None:
        """Add a reading."""
        self.times.append(moment)
        self.joules.append(joules)

    def between(self, start: float, end: float) -> tuple[Floats, Floats]:
        """Readings of a stretch: moments (s) and energies (J)."""
        count = min(len(self.times), len(self.joules))  # the sampler may be between its two appends
        moments = np.array(self.times[:count])
        first, last = np.searchsorted(moments, [start, end])
        return moments[first:last], np.array(self.joules[first:last])


def changes(moments: Floats, joules: Floats) -> tuple[Floats, Floats]:
    """The readings at which the value was a new one: when (s, halfway from the one before) and what (J)."""
    new = np.flatnonzero(np.diff(joules) != 0.0) + 1
    return 0.5 * (moments[new - 1] + moments[new]), joules[new]


def mean_watts(moments: Floats, joules: Floats) -> float | None:
    """Mean power (W) of a stretch; None where the value changed too rarely in it."""
    when, what = changes(moments, joules)
    if len(when) < FEWEST_CHANGES:
        return None
    return float((what[-1] - what[0]) / (when[-1] - when[0]))


def reading_error_watts(moments: Floats, joules: Floats) -> float:
    """What steps of the counter and of time do to the mean power of a stretch (W, standard deviation).

    At constant power the changes lie on a straight line but for these steps; the scatter around it is the
    error of either end.
    """
    when, what = changes(moments, joules)
    if len(when) < FEWEST_CHANGES:
        return 0.0
    away = when - when.mean()
    left = what - what.mean() - away * float(away @ what) / float(away @ away)
    scatter = math.sqrt(float(left @ left) / (len(when) - 2))
    return math.sqrt(2.0) * scatter / float(when[-1] - when[0])


class Sampler:
    """Reads a sensor in the background, into a trace, until it is stopped or the sensor fails."""

    def __init__(self, sensor: Sensor) -> None:
        self.sensor, self.trace = sensor, Trace()
        self._problem: JouleLensError | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sensor", daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=5.0)  # a sensor that hangs must not hold up the end

    def _run(self) -> None:
        trace, start = self.trace, 0.0
        try:
            meter = self.sensor.open()
            while not self._stop.wait(self.sensor.poll_s):
                reading = meter.joules()
                trace.add(time.monotonic(), start + reading)
        except JouleLensError as error:
            self._problem = error

    def check(self) -> None:
        """Raise what stopped the reading, if anything did. After a jump the sensor is read anew."""
        problem, self._problem = self._problem, None
        if problem is None:
            return
        if problem.code == "MEASURE_SENSOR_JUMPED":
            self._thread = threading.Thread(target=self._run, name="sensor", daemon=True)
            self.trace = Trace()
            self._thread.start()
        raise problem

    def watts(self, start: float, end: float) -> float:
        """Mean power of a stretch (W). Raises InputError MEASURE_SENSOR_STILL, and what `check` raises."""
        self.check()
        power = mean_watts(*self.trace.between(start, end))
        if power is None:
            raise self._stands_still(end - start)
        return power

    def _stands_still(self, seconds: float) -> InputError:
        return InputError(
            "MEASURE_SENSOR_STILL",
            "The sensor ({sensor}) gave fewer than {fewest} new values in {seconds:.0f} s: it stands "
            "still, or is too slow. Try `measure sensors`, longer `--seconds`, or another sensor.",
            sensor=self.sensor.name,
            fewest=FEWEST_CHANGES,
            seconds=seconds,
        )

    def error_watts(self, start: float, end: float) -> float:
        """What reading in steps does to the mean power of a stretch (W, standard deviation)."""
        return reading_error_watts(*self.trace.between(start, end))

    def change_s(self, start: float, end: float) -> float | None:
        """Typical time between two new values in a stretch (s); None where there were too few."""
        when, _ = changes(*self.trace.between(start, end))
        return float(np.median(np.diff(when))) if len(when) >= FEWEST_CHANGES else None

    def find_change_s(self, longest_s: float) -> float:
        """Watch the sensor until it is known how often its value changes (s); a jump only delays that.

        Raises InputError MEASURE_SENSOR_STILL where that takes longer than `longest_s`, and what `check`
        raises.
        """
        begin = time.monotonic()
        while (spent := time.monotonic() - begin) < longest_s:
            time.sleep(WATCH_S)
            try:
                self.check()
            except InputError as error:
                if error.code != "MEASURE_SENSOR_JUMPED":
                    raise
            change_s = self.change_s(begin, time.monotonic())
            if change_s is not None and spent > WATCHED_S:
                return change_s
        raise self._stands_still(longest_s)
