"""Limits with accuracy: published figures with their source, one's own, one dot per model, dragged limits."""

from __future__ import annotations

import math

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.charts.pareto import ACCURACY, LATENCY, Lines, front_chart
from app.compare.accuracy import accuracy_words, accurate_enough, own_key, published, with_accuracy
from app.compare.limit_picture import picture_rows, take_box
from app.compare.limit_words import accuracy_sentence
from app.models.shelf import SHELF, Shelved
from app.models.upload import read_upload
from app.paths import ROOT
from app.url_state.number_fields import is_bad
from predictors.samples import SAMPLES, sample_bytes
from predictors.samples.accuracy import published_top1

ENTRY = str(ROOT / "app" / "main.py")


def choices() -> pd.DataFrame:
    """Two choices of an accurate model, one of a frugal one, and a model without an accuracy."""
    rows = [
        ("a1", "mobilenet-v2", "int8", "p40", 50.0, 20.0, True, 1),
        ("a2", "mobilenet-v2", "int8", "pi", 60.0, 10.0, True, 2),
        ("b1", "efficientnet-lite0", "int8", "p40", 70.0, 24.0, False, 0),
        ("c1", "resnet-18", "fp32", "p40", 500.0, 120.0, False, 0),
        ("d1", "mine", "fp32", "p40", 40.0, 50.0, True, 3),
    ]
    columns = ["option_id", "model_id", "precision", "label", "energy_mj", "latency_ms", "fits", "rank"]
    frame = pd.DataFrame(rows, columns=columns).sort_values("energy_mj", ignore_index=True)
    for column in ("energy_mj", "latency_ms"):
        frame[f"{column}_low"], frame[f"{column}_high"] = frame[column] / 1.2, frame[column] * 1.2
    return with_accuracy(
        frame.assign(
            model=frame["model_id"],
            device_id="huawei-p40-pro",
            evidence="predicted",
            rival=False,
            meter="phone",
        )
    )


def test_every_published_figure_is_of_a_sample_and_has_a_source() -> None:
    figures = published_top1()
    assert len(figures) == 27
    for (sample_id, precision), found in figures.items():
        assert sample_id in SAMPLES
        assert precision in {"fp32", "int8"}
        assert all(50.0 < each.top1_percent < 85.0 and each.source and each.address for each in found)
    assert figures["mobilenet-v2", "fp32"][0].top1_percent == 71.8
    assert figures["efficientnet-lite4", "int8"][0].top1_percent == 80.2
    assert published("mobilenet-v3-small", "int8") is None, "only another variant was published"
    assert published("vgg-16", "int8") is None


def test_an_accuracy_of_ones_own_goes_before_the_published_one() -> None:
    st.session_state[own_key("resnet-18", "fp32")] = 75.5
    try:
        rows = choices().set_index("option_id")
        assert rows.loc["c1", "top1_percent"] == 75.5
        assert rows.loc["c1", "top1_source"] == "yours"
        assert "torchvision" not in rows.loc["a1", "top1_source"]
        assert rows.loc["a1", "top1_percent"] == 70.8
        assert math.isnan(rows.loc["d1", "top1_percent"])
    finally:
        del st.session_state[own_key("resnet-18", "fp32")]


def test_a_choice_names_the_source_of_its_accuracy_and_other_weights() -> None:
    rows = {str(row["option_id"]): row for row in choices().to_dict("records")}
    words = accuracy_words(rows["a1"]).replace("\\", "")
    assert words.startswith(
        "Top-1 accuracy 70.8 %, published for the weights TFLite hosted quant ([source](https://"
    )
    assert "Other weights: 71.7 % (torchvision quantized)." in words
    assert accuracy_words(rows["d1"]) == ""
    own = rows["c1"] | {"top1_percent": 75.0, "top1_source": "yours"}
    assert accuracy_words(own) == "Top-1 accuracy 75.0 %, as you entered it."


def test_a_least_accuracy_leaves_out_what_is_below_and_what_is_unknown_and_says_so() -> None:
    kept, words = accurate_enough(choices(), 70.0)
    assert set(kept["option_id"]) == {"a1", "a2", "b1"}
    assert "70.0 %" in words and "resnet" in words and "mine" in words
    everything, none = accurate_enough(choices(), 0.0)
    assert len(everything) == 5
    assert none == ""


