"""Energy of a layer on an NVIDIA edge board in the form of Lahmer et al., one function per equation.

Form: S. Lahmer, A. Khoshsirat, M. Rossi, A. Zanella, "Energy Consumption of Neural Networks on NVIDIA Edge
Boards: an Empirical Model", WiOpt 2022, doi 10.23919/WiOpt56218.2022.9930584, arXiv 2210.01625: energy
follows the multiply-accumulates (MACs); for convolutions it is multi-modal in the number of kernels, with
two hardware parameters; fully connected layers have one slope.

**Our reading of the form**: the two hardware parameters are the energy of one MAC and the number of kernels
the hardware works on together (the tile). Kernels are filled up to whole tiles, so that against MACs the
layers fall on several lines, one per degree of filling. **The coefficients are this project's own fit**,
not the paper's.

The measurements behind the fit timed a loop that also made a new random input and new weights for every run
(source `sysidentif-tx2`): a floor, a part that grows with the input and a part that grows with the weights.
These three describe the loop, not the layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def tiled_kernels(c_out: Floats, tile: int) -> Floats:
    """Kernels (output channels) filled up to whole tiles. `tile` >= 1; unit: kernels."""
    return np.ceil(c_out / tile) * tile


def tiled_macs(positions: Floats, depth: Floats, c_out: Floats, tile: int) -> Floats:
    """MACs the hardware spends on a convolution.

    `positions`: output pixels; `depth`: c_in times the window's area. Returns multiply-accumulates.
    """
    return positions * depth * tiled_kernels(c_out, tile)


def convolution_energy_mj(macs_in_tiles: Floats, mac_energy_nj: float) -> Floats:
    """Energy of the convolution itself (mJ), from `tiled_macs` and the energy of one MAC (nJ)."""
    return macs_in_tiles * mac_energy_nj * 1e-6


def fully_connected_energy_mj(macs: Floats, slope_nj: float) -> Floats:
    """Energy of a fully connected layer (mJ): one slope (nJ per MAC), no modes."""
    return macs * slope_nj * 1e-6


def loop_energy_mj(
    input_elements: Floats, weight_elements: Floats, floor_mj: float, input_nj: float, weight_nj: float
) -> Floats:
    """Energy of the timed loop (mJ): its floor (mJ), its random inputs and weights (nJ per element)."""
    return floor_mj + 1e-6 * (input_nj * input_elements + weight_nj * weight_elements)


def fit_non_negative(terms: Floats, measured: Floats) -> Floats:
    """Non-negative coefficients of a sum of terms, by least squares on relative errors.

    `terms`: shape (layers, terms); `measured`: shape (layers,), positive. Returns shape (terms,), in the unit
    of `measured` per unit of each term.
    """
    from scipy.optimize import nnls  # slow to import, and many estimates do without

    relative = terms / measured[:, None]
    scale = relative.mean(axis=0)
    scale[scale == 0.0] = 1.0
    coefficients, _ = nnls(relative / scale, np.ones(len(measured)))
    return np.asarray(coefficients / scale, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class LahmerLaw:
    """The closed law with this project's own coefficients, for energy as the loop measured it.

    `tile` (kernels) and `mac_energy_nj` are the two hardware parameters; the other three describe the loop.
    For latency the same form is used: read ms for mJ and ns for nJ.
    """

    tile: int
    mac_energy_nj: float
    floor_mj: float
    input_nj: float
    weight_nj: float

    def layer_energy_mj(self, positions: Floats, depth: Floats, c_out: Floats, inputs: Floats) -> Floats:
        """Energy of a timed convolution (mJ), the loop included. `inputs`: elements of the input."""
        loop = loop_energy_mj(inputs, depth * c_out, self.floor_mj, self.input_nj, self.weight_nj)
        macs = tiled_macs(positions, depth, c_out, self.tile)
        return loop + convolution_energy_mj(macs, self.mac_energy_nj)


def fit_law(
    positions: Floats, depth: Floats, c_out: Floats, inputs: Floats, measured: Floats, tiles: Sequence[int]
) -> LahmerLaw:
    """The law of the tile with the smallest mean absolute relative error on `measured` (mJ or ms)."""
    fits = [_fit_tile(positions, depth, c_out, inputs, measured, tile) for tile in tiles]
    errors = [
        float(np.mean(np.abs(law.layer_energy_mj(positions, depth, c_out, inputs) / measured - 1.0)))
        for law in fits
    ]
    return fits[int(np.argmin(errors))]


def _fit_tile(
    positions: Floats, depth: Floats, c_out: Floats, inputs: Floats, measured: Floats, tile: int
) -> LahmerLaw:
    macs = tiled_macs(positions, depth, c_out, tile)
    terms = np.column_stack([np.ones_like(measured), inputs, depth * c_out, macs])
    floor, per_input, per_weight, per_mac = fit_non_negative(terms, measured)
    per_mac_nj, input_nj, weight_nj = (float(value) * 1e6 for value in (per_mac, per_input, per_weight))
    return LahmerLaw(tile, per_mac_nj, float(floor), input_nj, weight_nj)
