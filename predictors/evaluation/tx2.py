"""How well TX2 layers are predicted when they were left out, beside the closed law and two baselines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from predictors.energy.tx2.forest import QUANTITIES
from predictors.energy.tx2.intervals import NEW_SIZES, SPREAD_FLOOR, conformal_factor, tx2_settings
from predictors.energy.tx2.law import closed_law_energy_mj, fit_closed_law
from predictors.energy.tx2.layer_features import Floats, fit_non_negative
from predictors.energy.tx2.layers import (
    DELEGATES,
    DEVICE_ID,
    LayerTable,
    MeasuredLayers,
    measured_layers,
)
from predictors.evaluation.rows import EvaluationRow
from predictors.evaluation.tx2_held_out import (
    C_OUT_LEFT_OUT,
    LARGEST_LEFT_OUT,
    SUMS_LEFT_OUT,
    Fitter,
    HeldOutLayers,
    absolute_errors,
    forest_fitter,
    hold_out,
    protocols,
    sum_errors,
    sums_inside,
)
from predictors.results.estimates import INTERVAL_LEVEL

BEST = "best"
LAHMER = "lahmer-form law"
MACS_ONLY = "baseline: MACs only"
PUBLISHED_FEATURES = "baseline: random forest, published features"
BASELINE_TREES = 40  # of the baseline: a choice of this project, the source names none

Predict = Callable[[LayerTable], tuple[Floats, Floats]]


def lahmer_fitter(delegate: str) -> Fitter:
    """The closed law in the form of Lahmer et al., for energy and latency."""

    def fit(layers: MeasuredLayers) -> Predict:
        laws = [fit_closed_law(layers.table, measured, delegate) for measured in _measured(layers)]
        return _without_spread(lambda held: [closed_law_energy_mj(law, held) for law in laws])

    return fit


def macs_only_fitter(layers: MeasuredLayers) -> Predict:
    """Baseline: a constant and a slope on MACs."""

    def terms(table: LayerTable) -> Floats:
        return np.column_stack([np.ones(len(table)), table.macs])

    fits = [fit_non_negative(terms(layers.table), measured) for measured in _measured(layers)]
    return _without_spread(lambda held: [terms(held) @ coefficients for coefficients in fits])


def published_features_fitter(layers: MeasuredLayers) -> Predict:
    """Baseline: random forests on image size, channels, window, stride, MACs and weights."""
    from sklearn.ensemble import RandomForestRegressor  # slow to import, only needed here

    def features(table: LayerTable) -> Floats:
        stride = np.ones(len(table))
        columns = [table.input_side, table.c_in, table.c_out, table.window, stride, table.macs, table.weights]
        return np.column_stack(columns)

    forests: list[Any] = [
        RandomForestRegressor(BASELINE_TREES, random_state=0, n_jobs=1).fit(features(layers.table), measured)
        for measured in _measured(layers)
    ]
    return _without_spread(lambda held: [forest.predict(features(held)) for forest in forests])


def _measured(layers: MeasuredLayers) -> tuple[Floats, Floats]:
    return layers.energy_mj, layers.latency_ms


def _without_spread(predict: Callable[[LayerTable], Sequence[Floats]]) -> Predict:
    def answer(table: LayerTable) -> tuple[Floats, Floats]:
        values = np.column_stack(predict(table))
        return np.log(values), np.zeros_like(values)

    return answer


def fitters(delegate: str) -> Mapping[str, Fitter]:
    """Every method of the evaluation, the one in use first."""
    return {
        BEST: forest_fitter(tx2_settings(delegate).forest),
        LAHMER: lahmer_fitter(delegate),
        MACS_ONLY: macs_only_fitter,
        PUBLISHED_FEATURES: published_features_fitter,
    }


def evaluate(delegates: Sequence[str] = DELEGATES) -> list[EvaluationRow]:
    """Every method under every protocol, for energy, latency and power. About two minutes on one core."""
    return [row for delegate in delegates for row in _evaluate(delegate)]


def _evaluate(delegate: str) -> Iterator[EvaluationRow]:
    layers = measured_layers(delegate)
    for protocol, folds in protocols(layers.table).items():
        for method, fitter in fitters(delegate).items():
            held_out = hold_out(layers, folds, fitter)
            coverage = _coverages(delegate, held_out, protocol) if method == BEST else {}
            yield from _rows(delegate, method, protocol, held_out, coverage)
            if method == BEST and protocol == C_OUT_LEFT_OUT:
                yield _sums(delegate, layers, held_out)


def _rows(
    delegate: str, method: str, protocol: str, held_out: HeldOutLayers, coverage: Mapping[str, float]
) -> Iterator[EvaluationRow]:
    energy, latency = held_out.residual.T
    for quantity, residual in (("energy", energy), ("latency", latency), ("avg_power", energy - latency)):
        yield _row(delegate, quantity, method, protocol, residual, coverage.get(quantity))


def _row(
    delegate: str, quantity: str, method: str, protocol: str, residual: Floats, coverage: float | None
) -> EvaluationRow:
    return EvaluationRow.from_errors(
        100.0 * absolute_errors(residual),
        coverage,
        device_id=DEVICE_ID,
        delegate=delegate,
        precision="fp32",
        quantity=quantity,
        method=method,
        protocol=protocol,
        used=method == BEST,
    )


def _sums(delegate: str, layers: MeasuredLayers, held_out: HeldOutLayers) -> EvaluationRow:
    """Stand-ins for networks: intervals of sums, with the share of errors that layers have in common."""
    inside = covered_sums(delegate, layers, held_out, INTERVAL_LEVEL)
    coverage = 100.0 * float(np.mean(inside))
    return _row(delegate, "energy", BEST, SUMS_LEFT_OUT, sum_errors(layers, held_out), coverage)


def covered_sums(
    delegate: str, layers: MeasuredLayers, held_out: HeldOutLayers, level: float
) -> Sequence[bool]:
    """Whether each stand-in for a network lies in the interval that is to hold the share `level`."""
    width = _widths_of_other_folds(held_out, 0, level)
    return sums_inside(layers, held_out, width, tx2_settings(delegate).shared)


def covered_layers(held_out: HeldOutLayers, quantity: str, level: float) -> np.ndarray:
    """Whether each left-out layer lies in the interval that is to hold the share `level`.

    The factor of a fold's intervals comes from the other folds only, so that no layer widens its own.
    """
    column = QUANTITIES.index(quantity)
    return np.asarray(np.abs(held_out.residual[:, column]) <= _widths_of_other_folds(held_out, column, level))


def _coverages(delegate: str, held_out: HeldOutLayers, protocol: str) -> dict[str, float]:
    """Share (per cent) of held-out layers inside their intervals.

    With a single fold there are no others, and the factor comes from the settings.
    """
    inside = {}
    for column, name in enumerate(QUANTITIES):
        if protocol == LARGEST_LEFT_OUT:
            factor = tx2_settings(delegate).intervals[name].factors[NEW_SIZES]
            widths = factor * (held_out.spread[:, column] + SPREAD_FLOOR)
            covered = np.abs(held_out.residual[:, column]) <= widths
        else:
            covered = covered_layers(held_out, name, INTERVAL_LEVEL)
        inside[name] = float(100.0 * np.mean(covered))
    return inside


def _widths_of_other_folds(held_out: HeldOutLayers, column: int, level: float) -> Floats:
    residual, spread, fold = held_out.residual[:, column], held_out.spread[:, column], held_out.fold
    widths = np.zeros(len(residual))
    for number in np.unique(fold):
        own, others = fold == number, fold != number
        factor = conformal_factor(residual[others], spread[others], level)
        widths[own] = factor * (spread[own] + SPREAD_FLOOR)
    return widths
