"""Frames and words of an estimate, checked against sums done by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.compare.model_frames import estimate_difference
from app.compare.words import LATENCY
from app.estimate.daily import hour_of, hour_saying
from app.estimate.export import commands, file_stem
from app.estimate.frames import kernel_frame, kind_frame, power_frame
from app.estimate.words import (
    coverage_words,
    devices_sentence,
    energy_sentence,
    family_check,
    kernel_words,
    missing_words,
)
from app.i18n.formats import latency_range, megabytes
from app.i18n.texts import in_language
from app.models.model import Model
from app.models.targets import missing_frame, target_frame, target_named, why_not
from app.ui.kernel_names import several
from app.ui.meaning import sayings
from app.ui.target_names import delegate_names
from estimate_support import estimate, four_kernels, kernel, part
from predictors.fusing.network import Network
from predictors.model.graph import Graph
from predictors.model.kernels import KernelKind
from predictors.results.estimates import LATENCY_FROM_POWER, Evidence, Note, estimate_dict
from predictors.results.figures import MeasuredFigure, Scope
from predictors.results.report import ModelReport, ModelSummary, NotEstimated
from scoring.meaning import Meaning, meaning

CHOICE = target_named("huawei-p40-pro", "cpu", "fp32")
GRAPH = Graph("g", "0" * 64, (), {}, (), (), 0, 17)


def test_the_kernel_table_adds_up_to_the_headline() -> None:
    frame = kernel_frame(four_kernels())
    assert frame["energy_mj"].sum() == 100.0
    assert list(frame["share"]) == [0.5, 0.15, 0.3, 0.05]
    assert list(frame["start_ms"]) == [0.0, 20.0, 30.0, 45.0]
    assert list(frame["power_w"]) == [2.5, 1.5, 2.0, 1.0]


def test_the_sentence_counts_and_adds_by_hand() -> None:
    frame = kernel_frame(four_kernels())
    assert energy_sentence(frame) == (
        "Three kernels take 95 % of the energy: two pointwise convolutions and a fully connected layer."
    )


def test_an_hour_follows_the_task_the_speed_and_the_voltage_by_hand() -> None:
    # A full P40 Pro: 4.2 Ah * 3600 s * 3.85 V = 58,212 J. Ten a second for an hour at 0.1 J: 3,600 J.
    run = replace(
        four_kernels(), scope=Scope.APPLICATION, energy_mj=100.0, energy_mj_low=80.0, energy_mj_high=125.0
    )
    hour = hour_of(run, "classification")
    assert hour is not None
    assert (hour.rate, hour.title) == ("10-s", "an hour of classifying pictures, 10 a second")
    assert (hour.share, hour.low, hour.high) == pytest.approx((3600 / 58212, 2880 / 58212, 4500 / 58212))
    slow = hour_of(replace(run, latency_ms=250.0), "classification")
    assert slow is not None
    assert (slow.rate, slow.share) == ("2-s", pytest.approx(720 / 58212))
    enlarging = hour_saying(run, "super-resolution", 3.0)
    assert enlarging is not None
    assert (enlarging.title, enlarging.figure) == (
        "An hour of enlarging pictures, 30 a minute",
        "0.40 % of a charge",
    )
    assert hour_of(run, "") is None
    assert hour_of(replace(run, scope=Scope.KERNELS), "classification") is None
    assert hour_of(replace(run, device_id="raspberry-pi-4"), "classification") is None


def test_the_hours_of_a_charge_have_the_interval_of_the_power_by_hand() -> None:
    def of(energy_j: float, power_w: float) -> Meaning:
        return meaning(energy_j, power_w, capacity_mah=4000, voltage_v=3.8)  # 54,720 J

    said = {each.title: each for each in sayings(of(0.10, 2.0), of(0.08, 1.5), of(0.12, 3.0))}
    assert said["Continuous use"].figure == "456 min"
    assert said["Continuous use"].span == "8 in 10 times 304 min to 608 min"
    assert said["CO2 of a million"].span.endswith(", of the energy only")


def test_a_time_that_nobody_measured_has_no_interval_and_no_verdict() -> None:
    known = four_kernels()
    untested = replace(known, warnings=(Note(LATENCY_FROM_POWER, "energy over a mean power"),))
    assert estimate_difference(known, known, LATENCY, ("a", "b")) is not None
    assert estimate_difference(known, untested, LATENCY, ("a", "b")) is None
    written = estimate_dict(untested)
    assert (written["latency_ms_low"], written["latency_ms_high"]) == (None, None)
    assert latency_range(math.nan, math.nan) == "no interval"


def test_three_kernels_of_one_type_are_named_together() -> None:
    parts = [part(kernel(i, KernelKind.CONV, window=1), 10.0 + i, 1.0) for i in range(8)]
    frame = kernel_frame(estimate(*parts))
    # 17 + 16 + 15 of 108
    assert energy_sentence(frame).startswith("Three pointwise convolutions take 44 % of the energy.")
    assert energy_sentence(frame).endswith("All eight pointwise convolutions together take 100 %.")


def test_a_model_without_any_figure_says_so() -> None:
    made = estimate(part(kernel(0, KernelKind.UNSUPPORTED, ops="Mystery"), 0.0, 0.0, Evidence.UNSUPPORTED))
    assert "No kernel" in energy_sentence(kernel_frame(made))
    assert "No kernel" in energy_sentence(kernel_frame(estimate()))


def test_kernels_without_a_figure_are_counted_and_named() -> None:
    made = estimate(
        part(kernel(0, KernelKind.CONV, window=3), 10.0, 1.0),
        part(kernel(1, KernelKind.UNSUPPORTED, ops="Mystery"), 0.0, 0.0, Evidence.UNSUPPORTED),
        part(kernel(2, KernelKind.UNSUPPORTED, ops="Mystery"), 0.0, 0.0, Evidence.UNSUPPORTED),
    )
    words = missing_words(kernel_frame(made))
    assert "too low" in words
    assert "2 of 3 kernels have no figure" in words
    assert "Mystery (2×)" in words
    assert coverage_words(made) == (
        "**Predicted**, covers 1 of 3 kernels, 0 approximated. By work: 33.3 % of the MACs, 100 % of the "
        "bytes moved."
    )
    assert missing_words(kernel_frame(four_kernels())) == ""
    alone = estimate(part(kernel(0, KernelKind.UNSUPPORTED, ops="Mystery"), 0.0, 0.0, Evidence.UNSUPPORTED))
    assert "no kernel has a figure" in missing_words(kernel_frame(alone))


def test_kernel_types_are_summed_and_sorted() -> None:
    kinds = kind_frame(kernel_frame(four_kernels()))
    assert list(kinds["kind"]) == ["conv-bn-relu", "fc", "add"]
    assert list(kinds["energy_mj"]) == [80.0, 15.0, 5.0]
    assert list(kinds["kernels"]) == [2, 1, 1]
    assert kinds["share"].sum() == pytest.approx(1.0)


@given(
    st.lists(
        st.tuples(st.floats(0, 1e4), st.one_of(st.just(0.0), st.floats(1e-3, 1e3))), min_size=1, max_size=20
    )
)
def test_the_area_of_the_timeline_is_the_energy(pairs: list[tuple[float, float]]) -> None:
    made = estimate(*(part(kernel(i, KernelKind.ADD), e, t) for i, (e, t) in enumerate(pairs)))
    steps = power_frame(kernel_frame(made))
    if steps.empty:
        assert made.latency_ms == 0
        return
    assert (steps["step_w"] * steps["latency_ms"]).sum() == pytest.approx(made.energy_mj, rel=1e-9, abs=1e-9)
    assert (steps["step_w_low"] <= steps["step_w"]).all()
    assert (steps["step_w"] <= steps["step_w_high"]).all()


@pytest.mark.parametrize(
    ("kind", "window", "words"),
    [
        (KernelKind.CONV, 1, "pointwise convolution"),
        (KernelKind.CONV, 5, "5×5 convolution"),
        (KernelKind.CONV, 0, "convolution"),
        (KernelKind.DWCONV, 3, "depthwise convolution"),
        (KernelKind.UNSUPPORTED, 0, "unknown operator"),
    ],
)
def test_a_kernel_is_named_in_words(kind: KernelKind, window: int, words: str) -> None:
    assert kernel_words(kernel(0, kind, window=window)) == words


def test_every_kernel_type_has_a_noun_of_its_own() -> None:
    nouns = [kernel_words(kernel(0, kind)) for kind in KernelKind]
    assert len(set(nouns)) == len(nouns)
    assert all("-bn-" not in noun for noun in nouns)


@pytest.mark.parametrize(
    ("amount", "noun", "english", "german"),
    [
        (1, "add", "an addition", "eine Addition"),
        (2, "add-relu", "two additions with ReLU", "zwei Additionen mit ReLU"),
        (3, "copy", "three copies", "drei Kopien"),
        (11, "softmax", "11 softmaxes", "11 Softmax-Kernel"),
        (2, "conv-bn-relu 3×3", "two 3×3 convolutions", "zwei 3×3-Faltungen"),
        (4, "conv-bn-relu 1×1", "four pointwise convolutions", "vier Pointwise-Faltungen"),
        (2, "brand-new", "2 × brand-new", "2 × brand-new"),
    ],
)
def test_several_things_are_counted_in_words(amount: int, noun: str, english: str, german: str) -> None:
    assert several(amount, noun) == english
    with in_language("de"):
        assert several(amount, noun) == german


def test_the_sentence_is_as_whole_in_german() -> None:
    frame = kernel_frame(four_kernels())
    with in_language("de"):
        words = energy_sentence(frame)
    assert "95 %" in words
    assert "zwei Pointwise-Faltungen und eine" in words


RANGES = pd.DataFrame(
    {
        "family": ["MobileNetV2"],
        "device_id": ["huawei-p40-pro"],
        "delegate": ["cpu"],
        "min_energy_mj": [50.0],
        "max_energy_mj": [150.0],
        "variants": [50],
    }
)


@pytest.mark.parametrize(
    ("energy_mj", "place"), [(49.9, "below"), (50.0, "inside"), (150.0, "inside"), (150.1, "above")]
)
def test_the_check_says_where_the_estimate_stands(energy_mj: float, place: str) -> None:
    made = estimate(part(kernel(0, KernelKind.CONV), energy_mj, 1.0))
    words = family_check(RANGES, "MobileNetV2", made)
    assert f"is {place} the published range of 50 MobileNetV2 variants on this phone's CPU" in words
    assert "50.0 to 150 mJ" in words


def test_without_a_published_range_there_is_no_check() -> None:
    assert family_check(RANGES, "VGG", four_kernels()) == ""
    assert family_check(RANGES, "MobileNetV2", estimate(device_id="raspberry-pi-4")) == ""


def _report(*failures: NotEstimated) -> ModelReport:
    summary = ModelSummary("m", "0" * 64, (), 0, 0, 0, 0, "fp32", 17, "")
    cheap = estimate(part(kernel(0, KernelKind.CONV), 10.0, 1.0), device_id="b")
    near = estimate(part(kernel(0, KernelKind.CONV), 11.5, 1.0), device_id="c")
    dear = estimate(part(kernel(0, KernelKind.CONV), 40.0, 1.0), device_id="a")
    return ModelReport(summary, (dear, cheap, near), failures)


def test_devices_are_sorted_and_overlaps_counted() -> None:
    targets = target_frame(_report(), lambda device_id, delegate: device_id.upper())
    assert list(targets["label"]) == ["B", "C", "A"]
    # 10 +- 1 and 11.5 +- 1.15 overlap, 40 +- 4 does not.
    assert devices_sentence(targets) == (
        "B takes the least with 10.0 mJ, A the most with 40.0 mJ. 1 other may be just as good "
        "(the ranges overlap); as the least of them was picked, expect somewhat more than its figure."
    )


def test_who_is_missing_is_listed_with_the_reason() -> None:
    reason = Note("EVIDENCE_TOO_THIN", "No figure for a, gpu, int8: evidence too thin: 2 networks.")
    seen = MeasuredFigure(81.6, 32.2, 2.53, Scope.APPLICATION, "tu-2023-sec", "TensorFlow Lite")
    failure = NotEstimated("a", "gpu", "int8", reason, (seen,))
    missing = missing_frame([failure], lambda device_id, delegate: device_id, why_not)
    assert missing.to_dict("records") == [
        {
            "label": "a",
            "precision": "int8",
            "reason": "No figure for a, gpu, int8: evidence too thin: 2 networks.",
            "code": "EVIDENCE_TOO_THIN",
            "measured_mj": 81.6,
            "scope": "application",
        }
    ]


def test_delegates_of_phones_name_their_threads_and_others_do_not() -> None:
    assert delegate_names(["cpu", "cpu4"])["cpu"] == "CPU (1 thread)"
    assert delegate_names(["cpu", "gpu"])["cpu"] == "CPU"
    assert delegate_names(["tflite-ruy", "new-one"]) == {
        "tflite-ruy": "TFLite, ruy (CPU)",
        "new-one": "new-one",
    }


def test_sizes_of_files_are_written_with_a_fitting_unit() -> None:
    assert [megabytes(size) for size in (0, 999, 1000, 97_800_000, 2_100_000_000)] == [
        "0 bytes",
        "999 bytes",
        "1.00 kB",
        "97.8 MB",
        "2.10 GB",
    ]


def test_a_command_quotes_what_a_shell_would_run() -> None:
    model = Model("k", "x", Network(GRAPH), file_name="-a b;$(rm).onnx", shapes=(("in put", (1, 3, 8, 8)),))
    [line] = commands(model, CHOICE)
    assert line == (
        "python -m predictors estimate './-a b;$(rm).onnx' --device huawei-p40-pro --delegate cpu "
        "--precision fp32 --shape 'in put=1,3,8,8' --format json"
    )


def test_a_download_has_a_plain_name() -> None:
    assert file_stem(Model("k", "../a<b>", Network(GRAPH)), CHOICE) == "joulelens-a-b-huawei-p40-pro-cpu-fp32"
    assert file_stem(Model("k", "###", Network(GRAPH)), CHOICE).startswith("joulelens-model-")
