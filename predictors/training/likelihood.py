"""Hyper-parameters of one Gaussian process: the most probable ones, with analytic gradients.

The marginal likelihood (Rasmussen and Williams 2006, equation 5.8 and 5.9) times log-normal priors. The
priors keep features that say little at long length scales, and keep a few hundred rows from being
interpolated as if they had no noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.energy.fitting.features import Floats
from predictors.energy.fitting.gaussian_process import (
    TREND_VARIANCE,
    GaussianSettings,
    MaternTerm,
    Standardised,
    distances,
    matern,
)

Places: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Prior of a positive number: its median, and the standard deviation of its natural logarithm."""

    median: float
    log_sd: float


LENGTH_SCALES = (LogNormal(4.0, 1.0), LogNormal(1.5, 1.0))
"""Priors of the length scales of the first and the second term, in standard deviations of a feature."""
VARIANCES = (LogNormal(1.0, 2.0), LogNormal(0.02, 1.5))
NOISE = LogNormal(2e-3, 1.0)
"""A repeat differs by about 4 %: kernels of one configuration that were measured twice."""
NOISE_PER_UNIT = LogNormal(3e-4, 1.5)
"""Squared log units times mJ or ms."""
FARTHEST = 4.0
"""Prior standard deviations that a step of the search may go: beyond, the covariance of a few hundred rows
is singular in double precision, and the prior makes such values less than one in 10,000."""


class _Problem:
    """Minus log posterior of the logarithms of all hyper-parameters, and its gradient."""

    def __init__(
        self, start: GaussianSettings, features: Floats, targets: Floats, log_quantity: Floats
    ) -> None:
        self.start, self.targets = start, targets
        self.rows = Standardised.of(features)(features)
        columns = [start.features.index(name) for name in start.trend]
        design = np.column_stack([np.ones(len(features)), self.rows[:, columns]])
        self.trend = TREND_VARIANCE * design @ design.T
        bare = replace(start, noise_variance=0.0, noise_per_unit=0.0)
        self.rounding = bare.noise(log_quantity)
        self.per_unit = replace(bare, noise_per_unit=1.0).noise(log_quantity) - self.rounding
        self.used = [np.flatnonzero(np.isfinite(term.length_scales)) for term in start.terms]
        self.priors = self._priors()

    def _priors(self) -> list[LogNormal]:
        found = []
        for place, used in enumerate(self.used):
            found += [VARIANCES[place], *([LENGTH_SCALES[place]] * len(used))]
        return [*found, NOISE, NOISE_PER_UNIT]

    def at_start(self) -> Floats:
        """The medians of the priors."""
        return np.log([prior.median for prior in self.priors])

    def settings(self, logs: Floats) -> GaussianSettings:
        """The settings that these logarithms stand for."""
        values, terms, position = np.exp(logs), [], 0
        for term, used in zip(self.start.terms, self.used, strict=True):
            scales = np.full(len(term.length_scales), np.inf)
            scales[used] = values[position + 1 : position + 1 + len(used)]
            terms.append(MaternTerm(float(values[position]), term.nu, tuple(float(s) for s in scales)))
            position += 1 + len(used)
        noise, per_unit = float(values[-2]), float(values[-1])
        return replace(self.start, terms=tuple(terms), noise_variance=noise, noise_per_unit=per_unit)

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        from scipy.linalg import cho_factor, cho_solve

        settings = self.settings(logs)
        parts = [
            _TermParts(self.rows, term, used) for term, used in zip(settings.terms, self.used, strict=True)
        ]
        noise = self.rounding + settings.noise_variance + settings.noise_per_unit * self.per_unit
        gram = self.trend + np.diag(noise) + sum(part.covariance for part in parts)
        factor = cho_factor(gram, lower=True)
        inverse = cho_solve(factor, np.eye(len(gram)))
        weights = inverse @ self.targets
        value = 0.5 * float(self.targets @ weights) + float(np.log(np.diag(factor[0])).sum())
        pull = inverse - np.outer(weights, weights)
        gradient = [slope for part in parts for slope in part.slopes(pull)]
        on_diagonal = np.diag(pull)
        gradient.append(0.5 * settings.noise_variance * float(on_diagonal.sum()))
        gradient.append(0.5 * settings.noise_per_unit * float(on_diagonal @ self.per_unit))
        centres, sds = self.at_start(), np.array([prior.log_sd for prior in self.priors])
        away = (logs - centres) / sds
        return value + 0.5 * float(away @ away), np.array(gradient) + away / sds


class _TermParts:
    """Covariance of one term, and what its gradient needs."""

    def __init__(self, rows: Floats, term: MaternTerm, used: Places) -> None:
        self.scaled = rows[:, used] / np.array(term.length_scales)[used]
        distance = distances(self.scaled, self.scaled)
        self.covariance = term.variance * matern(distance, term.nu)
        self.slope = term.variance * _slope_factor(distance, term.nu)

    def slopes(self, pull: Floats) -> list[float]:
        """Derivatives of minus the log likelihood by the logs of the variance and of every length scale."""
        by_pair = pull * self.slope
        summed = (self.scaled**2).T @ by_pair.sum(axis=1)
        crossed = np.einsum("ij,ij->j", self.scaled, by_pair @ self.scaled)
        return [0.5 * float((pull * self.covariance).sum()), *(summed - crossed)]


def _slope_factor(distance: Floats, nu: float) -> Floats:
    """d matern / d ln length_scale = this * (difference of the feature / length scale)^2."""
    root = np.sqrt(2.0 * nu) * distance
    if nu == 0.5:
        return np.asarray(np.exp(-distance) / np.maximum(distance, 1e-9))
    if nu == 1.5:
        return np.asarray(3.0 * np.exp(-root))
    return np.asarray(5.0 / 3.0 * (1.0 + root) * np.exp(-root))


def most_probable(
    start: GaussianSettings, features: Floats, targets: Floats, log_quantity: Floats
) -> GaussianSettings:
    """The settings of the form of `start` (its infinite length scales stay) that the rows make most probable.

    `features` (n, k) raw, `targets` (n,) what the process describes, `log_quantity` (n,) logs of mJ or ms.
    """
    from scipy.optimize import minimize

    problem = _Problem(start, features, targets, log_quantity)
    sds = np.array([prior.log_sd for prior in problem.priors])
    bounds = np.column_stack([problem.at_start() - FARTHEST * sds, problem.at_start() + FARTHEST * sds])
    found = minimize(
        problem,
        problem.at_start(),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 150, "ftol": 1e-7},
    )
    return problem.settings(found.x)
