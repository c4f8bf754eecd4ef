"""Local functions are put in place, with their attributes, subgraphs and optional inputs."""

from __future__ import annotations

import onnx
from onnx import helper

from predictors.model.graph import Graph
from predictors.reading import read_model

HEADER = '<ir_version: 9, opset_import: ["" : 17, "local" : 1]> '


def read(text: str) -> Graph:
    return read_model(onnx.parser.parse_model(HEADER + text).SerializeToString())


def test_a_function_is_expanded_where_it_is_called() -> None:
    graph = read("""
        g (float[1,4] x) => (float[1,4] y) { a = local.swish(x)  y = local.swish(a) }
        <domain: "local", opset_import: ["" : 17]>
        swish (v) => (w) { s = Sigmoid(v)  w = Mul(v, s) }""")
    assert [node.op for node in graph.nodes] == ["Sigmoid", "Mul", "Sigmoid", "Mul"]
    assert len({name for node in graph.nodes for name in node.outputs}) == 4
    assert graph.nodes[1].inputs[0] == "x"
    assert graph.nodes[3].outputs == ("y",)
    assert graph.shape("y") == (1, 4)


def test_attributes_reach_the_body_or_fall_back() -> None:
    graph = read("""
        g (float[1,4] x) => (float[1,4] y) { a = local.leak<slope = 0.25>(x)  y = local.leak(a) }
        <domain: "local", opset_import: ["" : 17]>
        leak <slope: float = 0.5> (v) => (w) { w = LeakyRelu<alpha: float = @slope>(v) }""")
    assert [node.attributes for node in graph.nodes] == [{"alpha": 0.25}, {"alpha": 0.5}]


def test_functions_in_functions_and_a_missing_optional_input() -> None:
    graph = read("""
        g (float[1,4] x) => (float[1,4] y) { y = local.outer(x) }
        <domain: "local", opset_import: ["" : 17, "local" : 1]>
        outer (v) => (w) { t = local.inner(v)  w = Relu(t) }
        <domain: "local", opset_import: ["" : 17]>
        inner (v, low) => (w) { w = Clip(v, low) }""")
    assert [node.op for node in graph.nodes] == ["Clip", "Relu"]
    assert graph.nodes[0].inputs == ("x", "")


def test_names_inside_branches_follow_the_call() -> None:
    """The branch reads the function's own tensor `s`, which gets a new name when put in place."""
    branch = helper.make_graph(
        [helper.make_node("Abs", ["s"], ["r"])], "b", [], [helper.make_tensor_value_info("r", 1, None)]
    )
    body = [
        helper.make_node("Neg", ["v"], ["s"]),
        helper.make_node("If", ["c"], ["w"], then_branch=branch, else_branch=branch),
    ]
    function = helper.make_function("local", "F", ["v", "c"], ["w"], body, [helper.make_opsetid("", 17)])
    graph = helper.make_graph(
        [helper.make_node("F", ["x", "yes"], ["m"], domain="local"),
         helper.make_node("F", ["m", "yes"], ["y"], domain="local")],
        "g",
        [helper.make_tensor_value_info("x", 1, [3])],
        [helper.make_tensor_value_info("y", 1, [3])],
        [helper.make_tensor("yes", 9, [], [True])],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    model = helper.make_model(graph, functions=[function], opset_imports=opsets, ir_version=9)
    read_graph = read_model(model.SerializeToString())
    assert [node.op for node in read_graph.nodes] == ["Neg", "Abs", "Identity"] * 2
    assert read_graph.shape("y") == (3,)
    for node in read_graph.nodes[1:]:
        assert node.inputs[0] in read_graph.tensors
