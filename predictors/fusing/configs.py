"""The configuration of a kernel, read from the shapes and attributes of its anchor operator."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from predictors.fusing.attributes import attribute_int, attribute_ints, attribute_text, channels_first
from predictors.fusing.einsum import einsum_terms
from predictors.fusing.view import GraphView, LogicalOp
from predictors.fusing.work import (
    UnknownShapeError,
    attention_work,
    chosen_experts,
    frame_length,
    input_shape,
    known_shape,
    product_macs,
)
from predictors.model.graph import Shape
from predictors.model.kernels import KernelConfig, KernelKind


def config_of(view: GraphView, op: LogicalOp, kind: KernelKind) -> KernelConfig:
    """Configuration of the kernel that `op` anchors; raises UnknownShapeError when shapes are missing."""
    try:
        return _BUILDERS.get(kind, picture_config)(view, op)
    except (IndexError, ValueError, ZeroDivisionError) as problem:
        raise UnknownShapeError(f"{op.op}: {problem}") from problem


def spatial_size(shape: Shape) -> tuple[int, int]:
    """(h, w) of a channels-first tensor: a sequence has h = 1, a volume h = depth * height."""
    *front, width = shape[2:] or (1,)
    return math.prod(front), width


def _window(values: tuple[int, ...], default: int) -> tuple[int, int]:
    """(h, w) of a kernel size or stride; depth and height are multiplied."""
    *front, width = values or (default,)
    if not values:
        return default, default
    return math.prod(front), width


def _pads(op: LogicalOp) -> bool:
    same = attribute_text(op.anchor, "auto_pad").startswith("SAME")
    return op.padded or same or any(attribute_ints(op.anchor, "pads"))


def _padding(op: LogicalOp, kernel: tuple[int, int]) -> str:
    """Without any padding a window above 1 x 1 is "valid"; all else counts as "same"."""
    return "same" if _pads(op) or kernel == (1, 1) else "valid"


def convolution_config(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Convolution and transposed convolution of any rank; weights are (c_out, c_in / groups, ...)."""
    return replace(
        _sliding_window(view, op, input_shape(view, op.inputs, 1)[2:]),
        groups=attribute_int(op.anchor, "group", 1),
        dilation=max(attribute_ints(op.anchor, "dilations"), default=1),
    )


def _data_shape(view: GraphView, op: LogicalOp) -> Shape:
    return op.data_shape or input_shape(view, op.inputs, 0)


