"""Static shapes: one pass with folding, custom operators, control flow, and refusals that name the node."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from predictors.errors import ModelError
from predictors.model.graph import Remark, Shape
from predictors.reading import read_model
from predictors.reading.custom_shapes import broadcast, matmul_shape
from predictors.results.graph_notes import graph_notes
from reading_support import code_of, from_nodes, from_text, read_text

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def test_flatten_by_shape_arithmetic_is_folded() -> None:
    """What PyTorch writes for x.view(x.size(0), -1) with a dynamic batch."""
    graph = read_text("""
        g (float[N,8,4,4] x) => (float[N,M] y) <int64 zero = {0}, int64[1] rest = {-1}, int64[1] axis = {0}>
        { s = Shape(x)  b = Gather<axis=0>(s, zero)  u = Unsqueeze(b, axis)
          t = Concat<axis=0>(u, rest)  r = Reshape(x, t)  y = Relu(r) }""")
    assert graph.shape("y") == (1, 128)
    assert graph.tensors["t"].values == (1, -1)
    assert [graph.tensors[name].is_constant for name in ("s", "b", "u", "t", "r", "y")] == [True] * 4 + [
        False
    ] * 2


def test_split_squeeze_div_and_expand_chains_are_static() -> None:
    graph = read_text("""
        g (float[N,6,10,12] x) => (float[A,B,C,D] y)
        <int64[1] two = {2}, int64[1] i1 = {2}, int64[1] i2 = {3}, float[1,6,1,1] w>
        { s = Shape(x)  h = Slice(s, i1, i2)  half = Div(h, two)  q = Squeeze(half)  u = Unsqueeze(q, zero)
          c = Concat<axis=0>(lead, u, u)  e = Expand(w, c)  y = Relu(e2)  e2 = Mul(e, small)
          small = Slice(x, b0, b1, ax)
          zero = Constant<value = int64[1] {0}>()  lead = Constant<value = int64[2] {1,6}>()
          b0 = Constant<value = int64[2] {0,0}>()  b1 = Constant<value = int64[2] {5,5}>()
          ax = Constant<value = int64[2] {2,3}>() }""")
    assert graph.tensors["half"].values == (5,)
    assert graph.shape("e") == (1, 6, 5, 5)
    assert graph.shape("y") == (1, 6, 5, 5)
    assert graph.tensors["e"].is_constant
    assert [node.op for node in graph.nodes][-1] == "Relu"  # the nodes were out of order in the file


@pytest.mark.parametrize(
    ("op", "inputs", "attributes"),
    [
        ("Add", [np.array([1, 2]), np.array([[3], [4]])], {}),
        ("Div", [np.array([-7, 7, 7]), np.array([2, -2, 2])], {}),
        ("Mod", [np.array([-7, 7]), np.array([3, -3])], {}),
        ("Slice", [np.arange(9), np.array([-1]), np.array([-99]), np.array([0]), np.array([-2])], {}),
        ("Slice", [np.arange(9), np.array([2]), np.array([2**62])], {}),
        ("Gather", [np.arange(12).reshape(3, 4), np.array([2, 0])], {"axis": 1}),
        ("ReduceProd", [np.arange(1, 7).reshape(2, 3)], {"keepdims": 0, "axes": [1]}),
        ("Range", [np.array(1), np.array(10), np.array(3)], {}),
        ("Where", [np.array([True, False]), np.array([1, 2]), np.array([3, 4])], {}),
        ("Max", [np.array([1, 5]), np.array([3, 2]), np.array([0, 9])], {}),
        ("Transpose", [np.arange(6).reshape(1, 2, 3)], {"perm": [2, 0, 1]}),
        ("Tile", [np.array([1, 2]), np.array([3])], {}),
        ("Expand", [np.array([[1], [2]]), np.array([2, 3])], {}),
        ("Reshape", [np.arange(6).reshape(2, 3), np.array([0, -1, 1])], {}),
        ("Squeeze", [np.arange(3).reshape(1, 3, 1)], {}),
        ("Unsqueeze", [np.arange(3), np.array([0, 2])], {}),
        ("Equal", [np.array([1, 2]), np.array([1, 3])], {}),
        ("Cast", [np.array([1.7, -1.7], np.float32)], {"to": 7}),
        ("Floor", [np.array([1.7, -1.2], np.float32)], {}),
        ("ConstantOfShape", [np.array([2, 2])], {}),
        ("NonZero", [np.array([[1, 0], [0, 5]])], {}),
        ("Concat", [np.array([1]), np.array([2, 3])], {"axis": 0}),
        ("CumSum", [np.array([1, 2, 3]), np.array(0)], {}),
    ],
)
def test_folding_computes_what_the_reference_computes(
    op: str, inputs: list[np.ndarray], attributes: dict
) -> None:
    names = [f"i{place}" for place in range(len(inputs))]
    weights = [numpy_helper.from_array(array, name) for name, array in zip(names, inputs, strict=True)]
    nodes = [
        helper.make_node(op, names, ["folded"], **attributes),
        helper.make_node("Cast", ["folded"], ["f"], to=1),
        helper.make_node("Mul", ["f", "x"], ["y"]),
    ]
    values = [helper.make_tensor_value_info(name, 1, dims) for name, dims in (("x", []), ("y", None))]
    opset = 13 if op == "ReduceProd" else 17
    model = helper.make_model(
        helper.make_graph(nodes, "g", values[:1], values[1:], weights),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=8,
    )
    (expected,) = ReferenceEvaluator(model).run(["folded"], {"x": np.float32(1)})
    folded = read_model(model.SerializeToString()).tensors["folded"]
    assert folded.shape == expected.shape
    assert folded.values == tuple(expected.reshape(-1).tolist())


@given(SHAPES, SHAPES)
def test_broadcast_and_matmul_agree_with_numpy(left: Shape, right: Shape) -> None:
    for ours, theirs in ((broadcast, np.add), (matmul_shape, np.matmul)):
        try:
            expected = theirs(np.zeros(left), np.zeros(right)).shape
        except ValueError:
            expected = None
        try:
            found = ours(left, right)
        except ValueError:
            found = None
        assert found == expected


def test_large_constants_keep_their_shape_only() -> None:
    graph = read_text("""
        g (float[1,64] x) => (float[1,N] y)
        { s = Constant<value = int64[2] {64,100000}>()  w = ConstantOfShape(s)  t = Transpose(w)
          u = Transpose(t)  y = MatMul(x, u) }""")
    assert graph.shape("u") == (64, 100_000)
    assert graph.tensors["u"].is_constant
    assert graph.tensors["u"].values is None
    assert graph.shape("y") == (1, 100_000)
    assert graph.params == 6_400_000


def test_small_bounds_are_shown_with_their_values() -> None:
    graph = read_text("""
        g (float[1,3,8,8] x) => (float[1,3,8,8] y) <float low = {0.0}, float high = {6.0}>
        { y = Clip(x, low, high) }""")
    assert graph.tensors["high"].values == (6.0,)
    assert graph.tensors["high"].shape == ()


def test_initializers_listed_as_inputs_are_weights() -> None:
    data = from_nodes([helper.make_node("Conv", ["x", "w"], ["y"])], {"x": [1, 3, 8, 8], "w": [4, 3, 3, 3]},
                      {"w": [4, 3, 3, 3]})  # fmt: skip
    graph = read_model(data)
    assert graph.inputs == ("x",)
    assert graph.tensors["w"].is_constant
    assert graph.params == 108


def test_stale_symbolic_shapes_do_not_survive() -> None:
    model = onnx.load_model_from_string(
        from_text("g (float[1,3,8,8] x) => (float[q] y) { t = Relu(x) y = Relu(t) }")
    )
    model.graph.value_info.append(helper.make_tensor_value_info("t", 1, ["batch", 3, "h", "w"]))
    assert read_model(model.SerializeToString()).shape("t") == (1, 3, 8, 8)


def test_attributes_come_as_plain_values() -> None:
    graph = read_text("""
        g (float[1,3,9,9] x) => (float[1,4,4,4] y) <float[4,3,3,3] w>
        { t = Conv<strides = [2,2], auto_pad = "VALID">(x, w)  y = LeakyRelu<alpha = 0.5>(t) }""")
    assert graph.nodes[0].attributes == {"strides": (2, 2), "auto_pad": "VALID"}
    assert graph.nodes[1].attributes == {"alpha": 0.5}


MICROSOFT = [
    ("FusedConv", {"x": [1, 3, 9, 9]}, {"w": [8, 3, 3, 3]}, {"strides": [2, 2]}, (1, 8, 4, 4)),
    ("FusedMatMul", {"x": [2, 5, 7]}, {"w": [9, 7]}, {"transB": 1}, (2, 5, 9)),
    ("FusedMatMul", {"x": [5, 2, 3, 7], "z": [2, 3, 7, 4]}, {}, {"transBatchA": 1}, (2, 3, 5, 4)),
    ("Gelu", {"x": [1, 5, 7]}, {}, {}, (1, 5, 7)),
    ("BiasGelu", {"x": [1, 5, 7]}, {"b": [7]}, {}, (1, 5, 7)),
    ("SkipLayerNormalization", {"x": [1, 5, 8], "z": [1, 5, 8]}, {"g": [8]}, {}, (1, 5, 8)),
    ("Attention", {"x": [1, 5, 8]}, {"w": [8, 24], "b": [24]}, {"num_heads": 2}, (1, 5, 8)),
    ("MultiHeadAttention", {"q": [1, 5, 8], "k": [1, 9, 8], "v": [1, 9, 6]}, {}, {"num_heads": 2}, (1, 5, 6)),
    ("QLinearAdd", {"x": [1, 4, 5, 5], "s": [], "z": [], "o": [4, 1, 1]}, {}, {}, (1, 4, 5, 5)),
    ("QLinearGlobalAveragePool", {"x": [1, 4, 5, 5]}, {}, {}, (1, 4, 1, 1)),
    ("QLinearGlobalAveragePool", {"x": [1, 5, 5, 4]}, {}, {"channels_last": 1}, (1, 1, 1, 4)),
    ("QLinearConcat", {"s": [], "z": [], "a": [1, 4], "as": [], "az": [], "b": [1, 6], "bs": [], "bz": []},
     {}, {"axis": 1}, (1, 10)),
    ("QGemm", {"x": [2, 8], "s": [], "z": []}, {"w": [16, 8]}, {"transB": 1}, (2, 16)),
    ("DynamicQuantizeMatMul", {"x": [1, 5, 8]}, {"w": [8, 6]}, {}, (1, 5, 6)),
    ("MatMulNBits", {"x": [1, 5, 64]}, {"w": [100, 2, 16], "s": [200]},
     {"K": 64, "N": 100, "bits": 4}, (1, 5, 100)),
    ("NhwcMaxPool", {"x": [1, 9, 9, 4]}, {}, {"kernel_shape": [3, 3], "strides": [2, 2]}, (1, 4, 4, 4)),
]  # fmt: skip


@pytest.mark.parametrize(("op", "inputs", "weights", "attributes", "expected"), MICROSOFT)
def test_operators_of_com_microsoft_have_shapes(
    op: str, inputs: dict, weights: dict, attributes: dict, expected: Shape
) -> None:
    node = helper.make_node(op, [*inputs, *weights], ["y"], domain="com.microsoft", **attributes)
    graph = read_model(from_nodes([node], inputs, weights))
    assert graph.shape("y") == expected
    assert graph.nodes[0].domain == "com.microsoft"


def test_chunks_written_as_sequences_are_splits() -> None:
    graph = read_text("""
        g (float[N,8,5,5] x) => (float[A,B,C,D] y, float[A,B,C,D] z)
        <int64 size = {3}, int64 first = {0}, int64 last = {-1}>
        { s = SplitToSequence<axis = 1>(x, size)  a = SequenceAt(s, first)  b = SequenceAt(s, last)
          c = Concat<axis = 1>(b, a)  y = ConcatFromSequence<axis = 1>(s)  z = Relu(c) }""")
    assert [node.op for node in graph.nodes] == ["Split", "Identity", "Identity", "Concat", "Concat", "Relu"]
    assert [graph.shape(name) for name in ("a", "b", "c", "y")] == [
        (1, 3, 5, 5),
        (1, 2, 5, 5),
        (1, 5, 5, 5),
        (1, 8, 5, 5),
    ]
    assert [graph.shape(name) for name in graph.nodes[0].outputs] == [
        (1, 3, 5, 5),
        (1, 3, 5, 5),
        (1, 2, 5, 5),
    ]


def test_a_sequence_needed_whole_stays_one() -> None:
    graph = read_text("""
        g (float[4,8] x) => (seq(float[N,M]) s, float[4,P] y) <int64 size = {3}>
        { s = SplitToSequence<axis = 1>(x, size)  n = SequenceLength(s)
          f = CastLike(n, x)  y = Add(x, f) }""")
    assert [node.op for node in graph.nodes] == ["SplitToSequence", "SequenceLength", "CastLike", "Add"]


def test_unknown_operators_are_kept_and_reading_goes_on() -> None:
    nodes = [
        helper.make_node("Frobnicate", ["x"], ["a"], domain="example.org"),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["x", "w"], ["y"]),
    ]
    source = from_nodes(nodes, {"x": [1, 3, 8, 8]}, {"w": [4, 3, 3, 3]}, outputs=("b", "y"))
    graph = read_model(source)
    assert [node.op for node in graph.nodes] == ["Frobnicate", "Relu", "Conv"]
    assert [graph.shape(name) for name in ("a", "b", "y")] == [None, None, (1, 4, 6, 6)]


def test_a_stated_shape_helps_after_an_unknown_operator() -> None:
    node = helper.make_node("Frobnicate", ["x"], ["a"], domain="example.org")
    model = onnx.load_model_from_string(
        from_nodes([node, helper.make_node("Relu", ["a"], ["y"])], {"x": [1, 8]})
    )
    model.graph.value_info.append(helper.make_tensor_value_info("a", 1, [1, 5]))
    assert read_model(model.SerializeToString()).shape("y") == (1, 5)


def test_data_dependent_shapes_stay_unknown() -> None:
    graph = read_text("g (float[4,4] x) => (int64[2,N] y) { y = NonZero(x) }")
    assert graph.shape("y") is None
    assert graph.tensors["y"].dtype == "int64"


def test_einsum_has_a_rule_of_its_own() -> None:
    graph = read_text("""
        g (float[2,5,7] x, float[2,7,3] z) => (float[A,B,C] y)
        { y = Einsum<equation = "bij, bjk -> bik">(x, z) }""")
    assert graph.shape("y") == (2, 5, 3)


@pytest.mark.parametrize("attribute", ["strides", "dilations", "kernel_shape"])
def test_zero_in_a_window_is_refused(attribute: str) -> None:
    for op, inputs in (("Conv", ["x", "w"]), ("MaxPool", ["x"])):
        node = helper.make_node(op, inputs, ["y"], **{"kernel_shape": [3, 3], attribute: [0, 0]})
        assert code_of(from_nodes([node], {"x": [1, 3, 8, 8]}, {"w": [4, 3, 3, 3]})) == "MODEL_BAD_ATTRIBUTE"


def test_misfits_name_the_node_and_the_shapes() -> None:
    node = helper.make_node("MatMul", ["x", "w"], ["y"], name="head")
    with pytest.raises(ModelError, match=r"MatMul 'head'.*1x8, 9x2") as caught:
        read_model(from_nodes([node], {"x": [1, 8]}, {"w": [9, 2]}))
    assert caught.value.code == "MODEL_SHAPE_CONFLICT"


def test_a_window_larger_than_its_input_is_refused() -> None:
    node = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[9, 9])
    assert code_of(from_nodes([node], {"x": [1, 3, 4, 4]})) == "MODEL_SHAPE_CONFLICT"
    node = helper.make_node("Conv", ["x", "w"], ["y"])
    assert code_of(from_nodes([node], {"x": [1, 3, 2, 2]}, {"w": [4, 3, 3, 3]})) == "MODEL_SHAPE_CONFLICT"


MISFITTING_WEIGHTS: list[tuple[str, list[int], int, str | None]] = [
    ("Conv", [4, 3, 3, 3], 1, None),
    ("Conv", [4, 5, 3, 3], 1, "MODEL_SHAPE_CONFLICT"),
    ("Conv", [6, 1, 3, 3], 3, None),
    ("Conv", [6, 3, 3, 3], 3, "MODEL_SHAPE_CONFLICT"),
    ("ConvTranspose", [3, 4, 3, 3], 1, None),
    ("ConvTranspose", [4, 3, 3, 3], 1, "MODEL_SHAPE_CONFLICT"),
]


@pytest.mark.parametrize(("op", "weights", "groups", "code"), MISFITTING_WEIGHTS)
def test_channels_have_to_be_those_of_the_weights(
    op: str, weights: list[int], groups: int, code: str | None
) -> None:
    node = helper.make_node(op, ["x", "w"], ["y"], group=groups)
    model = from_nodes([node], {"x": [1, 3, 8, 8]}, {"w": weights})
    if code is None:
        assert read_model(model).shape("y") is not None
    else:
        assert code_of(model) == code


def test_old_operator_versions_still_have_shapes() -> None:
    """Opset 1 has no shape rules at all; opset 6 has broadcasting as an attribute."""
    nodes = [
        helper.make_node("Add", ["x", "b"], ["s"], broadcast=1, axis=1),
        helper.make_node("Dropout", ["s"], ["d"], is_test=1, ratio=0.5),
        helper.make_node("Relu", ["d"], ["y"], consumed_inputs=[0]),
    ]
    for opset in (1, 6):
        graph = read_model(from_nodes(nodes, {"x": [1, 4, 5, 5]}, {"b": [1]}, opset=opset))
        assert graph.shape("y") == (1, 4, 5, 5)
        assert graph.opset == opset


@pytest.mark.parametrize(("condition", "op"), [("1", "Relu"), ("0", "Sigmoid")])
def test_a_branch_with_a_known_condition_is_taken(condition: str, op: str) -> None:
    graph = read_text(f"""
        g (float[1,4] x) => (float[1,4] y) <bool c = {{{condition}}}>
        {{ a = Neg(x)
           y = If(c) <then_branch = t () => (float[1,4] r) {{ n = Relu(a) r = Abs(n) }},
                      else_branch = e () => (float[1,4] r) {{ n = Sigmoid(a) r = Abs(n) }}> }}""")
    assert [node.op for node in graph.nodes] == ["Neg", op, "Abs", "Identity"]
    assert graph.shape("y") == (1, 4)
    assert graph.outputs == ("y",)


def test_of_an_open_condition_the_dearer_branch_is_taken_and_said() -> None:
    graph = read_text("""
        g (float[1,4] x, bool c) => (float[1,4] y)
        { y = If(c) <then_branch = t () => (float[1,4] r) { r = Relu(x) },
                     else_branch = e () => (float[1,4] r) { a = Sigmoid(x)  r = Tanh(a) }> }""")
    assert [node.op for node in graph.nodes] == ["Sigmoid", "Tanh", "Identity", "Identity"]
    assert graph.shape("y") == (1, 4)
    assert graph.remarks == (Remark("BRANCH_TAKEN", "y", "else_branch"),)


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(6)))
def test_any_order_of_nodes_reads_the_same(order: list[int]) -> None:
    nodes = [helper.make_node("Add", [f"t{i}", f"t{max(i - 1, 0)}"], [f"t{i + 1}"]) for i in range(6)]
    graph = read_model(from_nodes([nodes[place] for place in order], {"t0": [2, 3]}, outputs=("t6",)))
    assert [node.outputs[0] for node in graph.nodes] == [f"t{i + 1}" for i in range(6)]
    assert [node.index for node in graph.nodes] == list(range(6))
    assert graph.shape("t6") == (2, 3)


def test_types_have_our_names() -> None:
    node = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT16)
    graph = read_model(from_nodes([node], {"x": [2]}))
    assert (graph.tensors["x"].dtype, graph.tensors["y"].dtype) == ("float32", "float16")


def test_operators_that_nobody_uses_are_counted_and_named() -> None:
    """A chain to nowhere is named as a whole; what branches read from outside, and every output, is used."""
    graph = read_text("""
        g (float[1,3,8,8] x, bool flag) => (float[A,B,C,D] y, float[A,B,C,D] o)
        <float[3,3,1,1] w = {1,0,0,0,1,0,0,0,1}>
        { a = Conv(x, w)  y = If(flag) <then_branch = t () => (float[A,B,C,D] u) { u = Relu(a) },
                                        else_branch = e () => (float[A,B,C,D] v) { v = Relu(x) }>
          o = Tanh(x)  s = Shape(x)  d = Conv(x, w)  e1 = Relu(d)  e2 = Sigmoid(e1)  e3 = Erf(x) }""")
    assert [node.op for node in graph.nodes if node.op in ("Conv", "Relu", "Sigmoid", "Tanh", "Erf")] == [
        "Conv", "Relu", "Tanh", "Conv", "Relu", "Sigmoid", "Erf",
    ]  # fmt: skip
    (remark,) = [each for each in graph.remarks if each.code == "UNUSED_COUNTED"]
    assert (remark.subject, remark.detail) == ("Conv 'd', Relu 'e1', Sigmoid 'e2', ...", "4")
    assert graph_notes(graph, "fp32")[-1].code == "UNUSED_COUNTED"
    nothing = from_nodes([helper.make_node("Relu", ["x"], ["y"])], {"x": [1, 3]}, outputs=())
    assert code_of(nothing) == "MODEL_NO_COMPUTE"
