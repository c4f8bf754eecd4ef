"""Small networks in old opsets, layouts and containers, and classic models: the work worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from predictors import estimate_model
from predictors.errors import ModelError
from predictors.fusing import fuse
from predictors.reading import read_model

Node, Value, Tensor = onnx.NodeProto, onnx.ValueInfoProto, onnx.TensorProto
node = helper.make_node


def value(name: str, shape: list[int] | None, kind: int = TensorProto.FLOAT) -> Value:
    return helper.make_tensor_value_info(name, kind, shape)


def weight(name: str, *shape: int) -> Tensor:
    return numpy_helper.from_array(np.zeros(shape, np.float32), name)


def model(nodes: list[Node], inputs: list[Value], weights: list[Tensor], opset: int = 17) -> bytes:
    outputs = [value("y", None)]
    graph = helper.make_graph(nodes, "g", inputs, outputs, weights)
    domains = [("", opset), ("com.microsoft", 1), ("ai.onnx.ml", 3)]
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid(*each) for each in domains])
    return made.SerializeToString()


PRODUCT = node("MatMul", ["k", "w"], ["y"])
CONV = node("Conv", ["k", "c"], ["y"])
TO_CONV = [weight("c", 4, 8, 1, 1)]
BODY = helper.make_graph(
    [node("MatMul", ["e", "w"], ["o"])], "b", [value("e", [1, 64])], [value("o", [1, 64])]
)
OLD = {
    "Reshape of opset 1": ([node("Reshape", ["x"], ["k"], shape=[0, -1]), PRODUCT], [4, 8, 8], 1, 4 * 64 * 8),
    "Concat of opset 1": ([node("Concat", ["x", "x"], ["k"]), PRODUCT], [4, 32], 1, 4 * 64 * 8),
    "Split of opset 1": ([node("Split", ["x"], ["k", "rest"], axis=1), PRODUCT], [4, 128], 1, 4 * 64 * 8),
    "Cast of opset 1": ([node("Cast", ["x"], ["k"], to="FLOAT"), PRODUCT], [4, 64], 1, 4 * 64 * 8),
    "Pad of opset 1": (
        [node("Pad", ["x"], ["k"], paddings=[0, 0, 1, 1, 0, 0, 1, 1]), CONV],
        [1, 8, 6, 6],
        1,
        64 * 8 * 4,
    ),
    "Crop and ImageScaler of opset 1": (
        [
            node("Crop", ["x"], ["s"], border=[1, 1, 1, 1]),
            node("ImageScaler", ["s"], ["k"], scale=1.0, bias=[0.0] * 8),
            CONV,
        ],
        [1, 8, 10, 10],
        1,
        64 * 8 * 4,
    ),
    "Upsample of opset 1": (
        [node("Upsample", ["x"], ["k"], width_scale=2.0, height_scale=2.0), CONV],
        [1, 8, 4, 4],
        1,
        64 * 8 * 4,
    ),
}


@pytest.mark.parametrize("kind", OLD)
def test_operators_of_old_opsets_have_shapes(kind: str, tmp_path: Path) -> None:
    nodes, shape, opset, macs = OLD[kind]
    file = tmp_path / "m.onnx"
    file.write_bytes(model(nodes, [value("x", shape)], [weight("w", 64, 8), *TO_CONV], opset))
    report = estimate_model(str(file), device="huawei-p40-pro", delegate="cpu")
    assert report.model.macs == macs
    assert report.estimates


def test_a_recurrent_layer_of_opset_1_has_its_work(tmp_path: Path) -> None:
    file = tmp_path / "m.onnx"
    layer = node("LSTM", ["x", "w", "r"], ["y"], hidden_size=128)
    weights = [weight("w", 1, 512, 64), weight("r", 1, 512, 128)]
    file.write_bytes(model([layer], [value("x", [50, 1, 64])], weights, 1))
    assert estimate_model(str(file), device="huawei-p40-pro", delegate="cpu").model.macs == 50 * 512 * 192


@pytest.mark.parametrize(("op", "pads", "pixels"), [("NhwcConv", 0, 14 * 14), ("NhwcFusedConv", 1, 16 * 16)])
def test_convolutions_with_channels_last_count_every_pixel(
    op: str, pads: int, pixels: int, tmp_path: Path
) -> None:
    file = tmp_path / "m.onnx"
    conv = node(op, ["x", "w"], ["y"], domain="com.microsoft", pads=[pads] * 4)
    file.write_bytes(model([conv], [value("x", [1, 16, 16, 8])], [weight("w", 16, 8, 3, 3)]))
    report = estimate_model(str(file), device="huawei-p40-pro", delegate="cpu")
    assert report.model.macs == pixels * 16 * 8 * 9


SEQUENCE = helper.make_tensor_sequence_value_info
APPEND = helper.make_graph(
    [node("MatMul", ["x", "w"], ["m"]), node("SequenceInsert", ["q", "m"], ["r"]),
     node("Identity", ["c"], ["d"])],
    "b",
    [value("i", [], TensorProto.INT64), value("c", [], TensorProto.BOOL), SEQUENCE("q", 1, None)],
    [value("d", [], TensorProto.BOOL), SEQUENCE("r", 1, None)],
)  # fmt: skip
CONTAINERS = {
    "SequenceMap": (
        [
            node("SplitToSequence", ["x"], ["s"], axis=0),
            node("SequenceMap", ["s"], ["t"], body=BODY),
            node("ConcatFromSequence", ["t"], ["y"], axis=0),
        ],
        [7, 64],
        7 * 64 * 64,
    ),
    "SequenceConstruct": (
        [
            node("SequenceConstruct", ["x", "x"], ["s"]),
            node("ConcatFromSequence", ["s"], ["k"], axis=1),
            PRODUCT,
        ],
        [4, 32],
        4 * 64 * 64,
    ),
    "a list that a loop fills": (
        [
            node("SequenceEmpty", [], ["s"]),
            node("Loop", ["four", "", "s"], ["f"], body=APPEND),
            node("ConcatFromSequence", ["f"], ["y"], axis=0),
        ],
        [2, 64],
        4 * 2 * 64 * 64,
    ),
    "a list put in order by hand": (
        [
            node("SequenceConstruct", ["x", "x"], ["s"]),
            node("SequenceInsert", ["s", "x", "first"], ["t"]),
            node("SequenceErase", ["t"], ["u"]),
            node("ConcatFromSequence", ["u"], ["k"], axis=0, new_axis=1),
            PRODUCT,
        ],
        [4, 64],
        2 * 4 * 64 * 64,
    ),
    "pieces of one without their axis": (
        [
            node("SplitToSequence", ["x"], ["s"], axis=0, keepdims=0),
            node("SequenceAt", ["s", "first"], ["k"]),
            PRODUCT,
        ],
        [3, 4, 64],
        4 * 64 * 64,
    ),
    "Optional": (
        [node("Optional", ["x"], ["o"]), node("OptionalGetElement", ["o"], ["k"]), PRODUCT],
        [4, 64],
        4 * 64 * 64,
    ),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_what_lies_in_containers_is_counted(kind: str, tmp_path: Path) -> None:
    nodes, shape, macs = CONTAINERS[kind]
    file = tmp_path / "m.onnx"
    numbers = [
        helper.make_tensor(name, TensorProto.INT64, [], [n]) for name, n in (("four", 4), ("first", 0))
    ]
    file.write_bytes(model(nodes, [value("x", shape)], [weight("w", 64, 64), *numbers]))
    report = estimate_model(str(file), device="huawei-p40-pro", delegate="cpu")
    assert report.model.macs == macs
    assert report.estimates


def classic(op: str, **attributes: Any) -> bytes:
    outputs = ["label", "y"] if op.endswith("Classifier") else ["y"]
    return model([node(op, ["x"], outputs, domain="ai.onnx.ml", **attributes)], [value("x", [8, 16])], [])


TREE = {
    "nodes_treeids": [0, 0, 0, 0, 0],
    "nodes_nodeids": [0, 1, 2, 3, 4],
    "nodes_featureids": [3, 0, 5, 0, 0],
    "nodes_values": [0.5, 0.0, 0.1, 0.0, 0.0],
    "nodes_truenodeids": [1, 0, 3, 0, 0],
    "nodes_falsenodeids": [2, 0, 4, 0, 0],
    "nodes_modes": ["BRANCH_LEQ", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"],
}
CLASSIC = {
    "linear regression": (classic("LinearRegressor", coefficients=[0.0] * 16, intercepts=[0.0]), 8 * 16),
    "linear classifier": (
        classic(
            "LinearClassifier", coefficients=[0.0] * 48, intercepts=[0.0] * 3, classlabels_ints=[0, 1, 2]
        ),
        8 * 16 * 3,
    ),
    "support vectors": (
        classic(
            "SVMRegressor",
            kernel_type="RBF",
            coefficients=[1.0] * 10,
            support_vectors=[0.0] * 160,
            n_supports=10,
            rho=[0.0],
        ),
        8 * 10 * 16 + 8 * 10,
    ),
    "trees": (
        classic(
            "TreeEnsembleRegressor",
            n_targets=1,
            target_treeids=[0] * 3,
            target_nodeids=[1, 3, 4],
            target_ids=[0] * 3,
            target_weights=[1.0] * 3,
            **TREE,
        ),
        0,
    ),
    "trees that classify": (
        classic(
            "TreeEnsembleClassifier",
            classlabels_int64s=[0, 1],
            class_treeids=[0] * 3,
            class_nodeids=[1, 3, 4],
            class_ids=[0, 1, 1],
            class_weights=[1.0] * 3,
            **TREE,
        ),
        0,
    ),
}


@pytest.mark.parametrize("kind", CLASSIC)
def test_classic_models_are_counted_as_what_they_compute(kind: str, tmp_path: Path) -> None:
    data, macs = CLASSIC[kind]
    file = tmp_path / "m.onnx"
    file.write_bytes(data)
    report = estimate_model(str(file), device="huawei-p40-pro", delegate="cpu")
    assert report.model.macs == macs
    assert report.estimates and report.estimates[0].energy_mj > 0
    assert ("TREES_AS_COMPARISONS" in {each.code for each in report.estimates[0].warnings}) == (
        "trees" in kind
    )


def test_an_ensemble_whose_attributes_do_not_fit_has_no_figure(tmp_path: Path) -> None:
    file = tmp_path / "m.onnx"
    file.write_bytes(classic("TreeEnsembleRegressor", **(TREE | {"nodes_truenodeids": [1]})))
    report = estimate_model(str(file), device="huawei-p40-pro", delegate="cpu")
    assert not report.estimates


def step_body() -> onnx.GraphProto:
    values = [value("i", [], TensorProto.INT64), value("go", [], TensorProto.BOOL), value("s", [1, 64])]
    outputs = [value("on", [], TensorProto.BOOL), value("t", [1, 64])]
    nodes = [node("MatMul", ["s", "w"], ["t"]), node("Identity", ["go"], ["on"])]
    return helper.make_graph(nodes, "b", values, outputs)


LOOP = node("Loop", ["m", "", "x"], ["y"], name="decoder", body=step_body())
BRANCHES = node(
    "If", ["c"], ["y"], name="cache",
    then_branch=helper.make_graph([node("MatMul", ["x", "w"], ["a"])], "t", [], [value("a", None)]),
    else_branch=helper.make_graph([node("MatMul", ["x", "v"], ["b"])], "e", [], [value("b", None)]),
)  # fmt: skip


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    """A network with a loop that runs as often as an input says."""
    file = tmp_path / "m.onnx"
    inputs = [value("x", [1, 64]), value("m", [], TensorProto.INT64)]
    file.write_bytes(model([LOOP], inputs, [weight("w", 64, 64)]))
    return file


def test_the_steps_of_a_loop_can_be_said(chosen: Path) -> None:
    without = estimate_model(str(chosen), device="huawei-p40-pro", delegate="cpu")
    assert not without.estimates
    assert "decoder=10" in str(without.not_estimated[0].reason)
    report = estimate_model(str(chosen), device="huawei-p40-pro", delegate="cpu", shapes={"decoder": (12,)})
    assert report.model.macs == 12 * 64 * 64
    assert report.estimates


@pytest.mark.parametrize("number", [(2, 3), (-1,), (10**9,)])
def test_steps_that_no_loop_has_are_refused(chosen: Path, number: tuple[int, ...]) -> None:
    with pytest.raises(ModelError) as caught:
        estimate_model(str(chosen), device="huawei-p40-pro", delegate="cpu", shapes={"decoder": number})
    assert caught.value.code == "CHOICE_UNUSABLE"


@pytest.mark.parametrize(
    ("choice", "macs", "code"),
    [(None, 64 * 256, "BRANCH_TAKEN"), (1, 64 * 64, "BRANCH_CHOSEN"), (0, 64 * 256, "BRANCH_CHOSEN")],
)
def test_the_branch_of_a_network_can_be_chosen(
    choice: int | None, macs: int, code: str, tmp_path: Path
) -> None:
    file = tmp_path / "m.onnx"
    inputs = [value("x", [1, 64]), value("c", [], TensorProto.BOOL)]
    file.write_bytes(model([BRANCHES], inputs, [weight("w", 64, 64), weight("v", 64, 256)]))
    shapes = None if choice is None else {"cache": (choice,)}
    report = estimate_model(str(file), device="huawei-p40-pro", delegate="cpu", shapes=shapes)
    assert report.model.macs == macs
    assert code in {each.code for each in report.estimates[0].warnings}


PACKED = {
    "with its projection": (
        node("PackedAttention", ["x", "w", "b", "at", "cu"], ["y"], domain="com.microsoft", num_heads=12),
        ["x"], [weight("w", 768, 2304), weight("b", 2304)], 128 * 768 * 2304 + 2 * 128 * 128 * 768),
    "queries, keys and values apart": (
        node("PackedMultiHeadAttention", ["x", "k", "v", "", "at", "cu"], ["y"], domain="com.microsoft",
             num_heads=12), ["x", "k", "v"], [], 2 * 128 * 128 * 768),
}  # fmt: skip


@pytest.mark.parametrize("kind", PACKED)
def test_attention_over_packed_sequences_costs_what_it_does_apart(kind: str, tmp_path: Path) -> None:
    made, names, weights, macs = PACKED[kind]
    inputs = [value(name, [128, 768]) for name in names]
    inputs += [value("at", [1, 128], TensorProto.INT32), value("cu", [2], TensorProto.INT32)]
    file = tmp_path / "m.onnx"
    file.write_bytes(model([made], inputs, weights))
    report = estimate_model(str(file), device="huawei-p40-pro", delegate="cpu")
    assert report.model.macs == macs
    assert report.estimates


EQUATIONS = {"...i,ij->...j": ((2, 3, 16), (2, 3, 8), 768), "bi,ij": ((3, 16), (3, 8), 384)}


@pytest.mark.parametrize("equation", EQUATIONS)
def test_equations_with_dots_or_without_a_result(equation: str) -> None:
    shape, made, macs = EQUATIONS[equation]
    source = model(
        [node("Einsum", ["x", "w"], ["y"], equation=equation)],
        [value("x", list(shape))],
        [weight("w", 16, 8)],
    )
    graph = read_model(source)
    assert (graph.shape("y"), fuse(graph, "tflite-cpu").macs) == (made, macs)


@pytest.mark.parametrize("op", ["MaxPool", "AveragePool", "LpPool"])
def test_a_pooling_longer_than_its_input_is_refused(op: str) -> None:
    pool = node(op, ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2])
    with pytest.raises(ModelError) as caught:
        read_model(model([pool], [value("x", [1, 8, 2, 2])], []))
    assert caught.value.code == "MODEL_SHAPE_CONFLICT"


def contributed(op: str, inputs: list[str], outputs: list[str] | None = None, **attributes: Any) -> Node:
    return node(op, inputs, outputs or ["k"], domain="com.microsoft", **attributes)


def numbers(name: str, *values: float, kind: int = TensorProto.INT64, scalar: bool = False) -> Tensor:
    return helper.make_tensor(name, kind, [] if scalar else [len(values)], values)


PICTURE, WINDOW = value("x", [1, 8, 16, 16]), weight("c", 4, 8, 3, 3)
CONTRIBUTED: dict[str, tuple[list[Node], list[Value], list[Tensor], int]] = {
    "GemmFloat8": ([contributed("GemmFloat8", ["x", "w"], ["y"])], [value("x", [8, 64])], [], 8 * 64 * 8),
    "FeatureVectorizer": (
        [
            node("FeatureVectorizer", ["x", "x"], ["k"], domain="ai.onnx.ml", inputdimensions=[32, 32]),
            PRODUCT,
        ],
        [value("x", [8, 32])],
        [],
        8 * 64 * 8,
    ),
    "FusedMatMul with rows in front, turned": (
        [contributed("FusedMatMul", ["x", "z"], ["y"], transBatchA=1, transA=1)],
        [value("x", [5, 2, 3, 7]), value("z", [2, 3, 5, 4])],
        [],
        2 * 3 * 7 * 5 * 4,
    ),
    "GemmaRotaryEmbedding": (
        [contributed("GemmaRotaryEmbedding", ["e", "x", "r", "z", "s"], ["q", "k"]),
         contributed("MultiHeadAttention", ["q", "k", "z"], ["y"], num_heads=8)],
        [value("e", [1, 16, 64]), *(value(name, [1, 8, 16, 64]) for name in "xrzs")],
        [],
        2 * 8 * 16 * 16 * 64,
    ),
    "Pad and ExpandDims": (
        [contributed("Pad", ["x", "p"], ["q"]), contributed("ExpandDims", ["q", "a"], ["r"]),
         node("Squeeze", ["r", "one"], ["k"]), CONV],
        [PICTURE],
        [WINDOW, numbers("p", 0, 0, 1, 1, 0, 0, 1, 1), numbers("one", 0),
         numbers("a", 0, kind=TensorProto.INT32, scalar=True)],
        256 * 4 * 8 * 9,
    ),
    "GridSample": (
        [contributed("GridSample", ["x", "g"]), CONV], [PICTURE, value("g", [1, 10, 10, 2])], [WINDOW],
        64 * 4 * 8 * 9,
    ),
    "CropAndResize": (
        [contributed("CropAndResize", ["x", "r", "n", "s"]), CONV],
        [PICTURE, value("r", [10, 4]), value("n", [10], TensorProto.INT32)],
        [WINDOW, numbers("s", 14, 12, kind=TensorProto.INT32)],
        10 * 12 * 10 * 4 * 8 * 9,
    ),
    "TorchEmbedding": (
        [contributed("TorchEmbedding", ["table", "ids"]), PRODUCT],
        [value("ids", [1, 8], TensorProto.INT64)],
        [weight("table", 100, 64)],
        8 * 64 * 8,
    ),
    "distances": (
        [contributed("CDist", ["x", "table"], ["y"], metric="euclidean")], [value("x", [10, 64])],
        [weight("table", 100, 64)], 10 * 100 * 64,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CONTRIBUTED)
def test_contributed_operators_have_shapes_and_a_figure(kind: str) -> None:
    nodes, inputs, weights, macs = CONTRIBUTED[kind]
    fused = fuse(read_model(model(nodes, inputs, [weight("w", 64, 8), *weights])), "tflite-cpu")
    assert fused.macs == macs
    assert all(kernel.kind.value != "unsupported" for kernel in fused.kernels)


def test_spectra_have_a_shape_but_no_figure() -> None:
    nodes = [
        contributed("Rfft", ["x"], onesided=1, signal_ndim=1),
        contributed("Irfft", ["k"], ["y"], onesided=1),
    ]
    graph = read_model(model(nodes, [value("x", [2, 400])], []))
    assert (graph.shape("k"), graph.shape("y")) == ((2, 201, 2), (2, 400))
    assert {kernel.kind.value for kernel in fuse(graph, "tflite-cpu").kernels} == {"unsupported"}
