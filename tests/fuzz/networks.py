"""Networks of operators drawn at random, with attributes and inputs that need not fit them."""

from __future__ import annotations

import onnx
from hypothesis import strategies as st
from onnx import TensorProto, helper

OPERATORS = sorted({schema.name for schema in onnx.defs.get_all_schemas()})
ATTRIBUTES = sorted({name for schema in onnx.defs.get_all_schemas() for name in schema.attributes})
NUMBERS = st.integers(-3, 9) | st.sampled_from([0, 2**31, 2**62, -(2**62), 4096])
VALUES = (
    NUMBERS
    | st.floats(width=32)
    | st.lists(NUMBERS, min_size=1, max_size=6)
    | st.lists(st.floats(width=32), min_size=1, max_size=3)
    | st.sampled_from(
        ["SAME_UPPER", "VALID", "NOTSET", "LINEAR", "bij,bjk->bik", "...", "linear", "asymmetric"]
    )
)
SHAPES = st.lists(st.sampled_from([1, 2, 3, 8, 16, 0, 2**20]), max_size=5)
TENSORS = [f"t{place}" for place in range(9)]


def _node(
    op: str, reads: list[str], results: int, attributes: dict[str, object], place: int
) -> onnx.NodeProto:
    outputs = [f"n{place}_{number}" for number in range(results)]
    return helper.make_node(op, reads, outputs, name=f"node{place}", **attributes)


@st.composite
def networks(draw: st.DrawFn) -> bytes:
    """An ONNX file of one to four operators over a few inputs and constants of small shapes."""
    weights = [
        helper.make_tensor(f"c{place}", TensorProto.INT64, [len(values)], values)
        for place, values in enumerate(draw(st.lists(st.lists(NUMBERS, max_size=5), max_size=3)))
    ]
    kinds = st.sampled_from([TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT8, TensorProto.BOOL])
    shapes = draw(st.lists(SHAPES, min_size=1, max_size=3))
    inputs = [
        helper.make_tensor_value_info(f"t{place}", draw(kinds), shape) for place, shape in enumerate(shapes)
    ]
    known = [value.name for value in inputs] + [weight.name for weight in weights]
    nodes = []
    for place in range(draw(st.integers(1, 4))):
        reads = draw(st.lists(st.sampled_from([*known, ""]), min_size=0, max_size=4))
        attributes = draw(st.dictionaries(st.sampled_from(ATTRIBUTES), VALUES, max_size=4))
        nodes.append(
            _node(draw(st.sampled_from(OPERATORS)), reads, draw(st.integers(1, 3)), attributes, place)
        )
        known += nodes[-1].output
    outputs = [helper.make_tensor_value_info(known[-1], TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "fuzz", inputs, outputs, weights)
    opset = helper.make_opsetid("", draw(st.sampled_from([7, 11, 13, 17, 21])))
    return helper.make_model(graph, opset_imports=[opset], ir_version=9).SerializeToString()
