"""Asking onnx for the output types of one operator.

Questions that onnx's shape rules must not be asked: some trust damaged arguments and never come back.

Each case was found by giving every operator random inputs and attributes (onnx 1.23). The isolated reader is
what protects a server; this keeps reading in the same process from ending with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import onnx
from onnx import shape_inference

from data.messages import Message

OWN_RULES = frozenset(("Constant", "Einsum", "LayerNormalization", "RMSNormalization"))
"""Never asked: Einsum's rule loops on damaged equations, the normalisations' read past the shape when `axis`
lies beyond it. `custom_shapes` has rules for these."""

# The result has as many dimensions as this argument has elements; the rules believe any number of them.
_RANK_ARGUMENTS = {"ConstantOfShape": 0, "Expand": 1, "Reshape": 1, "AffineGrid": 1}
_MOST_DIMENSIONS = 64  # numpy's own limit


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


STANDARD_DOMAINS = frozenset(("", "ai.onnx", "ai.onnx.ml"))
_NEWEST = 1_000  # asks onnx for its newest definition
_TWINS = frozenset(("GatherND", "GridSample", "Pad", "Range", "Trilu"))
_TWINS_LIKE = 16
"""Operators of com.microsoft from before the standard had them: contracts are those of this opset."""


class RefusedError(Exception):
    """onnx's rule for an operator refuses its inputs or attributes."""


@lru_cache(maxsize=2048)
def _schema(op: str, domain: str, version: int) -> tuple[onnx.defs.OpSchema | None, bool]:
    """The operator's definition with a shape rule, and whether it is the one of this very version."""
    for wanted in (version, _NEWEST):
        try:
            schema = onnx.defs.get_schema(op, wanted, domain)
        except onnx.defs.SchemaError:
            continue
        if schema.has_type_and_shape_inference_function:
            return schema, wanted == version
    return None, False


def is_known(op: str, domain: str) -> bool:
    """Whether the ONNX standard has the operator in any version."""
    return domain in STANDARD_DOMAINS and _schema(op, domain, _NEWEST)[0] is not None


def infer(
    node: onnx.NodeProto,
    version: int,
    types: Mapping[str, onnx.TypeProto],
    data: Mapping[str, onnx.TensorProto],
) -> dict[str, onnx.TypeProto]:
    """Types of a node's outputs; empty where onnx has no rule.

    `types` holds those of all inputs, `data` the content of small constant ones, `version` is the opset of
    the node's domain. Raises RefusedError where the rule refuses.
    """
    domain = "" if node.domain == "ai.onnx" else node.domain
    if domain == "com.microsoft" and node.op_type in _TWINS:
        domain, version = "", _TWINS_LIKE
    if domain not in STANDARD_DOMAINS or node.op_type in OWN_RULES:
        return {}
    schema, exact = _schema(node.op_type, domain, version)
    if schema is None:
        return {}
    reason = objection(node, types)
    if reason is not None:
        raise RefusedError(reason)
    try:
        return _ask(schema, node, types, data, domain, version)
    except (onnx.checker.ValidationError, shape_inference.InferenceError, RuntimeError, ValueError) as error:
        if not exact:
            return {}
        raise RefusedError(str(error)) from error


def _ask(
    schema: onnx.defs.OpSchema,
    node: onnx.NodeProto,
    types: Mapping[str, onnx.TypeProto],
    data: Mapping[str, onnx.TensorProto],
    domain: str,
    version: int,
) -> dict[str, onnx.TypeProto]:
    opsets = [onnx.OperatorSetIdProto(domain=domain, version=max(version, schema.since_version))]
    try:
        return shape_inference.infer_node_outputs(schema, node, dict(types), dict(data), opset_imports=opsets)
    except onnx.checker.ValidationError:
        # Old exporters add attributes that the operator does not have.
        known = [attribute for attribute in node.attribute if attribute.name in schema.attributes]
        if len(known) == len(node.attribute):
            raise
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        del copy.attribute[:]
        copy.attribute.extend(known)
        return shape_inference.infer_node_outputs(schema, copy, dict(types), dict(data), opset_imports=opsets)
