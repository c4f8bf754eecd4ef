"""Counting weights, and telling the precision a network runs in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from predictors.model.graph import WIDE_ACTIVATIONS, Node, Tensor
from predictors.model.stored_weights import stored_elements

_VIEWS = frozenset(
    ("Identity", "Transpose", "Reshape", "Cast", "CastLike", "DequantizeLinear", "QuantizeLinear",
     "Unsqueeze", "Squeeze", "Flatten", "Expand", "Gather", "Slice")
)  # fmt: skip
# Inputs that are arguments or statistics rather than learned weights, by operator and place.
_ARGUMENTS: dict[str, frozenset[int]] = {
    "BatchNormalization": frozenset((3, 4)),
    "Clip": frozenset((1, 2)),
    "DequantizeLinear": frozenset((1, 2)),
    "Dropout": frozenset((1, 2)),
    "GRU": frozenset((4, 5)),
    "DynamicQuantizeLSTM": frozenset((4, 5, 6, 8, 9, 10, 11)),
    "GatherBlockQuantized": frozenset((1, 2, 3)),
    "GroupQueryAttention": frozenset((7, 8)),  # sines and cosines of positions
    "LSTM": frozenset((4, 5, 6)),
    "MatMulBnb4": frozenset((2,)),
    "MatMulNBits": frozenset((2, 3, 4)),
    "QMoE": frozenset((3, 6, 9, 11, 12, 13)),
    "OneHot": frozenset((1, 2)),
    "Pad": frozenset((1, 2, 3)),
    "QGemm": frozenset((1, 2, 4, 5, 7, 8)),
    "QLinearConv": frozenset((1, 2, 4, 5, 6, 7)),
    "QLinearMatMul": frozenset((1, 2, 4, 5, 6, 7)),
    "QuantizeLinear": frozenset((1, 2)),
    "RNN": frozenset((4, 5)),
    "RotaryEmbedding": frozenset((1, 2, 3)),
    "Resize": frozenset((1, 2, 3)),
    "Upsample": frozenset((1,)),
    "Where": frozenset((0,)),
}
_INTEGER_WEIGHTS = frozenset(
    ("ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QGemm", "QAttention", "MatMulNBits",
     "DynamicQuantizeMatMul", "MatMulIntegerToFloat", "DequantizeLinear", "Gather", "GatherBlockQuantized",
     "QEmbedLayerNormalization", "DynamicQuantizeLSTM", "MatMulBnb4", "MatMulFpQ4", "QMoE")
)  # fmt: skip
_FLOATS = frozenset(("float32", "float16", "bfloat16", "float64", "unknown"))
_INT8_OPS = frozenset(
    ("ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QGemm", "QLinearAdd", "QAttention",
     "DynamicQuantizeLinear", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM", "MatMulIntegerToFloat")
)  # fmt: skip
_PRODUCTS = frozenset(("Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU", "RNN"))
_HALF = frozenset(("float16", "bfloat16"))
_WIDE = frozenset(("int16", "uint16"))


def params_and_precision(nodes: Sequence[Node], tensors: Mapping[str, Tensor]) -> tuple[int, str]:
    """Elements of all weights that running nodes read, each weight once (scalars and arguments excluded); and
    the precision that the network runs in.

    Running mean and variance of batch normalisation are statistics, not parameters, as in published counts.
    A weight that is reshaped, transposed, cut or dequantised on its way counts as the one it came from, and
    a number that is spread out counts as a number. Packed weights count one by one.
    """
    weights = _weights(nodes, tensors)
    return sum(count for count in weights.values() if count > 1), _precision(nodes, tensors, weights)


def _weights(nodes: Iterable[Node], tensors: Mapping[str, Tensor]) -> dict[str, int]:
    """Elements of every weight, by the name of the tensor that the file stores."""
    origins: dict[str, str] = {}
    found: dict[str, int] = {}
    for node in nodes:
        if all(tensors[name].is_constant for name in node.outputs if name):
            if node.op in _VIEWS and node.inputs:
                origins.update(dict.fromkeys(node.outputs, origins.get(node.inputs[0], node.inputs[0])))
            continue
        arguments = _ARGUMENTS.get(node.op, frozenset())
        for place, name in enumerate(node.inputs):
            if name and place not in arguments and _is_weight(node, tensors[name]):
                origin = tensors[origins.get(name, name)]
                packed = stored_elements(node.op, node.attributes, place, origin.dtype, origin.elements)
                found[origin.name] = max(found.get(origin.name, 0), packed)
    return found


def _is_weight(node: Node, tensor: Tensor) -> bool:
    if not tensor.is_constant or tensor.elements <= 1:
        return False
    return tensor.dtype in _FLOATS or node.op in _INTEGER_WEIGHTS or "quantised" in node.attributes


def _precision(nodes: Sequence[Node], tensors: Mapping[str, Tensor], weights: Iterable[str]) -> str:
    """`int8` if activations are quantised (QDQ, integer operators), `fp16` if most weights are, or `fp32`.

    `int16x8` where most quantised activations have 16 bits. A product whose `quantised` attribute says so
    computes on 8-bit codes, or with 16-bit activations.
    """
    activations: Counter[bool] = Counter()
    for node in nodes:
        if node.op in _PRODUCTS and "quantised" in node.attributes:
            return "int8" if node.attributes["quantised"] == 8 else WIDE_ACTIVATIONS
        if node.op in _INT8_OPS:
            return "int8"
        if node.op == "QuantizeLinear" and not tensors[node.outputs[0]].is_constant:
            made = tensors[node.outputs[0]]
            activations[made.dtype in _WIDE] += max(made.elements, 1)
    if activations:
        return WIDE_ACTIVATIONS if activations[True] > activations[False] else "int8"
    sizes: Counter[bool] = Counter()
    for name in weights:
        sizes[tensors[name].dtype in _HALF] += tensors[name].elements
    return "fp16" if sizes[True] > sizes[False] else "fp32"
