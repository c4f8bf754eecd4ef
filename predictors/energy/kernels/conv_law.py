"""The law of a dense convolution on one CPU core: a non-negative sum of amounts of work.

A convolution is a matrix product: N positions, M channels out, depth K = c_in * window. The amounts are the
product padded to the tiles of the matrix kernel, the product itself, the matrices read and written, the
patches that a window larger than 1x1 is laid out in, and one per kernel. The padded product counts again for
windows larger than 1x1, whose rows are gathered, and the weights again for more than one position: the
product of a single one, a vector, does not pack them. Own choice of terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from predictors.energy.fitting.features import KERNELS_KEPT, Floats, gemm_depth, gemm_rows, padded
from predictors.energy.fitting.nonnegative import fit_nonnegative
from predictors.model.kernels import Kernel

RIDGE = 1e-6
"""Only keeps amounts apart that never differ in the rows; the fit itself hardly feels it."""
TERMS = 13
WIDE_TILE = 8
"""Channels and positions of one tile of the matrix kernel."""


def law_terms(kernels: Sequence[Kernel]) -> Floats:
    """Amounts of every kernel, shape (kernels, TERMS), in elements and multiply-accumulates."""
    return np.array([_amounts(kernel) for kernel in kernels], dtype=np.float64).reshape(len(kernels), TERMS)


@lru_cache(maxsize=KERNELS_KEPT)
def _amounts(kernel: Kernel) -> tuple[float, ...]:
    config = kernel.config
    channels, positions, depth = max(config.c_out, 1), gemm_rows(kernel), gemm_depth(kernel)
    has_window = config.kernel_h * config.kernel_w > 1
    patches = positions * depth if has_window else 0
    image = config.input_h * config.input_w * config.c_in
    tiled = padded(channels, WIDE_TILE) * padded(positions, WIDE_TILE) * depth
    return (
        1.0, tiled, channels * positions * depth, positions * depth, positions * channels, channels * depth,
        image, patches, channels, depth, positions, tiled if has_window else 0,
        channels * depth if positions > 1 else 0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConvLaw:
    """Fitted amounts per unit: mJ or ms per element, multiply-accumulate or kernel, all at least 0."""

    coefficients: Floats

    def log_values(self, kernels: Sequence[Kernel]) -> Floats:
        """Logarithm of the quantity (n,) by the law."""
        return np.asarray(np.log(np.maximum(law_terms(kernels) @ self.coefficients, 1e-9)))


def fit_conv_law(kernels: Sequence[Kernel], values: Floats) -> ConvLaw:
    """Fit the law on `values` (n,), mJ or ms, on relative error."""
    return ConvLaw(fit_nonnegative(law_terms(kernels), values, ridge=RIDGE).coefficients)
