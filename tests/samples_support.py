"""Counts MACs and parameters of an ONNX file with ONNX's own shape inference, apart from all of ours."""

from __future__ import annotations

from math import prod

import onnx
from onnx import shape_inference


def inferred_shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """Shape of every tensor of the model."""
    graph = shape_inference.infer_shapes(model, data_prop=True, strict_mode=True).graph
    values = [*graph.value_info, *graph.input, *graph.output]
    return {v.name: tuple(d.dim_value for d in v.type.tensor_type.shape.dim) for v in values}


def count_macs_and_params(data: bytes) -> tuple[int, int]:
    """MACs (out_h * out_w * c_out * (c_in / groups) * k * k, fc in * out) and weight elements."""
    model = onnx.load_from_string(data)
    shapes = inferred_shapes(model)
    macs = params = 0
    for node in model.graph.node:
        if node.op_type == "Conv":
            macs += prod(shapes[node.output[0]]) * prod(shapes[node.input[1]][1:])
        elif node.op_type == "Gemm":
            macs += shapes[node.output[0]][0] * prod(shapes[node.input[1]])
        elif node.op_type == "ConstantOfShape":
            params += prod(shapes[node.output[0]])
    return macs, params
