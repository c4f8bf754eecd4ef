"""80 % intervals of sums whose parts share errors."""

from __future__ import annotations

import math

import numpy as np

from predictors.energy.fitting.features import Floats

Z_80 = 1.2815515655446004
"""Standard normal quantile that leaves 10 % on either side."""
COMPOSITION_SD = 0.08
"""Log standard deviation between a network and the sum of its kernels: caches, scheduling, clock changes.

Assumed, guided by DeepEn2023's nine model families: the middle of each published range against that of 50
variants of ours differs by 0.12 (AlexNet left out, whose variants differ most), part of which is the scatter
of drawing 50 variants.
"""


def log_interval(centre: float, log_sd: float) -> tuple[float, float]:
    """Low and high end of the 80 % interval of a log-normal quantity, in the unit of `centre`."""
    return centre * math.exp(-Z_80 * log_sd), centre * math.exp(Z_80 * log_sd)


def sum_log_sd(values: Floats, log_covariance: Floats, composition_sd: float) -> float:
    """Log standard deviation of sum(values) (n,) whose logarithms err with `log_covariance` (n, n).

    First-order: var(sum) = v' C v. `composition_sd` is added for the step from kernels to a network.
    """
    total = float(np.sum(values))
    if total <= 0.0:
        return composition_sd
    variance = float(values @ log_covariance @ values) / total**2
    return math.sqrt(max(variance, 0.0) + composition_sd**2)
