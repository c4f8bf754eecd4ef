"""Computing the small whole numbers that files with open dimensions hold around their reshapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from predictors.reading.limits import VALUES_KEPT
from predictors.reading.tflite.building import Call

_Compute = Callable[[Call, list[Any]], Any]


def compute(call: Call) -> np.ndarray | None:
    """The content of an operator's only output, remembered; None where it is not known before inference."""
    rule = _RULES.get(call.operator.op)
    if rule is None or len(call.operator.outputs) != 1:
        return None
    if call.operator.op == "SHAPE":
        arrays: list[Any] = []
        if call.tensor(0).shape is None:
            return None
    else:
        found = [call.array(place) for place in range(len(call.operator.inputs))]
        if any(one is None or one.size > VALUES_KEPT or one.dtype.kind not in "iub" for one in found):
            return None
        arrays = list(found)
    try:
        result = np.asarray(rule(call, arrays))
    except (ValueError, IndexError, TypeError, ZeroDivisionError, OverflowError):
        return None
    if result.size > VALUES_KEPT:
        return None
    call.computed = result
    return result


def _strided_slice(call: Call, arrays: list[Any]) -> Any:
    data, begin, end, strides = arrays
    number = call.operator.number
    if number("EllipsisMask") or number("NewAxisMask"):
        raise ValueError("a mask without a rule")
    window: list[int | slice] = []
    for axis, (start, stop, step) in enumerate(
        zip(begin.tolist(), end.tolist(), strides.tolist(), strict=True)
    ):
        if number("ShrinkAxisMask") >> axis & 1:
            window.append(start)
        else:
            first = None if number("BeginMask") >> axis & 1 else start
            window.append(slice(first, None if number("EndMask") >> axis & 1 else stop, step))
    return data[tuple(window)]


def _slice(_call: Call, arrays: list[Any]) -> Any:
    data, begin, size = arrays
    cuts = zip(begin.tolist(), size.tolist(), strict=True)
    return data[tuple(slice(start, None if length < 0 else start + length) for start, length in cuts)]


def _with(function: Callable[..., Any]) -> _Compute:
    return lambda _call, arrays: function(*arrays)


_RULES: dict[str, _Compute] = {
    "SHAPE": lambda call, _: np.asarray(call.shape(0), np.int32),
    "STRIDED_SLICE": _strided_slice,
    "SLICE": _slice,
    "PACK": lambda call, arrays: np.stack(arrays, axis=call.operator.number("Axis")),
    "CONCATENATION": lambda call, arrays: np.concatenate(arrays, axis=call.operator.number("Axis")),
    "GATHER": lambda call, arrays: np.take(arrays[0], arrays[1], axis=call.operator.number("Axis")),
    "RESHAPE": lambda _, arrays: arrays[0].reshape(arrays[1].tolist()),
    "SQUEEZE": lambda _, arrays: arrays[0].squeeze(),
    "EXPAND_DIMS": lambda _, arrays: np.expand_dims(arrays[0], int(arrays[1].reshape(-1)[0])),
    "ADD": _with(np.add),
    "SUB": _with(np.subtract),
    "MUL": _with(np.multiply),
    "FLOOR_DIV": _with(np.floor_divide),
    "FLOOR_MOD": _with(np.mod),
    "MAXIMUM": _with(np.maximum),
    "MINIMUM": _with(np.minimum),
    "CAST": lambda _, arrays: arrays[0],
    "REDUCE_PROD": lambda _, arrays: np.prod(arrays[0], axis=tuple(arrays[1].reshape(-1).tolist())),
    "BROADCAST_ARGS": lambda _, arrays: np.asarray(
        np.broadcast_shapes(*(tuple(one.tolist()) for one in arrays))
    ),
}
