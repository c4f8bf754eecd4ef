"""Questions that onnx's shape rules must not be asked: some trust damaged arguments and never come back.

Each case was found by giving every operator random inputs and attributes (onnx 1.23). The isolated reader is
what protects a server; this keeps reading in the same process from ending with it.
"""

from __future__ import annotations

from collections.abc import Mapping

import onnx

from data.messages import Message

OWN_RULES = frozenset(("Constant", "Einsum", "LayerNormalization", "RMSNormalization"))
"""Never asked: Einsum's rule loops on damaged equations, the normalisations' read past the shape when `axis`
lies beyond it. `custom_shapes` has rules for these."""

# The result has as many dimensions as this argument has elements; the rules believe any number of them.
_RANK_ARGUMENTS = {"ConstantOfShape": 0, "Expand": 1, "Reshape": 1, "AffineGrid": 1}
_MOST_DIMENSIONS = 64


def objection(node: onnx.NodeProto, types: Mapping[str, onnx.TypeProto]) -> str | None:
    """Why the rule for a node must not be asked; None if it may. `types` are those of the inputs."""
    place = _RANK_ARGUMENTS.get(node.op_type)
    if place is not None and place < len(node.input) and node.input[place]:
        dims = types[node.input[place]].tensor_type.shape.dim
        if any(dim.dim_value > _MOST_DIMENSIONS for dim in dims):
            return Message("the result would have too many dimensions")
    for attribute in node.attribute:
        if attribute.name == "num_outputs" and node.op_type == "Split" and attribute.i != len(node.output):
            return Message("num_outputs is not the number of outputs")
        if attribute.name == "batch_dims" and attribute.i < 0:
            return Message("batch_dims is negative")
    return None
