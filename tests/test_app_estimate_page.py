"""The estimate page through the entry file: the numbers on screen are those of the report."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app.estimate.export import commands
from app.i18n.formats import energy, latency, power
from app.models.model import sample_model
from app.models.targets import target_named
from app.paths import ROOT
from estimate_support import chart, open_model, opened, texts, values
from predictors import registry
from predictors.estimate import estimate_graph, estimate_model
from predictors.results.estimates import Estimate
from predictors.results.rows import report_json
from predictors.samples import sample_bytes


def report_of(sample: str, device: str, delegate: str, precision: str = "fp32") -> Estimate:
    report = estimate_model(sample_bytes(sample), device=device, delegate=delegate, precision=precision)
    return report.estimates[0]


def test_the_page_opens_with_a_sample_and_its_figures() -> None:
    app = opened()
    made = report_of("mobilenet-v2", "huawei-p40-pro", "cpu")
    assert not app.exception
    links = {(link.proto.page, link.proto.query_string) for link in app.get("page_link")}
    assert ("compare", "view=shelf") in links, "whoever has several files finds the shelf"
    assert not app.error
    assert [metric.value for metric in app.metric] == [
        energy(made.energy_mj),
        latency(made.latency_ms),
        power(made.avg_power_w),
    ]
    shown = texts(app)
    kernels = len(made.kernels)
    assert f"**Estimated** from measurements of all {kernels} kernels of this model." in shown
    assert "8 in 10 times" in shown
    assert "pointwise convolution" in shown
    assert "inside the published range of 50 MobileNetV2 variants" in shown
    assert "never stored, gone when cleared" in shown


def test_the_kernel_table_is_the_reports() -> None:
    made = report_of("mobilenet-v2", "huawei-p40-pro", "cpu")
    table = opened().dataframe[0].value
    assert list(table["Energy (mJ)"]) == pytest.approx([each.energy_mj for each in made.kernels])
    assert list(table["Low (mJ)"]) == pytest.approx([each.energy_mj_low for each in made.kernels])
    assert list(table["Latency (ms)"]) == pytest.approx([each.latency_ms for each in made.kernels])
    assert list(table["Name"]) == [each.kernel.name for each in made.kernels]


def test_the_address_chooses_everything_by_id() -> None:
    app = opened(sample="alexnet", device="raspberry-pi-4", delegate="armnn-neon", precision="int8")
    made = report_of("alexnet", "raspberry-pi-4", "armnn-neon", "int8")
    assert app.metric[0].value == energy(made.energy_mj)
    assert app.selectbox(key="device").value == "raspberry-pi-4"
    assert app.selectbox(key="delegate").value == "armnn-neon"
    assert "AlexNet" in texts(app)
    assert not app.warning


def test_an_address_to_something_that_is_gone_says_so() -> None:
    app = opened(device="gone*phone")
    assert "UNKNOWN_ADDRESS_VALUE" in app.warning[0].value
    assert app.selectbox(key="device").value == "huawei-p40-pro"
    assert app.metric


def test_another_device_keeps_the_model_and_offers_its_own_delegates() -> None:
    app = opened(sample="alexnet")
    app.selectbox(key="device").select("raspberry-pi-4").run()
    assert app.selectbox(key="delegate").options == ["TFLite, ruy (CPU)", "Arm NN, NEON (CPU)"]
    made = report_of("alexnet", "raspberry-pi-4", "tflite-ruy")
    assert app.metric[0].value == energy(made.energy_mj)
    assert "idle board alone" in texts(app)
    assert "BOARD_WALL_POWER" in texts(app)


def test_the_side_of_the_image_changes_the_estimate_and_the_command() -> None:
    app = opened(side="96", view="export")
    model = sample_model("mobilenet-v2", 96)
    made = estimate_graph(model.graph, device="huawei-p40-pro", delegate="cpu", precision="fp32").estimates[0]
    assert app.metric[0].value == energy(made.energy_mj)
    assert "1×3×96×96" in texts(app)
    assert "published range" not in texts(app), "variants were published for the usual size"
    assert "input_hw=96" in app.code[0].value


def test_too_thin_evidence_is_said_in_words_and_keeps_the_choices() -> None:
    app = opened(delegate="gpu", precision="int8")
    assert not app.exception
    assert "EVIDENCE_TOO_THIN" in app.warning[0].value
    assert "P40 Pro · GPU in int8" in app.warning[0].value.replace("\\", "")
    assert not app.metric
    assert app.selectbox(key="delegate").value == "gpu"
    app.button(key="instead_gpu_fp32").click().run()
    assert len(app.metric) == 3
    assert (app.selectbox(key="delegate").value, app.selectbox(key="precision").value) == ("gpu", "fp32")
    assert not app.warning


def test_the_area_of_the_timeline_on_screen_is_the_headline_energy() -> None:
    app = opened(view="timeline", device="raspberry-pi-4")
    made = report_of("mobilenet-v2", "raspberry-pi-4", "tflite-ruy")
    traces = chart(app)["data"]
    bars = [trace for trace in traces if trace["type"] == "bar"]
    area = sum(
        width * height
        for trace in bars
        for width, height in zip(values(trace["width"]), values(trace["y"]), strict=True)
    )
    assert area == pytest.approx(made.energy_mj)
    [floor] = [trace for trace in traces if "idle" in trace["name"]]
    assert values(floor["y"])[0] == pytest.approx(made.idle_energy_mj / made.latency_ms)
    assert "Predicted, not measured" in texts(app)


def test_shares_by_type_add_up_to_the_whole() -> None:
    bars = chart(opened(view="types"))["data"][0]
    shares = values(bars["x"])
    assert sum(shares) == pytest.approx(100.0)
    assert shares == sorted(shares, reverse=True)


def test_the_flame_graph_is_as_wide_as_the_kernels_and_a_part_opens_its_section() -> None:
    app = opened(view="flame")
    made = report_of("mobilenet-v2", "huawei-p40-pro", "cpu")
    bars = chart(app)["data"][0]
    kernels = [width for width, text in zip(values(bars["x"]), bars["customdata"], strict=True) if text]
    assert max(kernels) == pytest.approx(made.kernel_sum.energy_mj)
    assert app.query_params["view_where"] == "flame"
    assert "view" not in app.query_params, "the first section is the usual one"
    assert "Block **block" in texts(app)


def test_the_graph_has_a_mark_per_kernel_coloured_by_energy() -> None:
    app = opened(view="graph")
    marks = chart(app)["data"][1]
    made = report_of("mobilenet-v2", "huawei-p40-pro", "cpu")
    assert values(marks["marker"]["color"]) == pytest.approx([each.energy_mj for each in made.kernels])
    assert [text[0] for text in marks["customdata"]] == list(range(len(made.kernels)))


def test_a_network_too_large_for_a_graph_says_so() -> None:
    app = opened(view="graph", sample="mobilebert")
    assert not app.get("plotly_chart")
    assert "up to 300 kernels; this network has 636" in app.info[0].value


def test_every_device_is_shown_or_listed_with_its_reason() -> None:
    app = opened(view="devices", precision="int8")
    *rankings, drawn = (each.value for each in app.dataframe)
    targets = {(each.device_id, each.delegate) for each in registry.targets()}
    for ranking in rankings:  # one scope each, a row per device
        assert list(ranking["Energy (mJ)"]) == sorted(ranking["Energy (mJ)"])
        assert ranking["Device"].is_unique
    pictures = [json.loads(each.proto.spec) for each in app.get("plotly_chart")]
    assert [len(values(each["data"][0]["x"])) for each in pictures] == [len(each) for each in rankings]
    assert f"{len(drawn)} of " in texts(app)
    reasons = next(each.value for each in app.markdown if "EVIDENCE_TOO_THIN" in each.value)
    assert "PRECISION_UNKNOWN" in reasons
    listed = sum(int(found) for found in re.findall(r"\*\* \((\d+)\):", reasons))
    # What was only measured is listed too, so there may be more than can be estimated.
    assert len(drawn) + listed >= len(targets)
    # The chosen device's row has the same figure as the headline.
    chosen = drawn.set_index("Device").loc["P40 Pro · CPU (1 thread)", "Energy (mJ)"]
    assert app.metric[0].value == energy(chosen)


def test_only_the_open_tab_is_computed() -> None:
    assert len(opened().get("plotly_chart")) == 1
    assert not opened(view="export").get("plotly_chart")


@pytest.mark.slow
def test_the_command_gives_the_same_digits(tmp_path: Path) -> None:
    choice = target_named("huawei-p40-pro", "cpu", "fp32")
    model = sample_model("squeezenet-1.1", 160)
    target = {"device": choice.device_id, "delegate": choice.delegate, "precision": choice.precision}
    here = json.loads(report_json(estimate_graph(model.graph, **target, name=model.name)))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    answer = ""
    for line in commands(model, choice):
        words = [sys.executable, *shlex.split(line)[1:]]
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        answer = done.stdout
    there = json.loads(answer)
    assert there == here


SORTS = ("densenet-121", "mobilebert", "conv-actions")
"""Convolutions in dense blocks, a transformer, and the smallest network."""


# Every sample's figures are compared with the command line's in `test_reproduce.py`.
@pytest.mark.slow
@pytest.mark.parametrize("sample", SORTS)
def test_samples_of_each_sort_can_be_chosen(sample: str) -> None:
    app = opened(sample=sample)
    assert not app.exception
    assert not app.error
    assert len(app.metric) == 3


@pytest.mark.slow
@pytest.mark.parametrize("view", ["kernels", "types", "timeline", "devices", "meaning"])
def test_the_view_for_printing_has_whole_tables_and_what_is_folded(view: str) -> None:
    app = opened(view=view, print="true", versus_all="true")
    assert not app.exception
    assert not app.dataframe, "a window onto a table prints what was scrolled into it"
    assert app.table
    kernels = len(report_of("mobilenet-v2", "huawei-p40-pro", "cpu").kernels)
    if view in {"kernels", "timeline"}:
        assert sum(len(each.value) for each in app.table) == kernels
    # What a click unfolds stands on paper as well.
    assert "Held-out error" in texts(app)
    assert [each.proto.expanded for each in app.expander if "note" in each.label] == [True]


def test_a_file_takes_the_samples_place_and_gives_it_back() -> None:
    app = opened(sample="squeezenet-1.1", side="160")
    before = app.metric[0].value
    app.file_uploader[0].upload("open.onnx", open_model())
    app.run()
    assert app.metric[0].value != before
    assert "sample" not in [each.key for each in app.selectbox]
    app.button(key="clear").click().run()
    assert app.selectbox(key="sample").value == "squeezenet-1.1"
    assert app.number_input(key="side").value == 160
    assert app.metric[0].value == before


@pytest.mark.slow
@pytest.mark.parametrize("view", ["kernels", "types", "timeline", "devices", "meaning"])
def test_german_has_the_same_digits_written_the_german_way(view: str) -> None:
    english, german = opened(view=view), opened(view=view, lang="de")
    assert not german.exception
    assert not german.error
    # Number and unit: what follows is words ("5.5 % of a charge").
    digits = [each.value.replace(",", ".").split()[:2] for each in german.metric]
    assert digits == [each.value.replace(",", ".").split()[:2] for each in english.metric]
    assert german.title[0].value == "Wie viel Energie braucht Ihr Modell?"
    assert [each.label for each in german.metric] != [each.label for each in english.metric]


def test_every_choice_stays_when_the_language_changes() -> None:
    app = opened(device="raspberry-pi-4", view="timeline", precision="int8")
    app.file_uploader[0].upload("open.onnx", open_model())
    app.run()
    app.selectbox(key="delegate").select("armnn-neon").run()
    height = next(each for each in app.number_input if each.value == 224)
    height.set_value(96).run()
    before = [each.value.replace(",", ".") for each in app.metric]
    app.button(key="to-de").click().run()
    assert app.selectbox(key="delegate").label == "Läuft auf"
    assert [each.value.replace(",", ".") for each in app.metric] == before
    assert (app.selectbox(key="device").value, app.selectbox(key="delegate").value) == (
        "raspberry-pi-4",
        "armnn-neon",
    )
    assert app.number_input(key=height.key).value == 96
    assert "1×3×96×224" in texts(app)
    assert "Vorhergesagt, nicht gemessen" in texts(app)


def test_an_image_too_small_for_a_sample_is_refused_with_the_way_out() -> None:
    app = opened(sample="alexnet", side="96")
    assert not app.exception
    assert not app.metric
    assert "AlexNet cannot take images of 96 px" in app.error[0].value
    assert "empty the field for 224 px" in app.error[0].value
