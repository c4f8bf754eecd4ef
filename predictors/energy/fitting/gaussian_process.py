"""A Gaussian process on logarithms over a linear trend, with fixed, readable hyper-parameters.

y = log(quantity);  y(x) = b0 + b . x_trend + f(x) + noise,  f ~ GP(0, sum of Matern terms).
Fitting is one Cholesky factorisation (Rasmussen and Williams, Gaussian Processes for Machine Learning,
2006, algorithm 2.1), milliseconds for a few hundred rows, so nothing but the settings is ever stored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

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


TREND_RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class MaternTerm:
    """One Matern covariance: signal `variance` (log units squared), smoothness `nu` (0.5, 1.5 or 2.5) and
    one length scale per feature (in standard deviations of that feature)."""

    variance: float
    nu: float
    length_scales: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class GaussianSettings:
    """Everything a fit needs besides the data, as found by the training command."""

    features: tuple[str, ...]
    trend: tuple[str, ...]
    terms: tuple[MaternTerm, ...]
    noise_variance: float

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> GaussianSettings:
        """Settings from a table of the settings file. Raises KeyError when an entry is missing."""
        terms = tuple(
            MaternTerm(float(t["variance"]), float(t["nu"]), tuple(float(s) for s in t["length_scales"]))
            for t in mapping["terms"]
        )
        noise = float(mapping["noise_variance"])
        return cls(tuple(mapping["features"]), tuple(mapping["trend"]), terms, noise)


def matern(distance: Floats, nu: float) -> Floats:
    """Matern correlation of a scaled distance. Raises ValueError for a `nu` other than 0.5, 1.5, 2.5."""
    if nu == 0.5:
        return np.asarray(np.exp(-distance))
    root = np.sqrt(2.0 * nu) * distance
    if nu == 1.5:
        return np.asarray((1.0 + root) * np.exp(-root))
    if nu == 2.5:
        return np.asarray((1.0 + root + root**2 / 3.0) * np.exp(-root))
    raise ValueError(f"Matern smoothness {nu} is not one of 0.5, 1.5, 2.5")


def covariance(left: Floats, right: Floats, terms: tuple[MaternTerm, ...]) -> Floats:
    """Covariance between rows of standardised features, shape (len(left), len(right))."""
    total = np.zeros((len(left), len(right)))
    for term in terms:
        scales = np.array(term.length_scales)
        total += term.variance * matern(_distances(left / scales, right / scales), term.nu)
    return total


def _distances(left: Floats, right: Floats) -> Floats:
    squared = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2.0 * left @ right.T
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


class LogGaussian:
    """Fitted process: call `predict` with features, get mean and standard deviation of the logarithm."""

    def __init__(
        self, settings: GaussianSettings, features: Floats, log_values: Floats, extra_variance: Floats
    ) -> None:
        """Fit. `features` (n, k) raw features in the order of settings.features, `log_values` (n,) logs of
        the quantity, `extra_variance` (n,) known variance of each row (for example of rounding)."""
        self._settings = settings
        self._centre = features.mean(axis=0)
        self._spread = np.where(features.std(axis=0) > 1e-9, features.std(axis=0), 1.0)
        self._trend_columns = [settings.features.index(name) for name in settings.trend]
        self._rows = self._standardise(features)
        self._coefficients = self._fit_trend(log_values)
        residual = log_values - self._trend(self._rows)
        gram = covariance(self._rows, self._rows, settings.terms)
        gram[np.diag_indices_from(gram)] += settings.noise_variance + extra_variance
        self._factor = cho_factor(gram, lower=True)
        self._weights: Floats = cho_solve(self._factor, residual)

    def predict(self, features: Floats) -> tuple[Floats, Floats]:
        """Mean (n,) and covariance (n, n) of the logarithm of new measurements, their noise included.

        Off the diagonal stands what the errors of similar kernels share.
        """
        rows = self._standardise(features)
        cross = covariance(self._rows, rows, self._settings.terms)
        mean = self._trend(rows) + cross.T @ self._weights
        explained = solve_triangular(self._factor[0], cross, lower=True)
        joint = covariance(rows, rows, self._settings.terms) - explained.T @ explained
        diagonal = np.maximum(np.diag(joint), 0.0) + self._settings.noise_variance
        joint[np.diag_indices_from(joint)] = diagonal
        return mean, joint

    def _standardise(self, features: Floats) -> Floats:
        return np.asarray((features - self._centre) / self._spread, dtype=np.float64)

    def _design(self, rows: Floats) -> Floats:
        return np.column_stack([np.ones(len(rows)), rows[:, self._trend_columns]])

    def _fit_trend(self, log_values: Floats) -> Floats:
        design = self._design(self._rows)
        ridge = TREND_RIDGE * np.eye(design.shape[1])
        ridge[0, 0] = 0.0
        return np.asarray(np.linalg.solve(design.T @ design + ridge, design.T @ log_values))

    def _trend(self, rows: Floats) -> Floats:
        return np.asarray(self._design(rows) @ self._coefficients)
