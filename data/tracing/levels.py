"""Two levels in a set of numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def two_levels(values: Floats) -> tuple[float, float]:
    """The value that best splits numbers into a low and a high group, and the share of variance it explains.

    Otsu's criterion (N. Otsu, A threshold selection method from gray-level histograms, 1979) over all splits.
    """
    ordered = np.sort(values)
    count = len(ordered)
    if count < 2 or ordered[0] == ordered[-1]:
        return float(ordered[-1]) if count else 0.0, 0.0
    # The share has no unit: between 0 and 1, no power is too small or too large for its square.
    unit_free = (ordered - ordered[0]) / (ordered[-1] - ordered[0])
    low = np.arange(1, count)
    sums = np.cumsum(unit_free)
    mean = sums[-1] / count
    between = (sums[:-1] - mean * low) ** 2 / (low * (count - low) / count)
    best = int(np.argmax(between))
    total = float(np.sum((unit_free - mean) ** 2))
    return float(0.5 * (ordered[best] + ordered[best + 1])), float(between[best] / total)
