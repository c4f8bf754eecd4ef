"""What an hour of a task takes of a charge: by hand, too slow phones, doubtful figures, badges as text."""

from __future__ import annotations

import pandas as pd
import pytest

from app.charts.device_bars import bar_words, charge_bars
from app.devices.phone_answer import charge_sentence, range_sentence
from app.devices.phone_overview import all_phones, measured_only, styled, with_use
from app.label.grade_strip import badge_cell, cell_style
from app.label.shapes import STEPS
from app.label.strip import Badge, strip
from app.label.svg import to_svg
from app.measurements.phone_use import left_out, measured_runs, phone_use, task_names, usual_rate
from app.ui.colours import contrast, text_on
from scoring import ScoringError
from scoring.meaning import charge_share_per_hour
from scoring.rubric import LETTERS, Grade

TASK = ("DNN8", "10-s")


def use_of(device_id: str, dnn_id: str = "DNN8", rate: str = "10-s") -> pd.Series:
    return phone_use(dnn_id, rate).set_index("device_id").loc[device_id]


def test_the_share_of_a_charge_is_energy_times_rate_over_the_battery() -> None:
    # 0.1 J, 10 a second, an hour: 3,600 J of a battery of 14,400 J
    assert charge_share_per_hour(0.1, 10.0, 14_400.0) == pytest.approx(0.25)
    with pytest.raises(ScoringError) as caught:
        charge_share_per_hour(0.1, 0.0, 14_400.0)
    assert caught.value.code == "INVALID_RATE"


def test_a_phone_pays_with_the_delegate_that_takes_least_and_keeps_up() -> None:
    phone = use_of("huawei-p40-lite")
    # 77.2 mJ on NNAPI as printed, 10 a second for an hour, of 4,200 mAh at 3.85 V
    assert phone["delegate"] == "nnapi"
    assert phone["share"] == pytest.approx(0.0772 * 10 * 3600 / (4.2 * 3600 * 3.85))
    assert phone["share_low"] < phone["share"] < phone["share_high"]


def test_a_phone_that_is_too_slow_runs_as_often_as_it_can() -> None:
    phone = use_of("huawei-p40-lite", rate="30-s")
    assert not phone["keeps_up"]
    assert phone["rate_per_s"] == pytest.approx(1000.0 / phone["latency_ms"])
    assert phone["rate_per_s"] < 30.0
    assert "only 21 a second" in bar_words(phone.to_dict())
    order = phone_use("DNN8", "30-s")["keeps_up"]
    assert list(order) == sorted(order, reverse=True), "those that are too slow come last"


@pytest.mark.parametrize("dnn_id", [f"DNN{n}" for n in range(1, 13)])
def test_every_phone_keeps_up_with_the_usual_rate_of_a_task(dnn_id: str) -> None:
    use = phone_use(dnn_id, usual_rate(dnn_id))
    assert use["keeps_up"].all()
    assert use["device_id"].nunique() == 8
    assert use["share"].is_monotonic_increasing
    assert (use["share"] < 1).all()
    assert dnn_id in task_names()


def test_a_doubtful_figure_wins_nothing_where_the_phone_has_another_one() -> None:
    # 26.5 mJ is about ten times below every neighbour, probably a lost digit
    out = left_out("DNN2")
    assert ("xiaomi-redmi-note8", "nnapi") in set(zip(out["device_id"], out["delegate"], strict=True))
    assert use_of("xiaomi-redmi-note8", "DNN2")["delegate"] != "nnapi"
    assert set(measured_runs("DNN2")["device_id"]) == set(phone_use("DNN2", "1-s")["device_id"])


def test_the_sentence_has_the_figures_of_the_phone_and_of_both_ends() -> None:
    phones = measured_only(with_use(all_phones(), *TASK))
    sentence = charge_sentence(phones, "huawei-p40-lite", *TASK)
    assert "**4.8 % of a charge** on **P40 Lite**" in sentence
    assert "21 hours" in sentence
    assert "Mate40 Pro takes the least, 2.7 %, and P40 Lite E the most, 6.5 %." in range_sentence(phones)
    assert charge_sentence(phones, "google-pixel-8-pro", *TASK) == ""


def test_a_phone_without_scores_has_a_row_without_figures() -> None:
    phones = with_use(all_phones(), *TASK)
    assert len(phones) == 16
    assert "google-pixel-8-pro" in set(phones["device_id"].iloc[8:])
    assert phones["share"].iloc[:8].notna().all() and phones["share"].iloc[8:].isna().all()


def test_the_table_holds_letter_place_and_figure_in_the_colour_of_the_letter() -> None:
    html = styled(with_use(all_phones(), *TASK), "huawei-p40-lite").to_html()
    assert "A ●○○○○ 82.8" in html
    assert "D ○○○●○ 56.8" in html
    assert f"background-color: {STEPS['A']}" in html
    assert "▸ P40 Lite" in html


@pytest.mark.parametrize("letter", list(LETTERS))
def test_a_badge_reads_without_its_colour(letter: str) -> None:
    badge = Badge("PCS", "82.8", Grade(letter, (letter,)))
    svg = to_svg(strip(badge))
    assert f">{letter} 82.8<" in svg
    assert f"letter {letter}, on the scale from A" in badge.words
    assert badge_cell(letter, "82.8").index("●") == 2 + LETTERS.index(letter)
    assert contrast(STEPS[letter], text_on(STEPS[letter])) >= 4.5
    assert STEPS[letter] in cell_style(letter)
    assert cell_style("") == ""


def test_the_bars_start_at_zero_and_say_which_phone_a_click_means() -> None:
    shown = measured_only(with_use(all_phones(), *TASK))
    figure = charge_bars(shown, "huawei-p40-pro")
    assert figure.layout.xaxis.range[0] == 0
    assert [each[0] for each in figure.data[0].customdata] == list(shown["device_id"])
    assert "<b>▸ P40 Pro</b>" in figure.layout.yaxis.ticktext
    widths = figure.data[0].marker.line.width
    assert [width > 0 for width in widths] == [each == "huawei-p40-pro" for each in shown["device_id"]]
