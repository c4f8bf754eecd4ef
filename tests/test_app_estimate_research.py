"""What-if, advice, two models, split and exports on the estimate page: numbers on screen are the core's."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.charts.diff_bars import SHOWN, diff_bars
from app.charts.split_cuts import split_energy, split_latency
from app.estimate.split import cut_frame, split_command
from app.estimate.split_words import split_words
from app.estimate.two import diff_frame, two_command, two_sentence
from app.estimate.what_if_view import delta, signed_range
from app.i18n.formats import energy, latency
from app.models.model import Model, report_for, sample_model
from app.models.targets import target_named
from estimate_support import open_model, opened, texts
from predictors.cli.main import main
from predictors.estimate import estimate_graph
from predictors.exports import FORMATS
from predictors.fusing.network import Network
from predictors.reading import read_model
from predictors.research.diff import diff_reports, diff_sentence
from predictors.research.diff_text import diff_dict
from predictors.research.radio_links import make_link
from predictors.research.split import split_graph, split_report
from predictors.research.split_text import split_csv, split_table
from predictors.results.estimates import Estimate
from predictors.results.report import ModelReport
from predictors.results.targets import Target
from predictors.samples import sample_bytes

P40 = target_named("huawei-p40-pro", "cpu", "fp32")


def report_of(
    sample: str, side: int | None = None, batch: int = 1, width: float = 1.0, choice: Target = P40
) -> ModelReport:
    return estimate_graph(
        sample_model(sample, side, batch, width).graph,
        device=choice.device_id,
        delegate=choice.delegate,
        precision=choice.precision,
        name=sample,
    )


def first(report: ModelReport) -> Estimate:
    return report.estimates[0]


def field(app: AppTest, kind: str, key: str) -> object:
    return getattr(app, kind)(key=key)


def test_without_a_change_nothing_is_hypothetical() -> None:
    app = opened()
    assert not app.info
    assert [metric.delta for metric in app.metric] == ["", "", ""]


def test_a_change_shows_its_difference_and_a_way_back() -> None:
    app = opened()
    assert not [each for each in app.number_input if str(each.key).startswith("if_")]
    app.session_state["what-if"] = True
    app.run().number_input(key="if_side").set_value(160).run()
    base, other = report_of("mobilenet-v2"), report_of("mobilenet-v2", 160)
    assert "Hypothetical" in app.info[0].value
    assert "160 px instead of 224 px" in app.info[0].value
    assert app.metric[0].value == energy(first(other).energy_mj)
    assert app.metric[0].delta == delta(first(other).energy_mj, first(base).energy_mj, energy)
    assert app.metric[1].delta == delta(first(other).latency_ms, first(base).latency_ms, latency)
    assert app.metric[0].delta.startswith("-")
    app.button(key="if_reset").click().run()
    assert not app.info
    assert app.metric[0].value == energy(first(base).energy_mj)


@pytest.mark.slow
def test_every_knob_has_a_row_of_its_own_and_all_together_one() -> None:
    app = opened(if_side="160", if_batch="2", if_width="0.5", if_precision="int8")
    rows = app.dataframe[0].value.set_index("Change")["Energy"]
    int8 = target_named("huawei-p40-pro", "cpu", "int8")
    assert list(rows) == [
        energy(first(report_of("mobilenet-v2", 160)).energy_mj),
        energy(first(report_of("mobilenet-v2", None, 2)).energy_mj),
        energy(first(report_of("mobilenet-v2", None, 1, 0.5)).energy_mj),
        energy(first(report_of("mobilenet-v2", choice=int8)).energy_mj),
        energy(first(report_of("mobilenet-v2", 160, 2, 0.5, int8)).energy_mj),
    ]
    assert rows.index[-1] == "All of these"
    assert app.metric[0].value == rows.iloc[-1]
    assert "per image" in texts(app)


def test_another_delegate_by_id_from_the_address() -> None:
    app = opened(device="raspberry-pi-4", if_delegate="armnn-neon")
    other = report_of("mobilenet-v2", choice=target_named("raspberry-pi-4", "armnn-neon", "fp32"))
    assert app.metric[0].value == energy(first(other).energy_mj)
    assert "Delegate" in app.info[0].value


def test_thin_evidence_of_the_hypothetical_case_keeps_the_way_back() -> None:
    app = opened(if_delegate="gpu", if_precision="int8")
    assert not app.exception
    assert app.info
    assert any("EVIDENCE_TOO_THIN" in warning.value for warning in app.warning)
    app.button(key="if_reset").click().run()
    assert app.metric


def test_open_sizes_of_an_upload_can_be_tried() -> None:
    app = opened()
    app.file_uploader[0].upload("net.onnx", open_model(), "application/octet-stream").run()
    before = app.metric[0].value
    app.session_state["what-if"] = True
    app.run()
    fields = [each for each in app.number_input if str(each.key).startswith("if_dimension_")]
    assert fields
    fields[-1].set_value(448).run()
    assert not app.exception
    assert app.info
    assert app.metric[0].value != before
    app.button(key="if_reset").click().run()
    assert app.metric[0].value == before


def test_advice_names_the_share_of_the_costliest_kernels() -> None:
    app = opened(sample="vgg-16", view="advice")
    costs = sorted((part.energy_mj for part in first(report_of("vgg-16")).kernels), reverse=True)
    share = 100 * sum(costs[:3]) / sum(costs)
    assert f"These 3 kernels take {share:.2g} %" in texts(app)
    assert "depthwise-separable 3×3 convolution there would cost about" in texts(app)


def test_two_models_say_what_the_core_says() -> None:
    app = opened(view="two", b_sample="mobilenet-v2")
    app.number_input(key="b_width").set_value(0.75).run()
    diff = diff_reports(report_of("mobilenet-v2"), report_of("mobilenet-v2", width=0.75))
    shown = texts(app).replace("\\", "")
    assert two_sentence(diff) in shown
    totals = app.dataframe[0].value
    assert list(totals["Energy"][:2]) == [energy(diff.a.energy_mj), energy(diff.b.energy_mj)]
    table = app.dataframe[1].value
    assert len(table) == len(diff.rows)
    assert list(table["B − A (mJ)"]) == pytest.approx([row.energy_diff_mj for row in diff.rows])
    assert "Every kernel of A has its partner" in shown


def test_a_file_of_ones_own_can_be_b() -> None:
    app = opened(view="two", b_sample="own-file")
    uploader = next(each for each in app.file_uploader if str(each.key).startswith("b_file"))
    uploader.upload("b.onnx", sample_bytes("mobilenet-v1"), "application/octet-stream").run()
    assert not app.exception
    diff = diff_reports(report_of("mobilenet-v2"), report_of("mobilenet-v1"))
    assert two_sentence(diff) in texts(app).replace("\\", "")
    uploader = next(each for each in app.file_uploader if str(each.key).startswith("b_file"))
    uploader.upload("bad.onnx", b"nothing", "application/octet-stream").run()
    assert not app.exception
    assert "MODEL_NOT_ONNX" in texts(app)


def test_split_says_what_the_core_says() -> None:
    app = opened(sample="alexnet", device="raspberry-pi-4", view="split")
    choice = target_named("raspberry-pi-4", "tflite-ruy", "fp32")
    made = report_of("alexnet", choice=choice)
    split = split_report(sample_model("alexnet", None).graph, made, make_link("wifi"))
    shown = texts(app).replace("\\", "")
    assert all(sentence in shown for sentence in split_words(split))
    assert len(app.get("plotly_chart")) == 2
    app.number_input(key="uplink_wifi").set_value(0.1).run()
    assert "Two scales" in texts(app)
    assert "all on the device" in texts(app)


def test_the_pictures_mark_the_best_cut_and_stack_to_the_total() -> None:
    graph = sample_model("alexnet", None).graph
    split = split_graph(graph, make_link("lte"), device="raspberry-pi-4", delegate="tflite-ruy")
    cuts = cut_frame(split)
    for figure, best, total in (
        (
            split_energy(cuts, split.best_energy.kernels),
            split.best_energy.kernels,
            split.best_energy.energy_mj,
        ),
        (
            split_latency(cuts, split.best_latency.kernels),
            split.best_latency.kernels,
            split.best_latency.latency_ms,
        ),
    ):
        marker = next(trace for trace in figure.data if trace.type == "scatter")
        assert list(marker.x) == [best]
        stacked = sum(trace.y[best] for trace in figure.data if trace.type == "bar")
        assert stacked == pytest.approx(marker.y[0])
        assert any(stacked == pytest.approx(total / scale) for scale in (1, 1000))


def test_the_largest_changes_are_drawn_with_missing_ones_hatched() -> None:
    diff = diff_reports(report_of("mobilenet-v2"), report_of("mobilenet-v1"))
    rows = diff_frame(diff)
    [bars] = diff_bars(rows).data
    assert len(bars.x) == SHOWN
    assert [abs(x) for x in bars.x] == sorted((abs(x) for x in bars.x), reverse=True)
    hatched = [shape == "/" for shape in bars.marker.pattern.shape]
    assert hatched == [match.startswith("only") for match in rows["match"][:SHOWN]]


def test_commands_of_split_and_two_models_give_the_same_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    a, b = sample_model("squeezenet-1.1", None), sample_model("mobilenet-v1", None)
    made = report_of("squeezenet-1.1")
    link = make_link("lte", round_trip_ms=20.0, server_speedup=10.0)
    split = split_report(a.graph, made, link, send_precision="fp16", input_bytes=20_000)
    diff = diff_reports(made, report_of("mobilenet-v1"))
    expected = {"split": split_table(split).splitlines()[9:], "diff": [diff_sentence(diff)]}
    for lines in (split_command(a, P40, split), two_command(a, P40, b, P40, diff)):
        answer = in_the_shell(lines, capsys)
        assert all(line in answer for line in expected[shlex.split(lines[-1])[3]])


def in_the_shell(lines: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the last of some command lines prints; those before it write files."""
    for line in lines[:-1]:
        exec(shlex.split(line)[2], {})  # noqa: S102 - a line of the project's own
    assert main(shlex.split(lines[-1])[3:]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "precision"),
    [({"side": 160}, "fp32"), ({"width": 0.5}, "int8"), ({}, "int8")],
    ids=["resized", "thinner and quantised", "quantised"],
)
def test_the_same_sample_before_and_after_has_its_command(
    options: dict[str, float],
    precision: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    pi = [target_named("raspberry-pi-4", "tflite-ruy", each) for each in ("fp32", precision)]
    a = sample_model("mobilenet-v2", None)
    b = sample_model("mobilenet-v2", options.get("side"), 1, options.get("width", 1.0))
    diff = diff_reports(*(report_for(model, choice) for model, choice in zip((a, b), pi, strict=True)))
    answer = json.loads(in_the_shell([*_json(two_command(a, pi[0], b, pi[1], diff))], capsys))
    assert answer["kernels"] == diff_dict(diff)["kernels"]
    assert answer["energy_diff_mj_low"] == diff_dict(diff)["energy_diff_mj_low"]


def test_files_of_one_name_and_open_shapes_keep_apart_in_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.onnx").write_bytes(open_model())
    (tmp_path / "b-net.onnx").write_bytes(sample_bytes("squeezenet-1.1"))
    first = read_model(open_model())
    [name] = first.inputs
    shape = (1, 3, 64, 64)
    a = Model(
        "a",
        "net",
        Network(read_model(open_model(), shapes={name: shape})),
        file_name="net.onnx",
        shapes=((name, shape),),
    )
    b = Model("b", "net", Network(read_model(sample_bytes("squeezenet-1.1"))), file_name="net.onnx")
    diff = diff_reports(report_for(a, P40), report_for(b, P40))
    answer = json.loads(in_the_shell(_json(two_command(a, P40, b, P40, diff)), capsys))
    assert answer["kernels"] == diff_dict(diff)["kernels"]


def _json(lines: list[str]) -> list[str]:
    return [*lines[:-1], f"{lines[-1]} --format json"]


def test_commands_of_another_version_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    target = ["--device", "huawei-p40-pro", "--delegate", "cpu", "--versions", "1999.1.0/0.1"]
    for words in (["diff", "a.onnx", "b.onnx"], ["split", "a.onnx"]):
        assert main([*words, *target]) == 2
        assert capsys.readouterr().err.startswith("VERSION_DIFFERS: ")


def test_every_format_is_offered() -> None:
    app = opened(view="export")
    offered = {button.label for button in app.get("download_button")}
    assert {f"Download as {each.title}" for each in FORMATS.values() if each.id != "table"} <= offered


def test_words_of_a_difference() -> None:
    assert signed_range(-17.64, -8.371) == "−17.6 to −8.37 mJ"
    assert delta(27.9, 54.2, energy) == "-26.3 mJ (-48.5 %)"
    assert split_csv(split_graph(sample_model("alexnet", None).graph, make_link(), **_P40)).count("\n") == 13


_P40 = {"device": "huawei-p40-pro", "delegate": "cpu"}
