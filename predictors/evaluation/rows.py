"""Lines of the evaluation and the folds they come from: error of one method, and how often intervals hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from predictors.model.kernels import Kernel, KernelConfig

Places = NDArray[np.intp]
Fold = tuple[Places, Places]
FEW_ROWS = 40  # with fewer, each row is left out by itself
RANDOM_FOLDS = 10  # the usual number
SMALL_SHARE = 0.8  # fitted on the smaller 80 %, tested on the largest fifth
CHANNEL_STEP, IMAGE_CHANNELS = 4, 3


def picked(kernels: Sequence[Kernel], places: Places) -> list[Kernel]:
    """The kernels at these places."""
    return [kernels[int(place)] for place in places]


def configurations(kernels: Sequence[Kernel]) -> Places:
    """A number for each kernel (n,), the same for kernels of one configuration (repeated measurements)."""
    numbers: dict[KernelConfig, int] = {}
    return np.array([numbers.setdefault(kernel.config, len(numbers)) for kernel in kernels], dtype=np.intp)


def grouped_folds(kernels: Sequence[Kernel], seed: int = 0) -> Iterator[Fold]:
    """Ten shuffled folds, all repeats of one configuration in one fold; each configuration on its own where
    there are fewer than 40. Yields (train, test) places."""
    group = configurations(kernels)
    count = int(group.max()) + 1
    folds = count if count < FEW_ROWS else RANDOM_FOLDS
    fold_of = np.empty(count, dtype=np.intp)
    fold_of[np.random.default_rng(seed).permutation(count)] = np.arange(count) % folds
    for fold in range(folds):
        yield np.flatnonzero(fold_of[group] != fold), np.flatnonzero(fold_of[group] == fold)


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


def channel_folds(kernels: Sequence[Kernel]) -> Iterator[Fold]:
    """Ten shuffled folds, all kernels of one number of output channels in one fold."""
    values = np.array([kernel.config.c_out for kernel in kernels])
    different = np.unique(values)
    fold_of = np.random.default_rng(0).permutation(len(different)) % RANDOM_FOLDS
    fold = fold_of[np.searchsorted(different, values)]
    for number in range(RANDOM_FOLDS):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def odd_channels_fold(kernels: Sequence[Kernel]) -> Iterator[Fold]:
    """Train on channels in multiples of 4, test on the others."""
    odd = np.array([has_odd_channels(kernel) for kernel in kernels])
    yield np.flatnonzero(~odd), np.flatnonzero(odd)


def has_odd_channels(kernel: Kernel) -> bool:
    """Channels in or out that are no multiple of 4; an image of three channels counts as usual."""
    c_in, c_out = kernel.config.c_in, kernel.config.c_out
    return bool((c_in % CHANNEL_STEP and c_in != IMAGE_CHANNELS) or c_out % CHANNEL_STEP)


PROTOCOLS: dict[str, Callable[[Sequence[Kernel]], Iterator[Fold]]] = {
    "10-fold": grouped_folds,
    "whole input sizes left out": size_folds,
    "whole output channels left out": channel_folds,
    "channels in no multiple of 4 left out": odd_channels_fold,
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
    `stratum`: which of the cases were counted, "" for all of them. `coverage_low_percent` and
    `coverage_high_percent`: least and greatest coverage of a single system, in a row over several systems.
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
    stratum: str = ""
    coverage_low_percent: float | None = None
    coverage_high_percent: float | None = None

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
        stratum: str = "",
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
            stratum=stratum,
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
