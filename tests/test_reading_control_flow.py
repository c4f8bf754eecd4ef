"""Branches, loops and scans: what they run is what is counted."""

from __future__ import annotations

from dataclasses import replace

import onnx
import pytest
from onnx import TensorProto, helper

from data.messages import Message
from predictors import estimate_model
from predictors.fusing import fuse
from predictors.model.graph import Graph, Remark
from predictors.model.open_choices import open_choices
from predictors.reading import read_model
from predictors.results.graph_notes import graph_notes
from reading_support import from_nodes

PHONE, DELEGATE = "huawei-p40-pro", "cpu"


def _value(name: str, dims: list[int] | None = None, kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, dims)


def _dense(prefix: str, width: int, count: int) -> onnx.GraphProto:
    """A branch of `count` products of (8, width) with (width, width) weights of its own."""
    weights = [
        TensorProto(name=f"{prefix}w{place}", dims=[width, width], data_type=TensorProto.FLOAT)
        for place in range(count)
    ]
    names = ["x", *(f"{prefix}{place}" for place in range(count))]
    nodes = [
        helper.make_node("MatMul", [names[place], f"{prefix}w{place}"], [names[place + 1]])
        for place in range(count)
    ]
    return helper.make_graph(nodes, prefix, [], [_value(names[-1])], weights)


def _branching(condition: str = "flag") -> Graph:
    node = helper.make_node(
        "If",
        [condition],
        ["y"],
        name="choice",
        then_branch=_dense("t", 64, 1),
        else_branch=_dense("e", 64, 3),
    )
    compared = [helper.make_node("Equal", ["a", "a"], ["same"])] if condition == "same" else []
    nodes = [*compared, node]
    return read_model(
        from_nodes(nodes, {"x": [8, 64], "flag": [1], "a": [1]}, types={"flag": TensorProto.BOOL})
    )


@pytest.mark.parametrize("condition", ["flag", "same"])
def test_the_dearer_branch_counts_and_is_named(condition: str) -> None:
    """Three products of 8 x 64 x 64 against one; only the weights of that branch count."""
    graph = _branching(condition)
    assert fuse(graph, "tflite-cpu").macs == 3 * 8 * 64 * 64
    assert graph.params == 3 * 64 * 64
    assert graph.remarks == (Remark("BRANCH_TAKEN", "choice", "else_branch"),)
    assert [node.index for node in graph.nodes] == list(range(len(graph.nodes)))


def test_the_reader_is_told_about_the_branch() -> None:
    node = helper.make_node(
        "If", ["flag"], ["y"], name="choice", then_branch=_dense("t", 64, 1), else_branch=_dense("e", 64, 2)
    )
    source = from_nodes([node], {"x": [8, 64], "flag": [1]}, types={"flag": TensorProto.BOOL})
    (estimate,) = estimate_model(source, device=PHONE, delegate=DELEGATE).estimates
    (note,) = [each for each in estimate.warnings if each.code == "BRANCH_TAKEN"]
    assert "choice" in note.message
    assert "else_branch" in note.message


def _loop_body(stacks: bool) -> onnx.GraphProto:
    """carried = carried @ w; also handed out per step where `stacks`."""
    nodes = [
        helper.make_node("MatMul", ["c", "lw"], ["c2"]),
        helper.make_node("Identity", ["go"], ["go2"]),
        helper.make_node("Identity", ["c2"], ["each"]),
    ]
    inputs = [_value("i", [], TensorProto.INT64), _value("go", [], TensorProto.BOOL), _value("c")]
    outputs = [_value("go2", [], TensorProto.BOOL), _value("c2"), *([_value("each")] if stacks else [])]
    weight = TensorProto(name="lw", dims=[16, 16], data_type=TensorProto.FLOAT)
    return helper.make_graph(nodes, "body", inputs, outputs, [weight])


def _loop(trips: int | None, opset: int = 17) -> bytes:
    nodes = []
    if trips is not None:
        count = helper.make_tensor("trips", TensorProto.INT64, [], [trips])
        nodes.append(helper.make_node("Constant", [], ["trips"], value=count))
    outputs = ["y", "all"]
    nodes.append(helper.make_node("Loop", ["trips", "", "x"], outputs, name="rnn", body=_loop_body(True)))
    inputs: dict[str, list[int | str | None]] = {"x": [2, 16]}
    if trips is None:
        inputs["trips"] = []
    types = {"trips": TensorProto.INT64}
    return from_nodes(nodes, inputs, outputs=("y", "all"), opset=opset, types=types)


