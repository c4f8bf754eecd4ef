"""Models of one's own kernels: a Gaussian process on logarithms per kind, in the form of the P40 Pro's.

Hyper-parameters maximise the marginal likelihood; what is stored of a fit is the measured rows and these few
numbers, and the rest is refitted when it is needed (one Cholesky factorisation per kind).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from predictors.energy.fitting.gaussian_process import GaussianSettings, fit_log_gaussian
from predictors.energy.own_kernels.features import Floats, form_of, matrix
from predictors.model.kernels import Kernel, KernelKind

FEWEST_ROWS: Final = 5
"""Kinds with fewer different measured kernels are left to the pooled model: they would be interpolated."""
MOST_SEARCHED: Final = 120
"""Rows that hyper-parameters are searched on; the fit itself takes all. The search grows with the cube."""
LEAST_MS: Final = 1e-3  # the profiler's clock counts microseconds
OTHERS: Final = "others"
RANGE_TOLERANCE: Final = 0.1
"""A feature this far (log units) beyond the measured ones still counts as inside."""


@dataclass(frozen=True, slots=True)
class MeasuredKernel:
    """One kernel with its time (ms), the network that it was measured in, and that network's time without the
    profiler (ms)."""

    kernel: Kernel
    latency_ms: float
    network: str
    network_ms: float = 0.0
    threads: int = 1


@dataclass(frozen=True, slots=True)
class LogTimes:
    """Mean (n,) and covariance (n, n) of ln ms; which kernels lie in the measured range, and whose kind was
    not measured."""

    mean: Floats
    covariance: Floats
    in_range: tuple[bool, ...]
    is_pooled: tuple[bool, ...]


class KindModel:
    """The fitted process of one kind, or of all kinds together."""

    def __init__(self, settings: GaussianSettings, rows: Sequence[MeasuredKernel]) -> None:
        raw = matrix([row.kernel for row in rows], settings.features)
        times = np.array([max(row.latency_ms, LEAST_MS) for row in rows])
        self.settings = settings
        self._lows, self._highs = raw.min(axis=0), raw.max(axis=0)
        self._process = fit_log_gaussian(settings, raw, np.log(times), np.log(times))

    def predict(self, kernels: Sequence[Kernel]) -> tuple[Floats, Floats, list[bool]]:
        """Mean and covariance of ln ms, and which kernels lie inside the measured range.

        Kernels of one configuration are predicted once and err alike.
        """
        raw = matrix(kernels, self.settings.features)
        _, first, inverse = np.unique(raw, axis=0, return_index=True, return_inverse=True)
        mean, joint = self._process.predict(raw[first])
        inverse = inverse.reshape(-1)
        inside = ((raw >= self._lows - RANGE_TOLERANCE) & (raw <= self._highs + RANGE_TOLERANCE)).all(axis=1)
        return mean[inverse], joint[np.ix_(inverse, inverse)], [bool(each) for each in inside]


class OwnKernels:
    """Models of every measured kind, and one over all kinds for the others."""

    def __init__(self, rows: Sequence[MeasuredKernel], settings: Mapping[str, GaussianSettings]) -> None:
        self._rows, self.settings = averaged(rows), settings
        self._fitted: dict[str, KindModel] = {}

    @cached_property
    def kinds(self) -> frozenset[KernelKind]:
        """The kinds that have a model of their own."""
        return frozenset(KernelKind(name) for name in self.settings if name != OTHERS)

    def _model(self, name: str) -> KindModel:
        if name not in self._fitted:
            rows = [row for row in self._rows if name in (OTHERS, row.kernel.kind.value)]
            if name == OTHERS:
                rows = thinned(rows, MOST_SEARCHED)
            self._fitted[name] = KindModel(self.settings[name], rows)
        return self._fitted[name]

    def predict(self, kernels: Sequence[Kernel]) -> LogTimes:
        """Times of kernels."""
        count = len(kernels)
        mean, joint = np.zeros(count), np.zeros((count, count))
        inside, pooled = [True] * count, [False] * count
        names = [each.kind.value if each.kind in self.kinds else OTHERS for each in kernels]
        for name in dict.fromkeys(names):
            places = [at for at, each in enumerate(names) if each == name]
            found, shared, ranges = self._model(name).predict([kernels[at] for at in places])
            mean[places] = found
            joint[np.ix_(places, places)] = shared
            for at, is_inside in zip(places, ranges, strict=True):
                inside[at], pooled[at] = is_inside, name == OTHERS
        return LogTimes(mean, joint, tuple(inside), tuple(pooled))


def averaged(rows: Sequence[MeasuredKernel]) -> list[MeasuredKernel]:
    """One row per configuration: the geometric mean of its times. Equal ones would count as certainty."""
    groups: dict[tuple[Any, ...], list[MeasuredKernel]] = {}
    for row in rows:
        if row.latency_ms > 0.0:
            key = (row.kernel.kind, *matrix([row.kernel], form_of(row.kernel.kind))[0].round(6).tolist())
            groups.setdefault(key, []).append(row)
    return [
        MeasuredKernel(
            group[0].kernel,
            math.exp(sum(math.log(max(row.latency_ms, LEAST_MS)) for row in group) / len(group)),
            group[0].network,
        )
        for group in groups.values()
    ]


def thinned(rows: Sequence[MeasuredKernel], most: int) -> list[MeasuredKernel]:
    """At most so many rows, evenly from the quickest to the slowest."""
    if len(rows) <= most:
        return list(rows)
    ordered = sorted(rows, key=lambda row: row.latency_ms)
    return [ordered[int(at)] for at in np.linspace(0, len(ordered) - 1, most).round()]
