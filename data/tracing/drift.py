"""Drift between the clocks of a recording and a log: stretches of the log are laid over the power by
themselves."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.tracing.idle import samples_between
from data.tracing.inferences import InferenceLog
from data.tracing.recording import Recording

Floats = NDArray[np.float64]

STRETCHES: Final = 12  # of the log, each placed alone: enough to fit a line and see its scatter
FEWEST: Final = 5
"""Inferences per stretch, so that chance does not place it."""
MOST: Final = 7e-4
"""Crystals are off by up to 100 millionths each; sleeping and badly trimmed ones by a few hundred. More is no
drift, but inferences that change."""
MATTERS: Final = 1.0
"""Drift over the whole log below this many steps of the meter cannot be seen."""
TRIES: Final = 161  # places per stretch, 1/80 of its reach apart
SURE: Final = 4.0  # standard errors; drift that chance may make is not taken out


MET: Final = 2.0
"""Samples between an end of the block and the step of its power at which the two are one: a meter that takes
means shows the step in the sample after it."""
MOVED: Final = 2.0 * MET
"""Samples by which a drift has to move an end to contradict that."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How much faster the recording's clock runs, and the offset (s) to add at the log's begin."""

    rate: float
    start_s: float


def drifted(log: InferenceLog, rate: float) -> InferenceLog:
    """A log whose clock is stretched from its first inference on."""
    zero = float(log.start_s[0])
    return replace(
        log,
        start_s=log.start_s + rate * (log.start_s - zero),
        end_s=log.end_s + rate * (log.end_s - zero),
    )


def drift_of(recording: Recording, log: InferenceLog) -> Drift:
    """The drift of a log that is already in its place (s from the first sample); none where none is sure."""
    none = Drift(0.0, 0.0)
    length = float(log.start_s[-1] - log.start_s[0])
    lasting = float(np.median(log.end_s - log.start_s))
    stretches = min(STRETCHES, log.count // FEWEST)
    if stretches < 4 or MOST * length < MATTERS * recording.step_s:
        return none
    parts = [_part(log, chosen) for chosen in np.array_split(np.arange(log.count), stretches)]
    places = [_place(recording, part, length, lasting) for part in parts]
    known = np.array([place for place in places if place is not None])
    if len(known) < 4:
        return none
    times, lags = known[:, 0] - float(log.start_s[0]), known[:, 1]
    slopes = [
        (b - a) / (v - u) for (u, a), (v, b) in itertools.combinations(zip(times, lags, strict=True), 2)
    ]
    rate = float(np.median(slopes))
    rest = lags - rate * times
    start = float(np.median(rest))
    spread = 1.4826 * float(np.median(np.abs(rest - start)))
    error = max(spread, 0.25 * recording.step_s) / (np.sqrt(len(times)) * float(np.std(times)))
    if abs(rate) > MOST or abs(rate) < SURE * error or abs(rate) * length < MATTERS * recording.step_s:
        return none
    return Drift(rate, start)


def _part(log: InferenceLog, chosen: NDArray[np.int64]) -> InferenceLog:
    return replace(log, start_s=log.start_s[chosen], end_s=log.end_s[chosen], warm_up=log.warm_up[chosen])


def _place(
    recording: Recording, log: InferenceLog, length: float, lasting: float
) -> tuple[float, float] | None:
    """Middle of a stretch (s) and the shift (s) at which most energy lies in its inferences."""
    pause = float(np.median(log.start_s[1:] - log.end_s[:-1]))
    reach = min(1.5 * MOST * length, 0.5 * (lasting + max(pause, 0.0)))
    lags = np.linspace(-reach, reach, TRIES)
    edges = np.concatenate(
        [(log.start_s[None, :] + lags[:, None]).ravel(), (log.end_s[None, :] + lags[:, None]).ravel()]
    )
    energy = recording.until(edges)[0].reshape(2, TRIES, log.count)
    inside = (energy[1] - energy[0]).sum(axis=1)
    best = int(np.argmax(inside))
    if best in (0, TRIES - 1) or inside.max() - inside.min() <= 0:
        return None
    # The top is a triangle's: where it has fallen by a little, left and right of it, its middle lies between.
    near = inside >= inside.max() - 0.1 * (inside.max() - inside.min())
    return 0.5 * float(log.start_s[0] + log.end_s[-1]), float(lags[near].mean())


def leaves_its_edges(recording: Recording, log: InferenceLog, drift: Drift) -> bool:
    """Whether a drift moves a block away from where power rises and falls, which it had met at both ends.

    A load before each inference draws the stretches of a log towards it, and the same way at all of them.
    """
    length = float(log.start_s[-1] - log.start_s[0])
    moved = max(abs(drift.start_s), abs(drift.start_s + drift.rate * length))
    if moved <= MOVED * recording.step_s:
        return False
    rise, fall = edges_of_power(recording, log, float(np.median(np.diff(log.start_s))))
    near = MET * recording.step_s
    return abs(rise) <= near and abs(fall) <= near  # not where an edge is unknown (NaN)


def edges_of_power(recording: Recording, log: InferenceLog, period: float) -> tuple[float, float]:
    """How long (s) after the log's begin power rises, and after its end it falls; NaN where it does not."""
    first, last = float(log.start_s.min()), float(log.end_s.max())
    base = recording.span(max(0.0, first - 4 * period), first - 1.5 * period).avg_power_w
    base = min(base, recording.span(last + 1.5 * period, last + 4 * period).avg_power_w)
    middle = 0.5 * (base + recording.span(first, last).avg_power_w)
    begin, power = samples_between(recording, first - 1.5 * period, first + 1.5 * period)
    rises = begin[power > middle]
    end, power = samples_between(recording, last - 1.5 * period, last + 1.5 * period)
    falls = end[power > middle]
    return (
        float(rises[0]) - first if len(rises) else float("nan"),
        float(falls[-1]) - last if len(falls) else float("nan"),
    )
