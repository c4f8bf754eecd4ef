"""Choosing the settings of the TX2 predictor: `train()` writes `predictors/settings/tx2.toml`.

Everything is deterministic: the same bundle gives the same file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from predictors.energy.tx2.forest import QUANTITIES, ForestSettings, LayerModel, fit_layer_model
from predictors.energy.tx2.intervals import REGIMES, SETTINGS_PATH, SPREAD_FLOOR, conformal_factor
from predictors.energy.tx2.layers import DELEGATES, MeasuredLayers, measured_layers
from predictors.evaluation.tx2_held_out import (
    FIVE_FOLD,
    HeldOutLayers,
    absolute_errors,
    forest_fitter,
    hold_out,
    protocols,
    random_folds,
    sums_inside,
    value_folds,
)
from predictors.results.estimates import INTERVAL_LEVEL
from predictors.results.targets import HeldOutErrors

TILES = {"cpu": (4, 8, 16), "gpu": (16, 32, 64)}
LEAVES = (1, 2)
SEARCH_TREES = 24  # fewer than in the end, as every setting is tried
TREES = 60  # of the forest that is used
LARGEST_STEP = 3.0
CALIBRATION_SEED = 1
"""Other random folds than those of the evaluation (seed 0)."""

HEADER = """\
# Settings of the Jetson TX2 predictor (predictors/energy/tx2/predictor.py),
# written by predictors.training.tx2.
# Fitted on the single convolutions of source sysidentif-tx2; this project's own choices throughout.
# forest: tile (kernels) of the additive law, and size of the forest. Per quantity: factors on the spread, by
# what was left out (measured: on the spread of layers the fit has seen, against what it says without them);
# law_error, median absolute error (log) of the law alone. shared: part of their errors that the layers of a
# network have in common.

[approximated]
# Nothing of these kinds was measured on this board: the interval is this factor either way, not calibrated.
largest_step = {largest_step}
"""


@dataclass(frozen=True, slots=True)
class _Calibration:
    factors: dict[str, dict[str, float]]
    law_error: dict[str, float]
    shared: float
    errors: HeldOutErrors
    new_c_out: HeldOutErrors


def train() -> str:
    """Search, calibrate and write the settings file; returns its text."""
    text = HEADER.format(largest_step=LARGEST_STEP)
    for delegate in DELEGATES:
        layers = measured_layers(delegate)
        forest = _search(delegate, layers)
        text += _section(delegate, forest, _calibrate(layers, forest))
    SETTINGS_PATH.write_text(text, encoding="utf-8")
    return text


def _search(delegate: str, layers: MeasuredLayers) -> ForestSettings:
    """The settings with the smallest mean of the 5-fold and the C_out-left-out error of energy."""
    candidates = [
        ForestSettings(tile=tile, trees=SEARCH_TREES, smallest_leaf=leaf, feature_share=1.0, seed=0)
        for tile in TILES[delegate]
        for leaf in LEAVES
    ]
    folds = [random_folds(len(layers.table), seed=CALIBRATION_SEED), value_folds(layers.table.c_out)]
    errors = [
        sum(_energy_error(hold_out(layers, fold, forest_fitter(candidate))) for fold in folds)
        for candidate in candidates
    ]
    return replace(candidates[int(np.argmin(errors))], trees=TREES)


def _errors(held_out: HeldOutLayers) -> HeldOutErrors:
    return HeldOutErrors.of(100.0 * absolute_errors(held_out.residual[:, 0]))


def _energy_error(held_out: HeldOutLayers) -> float:
    return float(absolute_errors(held_out.residual[:, 0]).mean())


def _calibrate(layers: MeasuredLayers, forest: ForestSettings) -> _Calibration:
    fitter = forest_fitter(forest)
    table = layers.table
    known = hold_out(layers, random_folds(len(table), seed=CALIBRATION_SEED), fitter)
    new_c_out = hold_out(layers, value_folds(table.c_out), fitter)
    others = [hold_out(layers, value_folds(v), fitter) for v in (table.c_in, table.input_side, table.window)]
    itself = _seen(layers, known, fit_layer_model(layers, forest))
    regimes = dict(zip(REGIMES, ((itself,), (known,), (new_c_out,), others), strict=True))
    factors = {
        name: {regime: max(_factor(part, column) for part in parts) for regime, parts in regimes.items()}
        for column, name in enumerate(QUANTITIES)
    }
    model = fit_layer_model(layers, replace(forest, trees=1))
    law_residual = np.log(np.column_stack([layers.energy_mj, layers.latency_ms])) - model.log_law(table)
    law_error = dict(zip(QUANTITIES, np.median(np.abs(law_residual), axis=0).tolist(), strict=True))
    shared = _shared(layers, new_c_out, factors["energy"]["new_c_out"])
    # The folds of the evaluation, so that the target shows what the bench does.
    shown = hold_out(layers, protocols(table)[FIVE_FOLD], fitter)
    return _Calibration(factors, law_error, shared, _errors(shown), _errors(new_c_out))


def _seen(layers: MeasuredLayers, held_out: HeldOutLayers, model: LayerModel) -> HeldOutLayers:
    """Held-out residuals beside the spread that the same layers have once the fit has seen them."""
    return replace(held_out, spread=model.predict(layers.take(held_out.rows).table).log_spread)


def _factor(held_out: HeldOutLayers, column: int) -> float:
    return conformal_factor(held_out.residual[:, column], held_out.spread[:, column])


def _shared(layers: MeasuredLayers, held_out: HeldOutLayers, factor: float) -> float:
    """The smallest common share whose intervals hold the sums of layers drawn from one fold often enough."""
    width = factor * (held_out.spread[:, 0] + SPREAD_FLOOR)
    for shared in np.linspace(0.0, 1.0, 21):
        if np.mean(sums_inside(layers, held_out, width, float(shared))) >= INTERVAL_LEVEL:
            return float(shared)
    return 1.0


def _section(delegate: str, forest: ForestSettings, found: _Calibration) -> str:
    lines = [
        f"\n[{delegate}.forest]",
        f"tile = {forest.tile}",
        f"trees = {forest.trees}",
        f"smallest_leaf = {forest.smallest_leaf}",
        f"feature_share = {forest.feature_share}",
        f"seed = {forest.seed}",
    ]
    for name in QUANTITIES:
        lines += [f"\n[{delegate}.{name}]"]
        lines += [f"{regime} = {value:.3f}" for regime, value in found.factors[name].items()]
        lines += [f"law_error = {found.law_error[name]:.3f}"]
    lines += [f"\n[{delegate}.network]", f"shared = {found.shared:.2f}", f"\n[{delegate}.held_out]"]
    known = found.errors
    lines += [
        f"energy_5_fold = {{ count = {known.count}, median_percent = {known.median_percent:.2f}, "
        f"high_percent = {known.high_percent:.2f} }}",
        f"energy_new_c_out_median_percent = {found.new_c_out.median_percent:.2f}",
    ]
    return "\n".join(lines) + "\n"
