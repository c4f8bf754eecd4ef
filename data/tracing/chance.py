"""How wide an interval has to be: deviations put together, and Student's distribution for few samples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NORMAL: Final = 1.2815516
"""80 % of a normal distribution lie within so many deviations of its mean."""
MANY: Final = 1e9
"""Degrees of freedom of a deviation that is known and not estimated from few values."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A standard deviation (in the unit of its figure), and its degrees of freedom: of how many independent
    values it was estimated, less one."""

    size: float
    freedom: float = MANY


def together(parts: Iterable[Deviation]) -> Deviation:
    """Independent deviations as one; its freedom is that of Satterthwaite (1946) and Welch (1947)."""
    known = [part for part in parts if part.size > 0]
    variance = sum(part.size**2 for part in known)
    if variance <= 0:
        return Deviation(0.0)
    return Deviation(
        float(np.sqrt(variance)), variance**2 / sum(part.size**4 / part.freedom for part in known)
    )


def half_width(deviation: Deviation) -> float:
    """Half of the 80 % interval of a mean with that deviation, by Student's distribution.

    Its quantile by Cornish and Fisher's expansion (Abramowitz and Stegun, 26.7.5), right within 2 % from two
    degrees of freedom on.
    """
    z, free = NORMAL, max(1.0, deviation.freedom)
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    return deviation.size * (z + first / free + second / free**2 + third / free**3)


def inflation(deviation: Floats) -> float:
    """How many times fewer independent values a series holds, by its correlation of neighbours (AR 1)."""
    total = float(np.sum(deviation**2))
    if len(deviation) < 8 or total <= 0:  # a correlation of fewer values is chance
        return 1.0
    correlation = float(np.clip(np.sum(deviation[1:] * deviation[:-1]) / total, 0.0, 0.95))
    return (1.0 + correlation) / (1.0 - correlation)
