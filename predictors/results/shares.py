"""How much of a network has a figure, by work and not by number of kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from predictors.model.graph import Shape
from predictors.model.kernels import Kernel


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares (0 to 1) that have no figure: of weights, of multiply-accumulates, of the elements of
    activations that are read and written (`traffic`), and of these with the weights (`moved`).
    """

    weights: float = 0.0
    macs: float = 0.0
    traffic: float = 0.0
    moved: float = 0.0


def shares_of_missing(kernels: Sequence[Kernel], is_missing: Sequence[bool]) -> Shares:
    """What the kernels without a figure hold of a network."""
    missing = [kernel for kernel, without in zip(kernels, is_missing, strict=True) if without]
    if not missing:
        return Shares()
    unknown_macs = sum(kernel.macs or possible_macs(kernel) for kernel in missing)
    known_macs = sum(kernel.macs for kernel, without in zip(kernels, is_missing, strict=True) if not without)
    weights = sum(each.params for each in missing), sum(each.params for each in kernels)
    traffic = sum(map(_traffic, missing)), sum(map(_traffic, kernels))
    return Shares(
        _share(*weights),
        _share(unknown_macs, unknown_macs + known_macs),
        _share(*traffic),
        _share(weights[0] + traffic[0], weights[1] + traffic[1]),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _traffic(kernel: Kernel) -> int:
    return kernel.input_elements + kernel.output_elements


def possible_macs(kernel: Kernel) -> int:
    """Multiply-accumulates of an unknown operator if it used each weight once per position of its input."""
    positions = max((_positions(shape) for shape in kernel.input_shapes), default=1)
    return kernel.params * max(positions, 1)


def _positions(shape: Shape) -> int:
    """Pixels or rows: everything but the channels, which pictures have second and sequences last."""
    if len(shape) >= 4:
        return shape[0] * prod(shape[2:])
    return prod(shape[:-1])
