"""Operators whose result is as large as their first input, which needs nobody to be asked.

A third of a usual network is made of them, and asking onnx takes longer than all the rest of a node.
"""

from __future__ import annotations

from collections.abc import Sequence

import onnx

from predictors.model.graph import Shape, Tensor

_STANDARD = frozenset(("", "ai.onnx"))
_OF_FLOATS = frozenset(
    ("Relu", "LeakyRelu", "Elu", "Selu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus", "Gelu",
     "Erf", "Exp", "Sqrt")
)  # fmt: skip
_FLOATS = frozenset(("float32", "float16", "float64", "bfloat16"))
_NORMALISED = 5
"""Inputs of a batch normalisation: four of them hold a number per channel."""


def like_its_input(node: onnx.NodeProto, inputs: Sequence[Tensor | None]) -> tuple[Shape, str] | None:
    """Shape and element type of a node's only result; None where its rule has to be asked."""
    first = inputs[0] if inputs else None
    if first is None or first.shape is None or first.dtype not in _FLOATS or len(node.output) != 1:
        return None
    if node.domain not in _STANDARD:
        return None
    if node.op_type in _OF_FLOATS:
        return (first.shape, first.dtype) if len(inputs) == 1 else None
    if node.op_type != "BatchNormalization" or len(inputs) != _NORMALISED or len(first.shape) < 2:
        return None
    channels = first.shape[1:2]
    fits = all(one is not None and one.shape == channels and one.dtype == first.dtype for one in inputs[1:])
    return (first.shape, first.dtype) if fits else None
