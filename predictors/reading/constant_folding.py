"""Computing small constants: the arithmetic that exporters leave around shapes.

Only arrays of at most FOLD_ELEMENTS elements come in, and the caller knows from the inferred shape that no
more goes out. What is not listed here stays a constant of known shape and unknown content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np

from predictors.reading.tensors import Array, numpy_dtype

Attributes = Mapping[str, Any]
_Fold = Callable[[list[Array | None], Attributes], "Array | list[Array] | None"]


def fold(op: str, inputs: list[Array | None], attributes: Attributes) -> list[Array] | None:
    """The outputs of `op` on constant `inputs` (None: left out); None if it can't be computed here.

    `attributes` as the file states them (integers, floats, strings, tuples).
    """
    rule = _RULES.get(op)
    if rule is None:
        return None
    try:
        with np.errstate(all="ignore"):
            result = rule(inputs, attributes)
    except (ValueError, IndexError, TypeError, OverflowError, ZeroDivisionError, AttributeError, MemoryError):
        return None  # damaged arguments: the shape rules report them where they matter
    if result is None:
        return None
    return [np.asarray(part) for part in result] if isinstance(result, list) else [np.asarray(result)]


def shape_content(op: str, shape: tuple[int, ...], attributes: Attributes) -> Array:
    """What Shape or Size say about a tensor of this shape."""
    if op == "Size":
        return np.asarray(prod(shape), np.int64)
    return np.asarray(shape[attributes.get("start", 0) : attributes.get("end")], np.int64)


def _elementwise(function: Callable[..., Array]) -> _Fold:
    def rule(inputs: list[Array | None], _attributes: Attributes) -> Array:
        first = inputs[0]
        result = function(*inputs)
        return result if first is None or result.dtype == np.bool_ else result.astype(first.dtype)

    return rule


def _many(function: Callable[[Any, Any], Any]) -> _Fold:
    def rule(inputs: list[Array | None], _attributes: Attributes) -> Array:
        total: Any = inputs[0]
        for other in inputs[1:]:
            total = function(total, other)
        return np.asarray(total)

    return rule


def _divide(left: Any, right: Any) -> Any:
    if np.issubdtype(left.dtype, np.floating):
        return left / right
    quotient = np.abs(left) // np.abs(right)  # ONNX rounds whole numbers towards zero
    return quotient * np.sign(left) * np.sign(right)


def _modulo(inputs: list[Any], attributes: Attributes) -> Any:
    return np.fmod(*inputs) if attributes.get("fmod") else np.mod(*inputs)


def _argument(inputs: list[Any], place: int, attributes: Attributes, name: str) -> Any:
    """An argument that is an input in newer opsets and an attribute in older ones; None if absent."""
    if len(inputs) > place and inputs[place] is not None:
        return inputs[place].reshape(-1).tolist()
    return attributes.get(name)


def _gather(inputs: list[Any], attributes: Attributes) -> Any:
    return np.take(inputs[0], inputs[1], axis=attributes.get("axis", 0))


def _concat(inputs: list[Any], attributes: Attributes) -> Any:
    return np.concatenate(inputs, axis=attributes.get("axis", 1))


def _unsqueeze(inputs: list[Any], attributes: Attributes) -> Any:
    return np.expand_dims(inputs[0], tuple(_argument(inputs, 1, attributes, "axes")))


def _squeeze(inputs: list[Any], attributes: Attributes) -> Any:
    axes = _argument(inputs, 1, attributes, "axes")
    return np.squeeze(inputs[0], None if axes is None else tuple(axes))


def _reshape(inputs: list[Any], attributes: Attributes) -> Any:
    data = inputs[0]
    wanted = _argument(inputs, 1, attributes, "shape")
    if not attributes.get("allowzero"):
        wanted = [data.shape[axis] if extent == 0 else extent for axis, extent in enumerate(wanted)]
    return data.reshape(wanted)


def _slice(inputs: list[Any], attributes: Attributes) -> Any:
    data = inputs[0]
    starts = _argument(inputs, 1, attributes, "starts")
    ends = _argument(inputs, 2, attributes, "ends")
    axes = _argument(inputs, 3, attributes, "axes") or range(len(starts))
    steps = _argument(inputs, 4, attributes, "steps") or [1] * len(starts)
    window: list[slice] = [slice(None)] * data.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        # Backwards to before the first element is "-infinity" in ONNX; Python writes None.
        stop = None if step < 0 and end < -data.shape[axis] else end
        window[axis] = slice(start, stop, step)
    return data[tuple(window)]


def _cast(inputs: list[Any], attributes: Attributes) -> Any:
    dtype = numpy_dtype(int(attributes["to"]))
    return None if dtype is None else inputs[0].astype(dtype)


def _range(inputs: list[Any], _attributes: Attributes) -> Any:
    start, limit, delta = (part.reshape(()) for part in inputs)
    return np.arange(start, limit, delta, dtype=start.dtype)


def _constant_of_shape(inputs: list[Any], attributes: Attributes) -> Any:
    fill = attributes.get("value")
    value = np.zeros(1, np.float32) if fill is None else fill
    return np.full(tuple(inputs[0].tolist()), value.reshape(-1)[0], value.dtype)


def _expand(inputs: list[Any], _attributes: Attributes) -> Any:
    shape = np.broadcast_shapes(inputs[0].shape, tuple(inputs[1].tolist()))
    return np.broadcast_to(inputs[0], shape)


def _split(inputs: list[Any], attributes: Attributes) -> list[Any] | None:
    sizes = _argument(inputs, 1, attributes, "split")
    axis = attributes.get("axis", 0)
    if sizes is None:
        return None
    return list(np.split(inputs[0], np.cumsum(sizes)[:-1], axis=axis))


def _reduce(function: Callable[..., Any]) -> _Fold:
    def rule(inputs: list[Array | None], attributes: Attributes) -> Array:
        axes = _argument(inputs, 1, attributes, "axes")
        if not axes and attributes.get("noop_with_empty_axes"):
            return np.asarray(inputs[0])
        keep = bool(attributes.get("keepdims", 1))
        reduced = function(inputs[0], axis=tuple(axes) if axes else None, keepdims=keep)
        return np.asarray(reduced).astype(np.asarray(inputs[0]).dtype)

    return rule


def _transpose(inputs: list[Any], attributes: Attributes) -> Any:
    return np.transpose(inputs[0], attributes.get("perm"))


def _tile(inputs: list[Any], _attributes: Attributes) -> Any:
    return np.tile(inputs[0], inputs[1].tolist())


def _clip(inputs: list[Any], attributes: Attributes) -> Any:
    low = inputs[1] if len(inputs) > 1 else attributes.get("min")
    high = inputs[2] if len(inputs) > 2 else attributes.get("max")
    return (
        inputs[0] if low is None and high is None else np.clip(inputs[0], low, high).astype(inputs[0].dtype)
    )


def _same(inputs: list[Any], _attributes: Attributes) -> Any:
    return inputs[0]


def _non_zero(inputs: list[Any], _attributes: Attributes) -> Any:
    return np.stack(np.nonzero(inputs[0])).astype(np.int64)


def _where(inputs: list[Any], _attributes: Attributes) -> Any:
    return np.where(inputs[0], inputs[1], inputs[2])


def _cumsum(inputs: list[Any], attributes: Attributes) -> Any:
    if attributes.get("exclusive") or attributes.get("reverse"):
        return None
    return np.cumsum(inputs[0], axis=int(inputs[1].reshape(-1)[0]), dtype=inputs[0].dtype)


_RULES: dict[str, _Fold] = {
    "Abs": _elementwise(np.abs),
    "Add": _elementwise(np.add),
    "And": _elementwise(np.logical_and),
    "Cast": _cast,
    "CastLike": lambda inputs, _: np.asarray(inputs[0]).astype(np.asarray(inputs[1]).dtype),
    "Ceil": _elementwise(np.ceil),
    "Clip": _clip,
    "Concat": _concat,
    "ConstantOfShape": _constant_of_shape,
    "CumSum": _cumsum,
    "Div": _elementwise(_divide),
    "Equal": _elementwise(np.equal),
    "Exp": _elementwise(np.exp),
    "Expand": _expand,
    "Floor": _elementwise(np.floor),
    "Gather": _gather,
    "Greater": _elementwise(np.greater),
    "GreaterOrEqual": _elementwise(np.greater_equal),
    "Identity": _same,
    "Less": _elementwise(np.less),
    "LessOrEqual": _elementwise(np.less_equal),
    "Max": _many(np.maximum),
    "Min": _many(np.minimum),
    "Mod": _modulo,
    "Mul": _elementwise(np.multiply),
    "Neg": _elementwise(np.negative),
    "NonZero": _non_zero,
    "Not": _elementwise(np.logical_not),
    "Or": _elementwise(np.logical_or),
    "Pow": _elementwise(np.power),
    "Range": _range,
    "Reciprocal": _elementwise(np.reciprocal),
    "ReduceMax": _reduce(np.max),
    "ReduceMin": _reduce(np.min),
    "ReduceProd": _reduce(np.prod),
    "ReduceSum": _reduce(np.sum),
    "Reshape": _reshape,
    "Round": _elementwise(np.round),
    "Slice": _slice,
    "Split": _split,
    "Sqrt": _elementwise(np.sqrt),
    "Squeeze": _squeeze,
    "Sub": _elementwise(np.subtract),
    "Sum": _many(np.add),
    "Tile": _tile,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Where": _where,
}
