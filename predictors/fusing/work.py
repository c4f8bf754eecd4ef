"""Multiply-accumulates of single nodes, each as a closed formula over shapes.

Only convolutions, matrix products, attention and recurrent layers count; element-wise work, pooling,
normalisation and activations count 0, as in the published figures that estimates are compared with
("FLOPs" there are MACs). Batch counts: every formula is over whole tensors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from predictors.fusing.attributes import attribute_int, constant_values
from predictors.fusing.einsum import einsum_terms
from predictors.fusing.view import GraphView
from predictors.model.attention_sizes import TOTAL_KEYS_AT, AttentionSizes, attention_sizes
from predictors.model.graph import Node, Shape
from predictors.model.stored_weights import stored_elements


class UnknownShapeError(Exception):
    """A shape that a figure needs is missing or empty; the kernel is then counted as unsupported."""


def known_shape(view: GraphView, tensor: str) -> Shape:
    """Static shape of a tensor; raises UnknownShapeError when it was not found."""
    shape = view.graph.shape(tensor)
    if shape is None:
        raise UnknownShapeError(tensor)
    return shape


def input_shape(view: GraphView, inputs: tuple[str, ...], position: int) -> Shape:
    """Static shape of one data input; raises UnknownShapeError when it is absent or unknown."""
    if position >= len(inputs):
        raise UnknownShapeError(f"input {position}")
    return known_shape(view, inputs[position])


def node_macs(view: GraphView, place: int) -> int:
    """Multiply-accumulates of the node at a position of the graph; 0 for operators that do not count.

    Raises UnknownShapeError when a shape the formula needs is missing or does not fit the operator.
    """
    op, inputs = view.node_ops[place]
    formula = _FORMULAS.get(op)
    if formula is None:
        return 0
    try:
        return formula(view, place, inputs)
    except (IndexError, ValueError) as problem:  # too few axes, or letters that do not fit them
        raise UnknownShapeError(f"{op}: {problem}") from problem


def _output_shape(view: GraphView, place: int) -> Shape:
    outputs = view.graph.nodes[place].outputs
    if not outputs:
        raise UnknownShapeError("no output")
    return known_shape(view, outputs[0])


def convolution_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """N * Hout * Wout * Cout * (Cin / groups) * Kh * Kw; weights are (Cout, Cin / groups, Kh, Kw)."""
    weight = input_shape(view, inputs, 1)
    return math.prod(_output_shape(view, place)) * math.prod(weight[1:])


def transposed_convolution_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """N * Hin * Win * Cin * (Cout / groups) * Kh * Kw; weights are (Cin, Cout / groups, Kh, Kw)."""
    weight = input_shape(view, inputs, 1)
    return math.prod(input_shape(view, inputs, 0)) * math.prod(weight[1:])


def product_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Batch * M * N * K for (Batch, M, K) x (K, N): output elements times the shared extent K."""
    first = input_shape(view, inputs, 0)
    if not first:
        raise UnknownShapeError(inputs[0])
    node = view.graph.nodes[place]
    shared = -1
    if attribute_int(node, "transA", 0) and len(first) > 1:
        shared = (
            0 if attribute_int(node, "transBatchA", 0) else -2
        )  # FusedMatMul takes its rows from the front
    return math.prod(_output_shape(view, place)) * first[shared]


def packed_product_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Rows * K * N, with K and N as attributes because the weights are packed."""
    shared = attribute_int(view.graph.nodes[place], "K", 0)
    if shared <= 0:
        raise UnknownShapeError("K")
    return math.prod(_output_shape(view, place)) * shared


def einsum_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Multiply-accumulates of the equation, contracted pair by pair (0 for one operand)."""
    terms = einsum_terms(
        view.graph.nodes[place], [input_shape(view, inputs, at) for at in range(len(inputs))]
    )
    return terms.macs()


def deformable_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Those of a plain convolution: the offsets of a deformable one only move where its window reads."""
    return convolution_macs(view, place, inputs)


def experts_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Rows * experts per row * weights of one expert (mixture of experts, two or three products each)."""
    chosen = chosen_experts(view, view.graph.nodes[place])
    return chosen.rows * chosen.per_row * chosen.weights


@dataclass(frozen=True, slots=True)
class ChosenExperts:
    """Tokens `rows` of `width`, each through `per_row` of `experts`, which hold `weights` elements apiece."""

    rows: int
    width: int
    per_row: int
    experts: int
    weights: int


def chosen_experts(view: GraphView, node: Node) -> ChosenExperts:
    """Sizes of a mixture of experts (com.microsoft MoE and QMoE); raises UnknownShapeError."""
    data = input_shape(view, node.inputs, 0)
    weights = experts = 0
    for at in EXPERT_WEIGHTS_AT[node.op]:
        if at < len(node.inputs) and node.inputs[at]:
            shape = input_shape(view, node.inputs, at)
            tensor = view.graph.tensors[node.inputs[at]]
            held = stored_elements(node.op, node.attributes, at, tensor.dtype, math.prod(shape))
            experts = shape[0]
            weights += held // experts
    per_row = max(attribute_int(node, "k", 1), 1)
    return ChosenExperts(math.prod(data[:-1]), data[-1], min(per_row, experts), experts, weights)


EXPERT_WEIGHTS_AT = {"MoE": (2, 4, 6), "QMoE": (2, 5, 8)}


def short_time_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Short-time Fourier transform as a matrix product: output elements times the length of a frame."""
    return math.prod(_output_shape(view, place)) * frame_length(view, view.graph.nodes[place])


def frame_length(view: GraphView, node: Node) -> int:
    """Samples of one frame of an STFT: its window, or the constant argument."""
    if len(node.inputs) > 2 and node.inputs[2]:
        return math.prod(input_shape(view, node.inputs, 2))
    length = constant_values(view.graph, node, 3)
    if not length:
        raise UnknownShapeError("frame_length")
    return int(length[0])


def recurrent_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Steps * batch * (elements of input weights + elements of recurrent weights), all directions."""
    sequence = input_shape(view, inputs, 0)
    weights = sum(math.prod(input_shape(view, inputs, position)) for position in (1, 2))
    return math.prod(sequence[:2]) * weights


def attention_work(view: GraphView, node: Node) -> AttentionSizes:
    """Sizes of a fused attention in any of its spellings; raises UnknownShapeError."""
    domain = node.domain
    shapes = [view.graph.shape(name) if name else None for name in node.inputs]
    total = constant_values(view.graph, node, TOTAL_KEYS_AT.get((domain, node.op), len(shapes)))
    keys = int(total[0]) if total else None
    sizes = attention_sizes(node.op, domain, shapes, node.attributes, keys)
    if sizes is None:
        raise UnknownShapeError(f"{node.op}: queries, keys or values")
    return sizes


def attention_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Scores, the weighted sum of values, and the projections that the operator holds."""
    return attention_work(view, view.graph.nodes[place]).macs


_FORMULAS: dict[str, Callable[[GraphView, int, tuple[str, ...]], int]] = {
    "Conv": convolution_macs,
    "ConvInteger": convolution_macs,
    "ConvTranspose": transposed_convolution_macs,
    "Dense": product_macs,
    "Gemm": product_macs,
    "MatMul": product_macs,
    "MatMulInteger": product_macs,
    "MatMulNBits": packed_product_macs,
    "Einsum": einsum_macs,
    "DeformConv": deformable_macs,
    "MoE": experts_macs,
    "STFT": short_time_macs,
    "LSTM": recurrent_macs,
    "GRU": recurrent_macs,
    "RNN": recurrent_macs,
    "FusedAttention": attention_macs,
}
