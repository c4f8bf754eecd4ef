"""Output shapes, worked out from input shapes: for files whose inputs got another size than they store.

Contracts of the operators: https://ai.google.dev/edge/litert/models/ops_compatibility and the kernels'
`Prepare` functions. A rule returns None where it lacks something; the caller then takes what the file states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from predictors.model.graph import Shape
from predictors.reading.tensors import checked_shape
from predictors.reading.tflite.building import Call
from predictors.reading.tflite.rules_compute import SAME_PADDING
from predictors.reading.tflite.shape_arithmetic import compute

_Shapes = Sequence[Shape | None]
_Rule = Callable[[Call], _Shapes | None]


def output_shapes(call: Call) -> _Shapes | None:
    """Shapes of an operator's outputs; None where they can't be told. Raises ModelError for impossible."""
    rule = _RULES.get(call.operator.op)
    array = compute(call)
    if array is not None:
        return [array.shape]
    if rule is None:
        return None
    try:
        found = rule(call)
    except (IndexError, ValueError, ZeroDivisionError, TypeError):
        return None  # a shape that is unknown, or arguments that don't fit it
    return (
        None if found is None else [None if one is None else checked_shape(one, call.label) for one in found]
    )


def _size(call: Call, extent: int, window: int, stride: int, dilation: int = 1) -> int:
    """Output extent of a sliding window (tensorflow/lite/kernels/padding.h, ComputeOutSize)."""
    reach = (window - 1) * dilation + 1
    if call.operator.number("Padding") == SAME_PADDING:
        return -(-extent // stride)
    return max(0, -(-(extent - reach + 1) // stride))


def _picture(call: Call, place: int) -> tuple[int, int, int, int]:
    batch, height, width, channels = call.shape(place)
    return batch, height, width, channels


def _convolution(call: Call) -> _Shapes:
    batch, height, width, _ = _picture(call, 0)
    filters = call.source(1).shape
    out = filters[3] if call.operator.op == "DEPTHWISE_CONV_2D" else filters[0]
    number = call.operator.number
    rows = _size(call, height, filters[1], number("StrideH"), max(1, number("DilationHFactor", 1)))
    columns = _size(call, width, filters[2], number("StrideW"), max(1, number("DilationWFactor", 1)))
    return [(batch, rows, columns, out)]


def _convolution_3d(call: Call) -> _Shapes:
    batch, *extents, _ = call.shape(0)
    filters, number = call.source(1).shape, call.operator.number
    sizes = [
        _size(call, extent, window, number(f"Stride{axis}"), max(1, number(f"Dilation{axis}Factor", 1)))
        for extent, window, axis in zip(extents, filters, "DHW", strict=False)
    ]
    return [(batch, *sizes, filters[4])]


def _pool(call: Call) -> _Shapes:
    batch, height, width, channels = _picture(call, 0)
    number = call.operator.number
    rows = _size(call, height, number("FilterHeight"), number("StrideH"))
    return [(batch, rows, _size(call, width, number("FilterWidth"), number("StrideW")), channels)]


def _from_numbers(place: int) -> _Rule:
    """The shape is the content of an input."""
    return lambda call: None if (found := call.numbers(place)) is None else [found]


def _fully_connected(call: Call) -> _Shapes:
    shape, (out, shared) = call.shape(0), call.source(1).shape
    if call.operator.number("KeepNumDims"):
        return [(*shape[:-1], out)]
    return [(prod(shape) // shared, out)]


def _product(call: Call) -> _Shapes:
    left, right = call.shape(0), call.shape(1)
    rows = left[-1] if call.operator.number("AdjX") else left[-2]
    columns = right[-2] if call.operator.number("AdjY") else right[-1]
    return [(*np.broadcast_shapes(left[:-2], right[:-2]), rows, columns)]


def _broadcast(call: Call) -> _Shapes | None:
    tensors = [call.tensor(place) for place in range(len(call.operator.inputs))]
    shapes = [tensor.shape for tensor in tensors if tensor.shape is not None]
    return [tuple(np.broadcast_shapes(*shapes))] if len(shapes) == len(tensors) else None


def _same(call: Call) -> _Shapes:
    return [call.tensor(0).shape]


def _concatenation(call: Call) -> _Shapes:
    shapes = [call.shape(place) for place in range(len(call.operator.inputs))]
    axis = call.operator.number("Axis") % len(shapes[0])
    joined = list(shapes[0])
    joined[axis] = sum(shape[axis] for shape in shapes)
    return [tuple(joined)]


def _reshape(call: Call) -> _Shapes | None:
    wanted = call.numbers(1)
    if wanted is None:
        option = call.operator.options.get("NewShape")
        if not isinstance(option, tuple) or call.has(1):
            return None
        wanted = option
    shape = call.shape(0)
    if -1 not in wanted:
        return [wanted]
    rest = prod(extent for extent in wanted if extent != -1)
    return [tuple(prod(shape) // rest if extent == -1 else extent for extent in wanted)]


def _reduction(call: Call) -> _Shapes | None:
    axes, shape = call.numbers(1), call.shape(0)
    if axes is None:
        return None
    gone = {axis % len(shape) for axis in axes}
    kept = bool(call.operator.number("KeepDims"))
    return [
        tuple(1 if axis in gone else extent for axis, extent in enumerate(shape) if kept or axis not in gone)
    ]


def _pad(call: Call) -> _Shapes | None:
    pads, shape = call.numbers(1), call.shape(0)
    if pads is None or len(pads) != 2 * len(shape):
        return None
    return [tuple(extent + pads[2 * axis] + pads[2 * axis + 1] for axis, extent in enumerate(shape))]


def _resize(call: Call) -> _Shapes | None:
    size = call.numbers(1)
    batch, _, _, channels = _picture(call, 0)
    return None if size is None else [(batch, *size, channels)]


def _tile(call: Call) -> _Shapes | None:
    times = call.numbers(1)
    return None if times is None else [tuple(a * b for a, b in zip(call.shape(0), times, strict=True))]


def _expand_dims(call: Call) -> _Shapes | None:
    axes, shape = call.numbers(1), call.shape(0)
    if not axes:
        return None
    axis = axes[0] % (len(shape) + 1)
    return [(*shape[:axis], 1, *shape[axis:])]


def _squeeze(call: Call) -> _Shapes:
    option, shape = call.operator.options.get("SqueezeDims"), call.shape(0)
    axes = {axis % len(shape) for axis in option} if isinstance(option, tuple) else set()
    gone = axes or {axis for axis, extent in enumerate(shape) if extent == 1}
    return [tuple(extent for axis, extent in enumerate(shape) if axis not in gone)]


def _transpose(call: Call) -> _Shapes | None:
    perm = call.numbers(1)
    return None if perm is None else [tuple(call.shape(0)[axis] for axis in perm)]


def _slice(call: Call) -> _Shapes | None:
    begin, size = call.numbers(1), call.numbers(2)
    if begin is None or size is None:
        return None
    cuts = zip(call.shape(0), begin, size, strict=True)
    return [tuple(extent - start if length < 0 else length for extent, start, length in cuts)]


def _strided_slice(call: Call) -> _Shapes | None:
    begin, end, strides = (call.numbers(place) for place in (1, 2, 3))
    number = call.operator.number
    if begin is None or end is None or strides is None or number("EllipsisMask") or number("NewAxisMask"):
        return None
    shape, found = call.shape(0), list(call.shape(0)[len(begin) :])
    cut: list[int] = []
    for axis, (start, stop, step) in enumerate(zip(begin, end, strides, strict=True)):
        if number("ShrinkAxisMask") >> axis & 1:
            continue
        first = None if number("BeginMask") >> axis & 1 else start
        last = None if number("EndMask") >> axis & 1 else stop
        cut.append(len(range(*slice(first, last, step).indices(shape[axis]))))
    return [(*cut, *found)]


def _split(call: Call) -> _Shapes | None:
    data, axis = (0, 2) if call.operator.op == "SPLIT_V" else (1, 0)
    along, shape, parts = call.numbers(axis), call.shape(data), len(call.operator.outputs)
    if not along:
        return None
    place = along[0] % len(shape)
    sizes = call.numbers(1) if call.operator.op == "SPLIT_V" else (shape[place] // parts,) * parts
    if sizes is None:
        return None
    rest = shape[place] - sum(size for size in sizes if size >= 0)
    return [(*shape[:place], size if size >= 0 else rest, *shape[place + 1 :]) for size in sizes]


def _pack(call: Call) -> _Shapes:
    shape, count = call.shape(0), len(call.operator.inputs)
    axis = call.operator.number("Axis") % (len(shape) + 1)
    return [(*shape[:axis], count, *shape[axis:])]


def _unpack(call: Call) -> _Shapes:
    shape = call.shape(0)
    axis = call.operator.number("Axis") % len(shape)
    return [(*shape[:axis], *shape[axis + 1 :])] * len(call.operator.outputs)


def _gather(call: Call) -> _Shapes | None:
    shape, indices = call.shape(0), call.shape(1)
    batch = call.operator.number("BatchDims")
    axis = call.operator.number("Axis") % len(shape)
    return [(*shape[:axis], *indices[batch:], *shape[axis + 1 :])]


def _lookup(call: Call) -> _Shapes:
    return [(*call.shape(0), *call.shape(1)[1:])]


def _blocks(call: Call) -> _Shapes | None:
    """SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND."""
    block, edges = call.numbers(1), call.numbers(2)
    batch, *rest = call.shape(0)
    if block is None or edges is None:
        return None
    spatial, others = rest[: len(block)], rest[len(block) :]
    moved = [edges[2 * axis] + edges[2 * axis + 1] for axis in range(len(block))]
    if call.operator.op == "SPACE_TO_BATCH_ND":
        sizes = [(a + b) // c for a, b, c in zip(spatial, moved, block, strict=True)]
        return [(batch * prod(block), *sizes, *others)]
    sizes = [a * c - b for a, b, c in zip(spatial, moved, block, strict=True)]
    return [(batch // prod(block), *sizes, *others)]


def _depth(call: Call) -> _Shapes:
    batch, height, width, channels = _picture(call, 0)
    block = call.operator.number("BlockSize")
    if call.operator.op == "DEPTH_TO_SPACE":
        return [(batch, height * block, width * block, channels // block**2)]
    return [(batch, height // block, width // block, channels * block**2)]


def _shape(call: Call) -> _Shapes:
    return [(len(call.shape(0)),)]


_SAME = (
    "QUANTIZE DEQUANTIZE DENSIFY CAST SQRT RSQRT SQUARE EXP LOG ABS NEG SIN COS FLOOR CEIL ROUND SIGN "
    "LOGISTIC HARD_SWISH GELU ELU LEAKY_RELU PRELU SOFTMAX LOG_SOFTMAX L2_NORMALIZATION "
    "LOCAL_RESPONSE_NORMALIZATION RELU RELU6 RELU_N1_TO_1 RELU_0_TO_1 TANH LOGICAL_NOT REVERSE_V2 "
    "ZEROS_LIKE CUMSUM"
)
_BROADCAST = (
    "ADD SUB MUL DIV FLOOR_DIV POW MAXIMUM MINIMUM FLOOR_MOD SQUARED_DIFFERENCE EQUAL NOT_EQUAL GREATER "
    "LESS GREATER_EQUAL LESS_EQUAL LOGICAL_AND LOGICAL_OR SELECT SELECT_V2 ADD_N"
)
_RULES: dict[str, _Rule] = {
    **dict.fromkeys(_SAME.split(), _same),
    **dict.fromkeys(_BROADCAST.split(), _broadcast),
    **dict.fromkeys(("CONV_2D", "DEPTHWISE_CONV_2D"), _convolution),
    **dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"), _pool),
    **dict.fromkeys(
        ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "REDUCE_ANY", "REDUCE_ALL"), _reduction
    ),
    **dict.fromkeys(("PAD", "PADV2", "MIRROR_PAD"), _pad),
    **dict.fromkeys(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), _resize),
    **dict.fromkeys(("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"), _blocks),
    **dict.fromkeys(("SPACE_TO_DEPTH", "DEPTH_TO_SPACE"), _depth),
    **dict.fromkeys(("TRANSPOSE_CONV", "CONV_3D_TRANSPOSE", "FILL"), _from_numbers(0)),
    "BROADCAST_TO": _from_numbers(1),
    "CONV_3D": _convolution_3d,
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _product,
    "CONCATENATION": _concatenation,
    "RESHAPE": _reshape,
    "TILE": _tile,
    "EXPAND_DIMS": _expand_dims,
    "SQUEEZE": _squeeze,
    "TRANSPOSE": _transpose,
    "SLICE": _slice,
    "STRIDED_SLICE": _strided_slice,
    "SPLIT": _split,
    "SPLIT_V": _split,
    "PACK": _pack,
    "UNPACK": _unpack,
    "GATHER": _gather,
    "EMBEDDING_LOOKUP": _lookup,
    "SHAPE": _shape,
}
