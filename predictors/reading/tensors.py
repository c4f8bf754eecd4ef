"""Element types, and the content of small tensors.

The content is decoded here rather than by onnx.numpy_helper, which would open external data files that a
model names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

import numpy as np
import numpy.typing as npt
import onnx

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.reading.limits import DEFAULT_LIMITS, FOLD_ELEMENTS

Array = npt.NDArray[np.generic]

_PROTO = onnx.TensorProto
_NUMPY: dict[int, np.dtype[np.generic]] = {
    _PROTO.FLOAT: np.dtype(np.float32),
    _PROTO.UINT8: np.dtype(np.uint8),
    _PROTO.INT8: np.dtype(np.int8),
    _PROTO.UINT16: np.dtype(np.uint16),
    _PROTO.INT16: np.dtype(np.int16),
    _PROTO.INT32: np.dtype(np.int32),
    _PROTO.INT64: np.dtype(np.int64),
    _PROTO.BOOL: np.dtype(np.bool_),
    _PROTO.FLOAT16: np.dtype(np.float16),
    _PROTO.DOUBLE: np.dtype(np.float64),
    _PROTO.UINT32: np.dtype(np.uint32),
    _PROTO.UINT64: np.dtype(np.uint64),
}
_CODES: dict[np.dtype[np.generic], int] = {dtype: code for code, dtype in _NUMPY.items()}
_SPECIAL_NAMES = {"FLOAT": "float32", "DOUBLE": "float64", "UNDEFINED": "unknown"}
_NAMES: dict[int, str] = {
    int(code): _SPECIAL_NAMES.get(name, name.lower()) for name, code in _PROTO.DataType.items()
}
_BY_NAME = {name: code for code, name in _NAMES.items()}
# Where values stand when they are not in raw_data: everything narrow is widened to int32.
_WIDE_FIELDS: dict[int, str] = {
    _PROTO.FLOAT: "float_data",
    _PROTO.INT64: "int64_data",
    _PROTO.DOUBLE: "double_data",
    _PROTO.UINT32: "uint64_data",
    _PROTO.UINT64: "uint64_data",
}
_MAX_RANK = 32  # numpy's limit before 2.0 (now 64)


def dtype_name(code: int) -> str:
    """The name of an ONNX element type as our graph uses it: `float32`, `int8`, ...; else `unknown`."""
    return _NAMES.get(code, "unknown")


def dtype_code(name: str) -> int:
    """The ONNX element type of one of our names; 0 (undefined) when there is none."""
    return _BY_NAME.get(name, 0)


def numpy_dtype(code: int) -> np.dtype[np.generic] | None:
    """The numpy type for an ONNX element type; None for types that numpy has not."""
    return _NUMPY.get(code)


def array_code(array: Array) -> int:
    """The ONNX element type of an array; 0 (undefined) when there is none."""
    return _CODES.get(array.dtype, 0)


def checked_shape(dims: Iterable[int], what: str) -> tuple[int, ...]:
    """`dims` as a shape, or ModelError MODEL_BAD_DIMENSION if no tensor can have it; `what` names it."""
    shape = tuple(dims)
    if is_sound(shape):
        return shape
    if min(shape, default=0) < 0:
        raise _bad_dimension(what, shape, Message("a dimension is negative"))
    raise _bad_dimension(what, shape, Message("it is too large to exist"))


def is_sound(shape: tuple[int, ...]) -> bool:
    """Whether a tensor can have this shape."""
    if (
        min(shape, default=0) < 0
        or len(shape) > _MAX_RANK
        or max(shape, default=0) > DEFAULT_LIMITS.dimension
    ):
        return False
    return prod(shape) <= DEFAULT_LIMITS.elements


def _bad_dimension(what: str, shape: tuple[int, ...], why: str) -> ModelError:
    shown = printable(" x ".join(map(str, shape[:8])) + (" x ..." if len(shape) > 8 else ""))
    return ModelError(
        "MODEL_BAD_DIMENSION",
        "{what} has the shape {shown}: {why}. The file is damaged, or an operator does not fit its "
        "input's size; check the model or give another --shape.",
        what=what,
        shown=shown,
        why=why,
    )


def small_array(tensor: onnx.TensorProto, shape: tuple[int, ...]) -> Array | None:
    """The content of a tensor of at most FOLD_ELEMENTS elements; None if larger, left out or of odd type."""
    dtype = _NUMPY.get(tensor.data_type)
    count = prod(shape)
    if dtype is None or count > FOLD_ELEMENTS:
        return None
    if tensor.HasField("raw_data"):
        if len(tensor.raw_data) != count * dtype.itemsize:
            return None
        return np.frombuffer(tensor.raw_data, dtype.newbyteorder("<")).astype(dtype).reshape(shape)
    wide: Sequence[float] = getattr(tensor, _WIDE_FIELDS.get(int(tensor.data_type), "int32_data"))
    if len(wide) != count:
        return None
    if tensor.data_type == _PROTO.FLOAT16:
        return np.array(wide, np.int64).astype(np.uint16).view(np.float16).reshape(shape)
    return np.array(wide).astype(dtype).reshape(shape)


def tensor_proto(array: Array) -> onnx.TensorProto:
    """An ONNX tensor with the content of `array`."""
    return onnx.TensorProto(dims=array.shape, data_type=array_code(array), raw_data=array.tobytes())