def pool_config(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Pooling with a window; a global pool's window is the whole picture."""
    whole = channels_first(op.anchor, _data_shape(view, op))[2:]
    return _sliding_window(view, op, attribute_ints(op.anchor, "kernel_shape", whole))


def _sliding_window(view: GraphView, op: LogicalOp, window: Shape) -> KernelConfig:
    """What convolutions and pools share; `window` is the kernel size along each spatial axis."""
    data = channels_first(op.anchor, _data_shape(view, op))
    output = channels_first(op.anchor, known_shape(view, op.anchor.outputs[0]))
    kernel = _window(window, 1)
    input_h, input_w = spatial_size(data)
    out_h, out_w = spatial_size(output)
    stride_h, stride_w = _window(attribute_ints(op.anchor, "strides"), 1)
    return KernelConfig(
        input_h=input_h,
        input_w=input_w,
        c_in=data[1],
        c_out=output[1],
        kernel_h=kernel[0],
        kernel_w=kernel[1],
        stride_h=stride_h,
        stride_w=stride_w,
        out_h=out_h,
        out_w=out_w,
        batch=data[0],
        padding=_padding(op, kernel),
    )


def global_pool_config(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Global average pooling: input size and channels, one output value per channel."""
    batch, channels, height, width = _picture(view, op.inputs, 0)
    return KernelConfig(height, width, channels, channels, out_h=1, out_w=1, batch=batch)


def dense_config(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Fully connected layer; `input_h` counts all rows, so the batch is in it and `batch` stays 1."""
    out_elements = math.prod(known_shape(view, op.anchor.outputs[0]))
    if op.op == "MatMulNBits":
        c_in, c_out = attribute_int(op.anchor, "K", 0), attribute_int(op.anchor, "N", 0)
    else:
        c_in = product_macs(view, _place(view, op), op.inputs)
        c_in //= out_elements
        weight = next((name for name in op.inputs if view.is_constant(name)), "")
        c_out = math.prod(known_shape(view, weight)) // c_in
    rows = out_elements // c_out
    return KernelConfig(rows, 1, c_in, c_out, 1, 1, out_h=rows, out_w=1)


def _place(view: GraphView, op: LogicalOp) -> int:
    return next(place for place in op.nodes if view.graph.nodes[place] is op.anchor)


def product_config(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Matrix product of two activations: rows `input_h`, shared extent `c_in`, columns `c_out`, batch."""
    if op.op in _PRODUCTS_OF_THEIR_OWN:
        batch, rows, shared, columns = _PRODUCTS_OF_THEIR_OWN[op.op](view, op)
        return KernelConfig(rows, 1, shared, columns, out_h=rows, out_w=1, batch=batch)
    output = known_shape(view, op.anchor.outputs[0])
    columns, rows = output[-1], output[-2] if len(output) > 1 else 1
    shared = input_shape(view, op.inputs, 0)[-1]
    batch = math.prod(output) // (rows * columns)
    return KernelConfig(rows, 1, shared, columns, out_h=rows, out_w=1, batch=batch)


def _einsum_product(view: GraphView, op: LogicalOp) -> tuple[int, int, int, int]:
    """(batch, rows, shared, columns); of several pairs, one product with all multiply-accumulates."""
    shapes = [input_shape(view, op.inputs, place) for place in range(len(op.inputs))]
    terms = einsum_terms(op.anchor, shapes)
    if len(shapes) == 2:
        return terms.product()
    columns = known_shape(view, op.anchor.outputs[0])[-1]
    rows = max(math.prod(known_shape(view, op.anchor.outputs[0])) // columns, 1)
    return 1, rows, max(terms.macs() // (rows * columns), 1), columns


def _experts_product(view: GraphView, op: LogicalOp) -> tuple[int, int, int, int]:
    """One product per expert that any row goes through, over the rows it gets on average."""
    chosen = chosen_experts(view, op.anchor)
    uses = chosen.rows * chosen.per_row
    busy = max(min(chosen.experts, uses), 1)
    return busy, -(-uses // busy), chosen.width, max(chosen.weights // chosen.width, 1)


def _short_time_product(view: GraphView, op: LogicalOp) -> tuple[int, int, int, int]:
    """Frames of a signal times the sines and cosines of a frame."""
    batch, frames, bins, parts = known_shape(view, op.anchor.outputs[0])
    return 1, batch * frames, frame_length(view, op.anchor), bins * parts


_PRODUCTS_OF_THEIR_OWN: dict[str, Callable[[GraphView, LogicalOp], tuple[int, int, int, int]]] = {
    "Einsum": _einsum_product,
    "MoE": _experts_product,
    "STFT": _short_time_product,
}


def attention_config(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Queries `input_h`, keys `input_w`, width per head `c_in`, value width `c_out`, batch * heads."""
    if op.op == "FusedAttention":
        sizes = attention_work(view, op.anchor)
        queries, keys, head, value_head = sizes.queries, sizes.keys, sizes.head, sizes.value_head
        batch = sizes.batch * sizes.heads
        return KernelConfig(queries, keys, head, value_head, out_h=queries, out_w=1, batch=batch)
    if op.anchor.op == "Einsum":
        return _einsum_attention(view, op)
    query, output = input_shape(view, op.inputs, 0), known_shape(view, op.anchor.outputs[0])
    keys = input_shape(view, op.inputs, 2)[-2]
    batch = math.prod(query) // (query[-2] * query[-1])
    return KernelConfig(query[-2], keys, query[-1], output[-1], out_h=output[-2], out_w=1, batch=batch)


def _einsum_attention(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Two equations, whichever order their letters have: scores, and their weighted sum."""
    nodes = [view.graph.nodes[place] for place in sorted(op.nodes)]
    products = [
        einsum_terms(node, [known_shape(view, name) for name in node.inputs]).product()
        for node in nodes
        if node.op == "Einsum"
    ]
    (batch, queries, head, keys), (_, _, _, width) = products
    return KernelConfig(queries, keys, head, width, out_h=queries, out_w=1, batch=batch)


def recurrent_config(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Steps `input_h`, input width `c_in`, hidden width `c_out`; `layout` 1: the batch before the steps."""
    sequence, recurrent = input_shape(view, op.inputs, 0), input_shape(view, op.inputs, 2)
    steps, batch, width = sequence[0], sequence[1], sequence[-1]
    if attribute_int(op.anchor, "layout", 0):
        steps, batch = batch, steps
    return KernelConfig(steps, 1, width, recurrent[-1], out_h=steps, out_w=1, batch=batch)


def embedding_config(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Looked-up rows `input_h` out of a table of `c_in` rows of width `c_out`."""
    table, indices = input_shape(view, op.inputs, 0), input_shape(view, op.inputs, 1)
    rows = math.prod(indices)
    return KernelConfig(rows, 1, table[0], math.prod(table[1:]), out_h=rows, out_w=1)


def concat_config(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Concat: size of the pictures and the channels (extent along the axis) of every input."""
    output = known_shape(view, op.outputs[0])
    axis = attribute_int(op.anchor, "axis", 1) % len(input_shape(view, op.inputs, 0))
    parts = tuple(known_shape(view, name)[axis] for name in op.inputs)
    batch, channels, height, width = as_picture(output, op.outputs[0] in view.channels_last)
    if axis not in (0, 1, len(output) - 1) or channels != output[axis]:
        parts = ()
    return KernelConfig(
        height, width, channels, channels, out_h=height, out_w=width, batch=batch, concat_c=parts
    )


def as_picture(shape: Shape, channels_last: bool) -> tuple[int, int, int, int]:
    """(batch, channels, h, w) of any tensor; rank 3 is read as (batch, rows, channels)."""
    rank = len(shape)
    if rank >= 4 and channels_last:
        return shape[0], shape[-1], math.prod(shape[1:-2]), shape[-2]
    if rank >= 4:
        return shape[0], shape[1], math.prod(shape[2:-1]), shape[-1]
    if rank == 3:
        return shape[0], shape[2], shape[1], 1
    return (shape[0] if rank == 2 else 1), (shape[-1] if shape else 1), 1, 1


def _picture(view: GraphView, names: tuple[str, ...], position: int) -> tuple[int, int, int, int]:
    return as_picture(input_shape(view, names, position), names[position] in view.channels_last)


def picture_config(view: GraphView, op: LogicalOp) -> KernelConfig:
    """Everything else: size and channels of the largest input activation and of the first output."""
    activations = [name for name in op.inputs if not view.is_constant(name)] or list(op.inputs)
    names = tuple(sorted(activations, key=lambda name: -math.prod(known_shape(view, name))))
    batch, c_in, height, width = _picture(view, names, 0)
    _, c_out, out_h, out_w = _picture(view, op.outputs, 0)
    return KernelConfig(height, width, c_in, c_out, out_h=out_h, out_w=out_w, batch=batch)


_BUILDERS: dict[KernelKind, Callable[[GraphView, LogicalOp], KernelConfig]] = {
    KernelKind.CONV: convolution_config,
    KernelKind.DWCONV: convolution_config,
    KernelKind.GROUPED_CONV: convolution_config,
    KernelKind.DILATED_CONV: convolution_config,
    KernelKind.TRANSPOSED_CONV: convolution_config,
    KernelKind.CONV_OTHER: convolution_config,
    KernelKind.AVGPOOL: pool_config,
    KernelKind.MAXPOOL: pool_config,
    KernelKind.GLOBAL_AVGPOOL: global_pool_config,
    KernelKind.FC: dense_config,
    KernelKind.MATMUL: product_config,
    KernelKind.ATTENTION: attention_config,
    KernelKind.RNN: recurrent_config,
    KernelKind.EMBEDDING: embedding_config,
    KernelKind.CONCAT: concat_config,
}
