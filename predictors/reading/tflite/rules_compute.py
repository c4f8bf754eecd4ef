"""Operators that multiply and accumulate, and pooling: convolutions, products, recurrent layers.

Pictures stay channels-last, which nodes say with `channels_last`; weights take the order of axes that our
graph keeps them in (output channels first).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from data.messages import Message
from predictors.model.graph import AttributeValue, Shape, Tensor
from predictors.reading.tflite.building import QUANTISED_TYPES, Call

SAME_PADDING = 0


def _padding(call: Call) -> str:
    return "SAME_UPPER" if call.operator.number("Padding") == SAME_PADDING else "VALID"


def _axes(call: Call, *names: str) -> tuple[int, ...]:
    """Strides or sizes of a window. Raises ModelError below 1."""
    found = tuple(call.operator.number(name) for name in names)
    if min(found) < 1:
        raise call.bad(Message("has the stride or window {found}", found=" x ".join(map(str, found))))
    return found


def _dilations(call: Call, *names: str) -> tuple[int, ...]:
    return tuple(max(1, call.operator.number(name, 1)) for name in names)


def _filter(call: Call, place: int, rank: int) -> Shape:
    shape = call.source(place).shape
    if len(shape) != rank or min(shape) < 1:
        raise call.bad(Message("has a filter of shape {shape}", shape=" x ".join(map(str, shape)) or "()"))
    return shape


def _channels(call: Call, place: int) -> int:
    shape = call.shape(place)
    if not shape or shape[-1] < 1:
        raise call.bad(Message("reads a tensor without channels"))
    return shape[-1]


def _biased(call: Call, place: int, *names: str) -> list[str]:
    bias = call.optional(place)
    return [*names, bias] if bias else list(names)


def convolution(call: Call) -> None:
    """CONV_2D: filter (O, H, W, I); fewer input channels in it than in the picture make it grouped."""
    out, height, width, part = _filter(call, 1, 4)
    channels = _channels(call, 0)
    if channels % part:
        raise call.bad(
            Message("has a filter for {part} channels and reads {channels}", part=part, channels=channels)
        )
    call.emit(
        "Conv",
        _biased(call, 2, call.name(0), call.weight(1, (out, part, height, width))),
        attributes={
            "group": channels // part,
            "strides": _axes(call, "StrideH", "StrideW"),
            "dilations": _dilations(call, "DilationHFactor", "DilationWFactor"),
            "auto_pad": _padding(call),
            "channels_last": 1,
        },
    )


def depthwise_convolution(call: Call) -> None:
    """DEPTHWISE_CONV_2D: filter (1, H, W, C * multiplier); the filter's size counts, not the option."""
    _, height, width, out = _filter(call, 1, 4)
    channels = _channels(call, 0)
    if out % channels:
        raise call.bad(
            Message("has a filter for {out} channels and reads {channels}", out=out, channels=channels)
        )
    call.emit(
        "Conv",
        _biased(call, 2, call.name(0), call.weight(1, (out, 1, height, width))),
        attributes={
            "group": channels,
            "strides": _axes(call, "StrideH", "StrideW"),
            "dilations": _dilations(call, "DilationHFactor", "DilationWFactor"),
            "auto_pad": _padding(call),
            "channels_last": 1,
        },
    )


def transposed_convolution(call: Call) -> None:
    """TRANSPOSE_CONV: output shape, filter (O, H, W, I), picture, bias."""
    out, height, width, channels = _filter(call, 1, 4)
    call.emit(
        "ConvTranspose",
        _biased(call, 3, call.name(2), call.weight(1, (channels, out, height, width))),
        attributes={
            "strides": _axes(call, "StrideH", "StrideW"),
            "auto_pad": _padding(call),
            "channels_last": 1,
        },
    )


