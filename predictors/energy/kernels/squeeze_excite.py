"""Squeeze-and-excite: a law of three non-negative terms, because only 14 configurations were measured.

quantity = floor + per_mac * c^2 / 2 + per_element * n^1.25,  n = h * w * c.
c^2 / 2 are the multiply-accumulates of the two small layers with a squeeze by 4; the exponent above 1 follows
the measured cost per element, which grows with the picture as it leaves the caches. Own fit to DeepEn2023.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from predictors.energy.fitting.features import Floats
from predictors.energy.fitting.intervals import Z_80
from predictors.energy.kernels.kernel_model import LogPrediction
from predictors.model.kernels import Kernel

GROWTH = 1.25


def squeeze_terms(kernels: Sequence[Kernel]) -> Floats:
    """Terms of the law, shape (kernels, 3): 1, multiply-accumulates, elements to the power GROWTH."""
    channels = np.array([float(kernel.config.c_in) for kernel in kernels])
    area = np.array([float(kernel.config.input_h * kernel.config.input_w) for kernel in kernels])
    return np.column_stack([np.ones(len(kernels)), channels**2 / 2.0, (area * channels) ** GROWTH])


def fit_squeeze(kernels: Sequence[Kernel], values: Floats) -> Floats:
    """Non-negative coefficients (3,) that make the sum of squared relative errors smallest."""
    from scipy.optimize import nnls  # slow to import, and many estimates do without

    terms = squeeze_terms(kernels) / values[:, None]
    scale = terms.max(axis=0)
    return np.asarray(nnls(terms / scale, np.ones(len(values)))[0] / scale)


class SqueezeModel:
    """The fitted law with its spread, found by leaving each measured kernel out in turn."""

    def __init__(self, kernels: Sequence[Kernel], values: Floats) -> None:
        """Fit on `values` (n,), energies in mJ or latencies in ms."""
        self.coefficients = fit_squeeze(kernels, values)
        self.log_sd = float(np.quantile(np.abs(left_out_errors(kernels, values)), 0.8)) / Z_80

    def predict(self, kernels: Sequence[Kernel]) -> LogPrediction:
        """Logarithm of the quantity with independent errors of one spread."""
        mean = np.log(squeeze_terms(kernels) @ self.coefficients)
        return LogPrediction(mean, np.eye(len(kernels)) * self.log_sd**2)


def left_out_errors(kernels: Sequence[Kernel], values: Floats) -> Floats:
    """log(predicted / measured) of every kernel (n,), fitted without it."""
    terms = squeeze_terms(kernels)
    errors = []
    for place in range(len(kernels)):
        rest = [other for other in range(len(kernels)) if other != place]
        fitted = fit_squeeze([kernels[other] for other in rest], values[rest])
        errors.append(float(np.log(terms[place] @ fitted / values[place])))
    return np.array(errors)