@pytest.mark.parametrize("opset", [11, 17])
def test_a_loop_with_a_constant_count_runs_all_its_steps(opset: int) -> None:
    """Five products of 2 x 16 x 16, whose weights count once; the results are stacked."""
    graph = read_model(_loop(5, opset))
    assert fuse(graph, "tflite-cpu").macs == 5 * 2 * 16 * 16
    assert graph.params == 16 * 16
    assert graph.shape("y") == (2, 16)
    assert graph.shape("all") == (5, 2, 16)
    assert graph.remarks == (Remark("LOOP_WRITTEN_OUT", "rnn", "5"),)


@pytest.mark.parametrize("trips", [None, 1_000_000])
def test_a_loop_of_unknown_or_enormous_length_leaves_no_total(trips: int | None) -> None:
    report = estimate_model(_loop(trips), device=PHONE, delegate=DELEGATE)
    assert [each.reason.code for each in report.not_estimated] == ["NO_BASIS"]
    message = report.not_estimated[0].reason.message
    assert isinstance(message, Message)
    assert message.values["example" if trips is None else "name"] == "rnn"
    assert trips is None or (message.values["steps"], message.values["most"]) == (1_000_000, 10_000)
    chosen = estimate_model(_loop(trips), device=PHONE, delegate=DELEGATE, shapes={"rnn": (10,)})
    assert chosen.model.macs == 10 * 2 * 16 * 16


@pytest.mark.parametrize(("opset", "backwards"), [(11, False), (17, False), (17, True)])
def test_a_scan_runs_once_per_element(opset: int, backwards: bool) -> None:
    """Seven products of 3 x 8 x 8; the states and the stacked results have the shapes of the contract."""
    nodes = [
        helper.make_node("MatMul", ["e", "sw"], ["p"]),
        helper.make_node("Add", ["p", "s"], ["s2"]),
        helper.make_node("Identity", ["s2"], ["o"]),
    ]
    weight = TensorProto(name="sw", dims=[8, 8], data_type=TensorProto.FLOAT)
    body = helper.make_graph(nodes, "b", [_value("s"), _value("e")], [_value("s2"), _value("o")], [weight])
    turned = {"scan_input_directions": [1], "scan_output_directions": [1]} if backwards else {}
    node = helper.make_node(
        "Scan", ["s0", "x"], ["last", "all"], name="scan", body=body, num_scan_inputs=1, scan_input_axes=[1],
        scan_output_axes=[1], **turned,
    )  # fmt: skip
    inputs: dict[str, list[int | str | None]] = {"s0": [3, 8], "x": [3, 7, 8]}
    graph = read_model(from_nodes([node], inputs, outputs=("last", "all"), opset=opset))
    assert fuse(graph, "tflite-cpu").macs == 7 * 3 * 8 * 8
    assert graph.shape("last") == (3, 8)
    assert graph.shape("all") == (3, 7, 8)


def test_a_scan_over_what_the_data_decide_takes_the_steps_that_are_asked_for() -> None:
    """Of 50 rows the file keeps those that a mask picks: 7 steps are 7 products of 16 x 16."""
    weight = TensorProto(name="w", dims=[16, 16], data_type=TensorProto.FLOAT)
    nodes = [helper.make_node("MatMul", ["s", "w"], ["p"]), helper.make_node("Add", ["p", "e"], ["o"])]
    body = helper.make_graph(nodes, "b", [_value("s"), _value("e")], [_value("p"), _value("o")], [weight])
    picked = helper.make_node("Compress", ["x", "mask"], ["kept"], axis=0)
    scan = helper.make_node("Scan", ["s0", "kept"], ["y", "all"], name="scan", body=body, num_scan_inputs=1)
    content = from_nodes(
        [picked, scan], {"x": [50, 1, 16], "mask": [50], "s0": [1, 16]}, types={"mask": TensorProto.BOOL}
    )
    open_graph, chosen = read_model(content), read_model(content, shapes={"scan": (7,)})
    assert [(each.name, each.is_branch) for each in open_choices(open_graph)] == [("scan", False)]
    assert fuse(open_graph, "tflite-cpu").macs == 0
    assert fuse(chosen, "tflite-cpu").macs == 7 * 16 * 16


def test_one_step_is_said_in_the_singular() -> None:
    codes = "STEPS_AT_MOST", "LOOP_WRITTEN_OUT"
    remarks = [Remark(code, "loop", steps) for code in codes for steps in "12"]
    words = [
        note.message
        for each in remarks
        for note in graph_notes(replace(read_model(_loop(3)), remarks=(each,)), "fp32")
        if note.code == each.code
    ]
    assert ["one step" in each for each in words] == [True, False, True, False]
