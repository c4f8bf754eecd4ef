"""Idle power beside the inferences: only what is at rest, however much unlogged work lies around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.chance import Deviation, inflation
from data.tracing.inferences import InferenceLog
from data.tracing.levels import two_levels
from data.tracing.recording import Recording

Floats = NDArray[np.float64]

GUARD_S: Final = 0.1
"""Time left out on either side of the inferences when idle power is read.

The processor rises and falls in it.
"""
WINDOWS: Final = 60  # of the recording: short enough to lie between bursts
FEW: Final = 10
"""With fewer samples than that before the inferences, those after them are taken as well."""
FAR: Final = 3.5
"""With few samples, those this many robust deviations off the median are not counted as idle."""
CLEAR: Final = 5.0
"""Two levels of idle are told apart if they differ by so many times the noise."""
SHARE: Final = 0.4
"""They must also differ by this share of what inferences add: less are bursts of a system at rest."""


UNKNOWN: Final = Deviation(0.0)
MEDIAN_WORTH: Final = 3.0
"""A deviation by the median of differences is as sure as one by the squares of a third as many values."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Idle power (W), and in words how it was read.

    `seen` is False where no idle phase is. `error` is the standard error of the power (W), `noise` the
    deviation of single samples (W), each 0 where it is not known.
    """

    power_w: float
    seen: bool
    why: str
    error: Deviation = UNKNOWN
    noise: Deviation = UNKNOWN


def idle_beside(recording: Recording, log: InferenceLog) -> Idle | None:
    """Mean power at rest before the first inference (with few samples there, also after the last).

    None where neither is long enough, or where power never rests there.
    """
    guard = max(GUARD_S if recording.step_s < GUARD_S else 0.0, 0.5 * recording.step_s)
    begin, end = float(log.start_s.min()) - guard, float(log.end_s.max()) + guard
    before, after = _windows(recording, 0.0, begin), _windows(recording, end, recording.duration_s)
    busy = recording.span(begin, end).avg_power_w
    for means, why in _choices(recording, begin, before, after):
        rest = _at_rest(means, busy)
        if len(rest) and _below(rest, busy):
            sides = {_BEFORE: [(0.0, begin)], _AFTER: [(end, recording.duration_s)]}
            both = [(0.0, begin), (end, recording.duration_s)]
            noise = _noise(recording, sides.get(why, both))
            return Idle(float(rest.mean()), True, why, _error(rest), noise)
    return None


_BEFORE: Final = Message("mean power before the first inference")
_BOTH: Final = Message("mean power before the first and after the last inference")
_AFTER: Final = Message("mean power after the last inference")


def _choices(
    recording: Recording, begin: float, before: Floats, after: Floats
) -> list[tuple[Floats, Message]]:
    """Windows to read idle from, the best first."""
    few = begin < FEW * recording.step_s
    if len(before) and len(after) and few:
        return [(np.concatenate([before, after]), _BOTH)]
    return [(each, why) for each, why in ((before, _BEFORE), (after, _AFTER)) if len(each)]


def _windows(recording: Recording, low: float, high: float) -> Floats:
    """Means (W) of even windows of a stretch; empty for one that is too short."""
    if high - low < max(2.5 * recording.step_s, 0.02 * recording.duration_s):
        return np.empty(0)
    count = int(np.clip((high - low) / max(recording.step_s, 1e-12), 1, WINDOWS))
    means = recording.means(np.linspace(low, high, count + 1))
    return np.asarray(means[np.isfinite(means)])


def _at_rest(means: Floats, busy_w: float) -> Floats:
    """The windows of the lowest level, without those that are far off."""
    noise = 1.4826 * float(np.median(np.abs(np.diff(means)))) / np.sqrt(2.0) if len(means) > 2 else 0.0
    for _ in range(3):
        threshold, _ = two_levels(means)
        low, high = means[means <= threshold], means[means > threshold]
        if not len(low) or not len(high):
            break
        apart = float(high.mean() - low.mean())
        if apart < CLEAR * noise or apart < SHARE * abs(busy_w - float(low.mean())):
            break
        # Windows at the border of two levels are half of either.
        means = low
    middle = float(np.median(means)) if len(means) else 0.0
    spread = 1.4826 * float(np.median(np.abs(means - middle))) if len(means) else 0.0
    near = np.abs(means - middle) <= FAR * spread
    return np.asarray(means[near]) if 4 < len(means) < WINDOWS and near.any() else means


def _below(rest: Floats, busy_w: float) -> bool:
    """Whether windows lie below the power of the inferences, as far as chance lets it tell."""
    return len(rest) > 1 and float(rest.mean()) < busy_w + 5 * _error(rest).size


def _error(means: Floats) -> Deviation:
    """Standard error (W) of the mean of windows, by their effective number."""
    if len(means) < 2:
        return UNKNOWN
    deviation = means - means.mean()
    variance = float(np.sum(deviation**2)) / (len(means) - 1)
    number = len(means) / inflation(deviation)
    return Deviation(float(np.sqrt(variance / number)), max(1.0, number - 1.0))


def _noise(recording: Recording, stretches: list[tuple[float, float]]) -> Deviation:
    """Deviation (W) of single samples of stretches, from the differences of neighbours."""
    steps = np.concatenate([np.diff(samples_between(recording, low, high)[1]) for low, high in stretches])
    if len(steps) < 2:
        return UNKNOWN
    size = 1.4826 * float(np.median(np.abs(steps))) / float(np.sqrt(2.0))
    return Deviation(size, max(1.0, len(steps) / MEDIAN_WORTH))


MOST_SAMPLES: Final = 500_000  # of idle: more do not make its mean any surer


def samples_between(recording: Recording, low: float, high: float) -> tuple[Floats, Floats]:
    """Times (s) and powers (W) of the samples of a range, the first half a million of them."""
    times, powers, count = [], [], 0
    for piece_times, piece_powers in recording.pieces_between(low, high):
        inside = (piece_times >= low) & (piece_times <= high)
        times.append(piece_times[inside])
        powers.append(piece_powers[inside])
        count += int(inside.sum())
        if count >= MOST_SAMPLES:
            break
    if not times:
        return np.empty(0), np.empty(0)
    return np.concatenate(times)[:MOST_SAMPLES], np.concatenate(powers)[:MOST_SAMPLES]
