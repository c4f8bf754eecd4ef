"""Whether a convolution's weights and window fit what it reads; onnx's rules do not ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import onnx

from predictors.model.graph import Shape, Tensor
from predictors.reading.schemas import STANDARD_DOMAINS

_WEIGHTS_AT = {"Conv": 1, "ConvTranspose": 1, "ConvInteger": 1, "QLinearConv": 3}


def channels_wanted(node: onnx.NodeProto, inputs: Sequence[Tensor | None]) -> int | None:
    """The channels that a convolution's weights are made for; None for other operators and unknown weights.

    Weights are (out, in / groups, window), those of a transposed convolution (in, out / groups, window).
    """
    place = _WEIGHTS_AT.get(node.op_type) if node.domain in STANDARD_DOMAINS else None
    weights = inputs[place] if place is not None and place < len(inputs) else None
    shape, source = (None if one is None else one.shape for one in (weights, inputs[0] if inputs else None))
    if shape is None or source is None or min(len(shape), len(source)) < 2:
        return None
    if node.op_type == "ConvTranspose":
        return shape[0]
    groups = next((item.i for item in node.attribute if item.name == "group"), 1)
    return shape[1] * groups


def window_too_long(node: onnx.NodeProto, inputs: Sequence[Tensor | None], flags: Mapping[str, Any]) -> bool:
    """Whether a convolution's or pooling's window is longer than its padded input along some axis.

    onnx's rule rounds the count of windows towards one where a stride is above 1; no runtime does.
    """
    if node.domain not in STANDARD_DOMAINS or not inputs or flags.get("auto_pad", "NOTSET") not in _EXPLICIT:
        return False
    data, window = None if inputs[0] is None else inputs[0].shape, _window(node, inputs, flags)
    if data is None or window is None or len(data) != len(window) + 2:
        return False
    rank = len(window)
    pads = flags.get("pads") or (0,) * (2 * rank)
    dilations = flags.get("dilations") or (1,) * rank
    if len(pads) != 2 * rank or len(dilations) != rank:
        return False
    room = [data[2 + axis] + pads[axis] + pads[axis + rank] for axis in range(rank)]
    return any((window[axis] - 1) * dilations[axis] + 1 > room[axis] for axis in range(rank))


def _window(node: onnx.NodeProto, inputs: Sequence[Tensor | None], flags: Mapping[str, Any]) -> Shape | None:
    """The window of a convolution, by its weights, or of a pooling that does not hang over the edge."""
    if node.op_type in _POOLS:
        return None if flags.get("ceil_mode") else flags.get("kernel_shape")
    place = _WEIGHTS_AT.get(node.op_type) if node.op_type != "ConvTranspose" else None
    weights = inputs[place] if place is not None and place < len(inputs) else None
    return None if weights is None or weights.shape is None else weights.shape[2:]


_POOLS = frozenset(("MaxPool", "AveragePool", "LpPool"))


_EXPLICIT = ("NOTSET", "VALID", "")
