"""How much a list of nodes works, roughly: enough to tell the dearer of two branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from predictors.model.attention_sizes import attention_sizes
from predictors.model.graph import Node, Tensor

_WINDOWS = {"Conv": 1, "ConvInteger": 1, "QLinearConv": 3, "ConvTranspose": 1, "DeformConv": 1}
_PRODUCTS = frozenset(
    ("MatMul", "Gemm", "MatMulInteger", "QLinearMatMul", "FusedMatMul", "MatMulNBits", "QGemm")
)


def rough_work(nodes: Iterable[Node], tensors: Mapping[str, Tensor]) -> int:
    """Multiply-accumulates of convolutions, products and attention, plus an operation per element made."""
    return sum(_of_node(node, tensors) for node in nodes)


def _of_node(node: Node, tensors: Mapping[str, Tensor]) -> int:
    if all(tensors[name].is_constant for name in node.outputs if name in tensors):
        return 0
    made = tensors[node.outputs[0]].elements if node.outputs and node.outputs[0] in tensors else 0
    shapes = [tensors[name].shape if name in tensors else None for name in node.inputs]
    if node.op in _WINDOWS and len(shapes) > _WINDOWS[node.op]:
        return made * prod((shapes[_WINDOWS[node.op]] or (1, 1))[1:])
    if node.op in _PRODUCTS and shapes and shapes[0]:
        return made * shapes[0][-1]
    if node.op in ("LSTM", "GRU", "RNN") and len(shapes) > 2 and shapes[0]:
        return prod(shapes[0][:2]) * sum(prod(shape or (0,)) for shape in shapes[1:3])
    sizes = attention_sizes(node.op, node.domain, shapes, node.attributes)
    return made if sizes is None else sizes.macs
