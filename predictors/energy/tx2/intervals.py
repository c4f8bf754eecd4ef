"""Settings of the TX2 predictor, and the 80 % intervals of single layers and of whole networks.

The half-width of a layer's interval, in logs, is a factor times the spread (see `LayerPrediction`). The
factor comes from held-out layers (normalised conformal prediction) and depends on what was left out: other
layers with the same sizes were measured, the number of kernels was not, or the image, window or input
channels were not.

A layer that was measured itself comes out as it was measured. The source has no repeats, so how far a second
measurement of it would be off is not known; what is known is how far it lies from a fit that never saw it.
Its interval is as wide as that: the factor holds `INTERVAL_LEVEL` of these cross-validated residuals.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from predictors.energy.tx2.forest import QUANTITIES, ForestSettings
from predictors.energy.tx2.layer_features import Floats
from predictors.energy.tx2.layers import LayerTable
from predictors.results.estimates import INTERVAL_LEVEL
from predictors.results.targets import HeldOutErrors

SETTINGS_PATH = Path(__file__).parents[2] / "settings" / "tx2.toml"
SPREAD_FLOOR = 0.01
"""Added to the spread (log), so that layers whose neighbours are all alike keep an interval."""
REGIMES = ("measured", "measured_sizes", "new_c_out", "new_sizes")
"""The layer itself was measured; each of its sizes was; all but the number of kernels; not even those."""
NEW_SIZES = REGIMES.index("new_sizes")


@dataclass(frozen=True, slots=True)
class IntervalSettings:
    """Factors on the spread per regime (in the order of REGIMES), and how well the law alone does.

    `law_error`: median absolute error (log) of the additive law without its correction.
    """

    factors: tuple[float, ...]
    law_error: float


@dataclass(frozen=True, slots=True)
class Tx2Settings:
    """One delegate's settings. `shared`: share of the layers' errors that a network's layers have in common.

    `errors`: those of energy of single layers, 5-fold; `new_c_out_percent`: their median where all
    convolutions of one number of output channels were left out. `largest_step`: an approximated figure may
    be this factor off, either way.
    """

    forest: ForestSettings
    intervals: dict[str, IntervalSettings]
    shared: float
    errors: HeldOutErrors
    new_c_out_percent: float
    largest_step: float


@lru_cache(maxsize=2)
def tx2_settings(delegate: str) -> Tx2Settings:
    """Settings of `cpu` or `gpu` from `settings/tx2.toml`."""
    raw: dict[str, Any] = tomllib.loads(SETTINGS_PATH.read_text(encoding="utf-8"))
    part = raw[delegate]
    intervals = {
        name: IntervalSettings(tuple(part[name][regime] for regime in REGIMES), part[name]["law_error"])
        for name in QUANTITIES
    }
    return Tx2Settings(
        forest=ForestSettings(**part["forest"]),
        intervals=intervals,
        shared=part["network"]["shared"],
        errors=HeldOutErrors(**part["held_out"]["energy_5_fold"]),
        new_c_out_percent=part["held_out"]["energy_new_c_out_median_percent"],
        largest_step=raw["approximated"]["largest_step"],
    )


@dataclass(frozen=True, slots=True)
class MeasuredSizes:
    """Every layer (n, 4) and size that was measured, and with them the range of what counts as known."""

    layers: Floats
    c_out: Floats
    c_in: Floats
    window: Floats
    input_side: Floats
    known: dict[bytes, None] = field(default_factory=dict, init=False, compare=False, repr=False)

    def regime(self, table: LayerTable) -> np.ndarray:
        """Index into REGIMES for each layer."""
        new_sizes = ~(
            _among(table.c_in, self.c_in)
            & _among(table.window, self.window)
            & _among(table.input_side, self.input_side)
        )
        new_c_out = ~_among(table.c_out, self.c_out)
        if not self.known:  # filled at the first question
            self.known.update(dict.fromkeys(map(bytes, self.layers)))
        known = np.array([bytes(layer) in self.known for layer in _layer_sizes(table)], dtype=bool)
        return np.select([known, new_sizes, new_c_out], [0, NEW_SIZES, 2], default=1)

    def in_range(self, table: LayerTable) -> np.ndarray:
        """True for layers inside the measured ranges of all four sizes."""
        sizes = (
            (table.c_out, self.c_out),
            (table.c_in, self.c_in),
            (table.window, self.window),
            (table.input_side, self.input_side),
        )
        inside = [(given >= known.min()) & (given <= known.max()) for given, known in sizes]
        return np.asarray(np.logical_and.reduce(inside))


def measured_sizes(table: LayerTable) -> MeasuredSizes:
    """The sizes that occur in a table of measured layers."""
    columns = (table.c_out, table.c_in, table.window, table.input_side)
    return MeasuredSizes(
        np.unique(_layer_sizes(table), axis=0), *(np.unique(np.round(column, 6)) for column in columns)
    )


def _layer_sizes(table: LayerTable) -> Floats:
    """The four sizes of every layer (layers, 4), rounded so that equal layers have equal bytes."""
    sizes = np.column_stack([table.c_out, table.c_in, table.window, table.input_side])
    return np.asarray(np.round(sizes, 6), dtype=np.float64)


def _among(values: Floats, known: Floats) -> np.ndarray:
    return np.isin(np.round(values, 6), known)


def half_widths(spread: Floats, regime: np.ndarray, factors: Sequence[float]) -> Floats:
    """Half-widths (log) of layers' intervals from their spread (log) and regime.

    What is newer never gets a smaller factor. A layer that was measured itself is outside of that order: its
    spread is taken with its own measurement in the fit, those of the other regimes without.
    """
    known, *unseen = factors
    applied = np.array([known, *np.maximum.accumulate(unseen)])[regime]
    return np.asarray(applied * (spread + SPREAD_FLOOR))


def conformal_factor(residual: Floats, spread: Floats, level: float = INTERVAL_LEVEL) -> float:
    """The factor on the spread that holds the share `level` of held-out residuals (all in logs)."""
    ratios = np.abs(residual) / (spread + SPREAD_FLOOR)
    return float(np.quantile(ratios, level))


def without_loop(half_width: Floats, layer_share: Floats, law_error: float, largest_step: float) -> Floats:
    """Half-widths (log) once the loop is taken off, of which the law's split is only so sure.

    The smaller the layer's share of what was measured, the more an error of the loop's part weighs.
    """
    taken_off = law_error * (1.0 - layer_share) / np.maximum(layer_share, 1e-9)
    return np.minimum(np.hypot(half_width, taken_off), math.log(largest_step))


def shared_sum(sides: Floats, shared: float) -> float:
    """Half-width of a sum from its parts' half-widths, of which the share `shared` of variance is common."""
    return math.sqrt(shared * float(sides.sum()) ** 2 + (1.0 - shared) * float((sides**2).sum()))