def test_one_dot_per_model_where_it_takes_least_and_fits() -> None:
    rows = picture_rows(choices(), ACCURACY)
    assert list(rows["option_id"]) == ["a1", "b1", "c1"]
    assert dict(zip(rows["option_id"], rows["rank"], strict=True)) == {"a1": 1, "b1": 2, "c1": 0}
    assert set(picture_rows(choices(), LATENCY)["option_id"]) == {"a1", "a2", "b1", "c1", "d1"}
    shown = picture_rows(choices(), ACCURACY, shows_all=True)
    assert list(shown["name"].eq("")) == [False, True, False, False]
    sentence = accuracy_sentence(rows)
    assert "70.8 %, 50.0 mJ" in sentence and "74.4 %, 70.0 mJ" in sentence


def test_the_picture_has_names_a_legend_and_lines_for_the_limits() -> None:
    figure = front_chart(picture_rows(choices(), ACCURACY), Lines(60.0, 33.0, 70.0), ACCURACY)
    names = next(trace for trace in figure.data if trace.mode == "markers+text")
    assert list(names.text) == ["mobilenet-v2 int8", "efficientnet-lite0 int8", "resnet-18 fp32"]
    assert [trace.name for trace in figure.data if trace.showlegend] == ["p40"]
    assert figure.layout.showlegend
    assert len(figure.layout.shapes) == 2, "no time on this picture"
    assert {each.text for each in figure.layout.annotations} == {"at most 60.0 mJ", "at least 70.0 %"}
    [energy_words] = [each for each in figure.layout.annotations if each.text == "at most 60.0 mJ"]
    assert (energy_words.x, energy_words.xanchor) == (0, "left"), "the names of accurate models are right"
    assert figure.layout.dragmode is False
    assert front_chart(choices().assign(name=""), Lines(), is_dragging=True).layout.dragmode == "select"


@pytest.mark.parametrize(
    ("against", "expected"), [(LATENCY, {"mj": 90.0, "ms": 40.0}), (ACCURACY, {"mj": 90.0, "top1": 12.0})]
)
def test_the_edges_of_a_dragged_box_on_the_good_side_become_the_limits(
    against: str, expected: dict[str, float]
) -> None:
    take_box({"x": [40.0, 12.0], "y": [30.0, 90.0]}, against)
    try:
        assert {key: st.session_state[key] for key in expected} == expected
    finally:
        for key in expected:
            del st.session_state[key]


def test_half_a_box_sets_nothing() -> None:
    take_box({"x": [], "y": [1.0, 2.0]}, LATENCY)
    assert "mj" not in st.session_state


def test_an_accuracy_in_the_address_is_a_number_from_0_to_100() -> None:
    assert is_bad("acc_mobilenet-v2_fp32", "101")
    assert is_bad("top1", "much")
    assert not is_bad("acc_mobilenet-v2_fp32", "71.8")


def opened(**query: str | list[str]) -> AppTest:
    app = AppTest.from_file(ENTRY, default_timeout=180)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / "compare.py"))
    return app


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption, *app.info))


def test_an_accuracy_and_a_least_one_come_from_the_address() -> None:
    query = {"among": ["DNN7", "DNN8"], "acc_DNN7_fp32": "71", "acc_DNN8_int8": "60", "top1": "70"}
    app = opened(view="limits", **query).run()
    assert not app.error and not app.exception
    assert app.segmented_control(key="against").value == ACCURACY
    assert "Only models with a top-1 of at least 70.0 % are shown." in texts(app)
    assert "MobileNetV1 224 fp32 in fp32" in texts(app).replace("\\", "")


def test_a_model_of_the_shelf_is_among_the_best_choices() -> None:
    app = opened(view="limits", among=["shelf-1", "DNN7"], on=["huawei-p40-pro"])
    upload = read_upload("my net.onnx", memoryview(sample_bytes("squeezenet-1.1")))
    app.session_state[SHELF] = (Shelved("shelf-1", "my net", upload),)
    app.run()
    assert not app.error and not app.exception
    table = app.table[0].value.set_index("Model")
    assert table.loc["my net", "Precision"] in {"fp32", "int8"}
    assert "P40 Pro" in table.loc["my net", "Device and delegate"]
