"""Turns an architecture and the wishes of the caller into the bytes of an ONNX file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from predictors.errors import InputError, printable
from predictors.samples.builder import OPSET, NetworkBuilder
from predictors.samples.values import Precision, Value

Architecture: TypeAlias = Callable[[NetworkBuilder], Value | tuple[Value, ...]]

# HardSwish appears with opset 14; later ones than 21 have not been tried.
OPSET_RANGE = (14, 21)
PRECISIONS: tuple[Precision, ...] = ("fp32", "int8")


def write_network(
    name: str,
    architecture: Architecture,
    *,
    input_hw: int,
    batch: int = 1,
    precision: Precision = "fp32",
    opset: int = OPSET,
    per_channel: bool = False,
) -> bytes:
    """Build `architecture` for square images of `input_hw` pixels and return the ONNX file.

    `per_channel`: an int8 file has a scale for every output channel of its convolutions.

    Raises InputError (code OPTION_VALUE) when an option is out of range or the feature
    maps shrink below a kernel.
    """
    if precision not in PRECISIONS:
        raise InputError(
            "OPTION_VALUE",
            "Precision {precision} is not known. Use fp32 or int8.",
            precision=printable(precision),
        )
    if input_hw < 1 or batch < 1:
        raise InputError(
            "OPTION_VALUE",
            "input_hw ({input_hw}) or batch ({batch}) is below 1. Give whole numbers from 1.",
            input_hw=input_hw,
            batch=batch,
        )
    if not OPSET_RANGE[0] <= opset <= OPSET_RANGE[1]:
        low, high = OPSET_RANGE
        raise InputError(
            "OPTION_VALUE",
            "Opset {opset} is not supported. Use {low} to {high}.",
            opset=opset,
            low=low,
            high=high,
        )
    net = NetworkBuilder(
        name, input_hw=input_hw, batch=batch, precision=precision, opset=opset, per_channel=per_channel
    )
    outputs = architecture(net)
    return net.finish(*((outputs,) if isinstance(outputs, Value) else outputs))
