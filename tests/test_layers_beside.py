"""Layers of profiler logs beside the estimate: matched by every runtime's names, else by type and order."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.messages import Message
from data.tracing import Recording, log_of
from data.tracing.layers import BY_SHARE, MEASURED, LayerEnergy
from data.tracing.profiles import Layer
from predictors.cli.main import main
from predictors.errors import InputError
from predictors.estimate import estimate_graph
from predictors.model.graph import Graph
from predictors.model.kernels import Kernel, KernelKind
from predictors.reading import read_model
from predictors.research.kernels_on_recording import agreement, kernels_on
from predictors.research.layer_matching import BY_NAME, BY_ORDER, _called, kinds_of, matched
from predictors.research.layers_beside import beside_rows, layers_beside
from predictors.results.estimates import Estimate
from predictors.samples import sample_bytes

NEVER = np.empty(0)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return read_model(sample_bytes("mobilenet-v2"))


@pytest.fixture(scope="module")
def estimate(graph: Graph) -> Estimate:
    return estimate_graph(graph, device="huawei-p40-pro", delegate="cpu").estimates[0]


def layer(name: str, operator: str = "", time_ms: float = 1.0) -> Layer:
    return Layer(name, operator, time_ms, 1.0, NEVER, NEVER)


def named(kernels: list[Kernel], write: Callable[[Kernel], str]) -> list[Layer]:
    return [layer(write(each)) for each in kernels]


@pytest.mark.parametrize(
    "write",
    [
        lambda kernel: kernel.name,
        lambda kernel: f"fused {kernel.name}",
        lambda kernel: f"{kernel.name}_out_nchwc" if "add" not in kernel.name else kernel.name,
        lambda kernel: f"{kernel.name} + {kernel.name}.relu6",
        lambda kernel: f"PWN({kernel.name})",
        lambda kernel: f"[{kernel.name}]:0",
        lambda kernel: f"{kernel.name}_quant",
        lambda kernel: f"Reformatting; {kernel.name}",
    ],
    ids=["ort", "fused", "nchwc", "trt", "trt-pointwise", "tflite", "quantised", "joined"],
)
def test_names_of_every_runtime_lead_to_their_kernel(
    graph: Graph, estimate: Estimate, write: Callable[[Kernel], str]
) -> None:
    kernels = [part.kernel for part in estimate.kernels]
    found = matched(named(kernels, write), graph, kernels)
    assert [(each.layers, each.kernels, each.how) for each in found] == [
        ((at,), (at,), BY_NAME) for at in range(len(kernels))
    ]


def test_a_block_that_was_compiled_as_one_has_all_its_kernels(graph: Graph, estimate: Estimate) -> None:
    kernels = [part.kernel for part in estimate.kernels]
    found = matched([layer(f"{{ForeignNode[{kernels[3].name}...{kernels[7].name}]}}")], graph, kernels)
    assert [each.kernels for each in found if each.layers] == [(3, 4, 5, 6, 7)]


def test_what_a_runtime_fuses_goes_with_the_layer_before_and_copies_stay_alone(
    graph: Graph, estimate: Estimate
) -> None:
    kernels = [part.kernel for part in estimate.kernels]
    adds = [at for at, each in enumerate(kernels) if each.name.endswith(".add")]
    layers = [layer(each.name) for at, each in enumerate(kernels) if at not in adds]
    layers.insert(1, layer("ReorderOutput_token_3", "ReorderOutput"))
    found = matched(layers, graph, kernels)
    assert len(adds) == 10
    assert all((at - 1, at) in [each.kernels for each in found] for at in adds)
    assert [each.layers for each in found if not each.kernels] == [(1,)]
    assert sorted(at for each in found for at in each.kernels) == list(range(len(kernels)))


def _xnnpack(kernel: Kernel) -> str:
    kind = kernel.kind.value
    return {
        "conv-bn-relu": "Convolution (NHWC, F32) IGEMM", "dwconv-bn-relu": "DWConv (F32)", "add": "Add (ND)",
        "global-avgpool": "Global Average Pooling", "fc": "Fully Connected (NC, F32) GEMM",
    }[kind]  # fmt: skip


def energies(layers: list[Layer], energy_mj: float = 2.0) -> list[LayerEnergy]:
    method: Message = MEASURED
    return [LayerEnergy(each, 20.0, energy_mj, energy_mj / 2, method) for each in layers]


def test_a_log_without_names_is_matched_by_type_and_order_and_says_so(
    graph: Graph, estimate: Estimate
) -> None:
    kernels = [part.kernel for part in estimate.kernels]
    found = layers_beside(energies(named(kernels, _xnnpack)), graph, estimate, "tflite")
    assert {row.how for row in found.rows} == {BY_ORDER}
    assert [row.name for row in found.rows] == [each.name for each in kernels]
    assert any(f"{len(kernels)} rows were matched" in note for note in found.notes)


def test_the_log_of_another_network_is_refused(graph: Graph, estimate: Estimate) -> None:
    others = [layer(f"conv{at}", "Conv") for at in range(53)]
    for format_id, layers in (("ort", others), ("tflite", [layer("x", "SOFTMAX")] * 9)):
        with pytest.raises(InputError) as refused:
            layers_beside(energies(layers), graph, estimate, format_id)
        assert refused.value.code == "LAYERS_DIFFER"


def test_a_row_adds_up_both_halves_and_its_shares(graph: Graph, estimate: Estimate) -> None:
    names = [part.kernel.name for part in estimate.kernels]
    layers = energies([layer(f"{names[0]} + {names[1]}")]) + [
        LayerEnergy(layer(name), 0.0, 1.0, 0.5, BY_SHARE) for name in names[2:]
    ]
    rows = beside_rows(layers_beside(layers, graph, estimate, "trtexec"))
    first = estimate.kernels[:2]
    assert rows[0]["kernel"] == f"{names[0]} + {names[1]}"
    assert rows[0]["estimated_energy_mj"] == pytest.approx(sum(each.energy_mj for each in first), rel=1e-5)
    assert rows[0]["estimated_energy_mj_low"] == pytest.approx(
        sum(each.energy_mj_low for each in first), rel=1e-5
    )
    assert (rows[0]["energy_mj"], rows[0]["energy_above_idle_mj"]) == (2.0, 1.0)
    assert (rows[0]["method"], rows[1]["method"]) == ("measured", "share-of-time")
    for key in ("energy_share", "estimated_share"):
        assert sum(row[key] for row in rows) == pytest.approx(1.0, rel=1e-5)


def test_predicted_kernels_fill_the_measured_inference(estimate: Estimate) -> None:
    times = np.arange(0, 12, 2e-4)
    starts = 2.0 + 0.1 * np.arange(80)
    phase = (times - 2.0) % 0.1
    busy = (times >= 2.0) & (times < 10.0)
    # 4 W in the first half of an inference of 40 ms, 2 W in its second, 1 W beside.
    power = 1.0 + 3.0 * (busy & (phase < 0.02)) + 1.0 * (busy & (phase >= 0.02) & (phase < 0.04))
    found = kernels_on(estimate, Recording.of(times, power), log_of(starts, starts + 0.04), 120.0)
    assert len(found) == len(estimate.kernels)
    assert found[0].start_ms == 0.0 and found[-1].end_ms == pytest.approx(40.0)
    assert sum(each.energy_mj for each in found) == pytest.approx(120.0)
    assert sum(each.power_w * (each.end_ms - each.start_ms) for each in found) == pytest.approx(120.0)
    ratio = (found[5].end_ms - found[5].start_ms) / (found[0].end_ms - found[0].start_ms)
    assert ratio == pytest.approx(estimate.kernels[5].latency_ms / estimate.kernels[0].latency_ms)
    assert found[1].measured_mj == pytest.approx(4.0 * (found[1].end_ms - found[1].start_ms), rel=0.02)
    assert found[-1].measured_mj == pytest.approx(2.0 * (found[-1].end_ms - found[-1].start_ms), rel=0.1)
    assert 0.5 < agreement(found) < 1.0


def test_energies_of_kernels_do_not_depend_on_the_blocks_they_are_added_up_in(
    estimate: Estimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = np.arange(0, 9, 2e-4)
    recording = Recording.of(times, 2.0 + np.sin(40.0 * times))
    log = log_of(1.0 + 0.1 * np.arange(70), 1.04 + 0.1 * np.arange(70))
    whole = kernels_on(estimate, recording, log, 100.0)
    asked: list[int] = []
    until = Recording.until

    def counted(self: Recording, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        asked.append(len(times_s))
        return until(self, times_s)

    monkeypatch.setattr(Recording, "until", counted)
    monkeypatch.setattr("predictors.research.kernels_on_recording._MOST_CELLS", 1000)
    parts = kernels_on(estimate, recording, log, 100.0)
    np.testing.assert_allclose(
        [each.measured_mj for each in parts], [each.measured_mj for each in whole], rtol=1e-9
    )
    assert len(asked) > 3 and max(asked) <= 1000
    asked.clear()
    # A meter of one sample per inference cannot tell any kernel, so nothing is looked up.
    slow = Recording.of(np.arange(0, 9, 0.04), np.ones(225))
    assert all(np.isnan(each.measured_mj) for each in kernels_on(estimate, slow, log, 100.0)) and not asked


def test_a_log_made_to_cost_time_stays_unmatched_beyond_the_limit(
    graph: Graph, estimate: Estimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = [part.kernel for part in estimate.kernels]
    first, last = kernels[0].name, kernels[-1].name
    # Two neighbours known by name with all kernels between them, again and again.
    again = [layer(first), *(layer("x", "conv") for _ in range(10)), layer(last)] * 20
    between = len(kernels) - 2
    monkeypatch.setattr("predictors.research.layer_matching.MAX_CELLS", 3 * 10 * between + 1)
    found = matched(again, graph, kernels)
    assert sorted(at for each in found for at in each.layers) == list(range(len(again)))
    placed = {at for each in found if each.kernels for at in each.layers}
    unnamed = [at for at, each in enumerate(again) if each.name == "x" and at in placed]
    assert unnamed and max(unnamed) < 3 * 12
    blocks = [layer(f"{{ForeignNode[{first}...{last}]}}")] * 1000
    whole = matched(blocks, graph, kernels)
    assert sum(len(each.layers) for each in whole if each.kernels) == (3 * 10 * between + 1) // len(kernels)


@pytest.mark.parametrize("name", [" " * 300_000, "max" * 100_000, "av" * 150_000, "_token" * 50_000])
def test_a_name_of_any_length_takes_a_moment(name: str) -> None:
    """A time that grows with the square of the length would be minutes, in the server."""
    assert _called(f"{name}x", {"conv": 3}) == ()
    assert _called(f"{name} + conv", {"conv": 3}) == (3,)
    assert kinds_of(layer(name)) == frozenset()
    assert kinds_of(layer(f"{name}pool max pool")) & {KernelKind.MAXPOOL, KernelKind.AVGPOOL}


@pytest.mark.slow
def test_the_command_puts_layers_beside_kernels(
    graph: Graph, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, profile, log, power = (tmp_path / name for name in ("m.onnx", "p.json", "i.csv", "t.csv"))
    model.write_bytes(sample_bytes("mobilenet-v2"))
    names = [node.name for node in graph.nodes if node.op in ("Conv", "Gemm")]
    profile.write_text(json.dumps([{"count": 40}, *({"name": each, "averageMs": 1.0} for each in names)]))
    starts = [5_000_000 + 100_000 * at for at in range(40)]
    log.write_text(
        "inference_index,start_us,end_us\n"
        + "".join(f"{at},{start},{start + 53_000}\n" for at, start in enumerate(starts))
    )
    rows = []
    for at in range(14_000):
        begin_us = 1000 * at - 5_000_000
        busy = 0 <= begin_us < 4_000_000 and begin_us % 100_000 < 53_000
        rows.append(f"{at / 1000:.3f},{5.0 if busy else 1.0}\n")
    power.write_text("time_s,power_w\n" + "".join(rows))
    asked = [
        "layers", str(power), "--profile", str(profile), "--inferences", str(log), "--model", str(model),
        "--on", "huawei-p40-pro", "--delegate", "cpu", "--format",
    ]  # fmt: skip
    assert main([*asked, "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["recording"]["energy_per_inference_mj"] == pytest.approx(53 * 5.0, rel=0.01)
    assert sum(row["energy_mj"] or 0.0 for row in answer["kernels"]) == pytest.approx(265.0, rel=0.01)
    assert answer["matched_time_share"] == 1.0
    assert main([*asked, "csv"]) == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(table) == len(answer["kernels"])
    alone = [row["kernel"] for row in table if not row["method"]]
    assert alone == ["global_pool"]  # has no layer in this log
    assert main([*asked[:2], *asked[4:], "json"]) == 2
    assert "OPTION_VALUE" in capsys.readouterr().err
