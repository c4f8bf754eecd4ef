"""Pictures of Explore, by their data."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charts.axes import series_looks, short, unit_axis
from app.charts.energy_macs import MANY, energy_macs, one_per_place
from app.charts.spread import spread, summary
from app.charts.token_lines import token_lines
from app.explore.words import describe, sentence
from app.i18n.formats import energy
from app.measurements.levels import HEAT_ENERGY, LEVELS, MACS
from app.measurements.rows import bundled_rows, sized_models


def points(**changes: object) -> pd.DataFrame:
    rows = {
        "device_id": ["jetson-tx2"] * 3,
        "series": ["TX2, CPU", "TX2, CPU", "TX2, GPU"],
        "macs_m": [1.0, 10.0, 100.0],
        "energy_mj": [2.0, 20.0, math.nan],
        "min_energy_mj": [math.nan, math.nan, 5.0],
        "max_energy_mj": [math.nan, math.nan, 50.0],
        "meter_scope": "rail",
        "words": ["a", "b", "c"],
        "origin": ["bundled", "yours", "bundled"],
        "flagged": [True, False, False],
    }
    return pd.DataFrame(rows | changes)


def test_marks_and_ranges_are_drawn_where_they_were_measured() -> None:
    marks, ranges = energy_macs(points()).data
    assert list(marks.x) == [1.0, 10.0]
    assert list(marks.y) == [2.0, 20.0]
    assert list(marks.marker.symbol) == ["x", "star"]
    assert list(ranges.y[:2]) == [5.0, 50.0]
    assert list(ranges.x[:2]) == [100.0, 100.0]


def test_rows_without_work_are_not_drawn() -> None:
    assert len(energy_macs(points(macs_m=[math.nan] * 3)).data) == 0


def test_series_of_one_device_share_its_colour_and_differ_by_symbol() -> None:
    looks = series_looks(points())
    assert looks["TX2, CPU"][0] == looks["TX2, GPU"][0]
    assert looks["TX2, CPU"][1] != looks["TX2, GPU"][1]


def test_the_two_devices_with_measured_kernels_have_different_colours() -> None:
    rows = pd.DataFrame({"series": ["a", "b"], "device_id": ["huawei-p40-pro", "jetson-tx2"]})
    looks = series_looks(rows)
    assert looks["a"][0] != looks["b"][0]


MEASURED = pd.DataFrame(
    {
        "device": ["slow", "fast", "slow", "slow", "fast", "none"],
        "energy_mj": [10.0, 1.0, 30.0, 20.0, 3.0, math.nan],
        "flagged": [False, True, False, False, False, False],
        "origin": ["bundled", "bundled", "bundled", "yours", "bundled", "bundled"],
    }
)


def test_the_five_figures_of_a_group_are_those_of_its_rows() -> None:
    fast, slow = summary(MEASURED, ["device"], "energy_mj").to_dict("records")
    assert (fast["device"], fast["amount"], fast["median"], fast["flagged"], fast["yours"]) == (
        "fast", 2, 2.0, 1, False,
    )  # fmt: skip
    assert (slow["low"], slow["q1"], slow["median"], slow["q3"], slow["high"]) == (10, 15, 20, 25, 30)
    assert slow["yours"]


def test_boxes_stand_in_the_order_of_their_medians_and_say_how_many_rows() -> None:
    groups = summary(MEASURED, ["device"], "energy_mj").assign(
        label=["fast <b>", "slow"], colour="#0072b2", scope=""
    )
    figure = spread(groups)
    assert [box.y[0] for box in figure.data[:2]] == ["fast &lt;b&gt;\u00a0(2)", "★ slow\u00a0(3)"]
    assert [box.median[0] for box in figure.data[:2]] == [2.0, 20.0]
    assert list(figure.data[2].x) == [2.0, 20.0]


def test_a_linear_axis_starts_at_zero_and_a_logarithmic_one_is_for_wide_spans() -> None:
    narrow = summary(MEASURED[MEASURED["device"] == "slow"], ["device"], "energy_mj")
    wide = summary(MEASURED, ["device"], "energy_mj")
    looks = {"colour": "#0072b2", "scope": ""}
    assert spread(narrow.assign(label=narrow["device"], **looks)).layout.xaxis.rangemode == "tozero"
    assert spread(wide.assign(label=wide["device"], **looks)).layout.xaxis.type == "log"


def test_one_line_per_model_and_prompt_length() -> None:
    rows = pd.DataFrame(
        {
            "model": ["small", "small", "large"],
            "input_tokens": [128, 128, 128],
            "output_tokens": [16, 8, 8],
            "energy_mj": [2.0, 1.0, 9.0],
            "flagged": [False, True, False],
            "meter_scope": "rail",
        }
    )
    large, small = token_lines(rows, "energy_mj").data
    assert list(small.x) == [8, 16]
    assert list(small.y) == [1.0, 2.0]
    assert small.marker.symbol[0] == "x"
    assert large.line.color != small.line.color


@given(low=st.floats(1e-6, 1e6, allow_subnormal=False), ratio=st.floats(1.0, 1e9, allow_subnormal=False))
def test_ticks_lie_inside_the_axis_and_there_are_few(low: float, ratio: float) -> None:
    axis = unit_axis(low, low * ratio, lambda value: short(energy(value)))
    bottom, top = axis["range"]
    assert bottom <= math.log10(low)
    assert math.log10(low * ratio) <= top + 1e-9
    assert len(axis["tickvals"]) <= 9
    assert all(bottom <= math.log10(tick) <= top for tick in axis["tickvals"])
    assert len(axis["ticktext"]) == len(axis["tickvals"])


@pytest.mark.parametrize(("text", "expected"), [("1.00 mJ", "1 mJ"), ("100 J", "100 J"), ("0.50", "0.5")])
def test_ticks_lose_their_noughts(text: str, expected: str) -> None:
    assert short(text) == expected


def test_delegates_are_compared_over_the_networks_that_ran_on_all_of_them() -> None:
    # DNN1 ran on both; DNN7 only on the CPU, at a hundredth of the energy.
    rows = pd.DataFrame(
        {
            "device": "A",
            "dnn_id": ["DNN1", "DNN1", "DNN7"],
            "delegate": ["cpu", "gpu", "cpu"],
            "energy_mj": [200.0, 100.0, 1.0],
        }
    )
    said = sentence(LEVELS["application"], HEAT_ENERGY, rows, pd.DataFrame())
    assert said.startswith("Over the 1 network that ran on all of them the median is GPU 100 mJ and CPU")
    assert "200 mJ" in said
    apart = sentence(LEVELS["application"], HEAT_ENERGY, rows[1:], pd.DataFrame())
    assert "are not compared" in apart


def test_one_architecture_at_two_sizes_is_two_networks() -> None:
    rows = bundled_rows("application")
    assert sized_models(rows).groupby(rows["dnn_id"]).nunique().eq(1).all()
    assert set(sized_models(rows[rows["dnn_id"].isin(["DNN1", "DNN3"])])) == {
        "MobileNetV2 300", "MobileNetV2 640",
    }  # fmt: skip
    assert set(sized_models(rows[rows["dnn_id"] == "DNN11"])) == {"MobileBERT"}


def test_the_sentence_about_work_compares_within_one_meter_only() -> None:
    rows = pd.DataFrame(
        {
            "device": ["A", "A", "B"],
            "delegate": ["cpu", "gpu", "cpu"],
            "kernel": "conv-bn-relu",
            "input_hw": 8, "c_in": 1, "c_out": 1, "kernel_size": 1,
            "macs_m": [1.0, 1.0, 1.0],
            "energy_mj": [2.0, 1.0, 0.5],
            "meter_scope": ["rail", "rail", "whole-phone"],
        }
    )  # fmt: skip
    level = LEVELS["kernel"]
    words = sentence(level, MACS, describe(level, rows), pd.DataFrame())
    assert "**A, GPU** takes least per million MACs (one supply rail): 1.00 mJ in the median" in words
    assert "**B, CPU** takes 500 µJ per million MACs (whole phone) in the median" in words


def many(amount: int) -> pd.DataFrame:
    """So many measurements in pairs: two alike, then two alike elsewhere, as far as there are places."""
    place = np.arange(amount) // 2
    return pd.DataFrame(
        {
            "device_id": "jetson-tx2",
            "series": np.where(np.arange(amount) % 4 < 2, "TX2, CPU", "TX2, GPU"),
            "macs_m": 10.0 ** (place / amount * 6),
            "energy_mj": 10.0 ** (place / amount * 4),
            "min_energy_mj": math.nan,
            "max_energy_mj": math.nan,
            "words": [f"layer {index}" for index in range(amount)],
            "origin": "bundled",
            "flagged": False,
            "meter_scope": "rail",
        }
    )


def test_few_measurements_are_a_mark_each_even_on_one_another() -> None:
    marks = one_per_place(many(MANY))
    assert len(marks) == MANY
    assert (marks["amount"] == 1).all()


def test_of_many_measurements_those_on_one_another_are_one_mark_that_says_so() -> None:
    rows = many(MANY + 2)
    marks = one_per_place(rows)
    assert marks["amount"].sum() == len(rows)
    assert len(marks) <= len(rows) / 2
    assert marks.groupby("series")["amount"].sum().to_dict() == rows.groupby("series").size().to_dict()
    drawn = energy_macs(rows).data
    assert sum(len(trace.x) for trace in drawn) == len(marks)
    first = next(row for row in marks.itertuples() if row.amount > 1)
    texts = [text for trace in drawn for text in trace.text]
    assert f"{first.words}<br>and {first.amount - 1} more in the same place" in texts


def test_what_is_odd_or_the_readers_own_is_never_hidden_under_others() -> None:
    rows = many(MANY + 2)
    rows.loc[1, "flagged"] = True
    rows.loc[2, "origin"] = "yours"
    marks = one_per_place(rows)
    assert marks["flagged"].sum() == 1
    assert (marks["origin"] == "yours").sum() == 1
    assert marks.loc[marks["flagged"] | (marks["origin"] == "yours"), "amount"].tolist() == [1, 1]


def test_two_meters_on_one_figure_are_parted_by_a_line_and_a_word() -> None:
    groups = summary(MEASURED, ["device"], "energy_mj")
    looks = {"label": groups["device"], "colour": "#0072b2"}
    parted = spread(groups.assign(scope=["whole phone", "one supply rail"], **looks))
    assert [shape.y0 for shape in parted.layout.shapes] == [0.5]
    assert [note.text for note in parted.layout.annotations] == ["whole phone", "one supply rail"]
    assert not spread(groups.assign(scope="", **looks)).layout.shapes
