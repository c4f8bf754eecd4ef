"""The measured convolutions of Jetson TX2 as arrays, and any kernel as the convolution it corresponds to.

Measured were square convolutions without padding at stride 1, batch 1 (source `sysidentif-tx2`). A kernel
with padding, a stride or a batch is described by the unpadded stride-1 convolution with as many output
positions: same MACs, weights, outputs and unrolled patches. Only its real input differs, which matters to
the timed loop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from data import kept_bundle, queries
from predictors.energy.tx2.layer_features import Floats, tiled_kernels
from predictors.model.kernel_rows import output_side
from predictors.model.kernels import Kernel, KernelConfig

if TYPE_CHECKING:
    import pandas as pd

DELEGATES = ("cpu", "gpu")
DEVICE_ID = "jetson-tx2"


@dataclass(frozen=True, slots=True)
class LayerTable:
    """Convolutions without padding at stride 1: side of the output image, of the window, and channels."""

    out_side: Floats
    window: Floats
    c_in: Floats
    c_out: Floats

    def __len__(self) -> int:
        return len(self.out_side)

    @property
    def input_side(self) -> Floats:
        """Side of the input image (elements)."""
        return self.out_side + self.window - 1.0

    @property
    def inputs(self) -> Floats:
        """Elements of the input."""
        return self.input_side**2 * self.c_in

    @property
    def positions(self) -> Floats:
        """Output pixels."""
        return self.out_side**2

    @property
    def depth(self) -> Floats:
        """MACs per output element: c_in times the window's area."""
        return self.window**2 * self.c_in

    @property
    def weights(self) -> Floats:
        """Elements of the weights, biases left out."""
        return self.depth * self.c_out

    @property
    def outputs(self) -> Floats:
        """Elements of the output."""
        return self.positions * self.c_out

    @property
    def macs(self) -> Floats:
        """Multiply-accumulates."""
        return self.outputs * self.depth

    @property
    def patches(self) -> Floats:
        """Elements of the unrolled input (im2col); none for windows of one pixel."""
        return np.where(self.window > 1.0, self.positions * self.depth, 0.0)

    def tiled_macs(self, tile: int) -> Floats:
        """MACs with the kernels filled up to whole tiles."""
        return self.positions * self.depth * tiled_kernels(self.c_out, tile)

    def take(self, rows: np.ndarray) -> LayerTable:
        """The layers at these rows (an index or mask array)."""
        return LayerTable(self.out_side[rows], self.window[rows], self.c_in[rows], self.c_out[rows])


@dataclass(frozen=True, slots=True)
class MeasuredLayers:
    """Measured convolutions of one delegate: `energy_mj` and `latency_ms` per run, one entry per layer."""

    table: LayerTable
    energy_mj: Floats
    latency_ms: Floats

    def take(self, rows: np.ndarray) -> MeasuredLayers:
        """The layers at these rows (an index or mask array)."""
        return MeasuredLayers(self.table.take(rows), self.energy_mj[rows], self.latency_ms[rows])


def layers_of_frame(frame: pd.DataFrame) -> MeasuredLayers:
    """Measured layers from rows with input_hw, kernel_size, c_in, c_out, energy_mj, latency_ms."""
    ordered = frame.sort_values(["input_hw", "c_in", "kernel_size", "c_out"])
    column = {name: ordered[name].to_numpy(dtype=np.float64) for name in ordered if name in _COLUMNS}
    out_side = column["input_hw"] - column["kernel_size"] + 1.0
    table = LayerTable(out_side, column["kernel_size"], column["c_in"], column["c_out"])
    return MeasuredLayers(table, column["energy_mj"], column["latency_ms"])


_COLUMNS = {"input_hw", "kernel_size", "c_in", "c_out", "energy_mj", "latency_ms"}


@lru_cache(maxsize=len(DELEGATES))
def measured_layers(delegate: str) -> MeasuredLayers:
    """All measured convolutions of one delegate (`cpu` or `gpu`) from the bundle, in a fixed order."""
    frame = queries.conv_layers(kept_bundle())
    return layers_of_frame(frame[frame["delegate"] == delegate])


def output_positions(config: KernelConfig) -> int:
    """Output pixels of all images of the batch; from input, window, stride and padding where not given."""
    sides = (
        config.out_h or output_side(config.input_h, max(config.kernel_h, 1), config.stride_h, config.padding),
        config.out_w or output_side(config.input_w, max(config.kernel_w, 1), config.stride_w, config.padding),
    )
    return max(sides[0], 1) * max(sides[1], 1) * max(config.batch, 1)


def layers_of_kernels(kernels: Sequence[Kernel]) -> LayerTable:
    """One group of each convolution kernel as the measured kind of convolution with the same work."""
    rows = [_row(kernel.config) for kernel in kernels]
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), 4)
    return LayerTable(columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3])


def _row(config: KernelConfig) -> tuple[float, float, float, float]:
    groups = max(config.groups, 1)
    window = math.sqrt(max(config.kernel_h, 1) * max(config.kernel_w, 1))
    c_out = config.c_out or config.c_in
    side = math.sqrt(output_positions(config))
    return side, window, max(config.c_in // groups, 1), max(c_out // groups, 1)


def real_inputs(kernels: Sequence[Kernel]) -> Floats:
    """Elements of the input that each kernel really reads (padding left out)."""
    return np.array([_inputs(kernel) for kernel in kernels], dtype=np.float64)


def _inputs(kernel: Kernel) -> int:
    config = kernel.config
    if kernel.input_elements:
        return kernel.input_elements
    return max(config.input_h, 1) * max(config.input_w, 1) * max(config.c_in, 1) * max(config.batch, 1)
