"""From a few measured networks to all others: Gaussian conditioning on the known boards.

ln y of a network on a new board is level + profile. The profile's mean m and covariance C come from the known
systems (`prior`), C + LEVEL_SD^2 accounts for the unknown level. With ln y measured for the networks I:

    A = C[I, I] + s2 I,   mean(t) = m(t) + level + C[t, I] A^-1 (y - m(I) - level),
    var(t) = C[t, t] - C[t, I] A^-1 C[I, t] + s2.

This is the textbook conditional of a normal distribution (Rasmussen & Williams 2006, eq. 2.19).

That variance knows which networks were measured, not how well they fit. `misfit_scale` widens it where one's
own numbers scatter more about the known boards than these do among themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.energy.calibrated.prior import LEVEL_SD, KnownSystem, Prior, known_prior

Floats: TypeAlias = NDArray[np.float64]

QUANTILE: Final = 0.8
"""Intervals hold 8 of 10 true values."""
NORMAL_QUANTILE: Final = 1.2816
"""The factor on a standard deviation that holds 80 % of a normal distribution."""
TOO_FEW: Final = 3
FEW_FACTOR: Final = 1.5
"""Below three networks the profile of the board is unknown, and single known boards were held in 63 of 100
cases only: half-widths are taken 1.5 times."""

STANDARD_ORDER: Final = (
    "mobilenet-v2-0.75-160",
    "mobilenet-v2-0.35-96",
    "mobilenet-v1-1.0-224",
    "mobilenet-v3-large-0.75-224",
    "mobilenet-v1-0.25-128",
    "efficientnet-lite4",
    "mobilenet-v1-0.5-160",
    "efficientnet-lite2",
    "mobilenet-v3-small-0.75-224",
    "mobilenet-v2-1.3-224",
)
"""Which networks to measure, the most telling first: a middle one, a tiny one, a large one, then others.
Chosen for the smallest error of the known boards, each left out with all its systems."""
INT8_ORDER: Final = (
    "mobilenet-v1-0.5-160",
    "mobilenet-v2-0.35-96",
    "efficientnet-lite4",
    "mobilenet-v1-1.0-224",
    "mobilenet-v1-0.25-128",
    "mobilenet-v2-0.75-160",
    "mobilenet-v3-large-0.75-224",
    "efficientnet-lite2",
    "mobilenet-v3-small-0.75-224",
    "mobilenet-v2-1.3-224",
)
"""The same networks as the most telling ones in int8: the large one is of the family quantised per channel,
which boards differ most in the cost of. Chosen on the known boards. Where the choice is made without the
board that is asked about, the first network is the same each time, and so are the first three for five boards
of six (the sixth, RK3588S, would have got others and an error of 16 % instead of 9 %)."""


def standard_order(precision: str) -> tuple[str, ...]:
    """Which networks to measure in `precision`, the most telling first: a middle, a tiny and a large one."""
    return INT8_ORDER if precision == "int8" else STANDARD_ORDER


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one quantity: amounts (k, len(TERMS)) of the networks, and ln of mJ or ms (k,)."""

    terms: Floats
    log_values: Floats


@dataclass(frozen=True, slots=True)
class Conditioned:
    """Mean of ln mJ or ln ms for the asked networks (n,), and what the known boards leave open (n,).

    `scale` is how much worse one's own measurements fit than the known boards make expect, 1 at least.
    """

    mean: Floats
    prior_sd: Floats
    scale: float

    @property
    def sd(self) -> Floats:
        """The stated standard deviation (n,)."""
        return self.prior_sd * self.scale


def condition(prior: Prior, measured: Measured, asked_terms: Floats) -> Conditioned:
    """Mean and spread for networks with these amounts (n, len(TERMS)) on the board that was measured."""
    count = len(measured.log_values)
    level = prior.laws.mean(axis=1, keepdims=True)
    laws = prior.asked_laws(np.vstack([measured.terms, asked_terms]))
    return _conditioned(prior, laws - level, float(prior.weights @ level[:, 0]), measured.log_values, count)


def _conditioned(prior: Prior, profile: Floats, level: float, log_values: Floats, count: int) -> Conditioned:
    mean, covariance = moments(profile, prior.weights)
    given = covariance[:count, :count] + prior.noise_variance * np.eye(count)
    gain = np.linalg.solve(given, covariance[:count, count:])
    residual = log_values - mean[:count] - level
    means = mean[count:] + level + gain.T @ residual
    variance = (
        np.diag(covariance)[count:]
        - np.einsum("ij,ij->j", covariance[:count, count:], gain)
        + prior.noise_variance
    )
    return Conditioned(means, np.sqrt(np.maximum(variance, 0.0)), misfit_scale(given, residual))


