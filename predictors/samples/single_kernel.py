"""One kernel of a network as a network of its own, so that a runtime can run it in a loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from predictors.model.graph import Graph
from predictors.model.kernels import Kernel

if TYPE_CHECKING:
    import onnx

TYPES: Final[Mapping[str, int]] = {"float32": 1, "int64": 7, "bool": 9, "int32": 6}
"""Types of activations, as ONNX numbers them (TensorProto.DataType)."""


def kernel_network(weighted: bytes, graph: Graph, kernel: Kernel) -> bytes | None:
    """The nodes of one kernel with their weights, what they read as inputs and what they make as outputs.

    `weighted` is the file with its weights, `graph` what was read from it. None where an input has no known
    shape or a type that no random values are made for.
    """
    import onnx

    model = onnx.load_model_from_string(weighted)
    made = {name for index in kernel.node_indices for name in graph.nodes[index].outputs if name}
    nodes = _with_constants(model, [node for node in model.graph.node if made & set(node.output)])
    produced = {name for node in nodes for name in node.output if name}
    weights = [each for each in model.graph.initializer if _is_read(each.name, nodes)]
    known = produced | {each.name for each in weights}
    asked = list(dict.fromkeys(name for node in nodes for name in node.input if name and name not in known))
    inside = {name for node in nodes for name in node.input}
    ends = [name for name in sorted(produced & made) if name not in inside] or sorted(produced & made)[-1:]
    inputs = [_described(name, graph) for name in asked]
    if not nodes or not inputs or any(each is None for each in inputs):
        return None
    outputs = [onnx.helper.make_empty_tensor_value_info(name) for name in ends]
    part = onnx.helper.make_graph(nodes, "kernel", [each for each in inputs if each], outputs, weights)
    whole = onnx.helper.make_model(part, opset_imports=model.opset_import, ir_version=model.ir_version)
    return bytes(whole.SerializeToString())


def _with_constants(model: onnx.ModelProto, nodes: list[onnx.NodeProto]) -> list[onnx.NodeProto]:
    """The nodes behind the constants that they read."""
    constants = [each for each in model.graph.node if each.op_type == "Constant"]
    return [*(each for each in constants if _is_read(each.output[0], nodes)), *nodes]


def _is_read(name: str, nodes: list[onnx.NodeProto]) -> bool:
    return any(name in node.input for node in nodes)


def _described(name: str, graph: Graph) -> onnx.ValueInfoProto | None:
    import onnx

    tensor = graph.tensors.get(name)
    if tensor is None or tensor.shape is None or tensor.dtype not in TYPES:
        return None
    return onnx.helper.make_tensor_value_info(name, TYPES[tensor.dtype], tensor.shape)
