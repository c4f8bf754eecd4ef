"""Sound ONNX files whose network is absurd: dimensions, attributes, types, names, order."""

from __future__ import annotations

import onnx
from onnx import AttributeProto, TensorProto, helper

from hostile.case import READ, Case, call, conv, functions, parsed, text, unary
from reading_support import from_nodes

BAD_DIMENSION, BAD_ATTRIBUTE, CONFLICT = "MODEL_BAD_DIMENSION", "MODEL_BAD_ATTRIBUTE", "MODEL_SHAPE_CONFLICT"
SCRIPT = "<script>alert(document.cookie)</script><img src=x onerror=alert(1)>"
MARKDOWN = "![x](http://192.0.2.1/x.png) [y](javascript:alert(1)) **bold** $\\frac{1}{0}$ `code` :fire:"


def weighted(dims: list[int], op: str = "MatMul", x: tuple[int, ...] = (1, 3)) -> bytes:
    """One operator on an input and a weight that says it has these dimensions."""
    return from_nodes([helper.make_node(op, ["x", "w"], ["y"])], {"x": list(x)}, {"w": dims})


def many_axes() -> bytes:
    return unary(dims=(1,) * 300)


def product_overflow() -> bytes:
    return unary(dims=(2**31 - 1,) * 6)


def doubling() -> bytes:
    nodes = [helper.make_node("Concat", [f"t{i}", f"t{i}"], [f"t{i + 1}"], axis=0) for i in range(70)]
    return from_nodes(nodes, {"t0": [3]}, outputs=("t70",))


def two_nodes(first: str, second: str) -> bytes:
    nodes = [helper.make_node("Relu", ["x"], [first]), helper.make_node("Relu", ["x"], [second])]
    return from_nodes(nodes, {"x": [1]}, {"w": [3]})


def twice(field: str) -> bytes:
    """A model that lists its input, weight or node twice."""
    model = parsed(conv())
    listed = getattr(model.graph, field)
    listed.append(listed[0])
    return model.SerializeToString()


def nodes_of_one_name() -> bytes:
    nodes = [
        helper.make_node("Relu", ["x"], ["a"], name="n"),
        helper.make_node("Abs", ["a"], ["y"], name="n"),
    ]
    return from_nodes(nodes, {"x": [4]})


def cycle() -> bytes:
    nodes = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    return from_nodes(nodes, {"x": [1]}, outputs=("b",))


def own_result() -> bytes:
    return from_nodes([helper.make_node("Relu", ["y"], ["y"])], {"x": [1]})


def missing_tensor() -> bytes:
    return from_nodes([helper.make_node("Add", ["x", "nowhere"], ["y"])], {"x": [1]})


def missing_output() -> bytes:
    return from_nodes([helper.make_node("Relu", ["x"], ["y"])], {"x": [1]}, outputs=("elsewhere",))


def no_inputs_to_a_node() -> bytes:
    return from_nodes([helper.make_node("Conv", [], ["y"])], {"x": [1, 3, 8, 8]})


def lying_attribute() -> bytes:
    node = helper.make_node("Concat", ["x"], ["y"])
    node.attribute.append(AttributeProto(name="axis", type=AttributeProto.GRAPH, i=1))
    return from_nodes([node], {"x": [1, 2]})


def broken_branch() -> bytes:
    nodes = [helper.make_node("If", ["c"], ["y"], then_branch=helper.make_graph([], "t", [], []))]
    model = parsed(from_nodes(nodes, {"x": [1]}))
    model.graph.initializer.append(helper.make_tensor("c", TensorProto.BOOL, [], [True]))
    return model.SerializeToString()


def typed(kind: int) -> bytes:
    return from_nodes([helper.make_node("Abs", ["x"], ["y"])], {"x": [1]}, types={"x": kind})


def sequence_input() -> bytes:
    model = parsed(unary())
    tensor = model.graph.input[0].type.tensor_type
    model.graph.input[0].type.sequence_type.elem_type.tensor_type.CopyFrom(tensor)
    return model.SerializeToString()


