"""Ways to hold measurements out: random folds, whole input sizes, the largest fifth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

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
