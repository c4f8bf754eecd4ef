"""Settings of the TX2 predictor, and the 80 % intervals of single layers and of whole networks.

The half-width of a layer's interval, in logs, is a factor times the spread of the trees. The factor comes
from held-out layers (normalised conformal prediction) and depends on what was left out: other layers with
the same sizes were measured, the number of kernels was not, or the image, window or input channels were
not.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from predictors.energy.lahmer import Floats
from predictors.energy.tx2_forest import QUANTITIES, ForestSettings
from predictors.energy.tx2_layers import LayerTable
from predictors.estimates import INTERVAL_LEVEL

SETTINGS_PATH = Path(__file__).parents[1] / "settings" / "tx2.toml"
SPREAD_FLOOR = 0.01
"""Added to the spread of the trees (log), so that layers on which all trees agree keep an interval."""
REGIMES = ("measured_sizes", "new_c_out", "new_sizes")


@dataclass(frozen=True, slots=True)
class IntervalSettings:
    """Factors on the spread per regime (in the order of REGIMES), and how well the law alone does.

    `law_error`: median absolute error (log) of the additive law without its correction.
    """

    factors: tuple[float, float, float]
    law_error: float


@dataclass(frozen=True, slots=True)
class Tx2Settings:
    """One delegate's settings. `shared`: share of the layers' errors that a network's layers have in common.

    `error_percent` and `new_c_out_error_percent`: mean error of energy, 5-fold and with whole numbers of
    kernels left out. `largest_step`: an approximated figure may be this factor off, either way.
    """

    forest: ForestSettings
    intervals: dict[str, IntervalSettings]
    shared: float
    error_percent: float
    new_c_out_error_percent: float
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
        error_percent=part["held_out"]["energy_5_fold_mape_percent"],
        new_c_out_error_percent=part["held_out"]["energy_new_c_out_mape_percent"],
        largest_step=raw["approximated"]["largest_step"],
    )


@dataclass(frozen=True, slots=True)
class MeasuredSizes:
    """Every size that was measured, and with it the range in which a layer counts as known."""

    c_out: Floats
    c_in: Floats
    window: Floats
    input_side: Floats

    def regime(self, table: LayerTable) -> np.ndarray:
        """Index into REGIMES for each layer."""
        new_sizes = ~(
            _among(table.c_in, self.c_in)
            & _among(table.window, self.window)
            & _among(table.input_side, self.input_side)
        )
        new_c_out = ~_among(table.c_out, self.c_out)
        return np.where(new_sizes, 2, np.where(new_c_out, 1, 0))

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
    return MeasuredSizes(*(np.unique(np.round(column, 6)) for column in columns))


def _among(values: Floats, known: Floats) -> np.ndarray:
    return np.isin(np.round(values, 6), known)


def half_widths(spread: Floats, regime: np.ndarray, factors: tuple[float, float, float]) -> Floats:
    """Half-widths (log) of layers' intervals from the spread of the trees (log) and their regime."""
    applied = np.maximum.accumulate(np.array(factors))[regime]
    return np.asarray(applied * (spread + SPREAD_FLOOR))


def conformal_factor(residual: Floats, spread: Floats) -> float:
    """The factor on the spread that holds `INTERVAL_LEVEL` of held-out residuals (all in logs)."""
    ratios = np.abs(residual) / (spread + SPREAD_FLOOR)
    return float(np.quantile(ratios, INTERVAL_LEVEL))


def without_loop(half_width: Floats, layer_share: Floats, law_error: float, largest_step: float) -> Floats:
    """Half-widths (log) once the loop is taken off, of which the law's split is only so sure.

    The smaller the layer's share of what was measured, the more an error of the loop's part weighs.
    """
    taken_off = law_error * (1.0 - layer_share) / np.maximum(layer_share, 1e-9)
    return np.minimum(np.hypot(half_width, taken_off), math.log(largest_step))


def shared_sum(sides: Floats, shared: float) -> float:
    """Half-width of a sum from its parts' half-widths, of which the share `shared` of variance is common."""
    return math.sqrt(shared * float(sides.sum()) ** 2 + (1.0 - shared) * float((sides**2).sum()))
