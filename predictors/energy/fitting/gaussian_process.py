"""A Gaussian process on logarithms over a linear trend, with fixed, readable hyper-parameters.

y = log(quantity);  y(x) = b0 + b . x_trend + f(x) + noise,  f ~ GP(0, sum of Matern terms), b ~ N(0, 100).
The trend's coefficients are integrated out, so the variance grows where the trend is carried beyond the rows.
Fitting is one Cholesky factorisation (Rasmussen and Williams, Gaussian Processes for Machine Learning,
2006, algorithm 2.1 and section 2.7).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from predictors.energy.fitting.features import Floats

Z_80 = 1.2815515655446004
"""Standard normal quantile that leaves 10 % on either side."""
COMPOSITION_SD = 0.12
"""Log standard deviation between a network and the sum of its kernels: caches, scheduling, clock changes.

Sums of 20 unseen kernels come out within 2 %, so this is between kernels and networks. Assumed, guided by
DeepEn2023's nine model families: the middle of each published range against that of 50 variants of ours
differs by 0.12 (AlexNet left out, whose variants differ most).
"""
TREND_VARIANCE = 100.0
"""Prior variance (log units squared) of a trend coefficient: wide, the rows decide."""
SMALLEST_QUANTITY = 0.002
"""mJ or ms: two of the steps that figures are printed in; below it the noise law is not carried on."""
ROUNDING_STEP = 0.001
"""Published energies (mJ) and latencies (ms) are rounded to this step (DeepEn2023 tables)."""


@dataclass(frozen=True, slots=True)
class MaternTerm:
    """One Matern covariance: signal `variance` (log units squared), smoothness `nu` (0.5, 1.5 or 2.5) and
    one length scale per feature (in standard deviations of that feature); infinite: the feature is unseen."""

    variance: float
    nu: float
    length_scales: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class GaussianSettings:
    """Everything a fit needs besides the data, as found by the training command.

    The variance of one row's logarithm is noise_variance + noise_per_unit / value + that of the rounding,
    value in mJ or ms. `over_law`: the process describes what is left over the law of the kernel type.
    """

    features: tuple[str, ...]
    trend: tuple[str, ...]
    terms: tuple[MaternTerm, ...]
    noise_variance: float
    noise_per_unit: float = 0.0
    over_law: bool = False

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> GaussianSettings:
        """Settings from a table of the settings file. Raises KeyError when an entry is missing."""
        terms = tuple(
            MaternTerm(float(t["variance"]), float(t["nu"]), tuple(float(s) for s in t["length_scales"]))
            for t in mapping["terms"]
        )
        return cls(
            tuple(mapping["features"]),
            tuple(mapping["trend"]),
            terms,
            float(mapping["noise_variance"]),
            float(mapping["noise_per_unit"]),
            bool(mapping["over_law"]),
        )

    def noise(self, log_values: Floats) -> Floats:
        """Variance (n,) of measurements around these logarithms of mJ or ms."""
        values = np.maximum(np.exp(log_values), SMALLEST_QUANTITY)
        rounding = ROUNDING_STEP / np.sqrt(12.0) / values  # the sd of an even error of one step
        return np.asarray(self.noise_variance + self.noise_per_unit / values + rounding**2)


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
        total += term.variance * matern(distances(left / scales, right / scales), term.nu)
    return total


def distances(left: Floats, right: Floats) -> Floats:
    """Euclidean distances between rows, shape (len(left), len(right))."""
    squared = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2.0 * left @ right.T
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


@dataclass(frozen=True, slots=True)
class Standardised:
    """Raw features (n, k) in standard deviations from the mean of the rows of a fit."""

    centre: Floats
    spread: Floats

    @classmethod
    def of(cls, features: Floats) -> Standardised:
        """Mean and spread of the rows of a fit; a feature that never changes keeps its unit."""
        spread = features.std(axis=0)
        return cls(features.mean(axis=0), np.where(spread > 1e-9, spread, 1.0))

    def __call__(self, features: Floats) -> Floats:
        return np.asarray((features - self.centre) / self.spread, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class LogGaussian:
    """Fitted process: `predict` takes features and gives mean and covariance of the logarithm.

    `rows` (n, k) standardised features of the fit, `weights` (n,) and `inverse_factor` (n, n), lower
    triangular, the inverse of the Cholesky factor of their covariance.
    """

    settings: GaussianSettings
    standardised: Standardised
    rows: Floats
    weights: Floats
    inverse_factor: Floats

    def predict(self, features: Floats) -> tuple[Floats, Floats]:
        """Mean (m,) and covariance (m, m) of the logarithm (over the law, if so set), without noise.

        Off the diagonal stands what the errors of similar kernels share.
        """
        rows = self.standardised(features)
        cross = joint_covariance(self.settings, self.rows, rows)
        explained = lower_product(self.inverse_factor, cross)
        joint = joint_covariance(self.settings, rows, rows) - explained.T @ explained
        joint[np.diag_indices_from(joint)] = np.maximum(np.diag(joint), 0.0)
        return cross.T @ self.weights, joint


BLOCK_ROWS = 64
"""Rows of a lower triangle that are multiplied at once: the zeros right of them are left out."""


def lower_product(lower: Floats, other: Floats) -> Floats:
    """`lower @ other` for a lower triangle (n, n): half the work of a full product."""
    starts = range(0, len(lower), BLOCK_ROWS)
    ends = [start + BLOCK_ROWS for start in starts]
    return np.vstack([lower[start:end, :end] @ other[:end] for start, end in zip(starts, ends, strict=True)])


def joint_covariance(settings: GaussianSettings, left: Floats, right: Floats) -> Floats:
    """Covariance of the process and its trend between standardised rows, without noise."""
    columns = [settings.features.index(name) for name in settings.trend]
    trend = 1.0 + left[:, columns] @ right[:, columns].T
    return np.asarray(covariance(left, right, settings.terms) + TREND_VARIANCE * trend)


def fit_log_gaussian(
    settings: GaussianSettings, features: Floats, log_values: Floats, log_quantity: Floats
) -> LogGaussian:
    """Fit a process. `features` (n, k) raw, in the order of settings.features; `log_values` (n,) what is
    described; `log_quantity` (n,) logarithms of the measured mJ or ms, which the noise depends on."""
    from scipy.linalg import solve_triangular  # slow to import, and an estimate does without

    standardised = Standardised.of(features)
    rows = standardised(features)
    gram = joint_covariance(settings, rows, rows)
    gram[np.diag_indices_from(gram)] += settings.noise(log_quantity)
    inverse = solve_triangular(np.linalg.cholesky(gram), np.eye(len(rows)), lower=True)
    return LogGaussian(settings, standardised, rows, inverse.T @ (inverse @ log_values), inverse)


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
