"""Files made to crash, stall or mislead: a code or a network each, in this very process."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import AttributeProto, TensorProto, helper

from predictors.errors import ModelError
from predictors.reading import read_model
from predictors.reading.protobuf import message_field
from reading_support import code_of, from_nodes, from_text


def chain(count: int) -> bytes:
    nodes = [helper.make_node("Relu", [f"t{i}"], [f"t{i + 1}"]) for i in range(count)]
    return from_nodes(nodes, {"t0": [1]}, outputs=(f"t{count}",))


def hand_made(*graph_fields: bytes) -> bytes:
    """A model whose graph is the given records."""
    return b"\x08\x08" + message_field(7, b"".join(graph_fields)) + message_field(8, b"\x10\x11")


def many_nodes() -> bytes:
    node = message_field(1, helper.make_node("Relu", ["a"], ["b"]).SerializeToString())
    return hand_made(node * 300_000)


def empty_nodes() -> bytes:
    return hand_made(b"\x0a\x00" * 5_000_000)


def many_inputs() -> bytes:
    value = message_field(11, helper.make_tensor_value_info("x", 1, [1]).SerializeToString())
    return hand_made(value * 200_000)


def many_dimensions() -> bytes:
    shape = message_field(2, message_field(1, message_field(2, b"\x0a\x00" * 1_000_001)))
    return hand_made(message_field(11, b"\x0a\x01x" + shape))


def many_opsets() -> bytes:
    return b"\x08\x08" + b"\x42\x00" * 1_000_001


def nested_types() -> bytes:
    inner = b""
    for _ in range(60):
        inner = message_field(4, message_field(1, inner))
    return hand_made(message_field(11, b"\x0a\x01x" + message_field(2, inner)))


def deep_nesting() -> bytes:
    graph = b""
    for _ in range(5_000):
        graph = message_field(1, message_field(5, message_field(6, graph)))
    return hand_made(graph)


def cycle() -> bytes:
    nodes = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    return from_nodes(nodes, {"x": [1]}, outputs=("b",))


def own_result() -> bytes:
    return from_nodes([helper.make_node("Relu", ["y"], ["y"])], {"x": [1]})


def functions(*bodies: list[onnx.NodeProto]) -> bytes:
    """A model calling F0; each Fn has the given body."""
    made = [
        helper.make_function("d", f"F{place}", ["a"], ["b"], body, [helper.make_opsetid("", 17)])
        for place, body in enumerate(bodies)
    ]
    graph = helper.make_graph(
        [helper.make_node("F0", ["x"], ["y"], domain="d")],
        "g",
        [helper.make_tensor_value_info("x", 1, [4])],
        [helper.make_tensor_value_info("y", 1, [4])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("d", 1)]
    return helper.make_model(graph, functions=made, opset_imports=opsets, ir_version=9).SerializeToString()


def self_call() -> bytes:
    return functions([helper.make_node("F0", ["a"], ["b"], domain="d")])


def mutual_call() -> bytes:
    return functions(
        [helper.make_node("F1", ["a"], ["b"], domain="d")], [helper.make_node("F0", ["a"], ["b"], domain="d")]
    )


def exponential_calls() -> bytes:
    def twice(place: int) -> list[onnx.NodeProto]:
        callee = f"F{place + 1}"
        return [
            helper.make_node(callee, ["a"], ["m"], domain="d"),
            helper.make_node(callee, ["m"], ["b"], domain="d"),
        ]

    return functions(*(twice(place) for place in range(40)), [helper.make_node("Relu", ["a"], ["b"])])


def long_call_chain() -> bytes:
    calls = [[helper.make_node(f"F{place + 1}", ["a"], ["b"], domain="d")] for place in range(1_500)]
    return functions(*calls, [helper.make_node("Relu", ["a"], ["b"])])


def constant_bomb() -> bytes:
    return from_text("""
        g (float[1,8] x) => (float[1,N] y)
        { s = Constant<value = int64[2] {8,20000000}>()  w = ConstantOfShape(s)  t = Tile(w, r)
          r = Constant<value = int64[2] {1,64}>()  y = MatMul(x, t) }""")


def doubling_bomb() -> bytes:
    nodes = [helper.make_node("Concat", [f"t{i}", f"t{i}"], [f"t{i + 1}"], axis=0) for i in range(70)]
    return from_nodes(nodes, {"t0": [3]}, outputs=("t70",))


def folding_bomb() -> bytes:
    """15,000 constants of 4,096 numbers each, every one computed from the one before."""
    text = from_text("""
        g (float[4096] x) => (float[4096] y)
        { s = Constant<value = int64[1] {4096}>()  c0 = ConstantOfShape<value = int64[1] {1}>(s)
          y = Abs(x) }""")
    model = onnx.load_model_from_string(text)
    model.graph.node.extend(helper.make_node("Add", [f"c{i}", f"c{i}"], [f"c{i + 1}"]) for i in range(15_000))
    return model.SerializeToString()


def huge_range() -> bytes:
    return from_text("""
        g (float[1] x) => (float[N] y) <int64 a = {0}, int64 b = {9223372036854775807}, int64 d = {1}>
        { r = Range(a, b, d)  f = Cast<to = 1>(r)  y = Mul(x, f) }""")


def hanging_einsum() -> bytes:
    node = helper.make_node("Einsum", ["x"], ["y"], equation="..." * 300)
    return from_nodes([node], {"x": [2, 2]})


def bad_element_type() -> bytes:
    return from_nodes([helper.make_node("Abs", ["x"], ["y"])], {"x": [1]}, types={"x": 9999})


def mismatched_attribute() -> bytes:
    node = helper.make_node("Conv", ["x", "w"], ["y"], strides="two")
    return from_nodes([node], {"x": [1, 3, 8, 8]}, {"w": [4, 3, 3, 3]})


def lying_attribute_type() -> bytes:
    node = helper.make_node("Concat", ["x"], ["y"])
    node.attribute.append(AttributeProto(name="axis", type=AttributeProto.GRAPH, i=1))
    return from_nodes([node], {"x": [1, 2]})


def broken_branch() -> bytes:
    nodes = [helper.make_node("If", ["c"], ["y"], then_branch=helper.make_graph([], "t", [], []))]
    model = onnx.load_model_from_string(from_nodes(nodes, {"x": [1]}))
    model.graph.initializer.append(helper.make_tensor("c", TensorProto.BOOL, [], [True]))
    return model.SerializeToString()


def no_compute() -> bytes:
    return from_text("g (float[1] x) => (float[1] y) { y = Identity(x) }")


def only_constants() -> bytes:
    return from_text("g () => (float[1] y) <float[1] a = {1}> { y = Relu(a) }")


def negative_weight() -> bytes:
    return from_nodes(
        [helper.make_node("Conv", ["x", "w"], ["y"])], {"x": [1, 3, 8, 8]}, {"w": [4, -3, 3, 3]}
    )


def overflowing_weight() -> bytes:
    return from_nodes([helper.make_node("MatMul", ["x", "w"], ["y"])], {"x": [1, 3]}, {"w": [3, 2**62]})


def bad_utf8() -> bytes:
    data = from_nodes([helper.make_node("Relu", ["inputX"], ["y"])], {"inputX": [1]})
    return data.replace(b"inputX", b"input\xff")


HOSTILE: dict[Callable[[], bytes], str] = {
    many_nodes: "MODEL_TOO_COMPLEX",
    empty_nodes: "MODEL_TOO_COMPLEX",
    many_inputs: "MODEL_TOO_COMPLEX",
    many_dimensions: "MODEL_TOO_COMPLEX",
    many_opsets: "MODEL_TOO_COMPLEX",
    nested_types: "MODEL_TOO_COMPLEX",
    deep_nesting: "MODEL_TOO_COMPLEX",
    cycle: "MODEL_CYCLE",
    own_result: "MODEL_CYCLE",
    self_call: "MODEL_FUNCTION_CYCLE",
    mutual_call: "MODEL_FUNCTION_CYCLE",
    exponential_calls: "MODEL_TOO_COMPLEX",
    long_call_chain: "MODEL_TOO_COMPLEX",
    constant_bomb: "read",
    doubling_bomb: "MODEL_BAD_DIMENSION",
    folding_bomb: "read",
    huge_range: "read",
    hanging_einsum: "read",
    bad_element_type: "MODEL_SHAPE_CONFLICT",
    mismatched_attribute: "MODEL_BAD_ATTRIBUTE",
    lying_attribute_type: "MODEL_SHAPE_CONFLICT",
    broken_branch: "read",
    no_compute: "MODEL_NO_COMPUTE",
    only_constants: "MODEL_NO_COMPUTE",
    negative_weight: "MODEL_BAD_DIMENSION",
    overflowing_weight: "MODEL_BAD_DIMENSION",
    bad_utf8: "MODEL_BAD_TEXT",
}


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_file_ends_in_a_code_or_a_network(make: Callable[[], bytes]) -> None:
    assert code_of(make()) == HOSTILE[make]


def relu_twice(second_output: str) -> bytes:
    nodes = [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Relu", ["x"], [second_output])]
    return from_nodes(nodes, {"x": [1]}, {"w": [3]})


@pytest.mark.parametrize("name", ["a", "x", "w"])
def test_two_producers_of_one_tensor_are_refused(name: str) -> None:
    assert code_of(relu_twice(name)) == "MODEL_DUPLICATE_NAME"


def test_duplicate_inputs_and_weights_are_refused() -> None:
    model = onnx.load_model_from_string(relu_twice("b"))
    model.graph.input.append(model.graph.input[0])
    assert code_of(model.SerializeToString()) == "MODEL_DUPLICATE_NAME"
    del model.graph.input[1]
    model.graph.initializer.append(model.graph.initializer[0])
    assert code_of(model.SerializeToString()) == "MODEL_DUPLICATE_NAME"


def test_a_missing_tensor_is_named() -> None:
    data = from_nodes([helper.make_node("Add", ["x", "nowhere"], ["y"])], {"x": [1]})
    with pytest.raises(ModelError, match="'nowhere'") as caught:
        read_model(data)
    assert caught.value.code == "MODEL_MISSING_INPUT"


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>\n\x00\x1b[31m" + "a" * 5000, "![x](http://e.x/)\u202e" * 99]
)
def test_names_come_out_short_printable_and_still_distinct(name: str) -> None:
    nodes = [helper.make_node("Relu", [name], [name + "1"], name=name),
             helper.make_node("Relu", [name + "1"], [name + "2"], name=name)]  # fmt: skip
    graph = read_model(from_nodes(nodes, {name: [1]}, outputs=(name + "2",)))
    names = [*graph.tensors, *graph.inputs, *graph.outputs, *(node.name for node in graph.nodes)]
    assert all(len(one) <= 200 and one.isprintable() for one in names)
    assert len(graph.tensors) == 3
    assert graph.nodes[0].outputs == graph.nodes[1].inputs
    assert graph.outputs == graph.nodes[1].outputs
    assert set(graph.tensors) == {one.name for one in graph.tensors.values()}


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero"), tmp_path / "absent", Path("nul\0byte")):
        with pytest.raises(ModelError) as caught:
            read_model(path)
        assert caught.value.code == "MODEL_FILE", path
    (tmp_path / "empty").touch()
    with pytest.raises(ModelError) as caught:
        read_model(tmp_path / "empty")
    assert caught.value.code == "MODEL_EMPTY"


def test_a_file_above_the_limit_is_refused_without_reading_it(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**31)  # a hole: no disk is used
    with pytest.raises(ModelError, match="2,147 MB") as caught:
        read_model(tmp_path / "huge")
    assert caught.value.code == "MODEL_TOO_LARGE"


def test_no_file_is_opened_for_external_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weight = TensorProto(name="w", dims=[4], data_type=TensorProto.INT64, data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value=str(tmp_path / "secret"))
    (tmp_path / "secret").write_bytes(b"\1" * 32)
    model = onnx.load_model_from_string(
        from_nodes([helper.make_node("Reshape", ["x", "w"], ["y"])], {"x": [1, 1, 1, 1]})
    )
    model.graph.initializer.append(weight)
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    monkeypatch.chdir(tmp_path)
    graph = read_model(tmp_path / "model.onnx")
    assert graph.tensors["w"].values is None
    assert graph.shape("w") == (4,)