def bytes_in_a_name(made: bytes) -> bytes:
    data = from_nodes([helper.make_node("Relu", ["inputX"], ["y"])], {"inputX": [1]})
    return data.replace(b"inputX", made)


def named(name: str) -> bytes:
    """A convolution and a ReLU in which everything that can have a name has this one."""
    nodes = [
        helper.make_node("Conv", [name, name + "w"], [name + "1"], name=name),
        helper.make_node("Relu", [name + "1"], [name + "2"], name=name),
        helper.make_node(name, [name + "2"], [name + "3"], name=name, domain=name),
    ]
    model = parsed(
        from_nodes(nodes, {name: [1, 3, name, 8]}, {name + "w": [4, 3, 3, 3]}, outputs=(name + "3",))
    )
    model.producer_name = model.producer_version = model.doc_string = model.graph.name = name
    model.metadata_props.add(key=name, value=name)
    return model.SerializeToString()


def opset(version: int) -> bytes:
    model = parsed(conv())
    model.opset_import[0].version = version
    return model.SerializeToString()


def no_opset() -> bytes:
    model = parsed(conv())
    model.ClearField("opset_import")
    return model.SerializeToString()


def axis_far_away() -> bytes:
    return from_nodes([helper.make_node("Concat", ["x", "x"], ["y"], axis=2**62)], {"x": [1, 2]})


DIMENSIONS = (
    Case("dimension-negative", lambda: unary(dims=(1, -5)), BAD_DIMENSION),
    Case("dimension-huge", lambda: unary(dims=(1, 2**62)), BAD_DIMENSION),
    Case("dimensions-overflow-together", product_overflow, BAD_DIMENSION),
    Case("dimension-zero", lambda: unary(dims=(1, 0, 4)), READ),
    Case("dimensions-by-the-hundred", many_axes, BAD_DIMENSION),
    Case("weight-negative", lambda: weighted([4, -3, 3, 3], "Conv", (1, 3, 8, 8)), BAD_DIMENSION),
    Case("weight-huge", lambda: weighted([3, 2**62]), BAD_DIMENSION),
    Case("weight-of-another-shape", lambda: weighted([7, 9]), CONFLICT),
    Case("doubling-seventy-times", doubling, BAD_DIMENSION),
)

ATTRIBUTES = (
    Case("stride-zero", lambda: conv(strides=[0, 0]), BAD_ATTRIBUTE),
    Case("stride-negative", lambda: conv(strides=[-1, 1]), BAD_ATTRIBUTE),
    Case("stride-huge", lambda: conv(strides=[2**62, 2**62]), READ),
    Case("strides-of-another-rank", lambda: conv(strides=[1, 1, 1, 1]), CONFLICT),
    Case("group-zero", lambda: conv(group=0), BAD_ATTRIBUTE),
    Case("group-negative", lambda: conv(group=-3), BAD_ATTRIBUTE),
    Case("group-huge", lambda: conv(group=2**40), CONFLICT),
    Case("dilation-zero", lambda: conv(dilations=[0, 0]), BAD_ATTRIBUTE),
    Case("window-zero", lambda: conv(kernel_shape=[0, 0]), BAD_ATTRIBUTE),
    Case("pads-huge", lambda: conv(pads=[2**62] * 4), CONFLICT),
    Case("pads-negative", lambda: conv(pads=[-9] * 4), CONFLICT),
    Case("pooling-stride-zero", lambda: unary("MaxPool", (1, 3, 8, 8), kernel_shape=[2, 2], strides=[0, 0]),
         BAD_ATTRIBUTE),
    Case("attribute-of-another-type", lambda: conv(strides="two"), BAD_ATTRIBUTE),
    Case("attribute-that-lies-about-its-type", lying_attribute, CONFLICT),
    Case("axis-far-away", axis_far_away, READ),
    Case("permutation-repeats", lambda: unary("Transpose", (1, 2, 3), perm=[0, 0, 0]), CONFLICT),
    Case("equation-endless", lambda: unary("Einsum", (2, 2), equation="..." * 300), READ),
    Case("split-in-a-million", lambda: unary("Split", (1, 8), num_outputs=1_000_000), CONFLICT),
    Case("branch-broken", broken_branch, READ),
)  # fmt: skip

