"""No total without a basis: what operators without a figure hold decides, by work and not by number."""

from __future__ import annotations

import pytest
from onnx import helper

from predictors import estimate_model
from predictors.energy.basis import shares_without_figure
from predictors.errors import InputError
from predictors.estimate import estimate_graph
from predictors.fusing import fuse
from predictors.reading import read_model
from predictors.research.diff import diff_models
from predictors.results.shares import possible_macs
from reading_support import from_nodes

PHONE, DELEGATE = "huawei-p40-pro", "cpu"
CONV = helper.make_node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1])


def _with(node_op: str, domain: str, weight: list[int] | None, output: str = "y") -> bytes:
    """A 3x3 convolution (3 to 16 channels, 32x32: 442,368 MACs), then one operator of another domain."""
    inputs = ["a", "u"] if weight is not None else ["a"]
    unknown = helper.make_node(node_op, inputs, [output], domain=domain)
    weights = {"w": [16, 3, 3, 3]} | ({"u": weight} if weight is not None else {})
    return from_nodes([CONV, unknown], {"x": [1, 3, 32, 32]}, weights, outputs=(output,))


def _reason(source: bytes) -> tuple[str, str]:
    report = estimate_model(source, device=PHONE, delegate=DELEGATE)
    assert not report.estimates
    (missing,) = report.not_estimated
    return missing.reason.code, str(missing.reason.message)


def test_an_unknown_operator_with_most_of_the_weights_leaves_no_total() -> None:
    code, message = _reason(_with("Mystery", "my.company", [64, 16, 3, 3]))
    assert code == "NO_BASIS"
    assert "my.company.Mystery (1)" in message
    assert "96 % of the weights" in message  # 9,216 of 9,216 + 432


def test_an_unknown_operator_without_weights_is_a_note_beside_the_total() -> None:
    """It reads 16,384 numbers; the convolution reads 3,072 and writes 16,384: less than half of the
    traffic.
    """
    source = _with("Mystery", "my.company", None)
    (estimate,) = estimate_model(source, device=PHONE, delegate=DELEGATE).estimates
    assert estimate.energy_mj > 0
    assert "KERNELS_UNSUPPORTED" in [note.code for note in estimate.warnings]


def test_a_handful_of_weights_used_at_every_pixel_is_work() -> None:
    """1 % of the weights, but a whole convolution's work: 3 * 3 * 16 * 16 at 64 x 64 pixels."""
    nodes = [
        helper.make_node("Mystery", ["x", "u"], ["a"], domain="my.company"),
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("Gemm", ["f", "w"], ["y"]),
    ]
    weights = {"u": [16, 16, 3, 3], "w": [16 * 64 * 64, 10]}
    source = from_nodes(nodes, {"x": [1, 16, 64, 64]}, weights, outputs=("a", "y"))
    assert _reason(source)[0] == "NO_BASIS"
    kernel = next(each for each in fuse(read_model(source), "tflite-cpu").kernels if each.params == 2304)
    assert possible_macs(kernel) == 2304 * 64 * 64


@pytest.mark.parametrize("op", ["If", "Loop", "Scan"])
def test_a_subgraph_without_a_figure_leaves_no_total(op: str) -> None:
    body = helper.make_graph([], "body", [], [])
    node = helper.make_node(op, ["a"], ["y"], body=body)
    source = from_nodes([CONV, node], {"x": [1, 3, 32, 32]}, {"w": [16, 3, 3, 3]})
    code, message = _reason(source)
    assert (code, f"{op} (1)" in message) == ("NO_BASIS", True)


def test_what_lies_behind_an_unknown_operator_is_named_with_it() -> None:
    nodes = [
        helper.make_node("Mystery", ["x"], ["a"], domain="my.company"),
        helper.make_node("MatMul", ["a", "w"], ["b"]),
        helper.make_node("Relu", ["b"], ["y"]),
    ]
    source = from_nodes(nodes, {"x": [1, 64]}, {"w": [64, 64]})
    code, message = _reason(source)
    assert code == "NO_BASIS"
    assert "my.company.Mystery (1), and behind them MatMul (1)" in message
    dense = fuse(read_model(source), "tflite-cpu").kernels[1]
    assert dense.cause == "my.company.Mystery"
    assert (
        dense.note
        == "shape of a is unknown: it comes from my.company.Mystery, whose result has no known shape"
    )


def test_a_file_optimised_for_one_processor_is_refused_with_that_cause() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], domain="com.microsoft.nchwc", pads=[1, 1, 1, 1]),
        helper.make_node("ReorderOutput", ["a"], ["y"], domain="com.microsoft.nchwc", channels=16),
    ]
    code, message = _reason(from_nodes(nodes, {"x": [1, 3, 32, 32]}, {"w": [16, 3, 3, 3]}))
    assert code == "MODEL_OPTIMISED"
    assert "optimised for one processor" in message
    assert "original file" in message


def test_pages_comparisons_and_splits_are_refused_too() -> None:
    source = _with("Mystery", "my.company", [64, 16, 3, 3])
    with pytest.raises(InputError) as caught:
        estimate_graph(read_model(source), device=PHONE, delegate=DELEGATE)
    assert caught.value.code == "NO_BASIS"
    with pytest.raises(InputError) as caught:
        diff_models(source, source, device=PHONE, delegate=DELEGATE)
    assert caught.value.code == "NO_BASIS"


def test_the_shares_are_by_work() -> None:
    graph = read_model(_with("Mystery", "my.company", None))
    (estimate,) = estimate_graph(graph, device=PHONE, delegate=DELEGATE).estimates
    shares = shares_without_figure(estimate.kernels)
    assert (shares.weights, shares.macs) == (0.0, 0.0)
    assert 0.0 < shares.traffic < 0.5
