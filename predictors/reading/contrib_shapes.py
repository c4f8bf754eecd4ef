"""Output shapes of operators of com.microsoft that few networks have: rotations, crops, transforms.

Contracts: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from predictors.model.graph import Shape, Tensor

Known = tuple[Shape | None, str]
_Rule = Callable[[Sequence[Tensor], Sequence[Shape], Mapping[str, Any]], list[Known]]


def contrib_outputs(
    op: str, inputs: Sequence[Tensor | None], attributes: Mapping[str, Any]
) -> list[Known] | None:
    """Shape and element type of each output; None where there is no rule or too little is known."""
    rule = _RULES.get(op)
    given = [each for each in inputs if each is not None]
    shapes = [each.shape for each in given if each.shape is not None]
    return rule(given, shapes, attributes) if rule is not None and len(shapes) == len(given) else None


def _rotated(given: Sequence[Tensor], shapes: Sequence[Shape], _: Mapping[str, Any]) -> list[Known]:
    """Inputs: angles, queries, queries turned by a quarter, and the same of the keys."""
    return [(shapes[place], given[place].dtype) for place in (1, 3)]


def _longer(given: Sequence[Tensor], shapes: Sequence[Shape], _: Mapping[str, Any]) -> list[Known]:
    axis = int((given[1].values or ())[0])
    axis += len(shapes[0]) + 1 if axis < 0 else 0
    return [((*shapes[0][:axis], 1, *shapes[0][axis:]), given[0].dtype)]


def _crops(given: Sequence[Tensor], shapes: Sequence[Shape], _: Mapping[str, Any]) -> list[Known]:
    height, width = map(int, given[3].values or ())
    return [((shapes[1][0], shapes[0][1], height, width), given[0].dtype)]


def _looked_up(given: Sequence[Tensor], shapes: Sequence[Shape], _: Mapping[str, Any]) -> list[Known]:
    return [((*shapes[1], *shapes[0][1:]), given[0].dtype)]


def _spectrum(given: Sequence[Tensor], shapes: Sequence[Shape], how: Mapping[str, Any]) -> list[Known]:
    """Real and imaginary part of every frequency, as a last axis."""
    *front, last = shapes[0]
    return [((*front, last // 2 + 1 if how.get("onesided", 1) else last, 2), given[0].dtype)]


def _signal(given: Sequence[Tensor], shapes: Sequence[Shape], how: Mapping[str, Any]) -> list[Known]:
    *front, last, _ = shapes[0]
    return [((*front, 2 * (last - 1) if how.get("onesided", 1) else last), given[0].dtype)]


def _pairs(given: Sequence[Tensor], shapes: Sequence[Shape], _: Mapping[str, Any]) -> list[Known]:
    return [((shapes[0][0], shapes[1][0]), given[0].dtype)]


_RULES: dict[str, _Rule] = {
    "CDist": _pairs,
    "CropAndResize": _crops,
    "ExpandDims": _longer,
    "GemmaRotaryEmbedding": _rotated,
    "Irfft": _signal,
    "Rfft": _spectrum,
    "TorchEmbedding": _looked_up,
}
