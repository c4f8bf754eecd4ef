"""Fewer points for drawing, with every peak and every dip kept: the least and the greatest of each bucket."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from data.tracing.recording import Recording

Floats = NDArray[np.float64]


def min_max(
    recording: Recording, start_s: float = 0.0, end_s: float | None = None, points: int = 2000
) -> tuple[Floats, Floats]:
    """Times (s) and powers (W) of a range in about `points` points, all of them where there are fewer.

    Samples are cut into buckets of equal size; each bucket gives its least and its greatest sample at their
    own times, so no peak is lost. A NaN stands in every gap, where a line must be broken. The sample just
    outside the range on either side is kept, so that the line reaches the edge.
    """
    end = recording.duration_s if end_s is None else end_s
    inside = recording.span(start_s, end).samples
    size = math.ceil(2 * inside / max(2, points)) if inside > points else 1
    parts = [
        part
        for times, powers in recording.pieces_between(start_s, end)
        for part in _reduced(*_cut(times, powers, start_s, end), size)
    ]
    if not parts:
        return np.empty(0), np.empty(0)
    times = np.concatenate([part[0] for part in parts])
    powers = np.concatenate([part[1] for part in parts])
    return _broken(times, powers, recording.gaps)


def _cut(times: Floats, powers: Floats, start_s: float, end_s: float) -> tuple[Floats, Floats]:
    first = max(0, int(np.searchsorted(times, start_s, side="left")) - 1)
    last = int(np.searchsorted(times, end_s, side="right")) + 1
    return times[first:last], powers[first:last]


def _reduced(times: Floats, powers: Floats, size: int) -> list[tuple[Floats, Floats]]:
    if size <= 2:
        return [(times, powers)]
    whole = len(powers) // size * size
    parts = [_extremes(times[:whole].reshape(-1, size), powers[:whole].reshape(-1, size))] if whole else []
    if whole < len(powers):
        parts.append(_extremes(times[whole:][None, :], powers[whole:][None, :]))
    return parts


def _extremes(times: Floats, powers: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest sample of each row, in the order in which they come."""
    rows = np.arange(len(powers))
    places = np.sort(np.stack([powers.argmin(axis=1), powers.argmax(axis=1)], axis=1), axis=1)
    return times[rows[:, None], places].ravel(), powers[rows[:, None], places].ravel()


def _broken(times: Floats, powers: Floats, gaps: tuple[tuple[float, float], ...]) -> tuple[Floats, Floats]:
    """The line with a NaN inside every gap that it crosses."""
    middles = np.array([0.5 * (begin + end) for begin, end in gaps])
    middles = middles[(middles > times[0]) & (middles < times[-1])] if len(times) else middles
    if not len(middles):
        return times, powers
    places = np.searchsorted(times, middles)
    return np.insert(times, places, middles), np.insert(powers, places, np.nan)
