"""Amounts of work of a kernel, in the terms of the board model.

A board's energy per inference is a non-negative sum over kernels of the amounts below, so each amount is
additive: the network's is the sum of its kernels'. Amounts are in millions (macs, elements), or plain counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from predictors.energy.kernels.surrogate_laws import has_unmeasured_weights
from predictors.model.kernels import Kernel, KernelKind
from predictors.results.estimates import Evidence

Floats: TypeAlias = NDArray[np.float64]

TERMS: dict[str, str] = {
    "pointwise_macs_m": Message(
        "multiply-accumulates of 1x1 convolutions and of matrix products with several rows"
    ),
    "depthwise_macs_m": Message("multiply-accumulates of depthwise convolutions"),
    "per_channel_depthwise_macs_m": Message(
        "those of them whose int8 weights have a scale for every channel, again"
    ),
    "other_conv_macs_m": Message("multiply-accumulates of all other convolutions"),
    "fully_connected_macs_m": Message(
        "multiply-accumulates of fully connected layers, squeeze-excite, LSTM, GRU"
    ),
    "activations_m": Message("elements read and written by convolutions and matrix products"),
    "elementwise_m": Message("elements read and written by all other kernels"),
    "hard_swish_m": Message(
        "elements that a hard-swish (or another product with its own gate) is computed for"
    ),
    "image_m": Message("elements read by convolutions with at most four input channels"),
    "overflow_m": Message("elements moved beyond 250,000 per kernel, which outgrow the caches"),
    "pointwise_weights_m": Message(
        "weight elements of kernels whose multiply-accumulates count as pointwise"
    ),
    "other_weights_m": Message("weight elements of all other kernels"),
    "kernels": Message("number of kernels"),
    "constant": "1 per network",
}
"""Term -> what it counts, in the order of the columns everywhere."""

KERNEL_TERMS = tuple(TERMS)[:-1]
"""The terms a kernel has by itself: all but the constant."""

IMAGE_CHANNELS = 4  # the first layer: a picture has 1, 3 or 4 channels
MILLION = 1e6
# About 1 MB in fp32, the size of a second-level cache. Its exact value hardly matters to the held-out error.
CACHED_ELEMENTS = 250_000

_CONVOLUTIONS = frozenset(
    {
        KernelKind.CONV,
        KernelKind.DWCONV,
        KernelKind.GROUPED_CONV,
        KernelKind.DILATED_CONV,
        KernelKind.TRANSPOSED_CONV,
        KernelKind.CONV_OTHER,
    }
)
_PRODUCTS = frozenset({KernelKind.MATMUL, KernelKind.ATTENTION})
_ROW_PRODUCTS = frozenset({KernelKind.FC, KernelKind.SE, KernelKind.RNN})
_GATED = frozenset({KernelKind.HSWISH, KernelKind.ACTIVATION, KernelKind.SOFTMAX})

# Kinds that the measured networks contain; any other is counted by the nearest term, as an approximation.
_MEASURED = frozenset(
    {
        KernelKind.CONV,
        KernelKind.DWCONV,
        KernelKind.FC,
        KernelKind.ADD,
        KernelKind.ADD_RELU,
        KernelKind.RELU,
        KernelKind.HSWISH,
        KernelKind.GLOBAL_AVGPOOL,
        KernelKind.MAXPOOL,
        KernelKind.SE,
    }
)


def kernel_terms(kernels: Sequence[Kernel], precision: str = "fp32") -> Floats:
    """Amounts of every kernel run in `precision`, shape (kernels, len(KERNEL_TERMS)).

    An fp32 kernel that is run in int8 counts as quantised per channel, as converters do it today.

    UNSUPPORTED kernels are all 0, and so are conversions between float and int8: the measured int8 networks
    take quantised images, so no measurement holds one.
    """
    table = np.zeros((len(kernels), len(KERNEL_TERMS)))
    for row, kernel in enumerate(kernels):
        if kernel.kind not in _WITHOUT_AMOUNT:
            for term, amount in _amounts(kernel, precision).items():
                table[row, _COLUMN[term]] = amount
            if is_per_channel(kernel, precision):
                table[row, _COLUMN["per_channel_depthwise_macs_m"]] = table[row, _COLUMN["depthwise_macs_m"]]
    return table


def network_terms(kernels: Sequence[Kernel], precision: str = "fp32") -> Floats:
    """Amounts of a whole network run in `precision`, shape (len(TERMS),)."""
    return np.append(kernel_terms(kernels, precision).sum(axis=0), 1.0)


def is_per_channel(kernel: Kernel, precision: str) -> bool:
    """Whether a kernel run in `precision` has integer weights with a scale for every channel."""
    return kernel.per_channel or (precision == "int8" and kernel.precision == "fp32")


def kernel_evidence(
    kernel: Kernel, dense_convolutions_measured: bool, precision: str = "fp32"
) -> tuple[Evidence, str]:
    """How well the terms describe a kernel that is run in `precision`, and by which rule.

    Convolutions over more than one pixel and more than an image's channels count as predicted only where
    such a network (ResNet-50) was measured.
    """
    if kernel.kind is KernelKind.UNSUPPORTED:
        return Evidence.UNSUPPORTED, NO_FIGURE
    if kernel.kind is KernelKind.QUANTIZE:
        return Evidence.APPROXIMATED, FREE_CONVERSION
    term = _mac_term(kernel)
    if kernel.kind not in _MEASURED or (kernel.kind is KernelKind.FC and term == "pointwise_macs_m"):
        return Evidence.APPROXIMATED, _COUNTED_AS[term or "elementwise_m"]
    if precision != "int8" and has_unmeasured_weights(kernel):
        return Evidence.APPROXIMATED, BY_BYTES
    dense = term == "other_conv_macs_m" and kernel.config.c_in > IMAGE_CHANNELS
    if dense and not dense_convolutions_measured:
        return Evidence.APPROXIMATED, LIKE_POINTWISE
    return Evidence.PREDICTED, SUM_OVER_KERNELS


NO_FIGURE: Final = Message("no figure for this operator")
FREE_CONVERSION: Final = Message("conversion counted as free: measured int8 networks take quantised images")
BY_BYTES: Final = Message("fp32 kernel with as many bytes of weights")
LIKE_POINTWISE: Final = Message("dense convolution counted at the cost of a 1x1 convolution's MACs")
SUM_OVER_KERNELS: Final = Message("non-negative sum over kernels, fitted to this board")
_COUNTED_AS: Final = {term: Message("counted as {terms}", terms=words) for term, words in TERMS.items()}


_WITHOUT_AMOUNT = frozenset({KernelKind.UNSUPPORTED, KernelKind.QUANTIZE})
_COLUMN = {term: position for position, term in enumerate(KERNEL_TERMS)}


def _amounts(kernel: Kernel, precision: str) -> dict[str, float]:
    read = _bytes_read(kernel, precision)
    moved = kernel.input_elements + kernel.output_elements
    term = _mac_term(kernel)
    weights = "pointwise_weights_m" if term == "pointwise_macs_m" else "other_weights_m"
    amounts = {"kernels": 1.0, weights: kernel.params * read / MILLION}
    amounts["overflow_m"] = max(0, moved - CACHED_ELEMENTS) / MILLION
    if term is not None:
        amounts[term] = kernel.macs * (read if term == "fully_connected_macs_m" else 1.0) / MILLION
    amounts["elementwise_m" if term is None or kernel.kind is KernelKind.SE else "activations_m"] = (
        moved / MILLION
    )
    if _is_gated(kernel):
        amounts["hard_swish_m"] = kernel.output_elements / MILLION
    if kernel.kind in _CONVOLUTIONS and 0 < kernel.config.c_in <= IMAGE_CHANNELS:
        amounts["image_m"] = kernel.input_elements / MILLION
    return amounts


def _bytes_read(kernel: Kernel, precision: str) -> float:
    """Bytes of a kernel's weights over what they take in fp32, where nobody measured their type; else 1.

    A product with one row is as long as its weights take to read.
    """
    if precision == "int8" or not has_unmeasured_weights(kernel):
        return 1.0
    return kernel.weight_bytes / (4.0 * kernel.params)


def _mac_term(kernel: Kernel) -> str | None:
    """The term that counts this kernel's multiply-accumulates; None where it has none."""
    config = kernel.config
    if kernel.kind is KernelKind.DWCONV:
        return "depthwise_macs_m"
    if kernel.kind in _CONVOLUTIONS:
        pointwise = kernel.kind is KernelKind.CONV and config.kernel_h == config.kernel_w == 1
        return "pointwise_macs_m" if pointwise else "other_conv_macs_m"
    if kernel.kind in _PRODUCTS or (kernel.kind is KernelKind.FC and config.input_h > 1):
        return "pointwise_macs_m"
    return "fully_connected_macs_m" if kernel.kind in _ROW_PRODUCTS else None


def _is_gated(kernel: Kernel) -> bool:
    """Hard-swish on its own, or fused behind a convolution (the operator or its product is inside)."""
    fused = kernel.kind in _CONVOLUTIONS and any(op in {"HardSwish", "Mul"} for op in kernel.ops)
    return kernel.kind in _GATED or fused


def largest_kernel(kernels: Sequence[Kernel]) -> tuple[float, float]:
    """Millions of multiply-accumulates and of moved elements of the largest kernel (by each on its own)."""
    macs = max((kernel.macs for kernel in kernels), default=0)
    moved = max((kernel.input_elements + kernel.output_elements for kernel in kernels), default=0)
    return macs / MILLION, moved / MILLION
