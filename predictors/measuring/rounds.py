"""The measuring itself: idle, then every network in turn, idle, and so on for several rounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from data.errors import JouleLensError, WorkError
from data.messages import Message
from predictors.errors import InputError
from predictors.measuring import machine
from predictors.measuring.estimating import (
    ASKED_PERCENT,
    IDLE,
    OTHER_LOAD_CORES,
    Stretch,
    network_energy,
    network_latency,
)
from predictors.measuring.networks import Asked, Loaded
from predictors.measuring.record import Record
from predictors.measuring.sensors.sensor import Sensor
from predictors.measuring.sync import sync_pattern
from predictors.measuring.trace import Sampler, changes

IDLE_S: Final = 2.0
"""Shortest idle stretch: long enough for the load of the stretch before to leave the voltage regulators."""
CHANGES_PER_STRETCH: Final = 8
"""New values of the sensor that a stretch should hold; a slow sensor gets longer stretches."""
LONGEST_S: Final = 30.0
"""Longest stretch for the sake of a slow sensor."""
MORE_ROUNDS: Final = 3
"""A network that is not steady after its rounds gets up to so many times as many."""
EXTERNAL_S: Final = 4.0
"""Shortest stretch with a meter on the cable."""
ATTEMPTS: Final = 3
"""How often a stretch is tried that was spoilt by sleep or a jump of the counter."""
SPOILT: Final = frozenset({"MEASURE_SENSOR_JUMPED", "MEASURE_SENSOR_STILL"})
"""What spoils one stretch and not the measuring, unless it comes again."""
SUSPENDED: Final = Message("The machine slept during a stretch; that stretch was measured again.")
PLUG: Final = Message("The charger was connected or removed while measuring; power before and after differs.")
OTHER_LOAD: Final = Message(
    "Other programs kept up to {cores:.2f} cores busy. Close them and measure again for a narrower range."
)
BY_THREAD: Final = Message(
    "Latencies are the time that the thread had a core: the wall clock would count the other programs too. "
    "Energies hold idle for that time only."
)
CLOCKS: Final = Message("The clock changed between {low:.0f} and {high:.0f} MHz while networks ran.")
NOT_STEADY: Final = Message(
    "{network} has a relative standard error of {error:.1f} %, above the {asked:g} % asked for. Measure "
    "longer (--seconds) or on a quieter machine."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: the networks, seconds per network over all rounds, rounds, threads."""

    networks: tuple[Asked, ...]
    seconds: float
    rounds: int
    threads: int
    external: bool = False
    """Whether a meter on the cable records: then a sync pattern comes first, and idle as with a sensor."""

    is_repeated: bool = True
    """Whether what is not steady gets more rounds: kernels are many, and have two minutes."""

    @property
    def stretch_s(self) -> float:
        """Seconds of one network in one round."""
        return self.seconds / self.rounds