def convolution_3d(call: Call) -> None:
    """CONV_3D: filter (D, H, W, I, O)."""
    depth, height, width, part, out = _filter(call, 1, 5)
    call.emit(
        "Conv",
        _biased(call, 2, call.name(0), call.weight(1, (out, part, depth, height, width))),
        attributes={
            "group": max(1, _channels(call, 0) // part),
            "strides": _axes(call, "StrideD", "StrideH", "StrideW"),
            "dilations": _dilations(call, "DilationDFactor", "DilationHFactor", "DilationWFactor"),
            "auto_pad": _padding(call),
            "channels_last": 1,
        },
    )


def transposed_convolution_3d(call: Call) -> None:
    """CONV_3D_TRANSPOSE: output shape, filter (D, H, W, O, I), volume, bias."""
    depth, height, width, out, channels = _filter(call, 1, 5)
    call.emit(
        "ConvTranspose",
        _biased(call, 3, call.name(2), call.weight(1, (channels, out, depth, height, width))),
        attributes={
            "strides": _axes(call, "StrideD", "StrideH", "StrideW"),
            "auto_pad": _padding(call),
            "channels_last": 1,
        },
    )


def fully_connected(call: Call) -> None:
    """FULLY_CONNECTED: weights (O, I); the input is read as rows of I elements."""
    out, shared = _filter(call, 1, 2)
    data, shape = call.name(0), call.shape(0)
    if prod(shape) % shared:
        raise call.bad(
            Message("reads {found} elements in rows of {shared}", found=prod(shape), shared=shared)
        )
    if not shape or shape[-1] != shared:
        data = call.reshaped(data, (prod(shape) // shared, shared), " rows")
    if not call.tensor(1).is_constant:
        call.emit("MatMul", (data, call.name(1)))
        return
    call.emit("Gemm", _biased(call, 2, data, call.weight(1, (shared, out))))


def product(call: Call) -> None:
    """BATCH_MATMUL of two tensors, each perhaps with its last two axes swapped."""
    attributes: dict[str, AttributeValue] = {}
    if call.operator.number("AdjX"):
        attributes["transA"] = 1
    if call.operator.number("AdjY"):
        attributes["transB"] = 1
    call.emit("MatMul", (call.name(0), call.name(1)), attributes=attributes)


def pool(op: str, call: Call) -> None:
    """A pool with a window."""
    call.emit(
        op,
        (call.name(0),),
        attributes={
            "kernel_shape": _axes(call, "FilterHeight", "FilterWidth"),
            "strides": _axes(call, "StrideH", "StrideW"),
            "auto_pad": _padding(call),
            "channels_last": 1,
        },
    )


def svdf(call: Call) -> None:
    """SVDF: a product with the feature weights, then one over the steps that the state holds."""
    filters, width = _filter(call, 1, 2)
    steps = _filter(call, 2, 2)[1]
    batch = prod(call.shape(0)) // width
    feature = call.builder.add_tensor(
        f"{call.label} features", Tensor("", (batch, filters), call.tensor(0).dtype)
    )
    call.emit("Gemm", (call.name(0), call.weight(1, (width, filters))), (feature,), suffix=" features")
    state = call.reshaped(feature, (batch, filters, steps), " over time")
    call.emit("Gemm", _biased(call, 3, state, call.weight(2, (steps, filters))))


def sequence_lstm(call: Call) -> None:
    """UNIDIRECTIONAL_SEQUENCE_LSTM: input weights 1-4, recurrent ones 5-8, biases 12-15, projection 16."""
    kernels = _gates(call, range(1, 5)), _gates(call, range(5, 9))
    others = _gates(call, [9, 10, 11, 12, 13, 14, 15, 16, 17])
    recurrent(call, call.name(0), [kernels], others)


def bidirectional_lstm(call: Call) -> None:
    """BIDIRECTIONAL_SEQUENCE_LSTM: the same twice, forward 1-17 and backward 18-34."""
    forward = _gates(call, range(1, 5)), _gates(call, range(5, 9))
    backward = _gates(call, range(18, 22)), _gates(call, range(22, 26))
    others = _gates(call, [*range(9, 18), *range(26, 35)])
    recurrent(call, call.name(0), [forward, backward], others)


def sequence_rnn(call: Call) -> None:
    """UNIDIRECTIONAL_SEQUENCE_RNN: input weights 1, recurrent ones 2, bias 3."""
    recurrent(call, call.name(0), [_plain_cell(call, 1)], _gates(call, [3]), op="RNN")


def bidirectional_rnn(call: Call) -> None:
    """BIDIRECTIONAL_SEQUENCE_RNN: the same twice, forward 1-3 and backward 5-7."""
    cells = [_plain_cell(call, 1), _plain_cell(call, 5)]
    recurrent(call, call.name(0), cells, _gates(call, [3, 7]), op="RNN")


def rnn_step(call: Call) -> None:
    """RNN: one step over (batch, width)."""
    batch, width = (*call.shape(0), 1, 1)[:2]
    data = call.reshaped(call.name(0), (1, batch, width), " as a step")
    recurrent(call, data, [_plain_cell(call, 1)], _gates(call, [3]), op="RNN", time_major=True)


def _plain_cell(call: Call, first: int) -> tuple[list[str], list[str]]:
    return _gates(call, [first]), _gates(call, [first + 1])


def _gates(call: Call, places: Sequence[int]) -> list[str]:
    return [call.name(place) for place in places if call.has(place)]


def recurrent(
    call: Call,
    data: str,
    kernels: Sequence[tuple[Sequence[str], Sequence[str]]],
    others: Sequence[str],
    *,
    op: str = "LSTM",
    time_major: bool = False,
) -> None:
    """A layer `op` over (steps, batch, width); `kernels`: entering and recurrent weights by direction."""
    shape = call.builder.tensors[data].shape or ()
    if len(shape) != 3 or not all(inner and outer for inner, outer in kernels):
        raise call.bad(Message("reads no sequence, or lacks weights"))
    in_order = time_major or call.operator.number("TimeMajor")
    steps, batch, width = shape if in_order else (shape[1], shape[0], shape[2])
    if shape != (steps, batch, width):
        data = call.reshaped(data, (steps, batch, width), " by steps")
    sides = ([inner for inner, _ in kernels], "W"), ([outer for _, outer in kernels], "R")
    weights = [joined(call, names, letter) for names, letter in sides]
    first = kernels[0][0][0]
    call.is_quantised = call.builder.tensors[first].dtype in QUANTISED_TYPES
    call.emit(op, (data, *weights, *joined_rest(call, others)))


def joined(call: Call, directions: Sequence[Sequence[str]], letter: str) -> str:
    """Gates' matrices (units, width) as the one tensor (directions, gates * units, width) of our graph."""
    tensors = [[call.builder.tensors[name] for name in names] for names in directions]
    first = tensors[0][0]
    width = (first.shape or (1,))[-1]
    elements = sum(tensor.elements for names in tensors for tensor in names)
    rows = elements // max(1, len(directions) * width)
    return call.builder.add_tensor(
        f"{call.label} {letter}", Tensor("", (len(directions), rows, width), first.dtype, is_constant=True)
    )


def joined_rest(call: Call, names: Sequence[str]) -> list[str]:
    """Biases, peepholes and projections as one tensor; nothing where there are none."""
    elements = sum(call.builder.tensors[name].elements for name in names)
    if not elements:
        return []
    dtype = call.builder.tensors[names[0]].dtype
    return [call.builder.add_tensor(f"{call.label} B", Tensor("", (1, elements), dtype, is_constant=True))]
