"""Small files that ask for much: memory, time, nesting, or files that are none of their business."""

from __future__ import annotations

from collections.abc import Callable

import onnx
from onnx import TensorProto, helper

from hostile.case import READ, Case, call, functions, hand_made, parsed, text
from predictors.reading.wire_format import message_field
from reading_support import from_nodes, from_text

TOO_COMPLEX = "MODEL_TOO_COMPLEX"
LINK = "link-beside-the-model"
"""A file name that tests make a symbolic link of, to a file that must not be opened."""

CONSTANT_OF_SHAPE = """
    g (float[1,8] x) => (float[1,N] y)
    { s = Constant<value = int64[2] {8,20000000}>()  w = ConstantOfShape(s)
      r = Constant<value = int64[2] {1,64}>()  t = Tile(w, r)  y = MatMul(x, t) }"""
RANGE = """
    g (float[1] x) => (float[N] y) <int64 a = {0}, int64 b = {9223372036854775807}, int64 d = {1}>
    { r = Range(a, b, d)  f = Cast<to = 1>(r)  y = Mul(x, f) }"""
EXPAND = """
    g (float[1] x) => (float[N,M] y)
    { s = Constant<value = int64[2] {2000000,2000000}>()  y = Expand(x, s) }"""
MANY_AXES = """
    g (float[1] x) => (float[N] y)
    { n = Constant<value = int64[1] {1000000}>()  s = ConstantOfShape<value = int64[1] {1}>(n)
      y = Reshape(x, s) }"""
LOOP = """
    g (float[4] x) => (float[4] y) <int64 n = {9223372036854775807}, bool c = {1}>
    { y = Loop <body = b (int64 i, bool k, float[4] a) => (bool k2, float[4] b2)
      { k2 = Identity(k)  b2 = Add(a, a) }> (n, c, x) }"""


def external(location: str, offset: str = "0") -> Callable[[], bytes]:
    """A Reshape whose shape is said to lie in another file."""

    def make() -> bytes:
        node = helper.make_node("Reshape", ["x", "shape"], ["y"])
        model = parsed(from_nodes([node], {"x": [1, 2, 3, 4]}))
        model.graph.initializer.append(external_tensor("shape", location, offset))
        return model.SerializeToString()

    return make


def external_tensor(name: str, location: str, offset: str = "0") -> TensorProto:
    """An int64 tensor of four elements whose content is said to lie at `location`."""
    tensor = TensorProto(name=name, dims=[4], data_type=TensorProto.INT64)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", offset), ("length", "32")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def external_attribute() -> bytes:
    """The same as the value of a Constant, where loaders look for external data too."""
    constant = helper.make_node("Constant", [], ["shape"])
    attribute = constant.attribute.add(name="value", type=onnx.AttributeProto.TENSOR)
    attribute.t.CopyFrom(external_tensor("value", "../../../../etc/passwd"))
    nodes = [constant, helper.make_node("Reshape", ["x", "shape"], ["y"])]
    return from_nodes(nodes, {"x": [1, 2, 3, 4]})


def shape_without_content() -> bytes:
    node = helper.make_node("Reshape", ["x", "shape"], ["y"])
    return from_nodes([node], {"x": [1, 2, 3, 4]}, {"shape": [4]}, types={"shape": TensorProto.INT64})


def sparse_bomb() -> bytes:
    model = parsed(from_nodes([helper.make_node("Abs", ["x"], ["y"])], {"x": [1]}))
    values = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    indices = helper.make_tensor("i", TensorProto.INT64, [1], [0])
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [2**40, 2**40]))
    return model.SerializeToString()


def nested_graphs(depth: int) -> Callable[[], bytes]:
    """Graphs inside attributes of nodes inside graphs."""

    def make() -> bytes:
        graph = b""
        for _ in range(depth):
            graph = message_field(1, message_field(5, message_field(6, graph)))
        return hand_made(graph)

    return make


def nested_types() -> bytes:
    inner = b""
    for _ in range(60):
        inner = message_field(4, message_field(1, inner))
    return hand_made(message_field(11, b"\x0a\x01x" + message_field(2, inner)))


def exponential_calls() -> bytes:
    bodies = [[call(place + 1, "a", "m"), call(place + 1, "m", "b")] for place in range(40)]
    return functions(*bodies, [helper.make_node("Relu", ["a"], ["b"])])


def call_chain(length: int) -> Callable[[], bytes]:
    """Functions that each call the next one."""
    last = [helper.make_node("Relu", ["a"], ["b"])]
    return lambda: functions(*([call(place + 1)] for place in range(length)), last)


def chain(count: int) -> bytes:
    """A sound network of very many operators in a row."""
    nodes = [helper.make_node("Relu", [f"t{i}"], [f"t{i + 1}"]) for i in range(count)]
    return from_nodes(nodes, {"t0": [1]}, outputs=(f"t{count}",))


def convolutions(count: int) -> bytes:
    """A sound network in which every operator is a kernel of its own."""
    nodes = [helper.make_node("Conv", [f"t{i}", "w"], [f"t{i + 1}"]) for i in range(count)]
    return from_nodes(nodes, {"t0": [1, 8, 16, 16]}, {"w": [8, 8, 1, 1]}, outputs=(f"t{count}",))


