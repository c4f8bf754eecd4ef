"""What a network is, told from its kernels: two files of one network have one signature, whatever their
names.
"""

from __future__ import annotations

import hashlib

from predictors.model.kernels import FusedModel, Kernel

LENGTH = 16
"""Hexadecimal digits: 64 bits, for a few hundred networks."""


def signature(model: FusedModel) -> str:
    """Checksum of the kernels that multiply, in no order: their kinds, sizes, strides, groups and dilations.

    Activations and quantisation do not count, so that fp32 and int8 files of one network agree.
    """
    rows = sorted(_row(kernel) for kernel in model.kernels if kernel.macs)
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:LENGTH]


def _row(kernel: Kernel) -> tuple[object, ...]:
    config = kernel.config
    window = (
        config.kernel_h,
        config.kernel_w,
        config.stride_h,
        config.stride_w,
        config.groups,
        config.dilation,
    )
    first = kernel.input_shapes[0] if kernel.input_shapes else ()
    return kernel.kind.value, first, kernel.output_shapes, window, kernel.macs
