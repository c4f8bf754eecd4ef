"""Energy and latency of one board fitted together, so that power stays between its idle and its peak.

Every term's amount takes time at idle power and time at peak power, both at least 0:

    latency = sum over terms of (idle time + peak time) * amount
    energy = sum over terms of (idle power * idle time + peak power * peak time) * amount

So no kernel and no network, however unlike the measured ones, gets a power outside of the board's range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.energy.boards.data import BoardSettings
from predictors.energy.fitting.nonnegative import NonNegativeFit, penalties_of, solved

Floats: TypeAlias = NDArray[np.float64]

PEAK_MARGIN = 1.1
"""A board's peak over the largest mean power of a measured network: none is all of one kernel type."""


@dataclass(frozen=True, slots=True)
class PowerRange:
    """The power (W) of a board at rest and at its most."""

    idle_w: float
    peak_w: float


def power_range(energy_mj: Floats, latency_ms: Floats, idle_w: float) -> PowerRange:
    """The range from a board's idle power (W), or the least of its runs, to just above the most of them."""
    power_w = energy_mj / latency_ms
    return PowerRange(min(idle_w, float(power_w.min())), PEAK_MARGIN * float(power_w.max()))


def fit_jointly(
    terms: Floats, energy_mj: Floats, latency_ms: Floats, power: PowerRange, settings: BoardSettings
) -> dict[str, NonNegativeFit]:
    """The fits of "energy" (mJ) and "latency" (ms) of runs with these amounts (n, k).

    Minimises the relative errors of both with the ridges of `fit_nonnegative` on both.
    """
    weights = {"energy": (power.idle_w, power.peak_w), "latency": (1.0, 1.0)}
    measured = {"energy": energy_mj, "latency": latency_ms}
    blocks, wanted, scales = [], [], {}
    for quantity, (idle, peak) in weights.items():
        relative = terms / measured[quantity][:, None]
        penalties, scale = penalties_of(relative, settings.ridge, settings.couplings, settings.coupling_ridge)
        block = np.vstack([relative / scale, penalties])
        scales[quantity] = scale
        blocks.append(np.hstack([idle * block * scale, peak * block * scale]))
        wanted.append(np.concatenate([np.ones(len(terms)), np.zeros(len(penalties))]))
    return _split(solved(np.vstack(blocks), np.concatenate(wanted)), weights)


def _split(both: NonNegativeFit, weights: dict[str, tuple[float, float]]) -> dict[str, NonNegativeFit]:
    """Coefficients per quantity from the times at idle and at peak power."""
    count = len(both.coefficients) // 2
    found = {}
    for quantity, (idle, peak) in weights.items():
        mapping = np.hstack([idle * np.eye(count), peak * np.eye(count)])
        found[quantity] = NonNegativeFit(mapping @ both.coefficients, mapping @ both.spread @ mapping.T)
    return found
