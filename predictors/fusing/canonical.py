"""What one node is, before any pattern: the decisions that need its attributes, constants or shapes."""

from __future__ import annotations

from collections.abc import Callable

from predictors.fusing.attributes import (
    argument_ints,
    attribute_ints,
    bound,
    channels_first,
    positive_axes,
)
from predictors.fusing.operators import KNOWN_DOMAINS, OWN_NAMES, spelling
from predictors.fusing.view import GraphView
from predictors.model.graph import Node

RELU6_BOUND = 6.0
TO_CHANNELS_LAST = frozenset({(0, 2, 3, 1), (0, 2, 3, 4, 1)})
TO_CHANNELS_FIRST = frozenset({(0, 3, 1, 2), (0, 4, 1, 2, 3)})
LAYOUT_PERMUTATIONS = TO_CHANNELS_LAST | TO_CHANNELS_FIRST


def _clip(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """Clip from 0 upwards is a ReLU, up to 6 a ReLU6; other bounds stay a Clip."""
    if bound(view.graph, node, "min", 1) != 0.0:
        return "Clip"
    return "Relu6" if bound(view.graph, node, "max", 2) == RELU6_BOUND else "Relu"


def _reduce_mean(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """The mean over exactly the spatial axes of a picture is global pooling (either layout)."""
    shape = view.graph.shape(inputs[0]) if inputs else None
    axes = argument_ints(view.graph, node, "axes", 1)
    if shape is None or not axes or len(shape) not in (4, 5):
        return "ReduceMean"
    rank = len(shape)
    spatial = (tuple(range(2, rank)), tuple(range(1, rank - 1)))
    return "GlobalAveragePool" if positive_axes(axes, rank) in spatial else "ReduceMean"


def _average_pool(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """An average pool whose window is the whole picture is global pooling."""
    shape = view.graph.shape(inputs[0]) if inputs else None
    covers = shape is not None and attribute_ints(node, "kernel_shape") == channels_first(node, shape)[2:]
    return "GlobalAveragePool" if covers and not any(attribute_ints(node, "pads")) else "AveragePool"


def _matmul(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """A product with a constant matrix is a fully connected layer; of two activations it stays MatMul."""
    dense = any(_is_matrix_constant(view, name) for name in inputs[:2])
    return "Dense" if dense else spelling(node.op, len(node.inputs))[0]


def _is_matrix_constant(view: GraphView, tensor: str) -> bool:
    shape = view.graph.shape(tensor)
    return view.is_constant(tensor) and shape is not None and all(extent == 1 for extent in shape[:-2])


def _gather(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """Rows taken from a constant table by an activation are an embedding."""
    return "Embedding" if inputs and view.is_constant(inputs[0]) else "Gather"


def _add(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """Adding activations of one shape is a residual add; with a constant or broadcast it is element-wise."""
    shapes = {view.graph.shape(name) for name in inputs}
    constant = any(view.is_constant(name) for name in inputs)
    return "ResidualAdd" if len(inputs) > 1 and len(shapes) == 1 and not constant else "Add"


_DECISIONS: dict[str, Callable[[GraphView, Node, tuple[str, ...]], str]] = {
    "Clip": _clip,
    "ReduceMean": _reduce_mean,
    "AveragePool": _average_pool,
    "MatMul": _matmul,
    "Gemm": _matmul,
    "Gather": _gather,
    "Add": _add,
}


def plain_operator(view: GraphView, node: Node) -> tuple[str, tuple[str, ...]]:
    """Plain name of a node and its data inputs; the name of an unknown operator is kept as it is."""
    if node.domain not in KNOWN_DOMAINS or node.op in OWN_NAMES:
        return f"{node.domain}.{node.op}", tuple(name for name in node.inputs if name)
    count = len(node.inputs)
    plain, positions = spelling(node.op, count)
    inputs = tuple(node.inputs[place] for place in positions if place < count and node.inputs[place])
    decide = _DECISIONS.get(plain)
    if decide is not None:
        plain = decide(view, node, inputs)
    return plain, inputs
