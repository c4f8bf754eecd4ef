"""All inferences of a recording laid over each other: mean power and its spread along one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.tracing.inferences import InferenceLog
from data.tracing.per_inference import energies_mj
from data.tracing.recording import Recording

Floats = NDArray[np.float64]

LEAST_SAMPLES: Final = 3.0
"""With fewer samples in an inference its course cannot be seen."""
EACH_SAMPLES: Final = 30.0
"""From so many samples on the energy of a single inference is told (as in the headline's spread)."""
MOST: Final = 500
"""Inferences that are laid over each other; of more, evenly spread ones."""
_MOST_CELLS: Final = 100  # of the curve: as many as the picture has room for
_INSIDE: Final = 0.99  # share of an inference that has samples; less is a gap


@dataclass(frozen=True, slots=True)
class Overlay:
    """Power along an inference: middles of cells (ms from its begin), mean and the band that holds eight in
    ten (W); how many inferences; the energy of each (mJ), empty where a single one cannot be told."""

    time_ms: Floats
    mean_w: Floats
    low_w: Floats
    high_w: Floats
    count: int
    energies_mj: Floats


def overlay(recording: Recording, placed: InferenceLog) -> Overlay | None:
    """The overlay of the inferences that lie wholly in a recording and are no warm-up.

    `placed` is the log on the recording's clock. None where the meter is too slow or fewer than two are
    there. An inference is cut to the usual length, so that equal times lie over each other.
    """
    lasting = placed.end_s - placed.start_s
    inside = (placed.start_s >= 0) & (placed.end_s <= recording.duration_s) & ~placed.warm_up
    energy, share = energies_mj(recording, placed)
    whole = np.flatnonzero(inside & (share > _INSIDE))
    if len(whole) < 2 or recording.step_s <= 0:
        return None
    usual = float(np.median(lasting[whole]))
    samples = usual / recording.step_s
    if samples < LEAST_SAMPLES:
        return None
    cells = int(min(_MOST_CELLS, max(3, samples)))
    chosen = whole[np.linspace(0, len(whole) - 1, min(MOST, len(whole))).astype(np.int64)]
    offsets = np.linspace(0.0, usual, cells + 1)
    edges = placed.start_s[chosen][:, None] + offsets[None, :]
    joules = recording.until(edges.reshape(-1))[0].reshape(edges.shape)
    power = np.diff(joules, axis=1) / (usual / cells)
    low, high = np.quantile(power, [0.1, 0.9], axis=0)
    middles = 500.0 * (offsets[1:] + offsets[:-1])
    each = energy[whole] if samples >= EACH_SAMPLES else np.empty(0)
    return Overlay(middles, power.mean(axis=0), low, high, len(whole), each)
