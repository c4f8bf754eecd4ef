"""Fit kernels of one's own; errors are of networks left out with everything that was learned from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from predictors.energy.fitting.gaussian_process import Z_80, GaussianSettings, MaternTerm, sum_log_sd
from predictors.energy.own_kernels.features import POOLED, TREND, Floats, form_of, matrix
from predictors.energy.own_kernels.files import KernelFit, PowerFit, in_network
from predictors.energy.own_kernels.models import (
    FEWEST_ROWS,
    LEAST_MS,
    MOST_SEARCHED,
    OTHERS,
    KindModel,
    MeasuredKernel,
    OwnKernels,
    averaged,
    thinned,
)
from predictors.energy.own_kernels.power import LoopedKernel, as_watts
from predictors.errors import InputError
from predictors.model.kernels import KernelKind
from predictors.training.likelihood import most_probable

FOLDS: Final = 4  # each leaves out at least two networks
HELD: Final = 0.8
"""Ranges hold 8 of 10 networks."""
ROBUST_STEPS: Final = 20  # rounds of weighing the rows anew
SMALL_ERROR: Final = 0.01
"""Relative errors below 1 % weigh alike: they are the clock's."""
POWER_FOLDS: Final = 5  # six looped kernels leave at least one in each
FEWEST_LOOPED: Final = 6
"""With fewer looped kernels the power of the whole networks says as much."""
POWER_VARIANCE: Final = 0.04
"""Start of the search: variance of ln watts between kernels. On one core it varies by 10 to 20 %."""
FEWEST_NETWORKS: Final = 8
"""Two networks in each fold: with fewer the error would be that of single networks."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One network that was left out: its time without the profiler and as the others predict it (ms)."""

    network: str
    measured_ms: float
    predicted_ms: float
    log_sd: float

    @property
    def log_error(self) -> float:
        """ln(predicted / measured)."""
        return math.log(self.predicted_ms / self.measured_ms)


def fit_kernels(rows: Sequence[MeasuredKernel], looped: Sequence[LoopedKernel] = ()) -> KernelFit:
    """Hyper-parameters on all rows; errors over networks left out in folds, hyper-parameters found again.

    `looped`: kernels whose energy was measured; with `FEWEST_LOOPED` or more the power of each is predicted.

    Raises InputError EVIDENCE_TOO_THIN with fewer than `FEWEST_NETWORKS` networks.
    """
    left_out = nested(rows)
    errors = np.array([each.log_error for each in left_out])
    percent = 100.0 * np.abs(np.expm1(errors))
    pace, node_ms = step_to_networks(rows)
    return KernelFit(
        settings=found_settings(rows),
        pace=pace,
        node_ms=node_ms,
        composition_sd=_composition_sd(left_out),
        error_percent=float(np.median(percent)),
        worst_percent=float(percent.max()),
        networks=len(left_out),
        coverage_percent=_coverage_percent(left_out),
        power=fit_power(looped) if len(looped) >= FEWEST_LOOPED else None,
    )


def fit_power(looped: Sequence[LoopedKernel]) -> PowerFit:
    """The power of kernels: hyper-parameters on all; errors of kernels left out in folds, found again."""
    rows, errors = as_watts(looped), list[float]()
    for fold in range(POWER_FOLDS):
        out, rest = rows[fold::POWER_FOLDS], [row for at, row in enumerate(rows) if at % POWER_FOLDS != fold]
        mean, _, _ = KindModel(_power_settings(rest), rest).predict([row.kernel for row in out])
        errors += [abs(math.expm1(ln - math.log(row.latency_ms))) for ln, row in zip(mean, out, strict=True)]
    percent = 100.0 * np.array(errors)
    return PowerFit(_power_settings(rows), float(np.median(percent)), float(percent.max()), len(rows))


def _power_settings(rows: Sequence[MeasuredKernel]) -> GaussianSettings:
    return _search(rows, POOLED, POWER_VARIANCE, has_trend=False)


def nested(rows: Sequence[MeasuredKernel]) -> list[LeftOut]:
    """Every network predicted by models that know nothing of it."""
    by_network: dict[str, list[MeasuredKernel]] = {}
    for row in rows:
        if row.latency_ms > 0.0 and row.network_ms > 0.0:
            by_network.setdefault(row.network, []).append(row)
    names = sorted(by_network)
    if len(names) < FEWEST_NETWORKS:
        raise InputError(
            "EVIDENCE_TOO_THIN",
            "Kernels of {networks} networks were measured; a fit needs {fewest}. Go on with `measure kernels "
            "--networks {fewest}`.",
            networks=len(names),
            fewest=FEWEST_NETWORKS,
        )
    return [each for fold in range(FOLDS) for each in _fold(by_network, names[fold::FOLDS])]