def different_convolutions(count: int) -> bytes:
    """A sound network of ever more channels: every operator is a kernel of another configuration."""
    nodes = [helper.make_node("Conv", [f"t{i}", f"w{i}"], [f"t{i + 1}"]) for i in range(count)]
    weights = {f"w{i}": [i + 2, i + 1, 1, 1] for i in range(count)}
    return from_nodes(nodes, {"t0": [1, 1, 4, 4]}, weights, outputs=(f"t{count}",))


def folding() -> bytes:
    """15,000 constants of 4,096 numbers each, every one computed from the one before."""
    model = parsed(
        from_text("""
        g (float[4096] x) => (float[4096] y)
        { s = Constant<value = int64[1] {4096}>()  c0 = ConstantOfShape<value = int64[1] {1}>(s)
          y = Abs(x) }""")
    )
    model.graph.node.extend(helper.make_node("Add", [f"c{i}", f"c{i}"], [f"c{i + 1}"]) for i in range(15_000))
    return model.SerializeToString()


def repeated(number: int, message: bytes, count: int) -> Callable[[], bytes]:
    """A graph of one record, over and over."""
    return lambda: hand_made(message_field(number, message) * count)


def many_axes_of_one_input() -> bytes:
    shape = message_field(2, message_field(1, message_field(2, b"\x0a\x00" * 1_000_001)))
    return hand_made(message_field(11, b"\x0a\x01x" + shape))


def value(name: str) -> bytes:
    return helper.make_tensor_value_info(name, 1, [1]).SerializeToString()


RELU = helper.make_node("Relu", ["a"], ["b"]).SerializeToString()
WEIGHT = TensorProto(name="w", dims=[1], data_type=1).SerializeToString()

FILES = (
    Case("external-path-traversal", external("../../../../../../etc/passwd"), "MODEL_SHAPE_ELSEWHERE"),
    Case("external-absolute", external("/etc/passwd"), "MODEL_SHAPE_ELSEWHERE"),
    Case("external-endless", external("/dev/zero"), "MODEL_SHAPE_ELSEWHERE"),
    Case("external-link", external(LINK), "MODEL_SHAPE_ELSEWHERE"),
    Case("external-address", external("http://192.0.2.1/weights"), "MODEL_SHAPE_ELSEWHERE"),
    Case("external-process", external("/proc/self/mem", "0"), "MODEL_SHAPE_ELSEWHERE"),
    Case("external-offset-negative", external(LINK, "-9223372036854775808"), "MODEL_SHAPE_ELSEWHERE"),
    Case("external-in-an-attribute", external_attribute, "MODEL_SHAPE_ELSEWHERE"),
    Case("shape-without-content", shape_without_content, READ),
)

GREEDY = (
    Case("constant-of-shape-bomb", text(CONSTANT_OF_SHAPE), READ),
    Case("range-bomb", text(RANGE), READ),
    Case("expand-bomb", text(EXPAND), READ),
    Case("axes-bomb", text(MANY_AXES), "MODEL_SHAPE_CONFLICT"),
    Case("loop-forever", text(LOOP), READ),
    Case("sparse-bomb", sparse_bomb, "MODEL_BAD_DIMENSION"),
    Case("graphs-nested-20-deep", nested_graphs(20), TOO_COMPLEX),
    Case("graphs-nested-5000-deep", nested_graphs(5_000), TOO_COMPLEX),
    Case("types-nested-60-deep", nested_types, TOO_COMPLEX),
    Case("functions-doubling-40-times", exponential_calls, TOO_COMPLEX),
    Case("functions-calling-1500-deep", call_chain(1_500), TOO_COMPLEX),
    Case("functions-calling-60-deep", call_chain(60), READ),
)

LARGE = (
    Case("chain-of-300000-nodes", lambda: chain(300_000), TOO_COMPLEX, large=True),
    Case("nodes-of-one-kind-300000", repeated(1, RELU, 300_000), TOO_COMPLEX, large=True),
    Case("empty-nodes-of-10-megabytes", repeated(1, b"", 5_000_000), TOO_COMPLEX, large=True),
    Case("inputs-200000", repeated(11, value("x"), 200_000), TOO_COMPLEX, large=True),
    Case("weights-200000", repeated(5, WEIGHT, 200_000), TOO_COMPLEX, large=True),
    Case("opsets-a-million", lambda: b"\x08\x08" + b"\x42\x00" * 1_000_001, TOO_COMPLEX, large=True),
    Case("axes-a-million", many_axes_of_one_input, TOO_COMPLEX, large=True),
    Case("chain-of-19000-nodes", lambda: chain(19_000), READ, large=True),
    Case("convolutions-of-1500-kinds", lambda: different_convolutions(1_500), READ, large=True),
    Case("convolutions-of-19000-kinds", lambda: different_convolutions(19_000), READ, large=True),
    Case("convolutions-19000", lambda: convolutions(19_000), READ, large=True),
    Case("folding-bomb", folding, READ, large=True),
)

CASES = (*FILES, *GREEDY, *LARGE)
