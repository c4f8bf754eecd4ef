"""What the tests of the reader share: models written as text or by hand, and the codes they end in."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from predictors.errors import ModelError
from predictors.model.graph import Graph
from predictors.reading import read_model


def from_text(text: str, opset: int = 17) -> bytes:
    """An ONNX file from the text form of its graph (`name (inputs) => (outputs) <weights> { nodes }`).

    A weight without a value (`<float[4,3,3,3] w>`) is an initializer without content.
    """
    header = f'<ir_version: 8, opset_import: ["" : {opset}, "com.microsoft" : 1]>'
    model = onnx.parser.parse_model(header + text)
    made = {name for node in model.graph.node for name in node.output}
    weights = [value for value in model.graph.value_info if value.name not in made]
    for value in weights:
        kind = value.type.tensor_type
        dims = [dim.dim_value for dim in kind.shape.dim]
        model.graph.initializer.add(name=value.name, data_type=kind.elem_type, dims=dims)
        model.graph.value_info.remove(value)
    return model.SerializeToString()


def read_text(text: str, opset: int = 17, **shapes: tuple[int, ...]) -> Graph:
    """Our graph of a model in text form."""
    return read_model(from_text(text, opset), shapes=shapes or None)


def from_nodes(
    nodes: list[onnx.NodeProto],
    inputs: dict[str, list[int | str | None]],
    weights: dict[str, list[int]] | None = None,
    outputs: tuple[str, ...] = ("y",),
    opset: int = 17,
    types: dict[str, int] | None = None,
) -> bytes:
    """An ONNX file from nodes; float inputs unless `types` says otherwise, weights of zeros by shape."""
    kinds = types or {}
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(name, kinds.get(name, 1), dims) for name, dims in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [
            TensorProto(name=name, dims=dims, data_type=kinds.get(name, 1))
            for name, dims in (weights or {}).items()
        ],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def code_of(source: bytes, **shapes: tuple[int, ...]) -> str:
    """The error code that reading ends with; "read" if it does not."""
    try:
        read_model(source, shapes=shapes or None)
    except ModelError as error:
        assert error.message
        assert error.message.isprintable()
        return error.code
    return "read"