def misfit_scale(given: Floats, residual: Floats) -> float:
    """What spreads are multiplied by where k measurements fit badly: max(1, sqrt(chi^2 / (k - 1))).

    chi^2 is that of `residual` (k,) with the covariance `given` (k, k), the level free (one degree of
    freedom). This is Birge's ratio (Birge 1932, Phys. Rev. 40, 207), the scale factor of the Particle Data
    Group's averages: measurements that disagree by more than they should make the average less certain. A
    good fit narrows nothing: by chance alone, few measurements often agree too well. 1 with one measurement.
    """
    count = len(residual)
    if count < 2:
        return 1.0
    solved, of_level = np.linalg.solve(given, np.column_stack([residual, np.ones(count)])).T
    chi_square = float(residual @ solved - solved.sum() ** 2 / of_level.sum())
    return max(1.0, float(np.sqrt(max(chi_square, 0.0) / (count - 1))))


def moments(profile: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted mean (n,) and covariance (n, n) of the systems' profiles, with the unknown level on top."""
    mean = weights @ profile
    centred = profile - mean
    covariance = (centred * weights[:, None]).T @ centred / (1.0 - float((weights**2).sum()))
    return mean, np.asarray(covariance + LEVEL_SD**2, dtype=np.float64)


def residual_sd(prior: Prior, measured: Measured) -> Floats:
    """Leave-one-out: how many standard deviations each measured value lies from what the others say (k,).

    NaN with one measurement only. Without the scale of a misfit: two wrong values would excuse each other.
    """
    count = len(measured.log_values)
    if count < 2:
        return np.full(count, np.nan)
    left = [leave_one_out(prior, measured, at) for at in range(count)]
    return np.array(
        [
            (measured.log_values[at] - float(value.mean[0])) / float(value.prior_sd[0])
            for at, value in enumerate(left)
        ]
    )


def leave_one_out(prior: Prior, measured: Measured, at: int) -> Conditioned:
    """One's own measurement `at` as the others alone predict it."""
    others = np.arange(len(measured.log_values)) != at
    rest = Measured(measured.terms[others], measured.log_values[others])
    return condition(prior, rest, measured.terms[at : at + 1])


@lru_cache(maxsize=64)
def interval_factor(precision: str, quantity: str, count: int, *, scaled: bool = True) -> float:
    """What a standard deviation is multiplied by to hold 80 %: from the known boards, each left out.

    Each board in turn is forgotten with all its systems, and its systems are calibrated with the first
    `count` standard networks that they ran; the factor is the 80 % quantile of |z| over all other networks.
    `scaled`: for stated spreads; else for those that the known boards alone leave open.
    """
    return nested_factor(known_prior(precision, quantity), count, scaled=scaled)


def nested_factor(prior: Prior, count: int, *, scaled: bool = True) -> float:
    """The same for the systems of `prior` alone, so that a board left out of it has no part in its factor."""
    deviations = [
        z
        for device_id in sorted({system.device_id for system in prior.systems})
        for z in held_out_z(prior, device_id, count, scaled=scaled)
    ]
    factor = float(np.quantile(np.concatenate(deviations), QUANTILE))
    return max(factor, NORMAL_QUANTILE * 0.7) * (FEW_FACTOR if count < TOO_FEW else 1.0)


def held_out_z(prior: Prior, device_id: str, count: int, *, scaled: bool = True) -> list[Floats]:
    """Per system of a board that is left out: |ln measured - mean| / sd of the networks not calibrated on."""
    rest = prior.without(device_id)
    held = [
        calibrated_against(rest, system, count) for system in prior.systems if system.device_id == device_id
    ]
    return [np.abs(each.z) * (1.0 if scaled else each.scale) for each in held]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A left-out system's other networks: ln(estimated / measured), and that over the stated spread.

    `scale` is the part of the spread that is due to its misfit.
    """

    error_log: Floats
    z: Floats
    scale: float


def calibrated_against(rest: Prior, system: KnownSystem, count: int) -> HeldOut:
    """Calibrate a left-out system on the first `count` standard networks that it ran."""
    rows = system.fitted.rows
    place = {name: at for at, name in enumerate(rest.networks)}
    measured = {
        name: float(value)
        for name, value, anchor in zip(
            rows.networks, np.log(rows.measured(rest.quantity)), rows.anchor, strict=True
        )
        if not anchor and name in place
    }
    order = [name for name in standard_order(rows.precision) if name in measured][:count]
    others = [name for name in measured if name not in order]
    columns = [place[name] for name in (*order, *others)]
    level = rest.laws.mean(axis=1, keepdims=True)
    values = np.array([measured[name] for name in order])
    result = _conditioned(
        rest, (rest.laws - level)[:, columns], float(rest.weights @ level[:, 0]), values, len(order)
    )
    truth = np.array([measured[name] for name in others])
    return HeldOut(result.mean - truth, (truth - result.mean) / result.sd, result.scale)
