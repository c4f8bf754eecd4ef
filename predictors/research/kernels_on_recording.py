"""The predicted kernels of a network over one measured inference: their times scaled to how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.tracing import InferenceLog, Recording
from data.tracing.layers import LEAST_SAMPLES
from predictors.results.estimates import Estimate, KernelEstimate

Floats = NDArray[np.float64]

_MOST_CELLS: Final = 1_000_000
"""Inferences times edges of kernels that are looked up at a time: about 100 MB."""


@dataclass(frozen=True, slots=True)
class PlacedKernel:
    """A predicted kernel over a measured inference.

    `start_ms` to `end_ms` is its predicted time, scaled so that all kernels fill the inference; `energy_mj`
    its predicted energy, scaled so that all add up to the measured one, `power_w` the power that makes.
    `measured_mj` is the mean energy that the recording has in that time (NaN with fewer than
    `LEAST_SAMPLES` samples in it, or where it is shorter than a sample's distance).
    """

    part: KernelEstimate
    start_ms: float
    end_ms: float
    energy_mj: float
    power_w: float
    measured_mj: float


def kernels_on(
    estimate: Estimate, recording: Recording, placed: InferenceLog, energy_mj: float
) -> tuple[PlacedKernel, ...]:
    """The kernels that take time, over the usual inference of a log on the recording's clock.

    `energy_mj` is the measured energy of an inference. Energy of kernels without a predicted time is spread
    evenly over it. Empty where no kernel has a time or no inference lies wholly in the recording.
    """
    parts = [part for part in estimate.kernels if part.latency_ms > 0]
    inside = (placed.start_s >= 0) & (placed.end_s <= recording.duration_s) & ~placed.warm_up
    if not parts or not inside.any():
        return ()
    times = np.array([part.latency_ms for part in parts])
    energies = np.array([part.energy_mj for part in parts])
    energies += (sum(part.energy_mj for part in estimate.kernels) - energies.sum()) * times / times.sum()
    lasting = (placed.end_s - placed.start_s)[inside]
    fractions = np.concatenate([[0.0], np.cumsum(times)]) / times.sum()
    edges_ms = 1000.0 * float(np.median(lasting)) * fractions
    scaled = energy_mj * energies / max(float(energies.sum()), 1e-300)
    measured = _measured(recording, placed.start_s[inside], lasting, fractions)
    return tuple(
        PlacedKernel(
            part, float(edges_ms[at]), float(edges_ms[at + 1]), float(scaled[at]),
            float(scaled[at] / (edges_ms[at + 1] - edges_ms[at])), float(measured[at]),
        )
        for at, part in enumerate(parts)
    )  # fmt: skip


def _measured(recording: Recording, starts: Floats, lasting: Floats, fractions: Floats) -> Floats:
    """Mean energy (mJ) in each part of the inferences; NaN where the meter cannot tell it.

    Parts shorter than a sample's distance are not looked up, so that there are about as many cells as samples
    at most, however many inferences and kernels there are. They are added up block by block.
    """
    each_s = np.diff(fractions) * float(np.median(lasting))
    long = np.flatnonzero(each_s >= recording.step_s)
    measured = np.full(len(each_s), np.nan)
    if not len(long):
        return measured
    ends = np.union1d(long, long + 1)
    begin, end = np.searchsorted(ends, long), np.searchsorted(ends, long + 1)
    sums = np.zeros((2, len(long)))
    rows = max(1, _MOST_CELLS // len(ends))
    for at in range(0, len(starts), rows):
        here, each = starts[at : at + rows, None], lasting[at : at + rows, None]
        edges = here + each * fractions[ends]
        until = recording.until(edges.reshape(-1))[:2].reshape(2, *edges.shape)
        sums += (until[:, :, end] - until[:, :, begin]).sum(axis=1)
    told = sums[1] / max(recording.step_s, 1e-12) >= LEAST_SAMPLES
    measured[long[told]] = 1000.0 * sums[0][told] / len(starts)
    return measured


def agreement(kernels: Sequence[PlacedKernel]) -> float:
    """Share of the energy that prediction and recording put into the same kernels (1: all of it).

    Over the kernels that the meter can tell: one minus half the sum of the differences of their shares.
    """
    known = [each for each in kernels if np.isfinite(each.measured_mj)]
    predicted = np.array([each.energy_mj for each in known])
    measured = np.array([each.measured_mj for each in known])
    if not len(known) or predicted.sum() <= 0 or measured.sum() <= 0:
        return float("nan")
    apart = np.abs(predicted / predicted.sum() - measured / measured.sum()).sum()
    return float(1.0 - 0.5 * apart)