NAMES = (
    Case("name-not-utf-8", lambda: bytes_in_a_name(b"input\xff"), "MODEL_BAD_TEXT"),
    Case("name-half-a-surrogate", lambda: bytes_in_a_name(b"in\xed\xa0\x80p"), "MODEL_BAD_TEXT"),
    Case("name-with-nul", lambda: bytes_in_a_name(b"in\x00utX"), READ),
    Case("names-of-scripts", lambda: named(SCRIPT), READ),
    Case("names-of-markdown", lambda: named(MARKDOWN), READ),
    Case("names-of-control-characters", lambda: named("\x1b[31m\r\n\x07\u202e\u2066name"), READ),
    Case("names-of-paths", lambda: named("../../../../etc/passwd"), READ),
    Case("names-of-queries", lambda: named("'; DROP TABLE devices; --"), READ),
    Case("names-of-formulas", lambda: named('=HYPERLINK("http://192.0.2.1";"x")'), READ),
    Case("names-of-9000-letters", lambda: named("n" * 9_000), READ),
    Case("name-used-by-two-results", lambda: two_nodes("y", "y"), "MODEL_DUPLICATE_NAME"),
    Case("name-of-an-input-as-result", lambda: two_nodes("y", "x"), "MODEL_DUPLICATE_NAME"),
    Case("name-of-a-weight-as-result", lambda: two_nodes("y", "w"), "MODEL_DUPLICATE_NAME"),
    Case("input-listed-twice", lambda: twice("input"), "MODEL_DUPLICATE_NAME"),
    Case("weight-listed-twice", lambda: twice("initializer"), "MODEL_DUPLICATE_NAME"),
    Case("node-listed-twice", lambda: twice("node"), "MODEL_DUPLICATE_NAME"),
    Case("nodes-of-one-name", nodes_of_one_name, READ),
)

STRUCTURE = (
    Case("cycle", cycle, "MODEL_CYCLE"),
    Case("node-that-reads-its-own-result", own_result, "MODEL_CYCLE"),
    Case("input-from-nowhere", missing_tensor, "MODEL_MISSING_INPUT"),
    Case("output-from-nowhere", missing_output, READ),
    Case("node-without-inputs", no_inputs_to_a_node, CONFLICT),
    Case("nothing-computed", text("g (float[1] x) => (float[1] y) { y = Identity(x) }"), "MODEL_NO_COMPUTE"),
    Case("only-constants", text("g () => (float[1] y) <float[1] a = {1}> { y = Relu(a) }"),
         "MODEL_NO_COMPUTE"),
    Case("type-unknown", lambda: typed(9999), CONFLICT),
    Case("type-text", lambda: typed(TensorProto.STRING), CONFLICT),
    Case("type-undefined", lambda: typed(0), READ),
    Case("input-is-a-sequence", sequence_input, READ),
    Case("operator-unknown", lambda: unary("DeleteEverything"), READ),
    Case("opset-negative", lambda: opset(-1), READ),
    Case("opset-of-the-far-future", lambda: opset(2**60), READ),
    Case("opset-missing", no_opset, READ),
    Case("function-calls-itself", lambda: functions([call(0)]), "MODEL_FUNCTION_CYCLE"),
    Case("functions-call-each-other", lambda: functions([call(1)], [call(0)]), "MODEL_FUNCTION_CYCLE"),
    Case("function-without-body", lambda: functions([]), "MODEL_NO_COMPUTE"),
)  # fmt: skip

CASES = (*DIMENSIONS, *ATTRIBUTES, *NAMES, *STRUCTURE)


def model_names(data: bytes) -> set[str]:
    """Every name that a file holds, as protobuf reads them."""
    graph = onnx.load_model_from_string(data).graph
    return {graph.name, *(node.name for node in graph.node), *(value.name for value in graph.input)}
