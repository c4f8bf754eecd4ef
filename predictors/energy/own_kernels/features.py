"""What the models of one's own kernels look at: plain numbers of a kernel, sizes as logarithms."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.model.kernels import Kernel, KernelKind

Floats: TypeAlias = NDArray[np.float64]

STEP: Final = 4
"""ONNX Runtime's blocked layouts take channels in multiples of 4; a depthwise convolution of others ran seven
times slower (measured, version 1.32)."""
BLOCK: Final = 16
"""Channels of a block with 512-bit registers; what is missing to a block is computed for nothing."""


def _log(value: float) -> float:
    return math.log(max(value, 1.0))


FEATURES: Final[dict[str, Callable[[Kernel], float]]] = {
    "log_macs": lambda k: _log(k.macs),
    "log_params": lambda k: _log(k.params),
    "log_in": lambda k: _log(k.input_elements),
    "log_out": lambda k: _log(k.output_elements),
    "log_moved": lambda k: _log(k.input_elements + k.output_elements + k.params),
    "log_side": lambda k: 0.5 * _log(k.config.out_h * k.config.out_w),
    "log_c_in": lambda k: _log(k.config.c_in),
    "log_c_out": lambda k: _log(k.config.c_out),
    "log_window": lambda k: 0.5 * _log(k.config.kernel_h * k.config.kernel_w),
    "stride": lambda k: math.sqrt(max(k.config.stride_h * k.config.stride_w, 1)),
    "blocked": lambda k: float(k.config.c_out % STEP == 0) + float(k.config.c_in % STEP == 0),
    "log_waste": lambda k: _log(-(-k.config.c_out // BLOCK) * BLOCK / max(k.config.c_out, 1)),
    "ops": lambda k: float(len(k.ops)),
    "parts": lambda k: float(len(k.input_shapes)),
}

CONVOLUTION: Final = (
    "log_macs", "log_moved", "log_params", "log_side", "log_c_in", "log_c_out", "log_window", "stride",
    "blocked", "log_waste", "ops",
)  # fmt: skip
DEPTHWISE: Final = (
    "log_macs", "log_in", "log_out", "log_side", "log_window", "stride", "blocked", "log_waste", "ops",
)  # fmt: skip
DENSE: Final = ("log_macs", "log_params", "log_in", "log_out", "ops")
POOL: Final = ("log_in", "log_out", "log_window", "blocked")
ELEMENTS: Final = ("log_in", "log_out", "log_side", "ops", "parts", "blocked")
FORMS: Final = {
    KernelKind.CONV: CONVOLUTION,
    KernelKind.GROUPED_CONV: CONVOLUTION,
    KernelKind.DILATED_CONV: CONVOLUTION,
    KernelKind.TRANSPOSED_CONV: CONVOLUTION,
    KernelKind.CONV_OTHER: CONVOLUTION,
    KernelKind.DWCONV: DEPTHWISE,
    KernelKind.FC: DENSE,
    KernelKind.MATMUL: DENSE,
    KernelKind.ATTENTION: DENSE,
    KernelKind.AVGPOOL: POOL,
    KernelKind.MAXPOOL: POOL,
}
"""Features by kind; all others take ELEMENTS."""
TREND: Final = frozenset({"log_macs", "log_moved", "log_in", "log_out", "log_params"})
"""Features in which a power law is the trend; the process adds what departs from it."""
POOLED: Final = ("log_macs", "log_moved", "log_in", "log_out", "log_params")
"""Features of the model over all kinds, which stands in for kinds that were not measured."""


def form_of(kind: KernelKind) -> tuple[str, ...]:
    """The features of a kind."""
    return FORMS.get(kind, ELEMENTS)


def matrix(kernels: Sequence[Kernel], names: Sequence[str]) -> Floats:
    """Features of kernels, shape (kernels, names)."""
    rows = [[FEATURES[name](kernel) for name in names] for kernel in kernels]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
