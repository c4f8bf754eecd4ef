"""Leaving TX2 layers out: the protocols, and predictions for layers no fit has seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from predictors.energy.tx2.forest import ForestSettings, fit_layer_model
from predictors.energy.tx2.intervals import shared_sum
from predictors.energy.tx2.layer_features import Floats
from predictors.energy.tx2.layers import LayerTable, MeasuredLayers

Fold: TypeAlias = tuple[np.ndarray, np.ndarray]
"""Rows to fit on, rows to predict."""

FIVE_FOLD = "5-fold"
C_OUT_LEFT_OUT = "leave C_out out"
LARGEST_LEFT_OUT = "largest 20 % by MACs"
NETWORK_LAYERS = 20  # small networks have about 20 convolutions
NETWORKS = 400  # sums in all, so that a median hardly depends on the draw
SUMS_LEFT_OUT = f"sums of {NETWORK_LAYERS} layers, leave C_out out"


def random_folds(count: int, folds: int = 5, seed: int = 0) -> list[Fold]:
    """`folds` random parts of `count` rows, each held out once."""
    order = np.random.default_rng(seed).permutation(count)
    return [(np.setdiff1d(np.arange(count), part), np.sort(part)) for part in np.array_split(order, folds)]


def value_folds(values: Floats) -> list[Fold]:
    """Each distinct value left out in turn, with every row that has it."""
    return [(np.flatnonzero(values != value), np.flatnonzero(values == value)) for value in np.unique(values)]


def largest_fold(macs: Floats, share: float = 0.2) -> list[Fold]:
    """One fold: fit on the smaller layers, predict the largest `share` by MACs."""
    order = np.argsort(macs, kind="stable")
    cut = round(len(order) * (1.0 - share))
    return [(order[:cut], order[cut:])]


def protocols(table: LayerTable) -> dict[str, list[Fold]]:
    """The protocols of the evaluation."""
    return {
        FIVE_FOLD: random_folds(len(table)),
        C_OUT_LEFT_OUT: value_folds(table.c_out),
        LARGEST_LEFT_OUT: largest_fold(table.macs),
    }


@dataclass(frozen=True, slots=True)
class HeldOutLayers:
    """Held-out predictions: logs of measured over predicted, and spread, shape (rows, 2: energy, latency).

    `rows`: index into the measured layers; `fold`: which fold held the row out.
    """

    rows: np.ndarray
    fold: np.ndarray
    residual: Floats
    spread: Floats


Fitter: TypeAlias = Callable[[MeasuredLayers], Callable[[LayerTable], tuple[Floats, Floats]]]
"""Fits layers; the result gives logs of (energy_mj, latency_ms), shape (layers, 2), and their spread."""


def forest_fitter(settings: ForestSettings) -> Fitter:
    """The predictor in use: laws and trees."""

    def fit(layers: MeasuredLayers) -> Callable[[LayerTable], tuple[Floats, Floats]]:
        model = fit_layer_model(layers, settings)

        def predict(table: LayerTable) -> tuple[Floats, Floats]:
            prediction = model.predict(table)
            return prediction.log_value, prediction.log_spread

        return predict

    return fit


def hold_out(layers: MeasuredLayers, folds: Sequence[Fold], fitter: Fitter) -> HeldOutLayers:
    """Fit without each fold and predict it."""
    parts = []
    for number, (fit_rows, held_rows) in enumerate(folds):
        held = layers.take(held_rows)
        log_value, spread = fitter(layers.take(fit_rows))(held.table)
        residual = np.log(np.column_stack([held.energy_mj, held.latency_ms])) - log_value
        parts.append((held_rows, np.full(len(held_rows), number), residual, spread))
    rows, fold, residuals, spreads = (np.concatenate(column) for column in zip(*parts, strict=True))
    return HeldOutLayers(rows, fold, residuals, spreads)


def absolute_errors(residual: Floats) -> Floats:
    """Absolute relative errors |predicted / measured - 1| from logs of measured over predicted."""
    return np.asarray(np.abs(np.expm1(-residual)))


def network_draws(fold: np.ndarray) -> list[np.ndarray]:
    """Rows of `NETWORKS` stand-ins for networks: `NETWORK_LAYERS` layers each, all held out by one fold."""
    random = np.random.default_rng(0)
    groups = [np.flatnonzero(fold == number) for number in np.unique(fold)]
    return [
        random.choice(groups[turn % len(groups)], NETWORK_LAYERS, replace=False) for turn in range(NETWORKS)
    ]


def sum_errors(layers: MeasuredLayers, held_out: HeldOutLayers) -> Floats:
    """Logs of measured over predicted energy of the stand-ins for networks."""
    measured = layers.energy_mj[held_out.rows]
    predicted = measured * np.exp(-held_out.residual[:, 0])
    sums = [(measured[rows].sum(), predicted[rows].sum()) for rows in network_draws(held_out.fold)]
    return np.array([np.log(whole / guess) for whole, guess in sums])


def sums_inside(layers: MeasuredLayers, held_out: HeldOutLayers, width: Floats, shared: float) -> list[bool]:
    """Whether each stand-in's energy lies in its interval; `width`: half-width (log) of each layer."""
    measured = layers.energy_mj[held_out.rows]
    predicted = measured * np.exp(-held_out.residual[:, 0])
    inside = []
    for rows in network_draws(held_out.fold):
        below = shared_sum(predicted[rows] * (1.0 - np.exp(-width[rows])), shared)
        above = shared_sum(predicted[rows] * np.expm1(width[rows]), shared)
        inside.append(bool(-below <= measured[rows].sum() - predicted[rows].sum() <= above))
    return inside