class Measuring:
    """One run: takes a record and makes it longer, stretch by stretch; `saved` is called after each."""

    def __init__(
        self, plan: Plan, sensor: Sensor | None, record: Record, saved: Callable[[Record], None]
    ) -> None:
        self.plan, self.sensor, self.record, self._saved = plan, sensor, record, saved
        self._loaded = Loaded(plan.threads)
        self._sampler: Sampler | None = None
        self._stretch_s = max(plan.stretch_s, 0.2)
        self._idle_s, self._change_s = IDLE_S, 0.0
        if plan.external:
            # A meter of two samples a second is to see each stretch.
            self._stretch_s, self._idle_s = max(self._stretch_s, EXTERNAL_S), EXTERNAL_S
        self._run = record.runs
        self._began = time.monotonic()
        self._random = np.random.default_rng()

    def measure(self) -> None:
        """Measure what the plan asks and the record lacks.

        Raises InputError MEASURE_SENSOR_GONE, MEASURE_SENSOR_STILL, MEASURE_ON_CHARGER, MEASURE_FILE and
        WorkError NO_SPACE, NO_SCRATCH; then the record holds everything before.
        """
        self._sampler = None if self.sensor is None else Sampler(self.sensor)
        with self._sampler or nullcontext():
            self._find_pace()
            for number in range(self.plan.rounds * (MORE_ROUNDS if self.plan.is_repeated else 1)):
                lacking = self._lacking(number)
                if not lacking:
                    if number >= self.plan.rounds:
                        break
                    continue
                self._round(number, lacking)
        self._judge()

    def _lacking(self, number: int) -> list[Asked]:
        """The networks that still need the round of this number."""
        done = {(each.network, each.round) for each in self.record.stretches}
        usable = [each for each in self.plan.networks if each.key not in self.record.refused]
        lacking = [each for each in usable if (each.key, number) not in done]
        if number < self.plan.rounds:
            return lacking
        return [each for each in lacking if self._error_percent(each) > ASKED_PERCENT]

    def _error_percent(self, asked: Asked) -> float:
        stretches = self.record.stretches
        if self.sensor is not None:
            energy = network_energy(stretches, asked.key)
            return energy.error_percent if energy else float("inf")
        latency = network_latency(stretches, asked.key)
        return latency.error_percent if latency else float("inf")

    def _find_pace(self) -> None:
        """Watch the idle sensor, and make stretches long enough for how often its value changes."""
        if self._sampler is None:
            return
        self._change_s = self._sampler.find_change_s(LONGEST_S)
        least = min(CHANGES_PER_STRETCH * self._change_s, LONGEST_S)
        self._stretch_s, self._idle_s = max(self._stretch_s, least), max(self._idle_s, least)

    def _round(self, number: int, lacking: Sequence[Asked]) -> None:
        has_meter = self.sensor is not None or self.plan.external
        if has_meter and not any(each.run == self._run for each in self.record.stretches):
            if self.plan.external:
                self.record.stretches += sync_pattern(self._run)
            self._stretch(IDLE, number, self._idle)
        for asked in lacking:
            self._one(asked, number)
        if has_meter:
            self._stretch(IDLE, number, self._idle)

    def _one(self, asked: Asked, number: int) -> None:
        try:
            running = self._loaded.get(asked)
        except WorkError:  # a full disk is no fault of the network
            raise
        except JouleLensError as error:
            self.record.refused[asked.key] = error.message
            self.record.note(error.message)
            return
        if running.note is not None:
            self.record.note(running.note)
        # The other networks have had the caches since: a fixed number first, settled times at the beginning.
        running.warm_up(5.0 if number == 0 else 1.0)

        def run() -> Stretch:
            loop = running.loop(self._stretch_s + self._dither())
            return Stretch(
                asked.key, number, 0.0, loop.seconds, n=loop.n, latencies_ms=loop.latencies_ms,
                thread_ms=loop.thread_ms, cpu_s=loop.cpu_s,
            )  # fmt: skip

        self._stretch(asked.key, number, run)

    def _dither(self) -> float:
        """Up to one renewal of the sensor (s), drawn anew: the same phase each time would be a bias."""
        return float(self._random.uniform(0.0, self._change_s))

    def _idle(self) -> Stretch:
        seconds = self._idle_s + self._dither()
        time.sleep(seconds)
        return Stretch(IDLE, 0, 0.0, seconds)

    def _stretch(self, name: str, number: int, run: Callable[[], Stretch]) -> None:
        """Measure one stretch, again where it was spoilt, and keep it."""
        for attempt in range(ATTEMPTS):
            before = machine.moment()
            stretch = run()
            after = machine.moment()
            if machine.slept(before, after):
                self.record.note(SUSPENDED)
                continue
            try:
                watts, error_w = self._watts(before.monotonic_s, after.monotonic_s)
            except InputError as error:
                if error.code not in SPOILT or attempt + 1 == ATTEMPTS:
                    raise
                self._after(error)
                continue
            self._keep(replace(
                stretch, network=name, round=number, watts=watts, reading_error_w=error_w, run=self._run,
                mhz=after.mhz, middle_s=0.5 * (before.monotonic_s + after.monotonic_s),
                other_load=machine.other_load(before, after),
            ))  # fmt: skip
            self._watch_plug(before, after)
            return

    def _after(self, error: InputError) -> None:
        """Make good what spoilt a stretch: after a sensor that was too slow, all stretches are longer."""
        if error.code == "MEASURE_SENSOR_STILL":
            self._stretch_s = min(2.0 * self._stretch_s, LONGEST_S)
            self._idle_s = min(2.0 * self._idle_s, LONGEST_S)
        elif error.message.template not in {note.template for note in self.record.notes}:
            self.record.note(error.message)  # a counter that is reset again and again is told once

    def _watts(self, start: float, end: float) -> tuple[float | None, float]:
        """Mean power and its reading error (W)."""
        if self._sampler is None:
            return None, 0.0
        return self._sampler.watts(start, end), self._sampler.error_watts(start, end)

    def _watch_plug(self, before: machine.Moment, after: machine.Moment) -> None:
        if before.plugged != after.plugged:
            self.record.note(PLUG)

    def _keep(self, stretch: Stretch) -> None:
        self.record.stretches.append(stretch)
        self._add_curve(stretch)
        done = sum(each.n > 0 for each in self.record.stretches)
        total = max(len(self.plan.networks) * self.plan.rounds, done)
        spent = time.monotonic() - self._began
        this_run = sum(each.n > 0 and each.run == self._run for each in self.record.stretches)
        left_s = spent / this_run * (total - done) if this_run else None
        self.record.progress = {"done": done, "total": total, "left_s": left_s, "now": stretch.network}
        self._saved(self.record)

    def _add_curve(self, stretch: Stretch) -> None:
        """Power over the stretch for the page: about two points a second, each a mean."""
        if self._sampler is None:
            return
        half = 0.5 * stretch.seconds
        when, what = changes(*self._sampler.trace.between(stretch.middle_s - half, stretch.middle_s + half))
        step = max(1, int(len(when) / max(2.0 * stretch.seconds, 1.0)))
        for at in range(step, len(when), step):
            watts = (what[at] - what[at - step]) / (when[at] - when[at - step])
            self.record.curve.append((round(float(when[at]), 2), round(float(watts), 3), stretch.network))

    def _judge(self) -> None:
        """Say what disturbed the measuring, and what did not become steady."""
        stretches = [each for each in self.record.stretches if each.run == self._run]
        load = max((each.other_load for each in stretches), default=0.0)
        if load > OTHER_LOAD_CORES:
            self.record.note(Message(OTHER_LOAD, cores=load))
            if self.plan.threads == 1:
                self.record.note(BY_THREAD)
        clocks = [each.mhz for each in stretches if each.mhz > 0.0 and each.network != IDLE]
        if clocks and max(clocks) > (1.0 + machine.CLOCK_CHANGE) * min(clocks):
            self.record.note(Message(CLOCKS, low=min(clocks), high=max(clocks)))
        for asked in self.plan.networks:
            if asked.key not in self.record.refused and (error := self._error_percent(asked)) > ASKED_PERCENT:
                self.record.note(Message(NOT_STEADY, network=asked.key, error=error, asked=ASKED_PERCENT))
        self._saved(self.record)
