"""Named laws for kernels that were not measured on Jetson TX2, from the coefficients of its convolutions.

Every law gives the cost of the kernel itself (mJ or ms), without the timed loop. None of them was checked
against a measurement of that kind on this board, hence the fixed wide interval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from data.messages import Message
from predictors.energy.tx2.law import BYTES_PER_ELEMENT, AdditiveLaw
from predictors.energy.tx2.layer_features import Floats, fully_connected_energy_mj
from predictors.energy.tx2.layers import layers_of_kernels
from predictors.model.kernels import Kernel, KernelKind

BYTES_LAW = Message("bytes moved, at the rate of TX2 convolution outputs")
FC_LAW = Message("one slope per MAC (form of Lahmer et al.): the MAC and the bytes of its weight")
MATRIX_LAW = Message("MACs and bytes moved, at the rates of TX2 convolutions")
CONVOLUTION_LAW = Message("additive TX2 convolution law, per group")

CONVOLUTIONS = frozenset(
    {
        KernelKind.DWCONV,
        KernelKind.GROUPED_CONV,
        KernelKind.DILATED_CONV,
        KernelKind.CONV_OTHER,
    }
)
MATRICES = frozenset({KernelKind.MATMUL, KernelKind.ATTENTION, KernelKind.RNN, KernelKind.TRANSPOSED_CONV,
                      KernelKind.SE})  # fmt: skip


def fully_connected_slope(law: AdditiveLaw) -> float:
    """Cost of one MAC of a fully connected layer (mJ or ms): the MAC and reading its weight once."""
    return law.per_mac + BYTES_PER_ELEMENT * law.per_byte


def fully_connected_cost(kernel: Kernel, law: AdditiveLaw) -> float:
    """Cost of a fully connected layer (mJ or ms); weights are shared by the rows of its input."""
    rows = max(kernel.config.input_h, 1) * max(kernel.config.batch, 1)
    macs = kernel.macs or kernel.config.c_in * kernel.config.c_out * rows
    if rows > 1:
        return matrix_cost(kernel, law)
    slope_nj = fully_connected_slope(law) * 1e6
    return float(fully_connected_energy_mj(np.array([float(macs)]), slope_nj)[0])


def matrix_cost(kernel: Kernel, law: AdditiveLaw) -> float:
    """Cost of matrix products (mJ or ms): their MACs, and every operand moved once."""
    return kernel.macs * law.per_mac + bytes_cost(kernel, law)


def bytes_cost(kernel: Kernel, law: AdditiveLaw) -> float:
    """Cost of reading the inputs and weights and writing the outputs once (mJ or ms)."""
    elements = kernel.input_elements + kernel.output_elements + kernel.params
    return elements * BYTES_PER_ELEMENT * law.per_byte


def convolution_cost(kernel: Kernel, law: AdditiveLaw) -> float:
    """Cost of a grouped, depthwise or dilated convolution (mJ or ms): the law for one group, times groups."""
    one_group = float(law.layer_only(layers_of_kernels([kernel]))[0])
    return max(kernel.config.groups, 1) * one_group


def cost(kernel: Kernel, law: AdditiveLaw) -> float:
    """Cost of a kernel by its named law (mJ or ms); 0 for unsupported kernels."""
    return _choose(kernel.kind)[1](kernel, law)


def costs(kernels: Sequence[Kernel], law: AdditiveLaw) -> Floats:
    """`cost` of each kernel (mJ or ms), shape (kernels,), convolutions all at once."""
    is_convolution = np.array([kernel.kind in CONVOLUTIONS for kernel in kernels], dtype=bool)
    values = np.zeros(len(kernels))
    values[~is_convolution] = [cost(kernel, law) for kernel in kernels if kernel.kind not in CONVOLUTIONS]
    chosen = [kernel for kernel in kernels if kernel.kind in CONVOLUTIONS]
    groups = np.array([max(kernel.config.groups, 1) for kernel in chosen], dtype=np.float64)
    values[is_convolution] = groups * law.layer_only(layers_of_kernels(chosen))
    return values


def law_name(kind: KernelKind) -> str:
    """The name of the law that answers for a kind; empty for unsupported kernels."""
    return _choose(kind)[0]


def _choose(kind: KernelKind) -> tuple[str, Callable[[Kernel, AdditiveLaw], float]]:
    if kind is KernelKind.UNSUPPORTED:
        return "", lambda kernel, law: 0.0
    if kind is KernelKind.FC:
        return FC_LAW, fully_connected_cost
    if kind in CONVOLUTIONS:
        return CONVOLUTION_LAW, convolution_cost
    if kind in MATRICES:
        return MATRIX_LAW, matrix_cost
    return BYTES_LAW, bytes_cost
