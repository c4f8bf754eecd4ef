"""Reading attributes and small constant arguments of nodes, whichever way the opset spells them."""

from __future__ import annotations

from collections.abc import Sequence

from predictors.model.graph import Graph, Node, Shape


def attribute_ints(node: Node, name: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
    """An attribute as a tuple of integers; a single number becomes a tuple of one."""
    value = node.attributes.get(name)
    if value is None or isinstance(value, str):
        return default
    if isinstance(value, int | float):
        return (int(value),)
    return tuple(int(part) for part in value)


def attribute_int(node: Node, name: str, default: int) -> int:
    """An attribute as one integer."""
    return (attribute_ints(node, name) or (default,))[0]


def attribute_text(node: Node, name: str) -> str:
    """A text attribute, empty when absent."""
    value = node.attributes.get(name)
    return value if isinstance(value, str) else ""


def constant_values(graph: Graph, node: Node, position: int) -> tuple[float, ...] | None:
    """Content of a small constant input; None when absent or unknown."""
    if position >= len(node.inputs):
        return None
    tensor = graph.tensors.get(node.inputs[position])
    return None if tensor is None else tensor.values


def argument_ints(graph: Graph, node: Node, name: str, position: int) -> tuple[int, ...] | None:
    """An argument that older opsets keep as attribute and newer ones as input; None when in neither."""
    if name in node.attributes:
        return attribute_ints(node, name)
    values = constant_values(graph, node, position)
    return None if values is None else tuple(int(value) for value in values)


def bound(graph: Graph, node: Node, name: str, position: int) -> float | None:
    """Lower or upper bound of a Clip, as attribute (old opsets) or constant input; None when open."""
    value = node.attributes.get(name)
    if isinstance(value, int | float):
        return float(value)
    values = constant_values(graph, node, position)
    return values[0] if values else None


def positive_axes(axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Axes counted from the front, in order."""
    return tuple(sorted(axis + rank if axis < 0 else axis for axis in axes))


def runs_channels_last(node: Node) -> bool:
    """Whether a convolution or pool reads (N, H, W, C), as some vendor operators do."""
    return node.op.startswith("Nhwc") or attribute_int(node, "channels_last", 0) == 1


def channels_first(node: Node, shape: Shape) -> Shape:
    """Shape of a convolution's or pool's tensor as (N, C, ...), whichever way the operator keeps it."""
    if runs_channels_last(node) and len(shape) > 1:
        return (shape[0], shape[-1], *shape[1:-1])
    return shape
