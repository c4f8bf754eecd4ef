"""Named features of one kernel: what the Gaussian processes look at.

Every feature is a plain number of one kernel's configuration, for one picture (batch 1); sizes enter as
logarithms so that laws of work are straight lines. Non-square windows and images enter through the side of
the square of equal area.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from predictors.model.kernels import Kernel

Floats = NDArray[np.float64]
KERNELS_KEPT = 8192
"""Kernels whose features are remembered: the measured ones and a few large networks, under 5 MB."""
GPU_SLICE = 4
"""Channels that one texel of a mobile GPU holds (RGBA), so channels are padded to a multiple of it."""
CPU_TILE = (4, 8)
"""Rows and columns of the output tile of an ARM matrix kernel (128-bit registers, four fp32 lanes)."""


def _log(value: float) -> float:
    return math.log(max(value, 1.0))


def in_elements(kernel: Kernel) -> float:
    """Elements of one input picture: h * w * c_in."""
    return float(max(kernel.config.input_h * kernel.config.input_w * kernel.config.c_in, 1))


def out_elements(kernel: Kernel) -> float:
    """Elements of one output picture: h * w * c_out."""
    return float(max(kernel.config.out_h * kernel.config.out_w * kernel.config.c_out, 1))


def weight_elements(kernel: Kernel) -> float:
    """Weights of a convolution or fully connected layer, bias left out: c_in / groups * c_out * window."""
    config = kernel.config
    window = max(config.kernel_h * config.kernel_w, 1)
    return float(config.c_in * config.c_out * window) / max(config.groups, 1)


def anchor_macs(kernel: Kernel) -> float:
    """Multiply-accumulates of one picture: output positions times weights."""
    return max(kernel.config.out_h * kernel.config.out_w, 1) * weight_elements(kernel)


def out_side(kernel: Kernel) -> float:
    """Side of the square image with the output's area (elements)."""
    return math.sqrt(max(kernel.config.out_h * kernel.config.out_w, 1))


def in_side(kernel: Kernel) -> float:
    """Side of the square image with the input's area (elements)."""
    return math.sqrt(max(kernel.config.input_h * kernel.config.input_w, 1))


def window_side(kernel: Kernel) -> float:
    """Side of the square window with the kernel window's area (elements)."""
    return math.sqrt(max(kernel.config.kernel_h * kernel.config.kernel_w, 1))


def moved_elements(kernel: Kernel) -> float:
    """Elements read and written once: input, output, weights, and a k>1 convolution's patches."""
    config = kernel.config
    area = config.kernel_h * config.kernel_w
    patches = config.out_h * config.out_w * config.c_in * area if area > 1 else 0
    return in_elements(kernel) + out_elements(kernel) + weight_elements(kernel) + patches


def tile_waste(kernel: Kernel) -> float:
    """Work of a tiled matrix kernel over useful work: padding of rows, columns and depth to full tiles."""
    config = kernel.config
    rows, columns = CPU_TILE
    positions = config.out_h * config.out_w
    depth = config.c_in * config.kernel_h * config.kernel_w
    padded = _ceil_to(positions, rows) * _ceil_to(config.c_out, columns) * _ceil_to(depth, rows)
    return padded / max(positions * config.c_out * depth, 1)


def gemm_rows(kernel: Kernel) -> int:
    """Positions of the output, the N of the matrix product that a convolution is."""
    return max(kernel.config.out_h * kernel.config.out_w, 1)


def gemm_depth(kernel: Kernel) -> int:
    """Weights per channel out, the K of the matrix product."""
    return max(kernel.config.c_in * max(kernel.config.kernel_h * kernel.config.kernel_w, 1), 1)


def padded(value: int, step: int) -> int:
    """`value` rounded up to a multiple of `step`."""
    return _ceil_to(value, step)


def _padding(value: int, step: int) -> float:
    """Logarithm of what rounding up to a multiple of `step` adds."""
    return math.log(_ceil_to(max(value, 1), step) / max(value, 1))


def slice_waste(kernel: Kernel) -> float:
    """Channels in and out padded to GPU slices over the channels themselves."""
    config = kernel.config
    padded = _ceil_to(config.c_in, GPU_SLICE) * _ceil_to(config.c_out, GPU_SLICE)
    return padded / max(config.c_in * config.c_out, 1)


def _ceil_to(value: int, step: int) -> int:
    return -(-value // step) * step


FEATURES: dict[str, Callable[[Kernel], float]] = {
    "log_macs": lambda k: _log(anchor_macs(k)),
    "log_moved": lambda k: _log(moved_elements(k)),
    "log_intensity": lambda k: _log(anchor_macs(k)) - _log(moved_elements(k)),
    "log_params": lambda k: _log(weight_elements(k)),
    "log_in": lambda k: _log(in_elements(k)),
    "log_out": lambda k: _log(out_elements(k)),
    "log_window": lambda k: _log(window_side(k)),
    "log_in_side": lambda k: _log(in_side(k)),
    "log_out_side": lambda k: _log(out_side(k)),
    "log_c_in": lambda k: _log(k.config.c_in),
    "log_c_out": lambda k: _log(k.config.c_out),
    "log_tile_waste": lambda k: math.log(tile_waste(k)),
    "log_out_area": lambda k: _log(gemm_rows(k)),
    "log_depth": lambda k: _log(gemm_depth(k)),
    "log_out_padding_4": lambda k: _padding(k.config.c_out, 4),
    "log_out_padding_8": lambda k: _padding(k.config.c_out, 8),
    "log_area_padding_4": lambda k: _padding(gemm_rows(k), 4),
    "log_area_padding_8": lambda k: _padding(gemm_rows(k), 8),
    "log_depth_padding_4": lambda k: _padding(gemm_depth(k), 4),
    "log_slice_waste": lambda k: math.log(slice_waste(k)),
    "log_out_slice_waste": lambda k: math.log(_ceil_to(k.config.c_out, GPU_SLICE) / max(k.config.c_out, 1)),
    "log_out_slices": lambda k: _log(out_side(k) ** 2 * _ceil_to(k.config.c_out, GPU_SLICE) / GPU_SLICE),
    "log_window_work": lambda k: _log(out_elements(k) * k.config.kernel_h * k.config.kernel_w),
    "stride": lambda k: math.sqrt(k.config.stride_h * k.config.stride_w),
    "parts": lambda k: float(len([c for c in k.config.concat_c if c > 0])),
}


def feature_matrix(kernels: Iterable[Kernel], names: Sequence[str]) -> Floats:
    """Features of kernels, shape (kernels, names), in the order of `names`.

    Raises KeyError for a feature that does not exist.
    """
    chosen = tuple(names)
    rows = [_row(kernel, chosen) for kernel in kernels]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(chosen))


@lru_cache(maxsize=KERNELS_KEPT)
def _row(kernel: Kernel, names: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(FEATURES[name](kernel) for name in names)