def _fold(by_network: Mapping[str, Sequence[MeasuredKernel]], out: Sequence[str]) -> list[LeftOut]:
    rest = [row for name, rows in by_network.items() if name not in out for row in rows]
    models = OwnKernels(rest, found_settings(rest))
    pace, node_ms = step_to_networks(rest)
    found = []
    for name in out:
        own = by_network[name]
        times = models.predict([row.kernel for row in own])
        values = in_network(np.exp(times.mean), pace, node_ms)
        sd = sum_log_sd(values, times.covariance, 0.0)
        found.append(LeftOut(name, own[0].network_ms, float(values.sum()), sd))
    return found


def step_to_networks(rows: Sequence[MeasuredKernel]) -> tuple[float, float]:
    """`pace` (without unit) and `node_ms` of the step from kernels to networks, of least relative error.

    Absolute errors, by least squares weighted again and again (Huber and Ronchetti, Robust Statistics, 2009).
    """
    by_network: dict[str, list[MeasuredKernel]] = {}
    for row in rows:
        by_network.setdefault(row.network, []).append(row)
    known = [group for group in by_network.values() if group[0].network_ms > 0.0]
    shares = np.array(
        [
            (sum(row.latency_ms for row in group) / group[0].network_ms, len(group) / group[0].network_ms)
            for group in known
        ]
    ).reshape(len(known), 2)
    weights, found = np.ones(len(known)), np.array([1.0, 0.0])
    for _ in range(ROBUST_STEPS):
        found = np.linalg.lstsq(shares * weights[:, None], weights, rcond=None)[0]
        weights = 1.0 / np.sqrt(np.maximum(np.abs(shares @ found - 1.0), SMALL_ERROR))
    return float(found[0]), float(found[1])


def _composition_sd(left_out: Sequence[LeftOut]) -> float:
    """What has to be added to the models' own spread (in squares) so that 80 % ranges hold four in five."""
    return math.sqrt(float(np.quantile(_needed(left_out), HELD)))


def _needed(left_out: Sequence[LeftOut]) -> Floats:
    """What each network needs beside the models' own spread (in squares) to lie in its range."""
    return np.array([max(0.0, (each.log_error / Z_80) ** 2 - each.log_sd**2) for each in left_out])


def _coverage_percent(left_out: Sequence[LeftOut]) -> float:
    """How many networks (%) lie in their 80 % range where its width is found from the others alone."""
    needed = _needed(left_out)
    held = [each <= np.quantile(np.delete(needed, at), HELD) for at, each in enumerate(needed)]
    return 100.0 * float(np.mean(held))


def found_settings(rows: Sequence[MeasuredKernel]) -> dict[str, GaussianSettings]:
    """Hyper-parameters of every kind with enough different kernels, and of all kinds together."""
    unlike = averaged(rows)
    by_kind: dict[str, list[MeasuredKernel]] = {}
    for row in unlike:
        by_kind.setdefault(row.kernel.kind.value, []).append(row)
    found = {
        name: _search(thinned(group, MOST_SEARCHED), form_of(KernelKind(name)))
        for name, group in sorted(by_kind.items())
        if len(group) >= FEWEST_ROWS
    }
    return found | {OTHERS: _search(thinned(unlike, MOST_SEARCHED), POOLED)}


def _search(
    rows: Sequence[MeasuredKernel], names: tuple[str, ...], variance: float = 1.0, *, has_trend: bool = True
) -> GaussianSettings:
    """The most probable hyper-parameters over the features that vary at all."""
    spreads = matrix([row.kernel for row in rows], names).std(axis=0)
    names = tuple(name for name, spread in zip(names, spreads, strict=True) if spread > 1e-9) or names[:1]
    trend = tuple(name for name in names if name in TREND and has_trend)
    term = MaternTerm(variance, 1.5, (1.0,) * len(names))
    start = GaussianSettings(names, trend, (term,), 1e-2 * variance, 1e-3 if has_trend else 0.0)
    logs = np.log([max(row.latency_ms, LEAST_MS) for row in rows])
    return most_probable(start, matrix([row.kernel for row in rows], names), logs, logs)
