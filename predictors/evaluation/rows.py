"""Lines of the evaluation and the folds they come from: error of one method, and how often intervals hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictors.model.kernels import Kernel

Places = NDArray[np.intp]
Fold = tuple[Places, Places]
FEW_ROWS = 40
RANDOM_FOLDS = 10
SMALL_SHARE = 0.8


def random_folds(kernels: Sequence[Kernel], seed: int = 0) -> Iterator[Fold]:
    """Ten shuffled folds; every row on its own where there are fewer than 40. Yields (train, test) places."""
    count = len(kernels)
    order = np.random.default_rng(seed).permutation(count)
    for test in np.array_split(order, count if count < FEW_ROWS else RANDOM_FOLDS):
        yield np.setdiff1d(order, test), test


def size_folds(kernels: Sequence[Kernel]) -> Iterator[Fold]:
    """Each input size left out as a whole. Yields (train, test) places."""
    sizes = np.array([kernel.config.input_h for kernel in kernels])
    for size in np.unique(sizes):
        yield np.flatnonzero(sizes != size), np.flatnonzero(sizes == size)


def largest_fold(kernels: Sequence[Kernel]) -> Iterator[Fold]:
    """Train on the smaller 80 % by multiply-accumulates, test on the largest 20 %."""
    order = np.argsort([kernel.macs for kernel in kernels], kind="stable")
    cut = int(SMALL_SHARE * len(kernels))
    yield order[:cut], order[cut:]


PROTOCOLS: dict[str, Callable[[Sequence[Kernel]], Iterator[Fold]]] = {
    "10-fold": random_folds,
    "whole input sizes left out": size_folds,
    "largest 20 % by MACs": largest_fold,
}


KERNELS, SUMS, NETWORKS = "kernels", "sums of kernels", "networks"
"""What was left out: single kernels or layers, sums of them, whole networks."""


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """Errors of `method` on `n` held-out cases of `quantity` ("energy", "latency", ...) under `protocol`.

    `mape_percent` and `median_ape_percent`: mean and median absolute error in per cent of the measured
    value; `within_10_percent`: share (per cent) of cases within 10 %; `coverage_percent`: share (per cent)
    of cases inside their 80 % interval, None where the method gives none. `used` marks the method behind the
    estimates; the others are what it is compared with.
    """

    device_id: str
    delegate: str
    precision: str
    quantity: str
    method: str
    protocol: str
    n: int
    mape_percent: float
    median_ape_percent: float
    within_10_percent: float
    coverage_percent: float | None
    used: bool = False

    @classmethod
    def from_errors(
        cls,
        ape_percent: NDArray[np.float64],
        coverage_percent: float | None,
        *,
        device_id: str,
        delegate: str,
        precision: str,
        quantity: str,
        method: str,
        protocol: str,
        used: bool,
    ) -> EvaluationRow:
        """The row of held-out cases with these absolute errors (per cent of the measured value)."""
        return cls(
            device_id, delegate, precision, quantity, method, protocol,
            n=len(ape_percent),
            mape_percent=float(ape_percent.mean()),
            median_ape_percent=float(np.median(ape_percent)),
            within_10_percent=100.0 * float(np.mean(ape_percent <= 10.0)),
            coverage_percent=coverage_percent,
            used=used,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """The share (per cent) of `n` left-out measurements inside intervals of a nominal level (per cent).

    `what` is one of KERNELS, SUMS and NETWORKS; `quantity` "energy" or "latency"; `protocol` says what was
    left out, as in the accuracy tables.
    """

    device_id: str
    delegate: str
    precision: str
    quantity: str
    what: str
    protocol: str
    n: int
    nominal_percent: float
    observed_percent: float
