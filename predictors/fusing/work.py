"""Multiply-accumulates of single nodes, each as a closed formula over shapes.

Only convolutions, matrix products, attention and recurrent layers count; element-wise work, pooling,
normalisation and activations count 0, as in the published figures that estimates are compared with
("FLOPs" there are MACs). Batch counts: every formula is over whole tensors.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from predictors.fusing.attributes import attribute_int, attribute_text
from predictors.fusing.view import GraphView
from predictors.model.graph import Shape


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
    transposed = attribute_int(view.graph.nodes[place], "transA", 0) and len(first) > 1
    return math.prod(_output_shape(view, place)) * first[-2 if transposed else -1]


def packed_product_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Rows * K * N, with K and N as attributes because the weights are packed."""
    shared = attribute_int(view.graph.nodes[place], "K", 0)
    if shared <= 0:
        raise UnknownShapeError("K")
    return math.prod(_output_shape(view, place)) * shared


def einsum_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Product of the extents of all letters of the equation (two operands; 0 for one)."""
    terms = attribute_text(view.graph.nodes[place], "equation").replace(" ", "").split("->")[0].split(",")
    if len(terms) < 2:
        return 0
    extents: dict[str, int] = {}
    for position, term in enumerate(terms):
        letters = term.replace("...", "")
        shape = input_shape(view, inputs, position)
        extents.update(zip(letters, shape[len(shape) - len(letters) :], strict=True))
        if "..." in term:
            extents["..."] = max(extents.get("...", 1), math.prod(shape[: len(shape) - len(letters)]))
    return math.prod(extents.values())


def recurrent_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """Steps * batch * (elements of input weights + elements of recurrent weights), all directions."""
    sequence = input_shape(view, inputs, 0)
    weights = sum(math.prod(input_shape(view, inputs, position)) for position in (1, 2))
    return math.prod(sequence[:2]) * weights


def multi_head_attention_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """B * S * T * (Cq + Cv): scores of S queries against T keys, then the weighted sum of values.

    Inputs are (B, S, Cq), (B, T, Ck), (B, T, Cv) or the same with heads on axis 1.
    """
    query, key = input_shape(view, inputs, 0), input_shape(view, inputs, min(1, len(inputs) - 1))
    value = input_shape(view, inputs, min(2, len(inputs) - 1))
    if len(query) < 3:
        raise UnknownShapeError(inputs[0])
    return math.prod(query[:-1]) * key[-2] * (query[-1] + value[-1])


def fused_attention_macs(view: GraphView, place: int, inputs: tuple[str, ...]) -> int:
    """B * S * C * 3H for the projections plus 2 * B * S * S * H: input (B, S, C), weights (C, 3H)."""
    data, weight = input_shape(view, inputs, 0), input_shape(view, inputs, 1)
    if len(data) != 3 or len(weight) != 2:
        raise UnknownShapeError(inputs[1])
    batch, steps, channels = data
    return batch * steps * channels * weight[1] + 2 * batch * steps * steps * (weight[1] // 3)


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
    "LSTM": recurrent_macs,
    "GRU": recurrent_macs,
    "RNN": recurrent_macs,
    "MultiHeadAttention": multi_head_attention_macs,
    "Attention": multi_head_attention_macs,
    "FusedAttention": fused_attention_macs,
}
