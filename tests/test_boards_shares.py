"""Kernels that a board's fit gives nothing: a share in a network, else no figure, never an estimate of 0."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from predictors.cli.kernel_file import predict_file
from predictors.energy.boards.features import KERNEL_TERMS, kernel_evidence, kernel_terms
from predictors.energy.boards.predictor import BoardPredictor, board_predictor, board_targets
from predictors.energy.boards.shares import NO_COST, SHARED_OUT, shared_out
from predictors.errors import InputError
from predictors.estimate import estimate_graph
from predictors.fusing import fuse
from predictors.model.graph import Graph, Node, Tensor
from predictors.model.kernels import FusedModel, Kernel, KernelConfig, KernelKind
from predictors.reading import read_model
from predictors.registry import find_targets
from predictors.research.batch import BatchOptions, run_batch
from predictors.results.estimates import Evidence
from predictors.results.graph_notes import graph_notes
from predictors.samples import sample_bytes

ORIN = ("jetson-agx-orin", "tflite-xnnpack", "fp32")
ODROID = ("odroid-n2-plus", "armnn-neon", "fp32")
"""The fits in which additions have no energy and no latency, and those in which they have no latency."""


@pytest.fixture(scope="module")
def mobilenet() -> Graph:
    return read_model(sample_bytes("mobilenet-v2"))


def additions(amount: int = 2) -> tuple[Kernel, ...]:
    config = KernelConfig(input_h=14, input_w=14, c_in=96, c_out=96)
    one = Kernel(
        0, "add", KernelKind.ADD, config, input_elements=37_632, output_elements=18_816, ops=("Add",)
    )
    return tuple(replace(one, index=index) for index in range(amount))


def fitted_total(predictor: BoardPredictor, model: FusedModel) -> float:
    row = np.append(kernel_terms(model.kernels).sum(axis=0), 1.0)
    return float(predictor.fitted.energy.fit.predict(row[None, :])[0])


def test_shares_are_the_fit_or_elements_moved_by_hand() -> None:
    amounts, coefficients = np.zeros((3, len(KERNEL_TERMS))), np.zeros(len(KERNEL_TERMS) + 1)
    coefficients[KERNEL_TERMS.index("activations_m")] = 2.0
    amounts[0, KERNEL_TERMS.index("elementwise_m")] = 0.5
    amounts[1, KERNEL_TERMS.index("activations_m")] = 4.0
    raw = np.array([0.0, 7.0, 0.0])
    assert shared_out(amounts, raw, coefficients).tolist() == [1.0, 7.0, 0.0]


@pytest.mark.parametrize("names", [ORIN, ODROID])
def test_in_a_network_they_get_a_share_and_the_total_stays(
    names: tuple[str, str, str], mobilenet: Graph
) -> None:
    predictor = board_predictor(*find_targets(*names))
    model = fuse(mobilenet, predictor.target.runtime)
    estimate = predictor.estimate(model)
    adds = [part for part in estimate.kernels if part.kernel.kind is KernelKind.ADD]
    assert len(adds) == 10
    for part in adds:
        assert (part.evidence, part.law) == (Evidence.APPROXIMATED, SHARED_OUT)
        assert part.energy_mj_low < part.energy_mj < part.energy_mj_high
        assert part.latency_ms > 0.0
    assert estimate.energy_mj == pytest.approx(fitted_total(predictor, model))
    assert estimate.coverage.unsupported == 0


def test_a_note_counts_them_once(mobilenet: Graph) -> None:
    predictor = board_predictor(*find_targets(*ORIN))
    notes = {note.code: note.message for note in predictor.estimate(fuse(mobilenet, "tflite-cpu")).warnings}
    assert "11 of " in notes["BOARD_SHARED_OUT"]
    assert "add (10), global-avgpool (1)" in notes["BOARD_SHARED_OUT"]
    assert "KERNELS_APPROXIMATED" not in notes


def test_where_every_kernel_has_a_cost_nothing_is_shared_out(mobilenet: Graph) -> None:
    estimate = board_predictor(*find_targets("raspberry-pi-4", "tflite-ruy", "fp32")).estimate(
        fuse(mobilenet, "tflite-cpu")
    )
    assert "BOARD_SHARED_OUT" not in {note.code for note in estimate.warnings}
    assert not any(part.law == SHARED_OUT for part in estimate.kernels)


@pytest.mark.parametrize("names", [ORIN, ODROID])
def test_alone_or_among_their_like_they_have_no_figure(names: tuple[str, str, str]) -> None:
    predictor = board_predictor(*find_targets(*names))
    together = predictor.estimate(FusedModel(predictor.target.runtime, additions()))
    assert together.evidence is Evidence.UNSUPPORTED
    assert (together.energy_mj, together.latency_ms, together.coverage.unsupported) == (0.0, 0.0, 2)
    for part in (*together.kernels, *predictor.estimate_kernels(additions())):
        assert (part.evidence, part.law, part.energy_mj, part.latency_ms) == (
            Evidence.UNSUPPORTED, NO_COST, 0.0, 0.0,
        )  # fmt: skip
        assert not part.in_range


@pytest.mark.slow
def test_no_board_shows_zero_for_a_kernel_that_is_not_named_without_figure(mobilenet: Graph) -> None:
    shuffle = read_model(sample_bytes("shufflenet-v2"))
    for target in board_targets():
        predictor = board_predictor(target)
        for graph in (mobilenet, shuffle):
            estimate = predictor.estimate(fuse(graph, target.runtime))
            for part in (*estimate.kernels, *predictor.estimate_kernels(fuse(graph, target.runtime).kernels)):
                has_figure = part.evidence is not Evidence.UNSUPPORTED
                assert (part.energy_mj > 0.0) == (part.latency_ms > 0.0) == has_figure


def test_a_network_without_a_figure_is_refused_or_listed_with_the_reason(only_additions: Graph) -> None:
    with pytest.raises(InputError, match=r"none for any of the network's kernels: Add \(1\)") as caught:
        estimate_graph(only_additions, device=ORIN[0], delegate=ORIN[1], precision=ORIN[2])
    assert caught.value.code == "NO_FIGURE"
    report = estimate_graph(only_additions, device=ORIN[0], precision=ORIN[2])
    # tflite-xnnpack is the one back end of eleven whose fit gives additions nothing.
    assert [each.delegate for each in report.estimates] == [
        "tflite-ruy", "armnn-neon", "tflite-v4.0", "tflite-v3.1-maxq", "tflite-v3.1",
        "armnn-neon-22.11-v3.1-maxq", "armnn-neon-23.05-v3.1-maxq", "armnn-neon-23.05-v3.1",
        "armnn-neon-23.05", "armnn-neon-23.11",
    ]  # fmt: skip
    assert [(each.delegate, each.reason.code) for each in report.not_estimated] == [(ORIN[1], "NO_FIGURE")]
    assert all(each.energy_mj > 0.0 for each in report.estimates)


def test_a_kernel_file_has_empty_cells_for_it(tmp_path: Path) -> None:
    file = tmp_path / "kernels.csv"
    file.write_text("kernel,input_hw,c_in,c_out\nrelu,28,32,\nfc,,64,10\n", encoding="utf-8")
    relu, fc = csv.DictReader(predict_file(file, board_predictor(*find_targets(*ORIN))).splitlines())
    figures = ("energy_mj_pred", "energy_mj_low", "energy_mj_high", "latency_ms_pred", "power_mw_pred")
    assert [relu[name] for name in figures] == [""] * 5
    assert (relu["evidence"], relu["law"]) == ("unsupported", NO_COST)
    assert all(float(fc[name]) > 0.0 for name in figures)


def test_a_batch_counts_models_without_a_figure_apart(tmp_path: Path) -> None:
    for name, content in (("a", one_operator("Add", ["x", "x"])), ("c", sample_bytes("squeezenet-1.1"))):
        (tmp_path / f"{name}.onnx").write_bytes(content)
    out = tmp_path / "rows.csv"
    text = run_batch(BatchOptions(tmp_path, out, device=ORIN[0], delegate=ORIN[1], precision=ORIN[2]))
    assert text.startswith("1 of 2 models estimated, 1 with errors, 2 rows")
    text = run_batch(BatchOptions(tmp_path, out, device=ORIN[0], precision=ORIN[2]))
    assert text.startswith("2 of 2 models estimated, 0 with errors, 22 rows")
    (tmp_path / "a.onnx").write_bytes(one_operator("Flatten", ["x"]))
    text = run_batch(BatchOptions(tmp_path, out, device=ORIN[0], precision=ORIN[2]))
    assert text.startswith("1 of 2 models estimated, 0 with errors, 1 without a figure on any of the devices")


def test_a_network_without_kernels_has_no_figure_anywhere(only_flatten: Graph) -> None:
    report = estimate_graph(only_flatten)
    assert not report.estimates
    codes = {each.reason.code for each in report.not_estimated}
    assert "NO_FIGURE" in codes
    assert codes <= {"NO_FIGURE", "EVIDENCE_TOO_THIN"}


@pytest.fixture(scope="module")
def only_additions() -> Graph:
    return read_model(one_operator("Add", ["x", "x"]))


@pytest.fixture(scope="module")
def only_flatten() -> Graph:
    return read_model(one_operator("Flatten", ["x"]))


def one_operator(operator: str, inputs: list[str]) -> bytes:
    from onnx import TensorProto, helper

    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 16, 32, 32))
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node(operator, inputs, ["y"])], "g", [image], [result])
    opsets = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


def test_weights_of_other_types_cost_their_bytes_and_are_approximated() -> None:
    """A product of one row with 4-bit weights counts an eighth, with double ones twice; int8 runs stay."""
    config = KernelConfig(1, 1, 512, 1000, 1, 1, out_h=1, out_w=1)
    plain = Kernel(
        0, "fc", KernelKind.FC, config, macs=512_000, params=512_000, weight_bytes=2_048_000, ops=("MatMul",)
    )
    packed, double = (replace(plain, weight_bytes=size) for size in (256_000, 4_096_000))
    macs, weights = (KERNEL_TERMS.index(f"{name}_m") for name in ("fully_connected_macs", "other_weights"))
    table = kernel_terms([plain, packed, double])
    assert table[:, macs] == pytest.approx([0.512, 0.064, 1.024])
    assert table[:, weights] == pytest.approx([0.512, 0.064, 1.024])
    assert kernel_terms([packed], "int8")[0, macs] == 0.512
    judged = [kernel_evidence(each, True)[0] for each in (plain, packed, double)]
    assert judged == [Evidence.PREDICTED, Evidence.APPROXIMATED, Evidence.APPROXIMATED]


def test_a_note_says_which_weights_nobody_measured() -> None:
    tensors = {"x": Tensor("x", (1, 512), "float32"), "w": Tensor("w", (512, 9), "int4", is_constant=True)}
    node = Node(0, "", "DequantizeLinear", "", ("w",), ("d",))
    graph = Graph("g", "", (node,), tensors, ("x",), (), 4608, 21)
    (note,) = graph_notes(graph, "fp32")
    assert (note.code, "int4" in note.message) == ("WEIGHTS_NOT_MEASURED", True)
    same = replace(graph, tensors={**tensors, "w": replace(tensors["w"], dtype="int8")})
    assert graph_notes(same, "fp32") == ()
