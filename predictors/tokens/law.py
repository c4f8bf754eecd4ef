"""Energy and time of one generated token where enough models were measured: a sum times two factors.

    quantity = (a + b_f x weights (GB) + c_f x parameters (billions)) x mode x exp(s x (prompt - 2048) / 1000)

f is the class of format: four and eight bits, or one and two. Coefficients are non-negative, fitted to
relative errors with every model counting alike; mode is the median of a model's own ratio to 25 W; s is
the slope of one model over prompt lengths. The same form fits energy (mJ) and time (ms).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from predictors.tokens.rows import TokenRow

ENERGY, TIME = "energy", "time"
REFERENCE_MODE: Final = "25W"
"""The mode that ratios are taken against: the default of the board."""
_PROMPT: Final = 2048
"""Prompt (tokens) of the rows of all models; others were measured on some only."""
INSIDE: Final = 0.8
"""Share of intervals that shall hold the measurement."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cell:
    """One model in one power mode at one prompt length: medians of its rows."""

    model: str
    mode: str
    prompt: int
    params_b: float
    weights_gb: float
    low_bit: bool
    energy_mj: float
    time_ms: float

    def of(self, quantity: str) -> float:
        """Its energy (mJ) or time (ms)."""
        return self.energy_mj if quantity == ENERGY else self.time_ms


@dataclass(frozen=True, slots=True)
class Law:
    """A fitted law: coefficients, factor by power mode, slope per thousand tokens of prompt."""

    coefficients: tuple[float, ...]
    modes: Mapping[str, float]
    slope: float

    def __call__(self, cell: Cell) -> float:
        """The quantity of one cell (mJ or ms)."""
        base = float(_features([cell])[0] @ np.array(self.coefficients))
        return base * self.modes[cell.mode] * float(np.exp(self.slope * (cell.prompt - _PROMPT) / 1000))


@dataclass(frozen=True, slots=True)
class Fit:
    """A law with what leaving one model out says of it, over models and power modes.

    `error_percent`: median; `coverage_percent`: how often the interval held, itself found without that model;
    `factor`: the interval is the figure divided and multiplied by it; `models`: how many models.
    """

    law: Law
    error_percent: float
    coverage_percent: float
    factor: float
    models: int


def cells_of(rows: Sequence[TokenRow]) -> tuple[Cell, ...]:
    """The cells that a law is fitted to: rows of decoding with known size, without flagged ones."""
    grouped: dict[tuple[str, str, int], list[TokenRow]] = {}
    for row in rows:
        if row.phase == "decode" and not row.flagged and row.params_m and row.weights_mb and row.input_tokens:
            grouped.setdefault((row.model, row.power_mode, row.input_tokens), []).append(row)
    return tuple(_cell(key, members) for key, members in grouped.items())


def _cell(key: tuple[str, str, int], members: list[TokenRow]) -> Cell:
    first = members[0]
    return Cell(
        *key,
        params_b=(first.params_m or 0.0) / 1000,
        weights_gb=(first.weights_mb or 0.0) / 1000,
        low_bit=first.is_low_bit,
        energy_mj=float(np.median([row.energy_mj for row in members])),
        time_ms=float(np.median([1000 / row.tokens_per_s for row in members])),
    )


def _features(cells: Sequence[Cell]) -> Numbers:
    return np.array(
        [
            [
                1.0,
                cell.weights_gb * (not cell.low_bit),
                cell.weights_gb * cell.low_bit,
                cell.params_b * (not cell.low_bit),
                cell.params_b * cell.low_bit,
            ]
            for cell in cells
        ]
    )


def fit_law(cells: Sequence[Cell], quantity: str) -> Law:
    """Fit the slope over prompts, then the power modes, then the coefficients."""
    measured = np.array([cell.of(quantity) for cell in cells])
    prompts = np.array([(cell.prompt - _PROMPT) / 1000 for cell in cells])
    counts = {cell.model: sum(each.model == cell.model for each in cells) for cell in cells}
    weights = np.array([counts[cell.model] ** -0.5 for cell in cells])
    slope = _slope(cells, np.log(measured), prompts)
    modes = _modes(cells, np.log(measured) - slope * prompts)
    scale = np.array([modes[cell.mode] for cell in cells]) * np.exp(slope * prompts)
    relative = _features(cells) * (scale / measured * weights)[:, None]
    coefficients, _ = nnls(relative, weights)
    return Law(tuple(float(each) for each in coefficients), modes, slope)


def _slope(cells: Sequence[Cell], logs: Numbers, prompts: Numbers) -> float:
    """How the quantity grows with the prompt, within one model and power mode."""
    keys = [(cell.model, cell.mode) for cell in cells]
    over, under = 0.0, 0.0
    for key in dict.fromkeys(keys):
        own = np.array([each == key for each in keys])
        centred = prompts[own] - prompts[own].mean()
        over += float(centred @ (logs[own] - logs[own].mean()))
        under += float(centred @ centred)
    return over / under if under else 0.0


def _modes(cells: Sequence[Cell], logs: Numbers) -> dict[str, float]:
    """The median ratio of a model's power modes to its own reference mode."""
    by_model: dict[str, dict[str, list[float]]] = {}
    for cell, value in zip(cells, logs, strict=True):
        by_model.setdefault(cell.model, {}).setdefault(cell.mode, []).append(float(value))
    ratios: dict[str, list[float]] = {}
    for modes in by_model.values():
        if REFERENCE_MODE in modes:
            reference = float(np.mean(modes[REFERENCE_MODE]))
            for mode, values in modes.items():
                ratios.setdefault(mode, []).append(float(np.mean(values)) - reference)
    return {mode: float(np.exp(np.median(values))) for mode, values in ratios.items()}


def left_out(cells: Sequence[Cell], quantity: str) -> dict[tuple[str, str], float]:
    """ln(estimate / measured) by model and power mode, the model left out of the fit: median over prompts."""
    found: dict[tuple[str, str], list[float]] = {}
    for model in dict.fromkeys(cell.model for cell in cells):
        law = fit_law([cell for cell in cells if cell.model != model], quantity)
        for cell in cells:
            if cell.model == model:
                error = float(np.log(law(cell) / cell.of(quantity)))
                found.setdefault((model, cell.mode), []).append(error)
    return {key: float(np.median(errors)) for key, errors in found.items()}


@lru_cache(maxsize=8)
def fitted(cells: tuple[Cell, ...], quantity: str) -> Fit:
    """The law of these cells, with its error and the factor of its interval."""
    errors = left_out(cells, quantity)
    models = list(dict.fromkeys(model for model, _ in errors))
    sizes = [abs(value) for value in errors.values()]
    return Fit(
        law=fit_law(cells, quantity),
        error_percent=100 * float(np.median([abs(np.exp(each) - 1) for each in errors.values()])),
        coverage_percent=100 * float(np.mean(list(held(errors).values()))),
        factor=float(np.exp(_quantile(sizes))),
        models=len(models),
    )


def held(errors: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], bool]:
    """Whether the interval held each of `left_out`, found from the errors of the other models alone."""
    sizes = {key: abs(value) for key, value in errors.items()}
    return {
        key: size <= _quantile([other for (model, _), other in sizes.items() if model != key[0]])
        for key, size in sizes.items()
    }


def _quantile(values: Sequence[float]) -> float:
    """The size of error that an interval of `INSIDE` reaches to, with the rank of conformal prediction."""
    ordered = sorted(values)
    rank = int(np.ceil(INSIDE * (len(ordered) + 1)))
    return ordered[min(rank, len(ordered)) - 1]
