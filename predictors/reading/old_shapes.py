"""Output shapes of standard operators as opsets 1 to 6 write them, with what later are inputs as attributes.

onnx has no shape rule for these versions: https://onnx.ai/onnx/operators/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from predictors.model.graph import Shape, Tensor

Known = tuple[Shape | None, str]
OUTPUT_COUNT = "#outputs"
"""Attribute that says how many outputs a node has; no file can have one of that name, since it is added."""
_Old = Callable[[Sequence[Shape], str, Mapping[str, Any]], list[Known]]


def old_outputs(
    op: str, inputs: Sequence[Tensor | None], attributes: Mapping[str, Any]
) -> list[Known] | None:
    """Shape and element type of each output; None where there is no rule or too little is known."""
    rule = _RULES.get(op)
    first = inputs[0] if inputs else None
    if rule is None or first is None or first.shape is None:
        return None
    shapes = [() if each is None else each.shape for each in inputs]
    known = [shape for shape in shapes if shape is not None]
    return rule(known, first.dtype, attributes) if len(known) == len(shapes) else None


def _reshape(shapes: Sequence[Shape], dtype: str, attributes: Mapping[str, Any]) -> list[Known]:
    whole = prod(shapes[0])
    wanted = [shapes[0][at] if size == 0 else int(size) for at, size in enumerate(attributes["shape"])]
    rest = prod(size for size in wanted if size != -1)
    return [(tuple(whole // rest if size == -1 else size for size in wanted), dtype)]


def _concat(shapes: Sequence[Shape], dtype: str, attributes: Mapping[str, Any]) -> list[Known]:
    axis = int(attributes.get("axis", 1)) % len(shapes[0])
    joined = sum(shape[axis] for shape in shapes)
    return [((*shapes[0][:axis], joined, *shapes[0][axis + 1 :]), dtype)]


def _pad(shapes: Sequence[Shape], dtype: str, attributes: Mapping[str, Any]) -> list[Known]:
    pads = attributes.get("pads") or attributes["paddings"]
    rank = len(shapes[0])
    return [(tuple(size + int(pads[at] + pads[at + rank]) for at, size in enumerate(shapes[0])), dtype)]


def _split(shapes: Sequence[Shape], dtype: str, attributes: Mapping[str, Any]) -> list[Known]:
    axis, count = int(attributes.get("axis", 0)) % len(shapes[0]), int(attributes[OUTPUT_COUNT])
    sizes = attributes.get("split") or [shapes[0][axis] // count] * count
    return [((*shapes[0][:axis], int(size), *shapes[0][axis + 1 :]), dtype) for size in sizes]


def _upsample(shapes: Sequence[Shape], dtype: str, attributes: Mapping[str, Any]) -> list[Known]:
    scales = attributes.get("scales") or (1, 1, attributes["height_scale"], attributes["width_scale"])
    return [(tuple(int(size * scale) for size, scale in zip(shapes[0], scales, strict=True)), dtype)]


def _crop(shapes: Sequence[Shape], dtype: str, attributes: Mapping[str, Any]) -> list[Known]:
    """Height and width as `scale` says, or less what is cut off left, top, right and bottom."""
    left, top, right, bottom = attributes.get("border", (0, 0, 0, 0))
    batch, channels, height, width = shapes[0]
    size = attributes.get("scale") or (height - top - bottom, width - left - right)
    return [((batch, channels, int(size[0]), int(size[1])), dtype)]


def _recurrent(shapes: Sequence[Shape], dtype: str, attributes: Mapping[str, Any]) -> list[Known]:
    steps, batch = shapes[0][:2]
    directions, hidden = shapes[2][0], shapes[2][-1]
    state: Known = ((directions, batch, hidden), dtype)
    return [((steps, directions, batch, hidden), dtype), state, state]


def _cast(shapes: Sequence[Shape], dtype: str, attributes: Mapping[str, Any]) -> list[Known]:
    named = attributes["to"]
    word = named.decode() if isinstance(named, bytes) else str(named)
    return [(shapes[0], {"float": "float32", "double": "float64"}.get(word.lower(), word.lower()))]


_RULES: dict[str, _Old] = {
    "Cast": _cast,
    "Concat": _concat,
    "Crop": _crop,
    "GRU": _recurrent,
    "LSTM": _recurrent,
    "Pad": _pad,
    "RNN": _recurrent,
    "Reshape": _reshape,
    "Split": _split,
    "Upsample": _upsample,
}
