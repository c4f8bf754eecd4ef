"""Sample clocks: stamps used as they are, or rebuilt where they say when a batch of samples arrived.

A power monitor on USB sends samples in batches, and the computer stamps them on arrival: many stamps a
microsecond apart, then a pause. Such stamps are no sample times. The samples are evenly spaced, so time is
sample number / rate, the rate being that of the whole recording.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.errors import TraceError

Floats = NDArray[np.float64]

NOMINAL_HZ: Final = tuple(digit * 10.0**power for power in range(-1, 6) for digit in (1.0, 2.0, 2.5, 5.0))
SNAP: Final = 0.01  # clocks of meters are within 1 % of their nominal rate
MAX_SNAP: Final = 0.1  # nominal rates are at least 20 % apart, so the nearest is clear
MIN_SAMPLES: Final = 20  # fewer steps have no typical one
BATCH_SHARE: Final = 0.3  # of stamps one by one, one in twenty is that close (`is_batched`)
CLOSE: Final = 0.05  # of the mean step counts as "at once"
PAUSE: Final = 2.0  # mean steps; stamps one by one have pauses of that size rarely
LEAST_PAUSES: Final = 2  # one alone is a recording that was stopped and went on
GAP_BATCHES: Final = 3.0  # periods; a system that is busy delays a batch by one or two


def is_batched(stamps_s: Floats) -> bool:
    """Whether stamps (s, in order of arrival) are those of batches: three in ten or more follow at once.

    "At once" is within a twentieth of the mean distance. Of samples stamped one by one, even at random times,
    one in twenty is that close.
    """
    if len(stamps_s) < MIN_SAMPLES:
        return False
    steps = np.diff(stamps_s)
    mean = (stamps_s[-1] - stamps_s[0]) / len(steps)
    fall = steps < 0
    beside = np.concatenate([fall[1:], [False]]) | np.concatenate([[False], fall[:-1]])
    # A stamp that leaps ahead or falls back makes no pause of a batch.
    if mean <= 0 or np.count_nonzero((steps > PAUSE * mean) & ~beside) < LEAST_PAUSES:
        return False  # one pause alone is a recording that was stopped and went on
    return bool(np.mean(steps <= CLOSE * mean) >= BATCH_SHARE)


@dataclass(slots=True)
class BatchHeads:
    """First sample and arrival of every batch, collected while a file is read."""

    indexes: list[NDArray[np.int64]] = field(default_factory=list)
    stamps: list[Floats] = field(default_factory=list)
    count: int = 0
    pause_s: float = 0.0
    last_s: float = -np.inf

    def add(self, stamps_s: Floats) -> None:
        """Take the stamps of the next samples; the first call also settles what counts as a pause."""
        if not self.count:
            self.pause_s = PAUSE * float(stamps_s[-1] - stamps_s[0]) / max(1, len(stamps_s) - 1)
        steps = np.diff(stamps_s, prepend=self.last_s)
        heads = np.flatnonzero(steps > self.pause_s)
        self.indexes.append(heads + self.count)
        self.stamps.append(stamps_s[heads])
        self.count += len(stamps_s)
        self.last_s = float(stamps_s[-1])


@dataclass(frozen=True, slots=True)
class EvenClock:
    """Sample number -> time (s): number / `rate_hz`, plus the time lost before that sample.

    From sample `breaks[k]` on, `lost_s[k]` seconds without samples have passed. `estimated_hz` is the rate
    that the stamps themselves give.
    """

    rate_hz: float
    estimated_hz: float
    breaks: NDArray[np.int64]
    lost_s: Floats

    def times(self, first: int, count: int) -> Floats:
        """Times (s) of `count` samples from number `first` on."""
        numbers = np.arange(first, first + count, dtype=np.float64)
        times = numbers / self.rate_hz
        if len(self.breaks):
            at = np.searchsorted(self.breaks, np.arange(first, first + count), side="right")
            times += np.concatenate([[0.0], self.lost_s])[at]
        return times


def even_clock(rate_hz: float) -> EvenClock:
    """The clock of samples taken at a known rate without a pause."""
    return EvenClock(rate_hz, rate_hz, np.empty(0, dtype=np.int64), np.empty(0))


def rebuilt_clock(heads: BatchHeads) -> EvenClock:
    """The clock of samples that arrived in batches.

    The rate is that of the batches between pauses of ordinary length, set to a nominal one (1, 2, 2.5 or 5
    times a power of ten) where the stamps cannot tell the two apart. Samples are lost where the arrivals
    fall behind the sample count by more than three batches and never catch up; a stall after which the
    batches come faster is none. Raises TraceError `TIME_STANDS_STILL` when no time passes at all.
    """
    index = np.concatenate(heads.indexes)
    stamp = np.concatenate(heads.stamps)
    if len(index) < 3:
        span = heads.last_s - float(stamp[0])
        if span <= 0.0:
            raise stands_still()
        return even_clock(nominal((heads.count - 1) / span))
    samples, waits = np.diff(index).astype(np.float64), np.diff(stamp)
    period = float(np.median(waits))
    ordinary = waits <= GAP_BATCHES * period
    if waits[ordinary].sum() <= 0.0:
        raise stands_still()
    estimated = float(samples[ordinary].sum() / waits[ordinary].sum())
    # Arrival is uncertain by a batch at either end, so a short recording tells its rate less well.
    rate = nominal(estimated, 2.0 * period / float(waits.sum()))
    # How late each batch is against the sample count; the least lateness still to come cannot be a stall.
    late = stamp - stamp[0] - index / rate
    lasting = np.minimum.accumulate(late[::-1])[::-1]
    jumps = np.diff(lasting)
    lost = np.flatnonzero(jumps > GAP_BATCHES * period)
    return EvenClock(rate, estimated, index[lost + 1], np.cumsum(jumps[lost]))


def stands_still() -> TraceError:
    """The error of a recording whose stamps are nearly all the same."""
    message = Message(
        "the time stamps stand still, so nothing says how fast samples were taken. Give the rate in samples "
        "per second, if you know it."
    )
    return TraceError("TIME_STANDS_STILL", message)


def nominal(rate_hz: float, uncertainty: float = 0.0) -> float:
    """The nominal rate within 1 % (or a larger relative `uncertainty`, at most 10 %), else the estimate."""
    best = min(NOMINAL_HZ, key=lambda each: abs(each - rate_hz))
    return best if abs(best - rate_hz) <= min(MAX_SNAP, max(SNAP, uncertainty)) * best else rate_hz


def gap_limit(median_s: float, high_s: float) -> float:
    """Distance of two samples (s) above which time is missing between them.

    `median_s` and `high_s` are the median and the 95th percentile of the distances. Two and a half times
    the median on a steady clock; more where the distances themselves vary, so that an irregular clock is no
    row of gaps.
    """
    return max(2.5 * median_s, median_s + 10.0 * (high_s - median_s))
