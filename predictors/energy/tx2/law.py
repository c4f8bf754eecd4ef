"""The additive law of a timed TX2 convolution: what the loop cost and what the layer cost, all non-negative.

    measured = floor + a * inputs + b * weights + c * outputs + d * patches + e * MACs in whole tiles

The first three terms are the loop of the measurement (it read the power sensor and made new random inputs
and weights in every run), the last three the layer: outputs written and passed through ReLU, inputs
unrolled into patches, MACs in the form of Lahmer et al. (see `predictors.energy.tx2.layer_features`).
The same form serves energy (mJ) and latency (ms). All coefficients are this project's own fit to
`sysidentif-tx2`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from predictors.energy.tx2.layer_features import Floats, LahmerLaw, fit_law, fit_non_negative
from predictors.energy.tx2.layers import LayerTable, measured_layers

TERMS = ("floor", "inputs", "weights", "outputs", "patches", "macs")
BYTES_PER_ELEMENT = 4
OUTPUT_PASSES = 3
"""Passes over the output that a measured layer made: the convolution writes it, ReLU reads and writes it."""


def law_terms(table: LayerTable, tile: int, inputs: Floats | None = None) -> Floats:
    """The terms of the law, shape (layers, 6), in the order of TERMS. `inputs` replaces the table's own."""
    read = table.inputs if inputs is None else inputs
    columns = [np.ones(len(table)), read, table.weights, table.outputs, table.patches, table.tiled_macs(tile)]
    return np.column_stack(columns)


@dataclass(frozen=True, slots=True)
class AdditiveLaw:
    """Coefficients in the order of TERMS (mJ or ms per element or MAC); `tile` in kernels."""

    tile: int
    coefficients: tuple[float, ...]

    def parts(self, table: LayerTable, inputs: Floats | None = None) -> Floats:
        """Every term times its coefficient (mJ or ms), shape (layers, 6)."""
        return np.asarray(law_terms(table, self.tile, inputs) * np.array(self.coefficients))

    @property
    def per_byte(self) -> float:
        """Cost of reading or writing one byte (mJ or ms), from the passes over the output."""
        return self.coefficients[3] / (OUTPUT_PASSES * BYTES_PER_ELEMENT)

    @property
    def per_mac(self) -> float:
        """Cost of one multiply-accumulate (mJ or ms)."""
        return self.coefficients[5]

    def loop(self, inputs: Floats, weights: Floats) -> Floats:
        """Cost of the timed loop around a layer (mJ or ms)."""
        floor, per_input, per_weight = self.coefficients[:3]
        return floor + per_input * inputs + per_weight * weights

    def layer_only(self, table: LayerTable) -> Floats:
        """What the layer itself costs in a network (mJ or ms).

        The loop's terms are gone; weights are read once; the output is written once, because a network
        lists ReLU as a kernel of its own.
        """
        parts = self.parts(table)
        reading = np.minimum(table.weights * BYTES_PER_ELEMENT * self.per_byte, parts[:, 2])
        return np.asarray(parts[:, 3] / OUTPUT_PASSES + parts[:, 4] + parts[:, 5] + reading)


def fit_additive(table: LayerTable, measured: Floats, tile: int) -> AdditiveLaw:
    """The law fitted to measured layers (mJ or ms), by non-negative least squares on relative errors."""
    coefficients = fit_non_negative(law_terms(table, tile), measured)
    return AdditiveLaw(tile, tuple(float(value) for value in coefficients))


CLOSED_LAW_TILES = {"cpu": (1, 4, 8, 16), "gpu": (1, 16, 32, 64)}
"""Numbers of kernels tried for the closed law's tile."""


def fit_closed_law(layers: LayerTable, measured: Floats, delegate: str) -> LahmerLaw:
    """The law in the form of Lahmer et al. fitted to measured layers (mJ or ms)."""
    sizes = (layers.positions, layers.depth, layers.c_out, layers.inputs)
    return fit_law(*sizes, measured, CLOSED_LAW_TILES[delegate])


@lru_cache(maxsize=len(CLOSED_LAW_TILES))
def closed_law(delegate: str) -> LahmerLaw:
    """The closed law of energy, fitted to all measured layers of `cpu` or `gpu`; for explaining, not in use.

    Raises ValueError where the bundle has no measured layers.
    """
    layers = measured_layers(delegate)
    if not len(layers.table):
        raise ValueError(f"no measured layers of {delegate}")
    return fit_closed_law(layers.table, layers.energy_mj, delegate)


def closed_law_energy_mj(law: LahmerLaw, layers: LayerTable) -> Floats:
    """Energy of timed convolutions by the closed law (mJ), the loop included."""
    return law.layer_energy_mj(layers.positions, layers.depth, layers.c_out, layers.inputs)
