"""One kernel out of its operators: name, configuration, work, and what goes in and out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from data.messages import Message
from predictors.fusing.configs import config_of
from predictors.fusing.operators import KIND_OF_OP, computes_in_integers
from predictors.fusing.view import GraphView, LogicalOp
from predictors.fusing.work import UnknownShapeError, node_macs
from predictors.model.graph import Node, Shape
from predictors.model.kernels import Kernel, KernelConfig, KernelKind
from predictors.model.stored_weights import bits_of, stored_elements

SCALED_PRODUCTS = frozenset({"MatMulNBits", "MatMulBnb4", "GatherBlockQuantized"})
"""Operators whose inputs 2 and 3 are scales and zero points of packed weights."""

HALF_TYPES = frozenset({"float16", "bfloat16"})
ARGUMENT_TYPES = frozenset({"int64", "int32", "bool"})
"""Constants of these types are arguments or indices, except in integer kernels (32-bit biases)."""


def build_kernel(
    view: GraphView,
    op_ids: Sequence[int],
    kind: KernelKind,
    anchor: LogicalOp,
    quantisers: Mapping[int, Sequence[int]],
    index: int,
) -> Kernel:
    """The kernel made of operators `op_ids`, with the quantise and dequantise nodes behind them."""
    places = sorted({place for op_id in op_ids for place in _places(view, op_id, quantisers)})
    inputs = _inputs(view, places, set(op_ids))
    outputs = _outputs(view, op_ids[-1])
    kind, config, macs, note, cause = _work(view, kind, anchor, places, inputs + outputs)
    params, weight_bytes = _weights_read(view, places)
    reads, makes = _shapes(view, inputs), _shapes(view, outputs)
    return Kernel(
        index=index,
        name=anchor.anchor.name or f"{kind.value}_{index}",
        kind=kind,
        config=config,
        ops=tuple(view.graph.nodes[place].op for place in places),
        node_indices=tuple(view.graph.nodes[place].index for place in places),
        input_shapes=reads,
        output_shapes=makes,
        macs=macs,
        params=params,
        input_elements=sum(map(math.prod, reads)),
        output_elements=sum(map(math.prod, makes)),
        precision=_precision(view, anchor),
        note=note,
        per_channel=anchor.per_channel,
        weight_bytes=weight_bytes,
        cause=cause,
    )


def _places(view: GraphView, op_id: int, quantisers: Mapping[int, Sequence[int]]) -> list[int]:
    return [*view.ops[op_id].nodes, *quantisers.get(op_id, ())]


def _inputs(view: GraphView, places: Sequence[int], op_ids: set[int]) -> list[str]:
    """Activations read from outside the kernel, each once."""
    seen: dict[str, str] = {}
    for place in places:
        for name in view.node_ops.get(place, ("", ()))[1]:
            if not view.is_constant(name) and view.maker_id(name) not in op_ids:
                seen.setdefault(view.root(name), name)
    return list(seen.values())


def _outputs(view: GraphView, tail_id: int) -> list[str]:
    """Outputs of the last operator that anything reads; all of them when nothing does."""
    names = view.ops[tail_id].outputs
    used = [name for name in names if view.root(name) in view.exposed or view.readers(name)]
    return used or list(names)


def _shapes(view: GraphView, names: Sequence[str]) -> tuple[Shape, ...]:
    return tuple(shape for shape in map(view.graph.shape, names) if shape is not None)


def _work(
    view: GraphView, kind: KernelKind, anchor: LogicalOp, places: Sequence[int], tensors: Sequence[str]
) -> tuple[KernelKind, KernelConfig, int, str, str]:
    """Kind, configuration, MACs, note and cause; a kernel without figures is unsupported, with why."""
    nothing = KernelKind.UNSUPPORTED, KernelConfig(), 0
    if kind is KernelKind.UNSUPPORTED:
        return (
            *nothing,
            Message("no energy law for operator {op}", op=anchor.anchor.op),
            _named(anchor.anchor),
        )
    missing = [name for name in tensors if view.graph.shape(name) is None]
    if missing:
        cause = first_unknown(view, missing[0])
        return *nothing, _unknown_shape(missing[0], cause), cause
    try:
        macs = sum(node_macs(view, place) for place in places if place in view.node_ops)
        return kind, config_of(view, anchor, kind), macs, _note(kind, anchor), ""
    except UnknownShapeError as problem:
        return *nothing, Message("shape is unknown: {problem}", problem=str(problem)), ""


def _unknown_shape(tensor: str, cause: str) -> Message:
    if cause:
        return Message(
            "shape of {tensor} is unknown: it comes from {cause}, whose result has no known shape",
            tensor=tensor,
            cause=cause,
        )
    return Message("shape of {tensor} is unknown", tensor=tensor)


def _named(node: Node) -> str:
    """An operator as a reader looks it up: with its domain where that is not the standard one."""
    return f"{node.domain}.{node.op}" if node.domain else node.op


def first_unknown(view: GraphView, tensor: str) -> str:
    """The operator furthest up from which no shape is known; empty where it is an input of the network."""
    named, seen = "", {tensor}
    makers = view.node_makers
    while (place := makers.get(tensor)) is not None:
        node = view.graph.nodes[place]
        named = _named(node)
        unknown = [
            name for name in node.inputs if name and view.graph.shape(name) is None and name not in seen
        ]
        if not unknown:
            break
        tensor = unknown[0]
        seen.add(tensor)
    return named


def _note(kind: KernelKind, anchor: LogicalOp) -> str:
    """Names the operator where a kind covers many."""
    many = (KernelKind.ACTIVATION, KernelKind.ELEMENTWISE, KernelKind.COPY, KernelKind.REDUCE)
    return anchor.op if kind in many and anchor.op in KIND_OF_OP else ""


def _weights_read(view: GraphView, places: Sequence[int]) -> tuple[int, int]:
    """Elements of the learned weights a kernel reads, and their bytes as stored, scales included.

    A weight used twice in the kernel counts once. Scalars, shape arguments, indices and running statistics
    are no weights.
    """
    elements: dict[str, int] = {}
    bits: dict[str, int] = {}
    for place in places:
        node = view.graph.nodes[place]
        for name in _weights(view, place):
            stored = view.graph.tensors.get(view.stored.get(name, name))
            if stored is None or stored.elements <= 1:
                continue
            at = node.inputs.index(name) if name in node.inputs else -1
            packed = stored_elements(node.op, node.attributes, at, stored.dtype, stored.elements)
            elements[stored.name] = packed
            bits[stored.name] = stored.elements * bits_of(stored.dtype)
        bits.update(_scales(view, node))
    return sum(elements.values()), sum(bits.values()) // 8


def _scales(view: GraphView, node: Node) -> dict[str, int]:
    """Bits of the scales and zero points that packed weights are read with."""
    if node.op not in SCALED_PRODUCTS:
        return {}
    found = (view.graph.tensors[name] for name in node.inputs[2:4] if view.is_constant(name))
    return {tensor.name: tensor.elements * bits_of(tensor.dtype) for tensor in found}


def _weights(view: GraphView, place: int) -> list[str]:
    integers = computes_in_integers(view.graph.nodes[place])
    constants = [name for name in view.node_ops.get(place, ("", ()))[1] if view.is_constant(name)]
    return [name for name in constants if integers or _dtype(view, name) not in ARGUMENT_TYPES]


def _dtype(view: GraphView, name: str) -> str:
    tensor = view.graph.tensors.get(name)
    return "" if tensor is None else tensor.dtype


def _precision(view: GraphView, anchor: LogicalOp) -> str:
    if anchor.quantised:
        return "int8"
    return "fp16" if anchor.outputs and _dtype(view, anchor.outputs[0]) in HALF_TYPES else "fp32"
