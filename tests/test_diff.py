"""Two models compared: alignment, differences that add up, intervals that know what is shared, words."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate_support import estimate, kernel, part
from predictors.cli.main import main
from predictors.errors import InputError
from predictors.model.kernels import Kernel, KernelConfig, KernelKind
from predictors.research.alignment import align, likeness
from predictors.research.diff import Match, ModelDiff, diff_models, diff_reports, diff_rows, diff_sentence
from predictors.research.diff_text import diff_dict, diff_table
from predictors.results.estimates import Estimate, Evidence
from predictors.results.report import ModelReport, ModelSummary
from predictors.results.shared_error import Compared, RunErrors, difference_width_mj, shared_error, width_mj
from predictors.samples import sample_bytes

P40 = {"device": "huawei-p40-pro", "delegate": "cpu"}


def report(made: Estimate) -> ModelReport:
    return ModelReport(ModelSummary("m", "", (), 0, 0, 0, 0, "fp32", 17, ""), (made,))


def compared(a: Estimate, b: Estimate) -> ModelDiff:
    return diff_reports(report(a), report(b))


def layer(index: int, kind: KernelKind, c_out: int = 8, name: str = "") -> Kernel:
    made = kernel(index, kind, window=3, name=name or f"layer{index}")
    return replace(made, config=KernelConfig(kernel_h=3, kernel_w=3, c_in=8, c_out=c_out), macs=10 * c_out)


CONV, FC, ADD = KernelKind.CONV, KernelKind.FC, KernelKind.ADD


def test_a_model_against_itself_differs_by_nothing() -> None:
    model = sample_bytes("squeezenet-1.1")
    for target in (P40, {"device": "raspberry-pi-4", "delegate": "tflite-ruy"}):
        diff = diff_models(model, model, **target)
        assert {row.match for row in diff.rows} == {Match.SAME}
        assert (diff.energy_diff_mj, diff.latency_diff_ms, diff.macs_diff) == (0.0, 0.0, 0)
        assert diff.energy_diff_mj_low == pytest.approx(0.0, abs=1e-6 * diff.a.energy_mj)
        assert diff.energy_diff_mj_high == pytest.approx(0.0, abs=1e-6 * diff.a.energy_mj)
        assert diff.verdict == "takes the same"


def test_a_layer_taken_out_is_listed_and_the_others_keep_their_partners() -> None:
    a = estimate(*(part(layer(i, kind), 10.0, 5.0) for i, kind in enumerate((CONV, CONV, ADD, FC))))
    b = estimate(*(part(layer(i, kind), 10.0, 5.0) for i, kind in enumerate((CONV, ADD, FC))))
    diff = compared(a, b)
    assert len(diff.unmatched) == 1
    [gone] = diff.unmatched
    assert (gone.match, gone.energy_diff_mj, gone.latency_diff_ms) == (Match.ONLY_A, -10.0, -5.0)
    assert gone.a is not None
    assert gone.a.kernel.kind is CONV
    assert diff.macs_diff == -80


def test_largest_changes_come_first_and_all_add_up_to_the_total() -> None:
    diff = diff_models(sample_bytes("mobilenet-v2"), sample_bytes("mobilenet-v2", width=0.5), **P40)
    changes = [abs(row.energy_diff_mj) for row in diff.rows]
    assert changes == sorted(changes, reverse=True)
    assert diff.unmatched == ()
    assert math.fsum(row.energy_diff_mj for row in diff.rows) == pytest.approx(diff.kernels_diff.value)
    change_ms = diff.b.kernel_sum.latency_ms - diff.a.kernel_sum.latency_ms
    assert math.fsum(row.latency_diff_ms for row in diff.rows) == pytest.approx(change_ms)
    assert diff.macs_diff == diff.model_b.macs - diff.model_a.macs
    assert diff.verdict == "uses less"
    assert "B uses less energy than A by" in diff_sentence(diff)


def test_resizing_matches_every_kernel_by_its_layer() -> None:
    diff = diff_models(sample_bytes("resnet-18"), sample_bytes("resnet-18", input_hw=160), **P40)
    assert diff.unmatched == ()
    for row in diff.rows:
        assert row.a is not None
        assert row.b is not None
        assert row.a.kernel.name == row.b.kernel.name


def test_quantising_shares_no_error_between_precisions() -> None:
    fp32, int8 = sample_bytes("mobilenet-v1"), sample_bytes("mobilenet-v1", precision="int8")
    diff = diff_models(fp32, int8, device="raspberry-pi-4", delegate="tflite-ruy")
    assert (diff.a.precision, diff.b.precision) == ("fp32", "int8")
    assert Match.SAME not in {row.match for row in diff.rows}
    half = math.hypot(width_mj(diff.a, "half"), width_mj(diff.b, "half"))
    assert diff.energy_diff_mj_high - diff.energy_diff_mj == pytest.approx(half)


def renamed(model: bytes) -> bytes:
    """The same network as another exporter might name it."""
    proto = onnx.load_from_string(model)
    ends = {value.name for value in (*proto.graph.input, *proto.graph.output)}
    names: dict[str, str] = {}
    for place, node in enumerate(proto.graph.node):
        node.name = f"node{place}"
        for output in node.output:
            names[output] = output if output in ends else f"t{len(names)}"
    for node in proto.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    del proto.graph.value_info[:]
    return bytes(proto.SerializeToString())


def without_block(model: bytes, block: str) -> bytes:
    """A residual network with one block pruned away: what read its sum reads what the block read."""
    proto = onnx.load_from_string(model)
    maker = {output: node for node in proto.graph.node for output in node.output}
    [total] = [node for node in proto.graph.node if node.name == f"{block}.add"]
    [before] = [name for name in total.input if not maker[name].name.startswith(f"{block}.")]
    for node in proto.graph.node:
        node.input[:] = [before if name == total.output[0] else name for name in node.input]
    kept = [node for node in proto.graph.node if not node.name.startswith(f"{block}.")]
    del proto.graph.node[:]
    proto.graph.node.extend(kept)
    return bytes(proto.SerializeToString())


@pytest.mark.parametrize("again", [renamed, bytes], ids=["other names", "same names"])
def test_a_pruned_block_is_found_whatever_the_nodes_are_called(again: Callable[[bytes], bytes]) -> None:
    whole = sample_bytes("mobilenet-v2")
    diff = diff_models(whole, again(without_block(whole, "block6")), **P40)
    assert sorted(row.a.kernel.kind.value for row in diff.unmatched if row.a) == [
        "add", "conv-bn-relu", "conv-bn-relu", "dwconv-bn-relu",
    ]  # fmt: skip
    assert {row.match for row in diff.rows} == {Match.SAME, Match.ONLY_A}
    # Block 6 of MobileNetV2 is one of two alike: expand 32 to 192, 3x3 depthwise, project to 32, at 28 x 28.
    assert diff.macs_diff == -28 * 28 * (32 * 192 + 9 * 192 + 192 * 32)
    assert diff.verdict == "uses less"
    gone = math.fsum(row.a.energy_mj for row in diff.unmatched if row.a)
    assert diff.kernels_diff.value == pytest.approx(-gone)


@pytest.mark.parametrize("options", [{"width": 0.75}, {"input_hw": 160}, {"precision": "int8"}, {}])
def test_kernels_keep_their_partners_without_their_names(options: dict[str, Any]) -> None:
    target = {"device": "raspberry-pi-4", "delegate": "tflite-ruy"}
    diff = diff_models(
        sample_bytes("mobilenet-v2"), renamed(sample_bytes("mobilenet-v2", **options)), **target
    )
    pairs = [(row.a.kernel.index, row.b.kernel.index) for row in diff.rows if row.a and row.b]
    assert len(pairs) == len(diff.a.kernels)
    # An int8 file quantises its input first; sums may hide a ReLU in their integers.
    shift = int(options.get("precision") == "int8")
    assert {b - a for a, b in pairs} == {shift}
    assert len(diff.unmatched) == shift
    assert math.fsum(row.energy_diff_mj for row in diff.rows) == pytest.approx(diff.energy_diff_mj, abs=1e-9)


def test_types_that_stand_for_each_other_are_told() -> None:
    plain, rectified = layer(0, ADD), layer(0, KernelKind.ADD_RELU)
    assert 0 < likeness(plain, rectified) < likeness(plain, plain)
    assert likeness(layer(0, CONV), layer(0, FC)) == 0
    diff = compared(estimate(part(plain, 2.0, 1.0)), estimate(part(rectified, 3.0, 1.0)))
    [row] = diff.rows
    assert row.match is Match.CHANGED
    assert "add > add-relu" in diff_table(diff)


def test_words_follow_the_interval() -> None:
    base = [part(layer(0, CONV), 100.0, 5.0), part(layer(1, FC), 10.0, 1.0)]
    slightly = estimate(part(layer(0, CONV, 9), 101.0, 5.0), base[1])
    much = estimate(part(layer(0, CONV, 20), 300.0, 5.0), base[1])
    assert compared(estimate(*base), slightly).verdict == "cannot be told apart"
    assert compared(estimate(*base), much).verdict == "uses more"
    assert compared(much, estimate(*base)).verdict == "uses less"
    assert "cannot be told apart" in diff_sentence(compared(estimate(*base), slightly))


def test_kernels_without_a_figure_are_said() -> None:
    unknown = part(layer(0, KernelKind.UNSUPPORTED), 0.0, 0.0, Evidence.UNSUPPORTED)
    diff = compared(estimate(unknown, part(layer(1, FC), 5.0, 1.0)), estimate(part(layer(0, FC), 5.0, 1.0)))
    assert "1 kernels of A, 0 of B" in diff_sentence(diff)


def test_hand_computed_correlation() -> None:
    # Widths 3 and 4, total 6: 36 = rho * 49 + (1 - rho) * 25, so rho = 11/24.
    one = replace(part(layer(0, CONV), 10.0, 1.0), energy_mj_low=7.0, energy_mj_high=13.0)
    two = replace(part(layer(1, FC), 20.0, 1.0), energy_mj_low=16.0, energy_mj_high=24.0)
    total = replace(estimate(one, two), energy_mj_low=24.0, energy_mj_high=36.0)
    found = shared_error(total, "high")
    assert (found.correlation, found.network_mj) == (pytest.approx(11 / 24), 0.0)
    assert RunErrors(total, "low").width_mj(0, 2) == pytest.approx(6.0)
    assert RunErrors(total, "low").width_mj(0, 1) == pytest.approx(3.0)
    assert RunErrors(total, "low").width_mj(1, 2) == pytest.approx(4.0)
    assert RunErrors(total, "low").width_mj(1, 1) == 0.0
    # Total 25: 625 - 49 = 24 squared is the network's own; a third of the energy carries a third of it.
    wide = replace(total, energy_mj_low=5.0, energy_mj_high=55.0)
    assert shared_error(wide, "low") == shared_error(wide, "high")
    assert shared_error(wide, "low").network_mj == pytest.approx(24.0)
    assert RunErrors(wide, "low").width_mj(0, 1) == pytest.approx(math.hypot(3.0, 8.0))
    # Without the second kernel in common, half of the widths of the first remain on both sides.
    both = Compared(total, (one,))
    assert difference_width_mj(both, both) == pytest.approx(math.sqrt((1 - 11 / 24) * (9 + 9)))


kinds = st.sampled_from([CONV, FC, ADD, KernelKind.RELU])


@given(st.lists(kinds, max_size=12), st.lists(kinds, max_size=12))
def test_alignment_keeps_order_and_every_kernel(left: list[KernelKind], right: list[KernelKind]) -> None:
    a = [layer(i, kind) for i, kind in enumerate(left)]
    b = [layer(i, kind) for i, kind in enumerate(right)]
    pairs = align(a, b)
    assert [i for i, _ in pairs if i is not None] == list(range(len(a)))
    assert [j for _, j in pairs if j is not None] == list(range(len(b)))
    assert all(likeness(a[i], b[j]) for i, j in pairs if i is not None and j is not None)
    swapped = align(b, a)
    matched = sum(likeness(a[i], b[j]) for i, j in pairs if i is not None and j is not None)
    assert matched == sum(likeness(b[i], a[j]) for i, j in swapped if i is not None and j is not None)


def test_long_networks_are_aligned_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("predictors.research.alignment.MAX_CELLS", 3)
    a = [layer(0, CONV), layer(1, CONV, 9), layer(2, ADD), layer(3, FC)]
    b = [layer(0, CONV), layer(1, FC), layer(2, ADD, 9), layer(3, FC)]
    assert align(a, b) == [(0, 0), (1, None), (None, 1), (2, 2), (3, 3)]


def test_more_than_one_target_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        diff_models(*[sample_bytes("alexnet")] * 2, device="raspberry-pi-4", delegate="cpu")
    assert refused.value.code == "OPTION_VALUE"
    assert "tflite-ruy" in refused.value.message


def test_command_line_in_three_formats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / "a.onnx", tmp_path / "b.onnx"]
    for file, width in zip(files, (1.0, 0.75), strict=True):
        file.write_bytes(sample_bytes("mobilenet-v1", width=width))
    words = ["diff", *map(str, files), "--device", "huawei-p40-pro", "--delegate", "cpu", "--format"]
    texts = {}
    for form in ("json", "csv", "table"):
        assert main([*words, form]) == 0
        texts[form] = capsys.readouterr().out
    answer = json.loads(texts["json"])
    rows = list(csv.DictReader(io.StringIO(texts["csv"])))
    assert [float(row["energy_diff_mj"]) for row in rows] == [k["energy_diff_mj"] for k in answer["kernels"]]
    assert answer["sentence"] in texts["table"]
    assert answer["energy_diff_mj_low"] < answer["energy_diff_mj"] < answer["energy_diff_mj_high"] < 0
    assert rows[0]["method_version"] == answer["method_version"] != ""
    assert diff_dict(diff_models(*files, **P40))["energy_diff_mj"] == answer["energy_diff_mj"]


def test_rows_of_nothing() -> None:
    assert diff_rows(estimate(), estimate()) == ()
    assert compared(estimate(), estimate()).verdict == "takes the same"
