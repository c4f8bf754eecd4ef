"""Somebody's own device: its table, scores, rank and contribution, and the page with good and bad input."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.label.address import read_address
from app.label.content import make_label
from app.label.facts import Issue, ScoreFacts
from app.label.files import drawing_of
from app.label.gather import phone_rows, phone_standings, phones
from app.paths import ROOT
from app.your_device.scores import (
    ENERGY,
    POWER,
    Setup,
    blank_table,
    contribution_csv,
    filled_table,
    own_scores,
    rows_of,
    scoring_csv,
)
from data import open_bundle, queries
from data.contribution.check import check_csv
from scoring import PUBLISHED_CELLS, MeasuredRow, ScoringError
from scoring.table import read_table

DNNS = queries.reference_dnns(open_bundle())
HEADER = "dnn_id,delegate,avg_power_w,energy_per_inference_j\n"
EXAMPLE = ROOT / "docs" / "examples" / "huawei-p40-lite.csv"


def test_the_blank_table_is_the_published_grid() -> None:
    blank = blank_table(DNNS)
    assert len(blank) == len(PUBLISHED_CELLS) == 35
    assert blank[[POWER, ENERGY]].isna().all().all()
    assert rows_of(blank) == ()


def test_a_file_fills_the_table_and_comes_out_the_same() -> None:
    rows = read_table(EXAMPLE.read_bytes(), EXAMPLE.name)
    table = filled_table(blank_table(DNNS), rows)
    assert len(table) == 35
    again = rows_of(table)
    assert {row.cell for row in again} == {row.cell for row in rows}
    assert read_table(scoring_csv(again).encode(), "x.csv") == again
    by_cell = {row.cell: row for row in again}
    for row in rows:
        assert by_cell[row.cell].energy_per_inference_j == pytest.approx(row.energy_per_inference_j)
        assert by_cell[row.cell].avg_power_w == row.avg_power_w


def test_rows_outside_the_published_table_are_kept_and_named() -> None:
    table = filled_table(blank_table(DNNS), [MeasuredRow("DNN9", "CPU4", 2.0, 1.0)])
    assert list(table.iloc[-1][["dnn_id", "delegate"]]) == ["DNN9", "CPU4"]
    [power, _] = own_scores("x", rows_of(table), 10.0)
    assert power.score is not None
    assert [note.code for note in power.score.notes] == ["OUTSIDE_GRID"]


def test_a_copy_of_a_phone_scores_and_ranks_like_it() -> None:
    power, energy = own_scores("copy", phone_rows("huawei-p40-pro"), 15.0)
    [printed] = [each for each in phone_standings("PCS") if each.device_id == "huawei-p40-pro"]
    assert power.facts is not None and energy.facts is not None
    assert power.facts.value == printed.score.value
    assert (power.facts.rank, power.facts.of, power.facts.ranked_on) == (3, len(phones()) + 1, 35)
    assert energy.facts.rank == 1


def test_a_part_is_ranked_on_its_own_rows_only() -> None:
    rows = [row for row in phone_rows("motorola-one-macro") if row.cell[1] == "nnapi"]
    power, energy = own_scores("part", rows, 8.0)
    assert power.score is not None and power.facts is not None and energy.facts is not None
    assert (power.score.rows_used, power.score.rows_possible) == (len(rows), 35)
    assert power.facts.ranked_on == len(rows)
    # On the sum of all rows it would be last by far; on the rows it has it is level with the phone itself.
    full = [each for each in phones() if each.device_id == "motorola-one-macro"]
    assert len(full) == 1
    assert energy.facts.rank < energy.facts.of


def test_without_a_tdp_there_is_still_an_iecs() -> None:
    power, energy = own_scores("x", phone_rows("huawei-p40-lite"), None)
    assert power.failure is not None and power.failure[0] == "NO_TDP"
    assert energy.score is not None and round(energy.score.value) == 193


@pytest.mark.parametrize("tdp_w", [0.0, -5.0, float("nan")])
def test_a_tdp_without_sense_leaves_the_iecs_alone(tdp_w: float) -> None:
    power, energy = own_scores("x", phone_rows("huawei-p40-lite"), tdp_w)
    assert power.failure is not None and power.failure[0] == "INVALID_TDP"
    assert energy.score is not None


def test_power_above_the_tdp_scores_below_zero_and_says_so() -> None:
    power, _ = own_scores("x", [MeasuredRow("DNN1", "CPU1", 9.0, 0.5)], 6.0)
    assert power.score is not None and power.facts is not None
    assert power.score.value == pytest.approx(-50.0)
    assert "below 0" in power.score.notes[0].message
    assert power.facts.spread is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEADER + "DNN1,CPU1,2,0.1\nDNN1,cpu,3,0.2\n", "DUPLICATE_ROW"),
        (HEADER + "DNN1,TPU,2,0.1\n", "UNKNOWN_DELEGATE"),
        (HEADER + "DNN1,CPU1,-2,0.1\n", "INVALID_POWER"),
        (HEADER + "DNN1,CPU1,2,0\n", "INVALID_ENERGY"),
        (HEADER + "DNN1,CPU1,two,0.1\n", "NOT_A_NUMBER"),
        ("a,b\n1,2\n", "MISSING_COLUMNS"),
        ("", "EMPTY_FILE"),
        ("\ufffe\x00", "MISSING_COLUMNS"),
    ],
)
def test_a_bad_file_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(ScoringError) as error:
        read_table(text.encode(), "mine.csv")
    assert error.value.code == code


def test_a_file_that_is_not_text_is_refused() -> None:
    with pytest.raises(ScoringError) as error:
        read_table(b"\xff\xfe\x00\x01", "mine.xlsx")
    assert error.value.code == "NOT_CSV"


def test_the_contribution_passes_the_check_of_contributions() -> None:
    rows = (*phone_rows("huawei-p40-lite"), MeasuredRow("DNN9", "CPU4", 2.0, None))
    setup = Setup("My Phone (2nd)", "TFLite 2.14", "whole-phone", idle_included=True)
    dnns = {str(dnn["dnn_id"]): dnn for dnn in DNNS.to_dict("records")}
    checked = check_csv(contribution_csv(rows, setup, dnns), "application")
    assert checked.accepted
    assert checked.rows_read == 35
    first = dict(checked.rows[0])
    assert (first["device_id"], first["software"], first["meter_scope"]) == (
        "my-phone-2nd", "TFLite 2.14", "whole-phone",
    )  # fmt: skip
    assert first["energy_mj"] == pytest.approx(1000.0 * (rows[0].energy_per_inference_j or 0.0))


def opened(slug: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(ROOT / "pages" / f"{slug}.py"))
    return app.run()


def upload(app: AppTest, text: str) -> AppTest:
    app.file_uploader[0].upload("mine.csv", text.encode(), "text/csv")
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.markdown, *app.caption))


def test_the_page_starts_empty_and_an_example_is_one_click_away() -> None:
    app = opened("your_device", door="scores")
    assert not app.exception and not app.error
    assert "appear here" in app.info[0].value
    next(button for button in app.button if "Huawei P40 Lite" in button.label).click().run()
    assert [metric.value for metric in app.metric] == ["82.8", "193"]
    assert "Letter A" in words(app)
    assert "rank 1 of 9 by PCS" in words(app)


def test_an_uploaded_part_gives_provisional_letters() -> None:
    app = upload(opened("your_device", own_tdp="10"), HEADER + "DNN1,CPU1,2,0.25\nDNN2,GPU,4,0.1\n")
    assert [metric.value for metric in app.metric] == ["70.0", "14.0"]
    assert "provisional" in words(app)
    assert "2 of 36 rows" in words(app)
    assert "OUTSIDE_GRID" in app.warning[0].value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("DNN1,CPU1,2,0.1\nDNN1,cpu,3,0.2\n", "DUPLICATE_ROW"),
        ("DNN1,TPU,2,0.1\n", "UNKNOWN_DELEGATE"),
        ("DNN1,CPU1,-2,0.1\n", "INVALID_POWER"),
    ],
)
def test_a_bad_upload_says_why_and_the_rest_keeps_working(rows: str, code: str) -> None:
    app = upload(opened("your_device", door="scores"), HEADER + rows)
    assert not app.exception
    assert code in app.error[0].value
    assert "as it was" in app.error[0].value
    next(button for button in app.button if "Huawei P40 Lite" in button.label).click().run()
    assert app.metric[1].value == "193"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tdp", "shown", "code"),
    [("0", "none", "INVALID_TDP"), ("-1", "none", "INVALID_TDP"), ("1", "-100", "POWER_ABOVE")],
)
def test_a_strange_tdp_is_named(tdp: str, shown: str, code: str) -> None:
    app = upload(opened("your_device", own_tdp=tdp), HEADER + "DNN1,CPU1,2,0.25\n")
    assert app.metric[0].value == shown
    assert app.metric[1].value == "4.00"
    said = words(app) + "".join(each.value for each in app.warning)
    assert code in said


def test_the_file_to_hand_in_waits_for_its_source() -> None:
    app = upload(opened("your_device", own_tdp="10"), HEADER + "DNN1,CPU1,2,0.25\n")
    assert "Say who measured" in words(app)
    for key, value in (
        ("own_title", "My run"), ("own_authors", "Me"), ("own_url", "https://example.org/x"),
    ):  # fmt: skip
        app.text_input(key=key).input(value)
    app.text_area(key="own_method").input("Meter X").run()
    assert "Say who measured" not in words(app)
    assert any(button.proto.label == "Download contribution" for button in app.get("download_button"))


@pytest.mark.slow
def test_a_label_page_reads_a_phone_an_own_device_and_refuses_the_rest() -> None:
    app = opened("label", device="huawei-p40-pro", score="pcs", on="2026-11-01")
    assert not app.exception and not app.error
    assert "Computed again" in app.success[0].value
    own = opened(
        "label", own="My <phone>", score="pcs", v="71.5", rows="20-35", rank="4-9-20", i="69_74.5_3_5"
    )
    assert "CLAIMED_BY_ADDRESS" in own.warning[0].value
    for query, code in (
        ({"device": "gone"}, "UNKNOWN_DEVICE"),
        ({"own": "x"}, "BROKEN_LABEL"),
        ({"device": "../x"}, "BROKEN_LABEL"),
        ({"sample": "gone", "device": "a", "delegate": "b", "precision": "c"}, "UNKNOWN_SAMPLE"),
    ):
        refused = opened("label", **query)
        assert not refused.exception and not refused.error
        assert code in refused.warning[0].value
    assert "NO_LABEL" in opened("label").info[0].value


def test_a_label_of_another_version_says_so() -> None:
    app = opened("label", device="huawei-p40-pro", data="2020.01.0", method="0.1")
    assert "OTHER_VERSION" in app.warning[0].value
    assert "2020" in app.warning[0].value


def test_weights_are_visibly_not_official_and_can_be_reset() -> None:
    app = opened("devices", what_if="true")
    app.session_state["what_if"] = True
    app.run()
    assert "these are the official scores" in words(app)
    app.number_input(key="w_nnapi").set_value(0.0).run()
    assert any("not the official" in warning.value for warning in app.warning)
    table = _what_if(app)
    assert (table["PCS, what-if"] != table["PCS, official"]).any()
    next(button for button in app.button if "official" in button.label).click().run()
    assert (_what_if(app)["PCS, what-if"] - _what_if(app)["PCS, official"]).abs().max() < 1e-9


def _what_if(app: AppTest) -> pd.DataFrame:
    return next(each.value for each in app.dataframe if "PCS, what-if" in each.value.columns)


def test_a_phone_says_what_its_energy_means() -> None:
    app = opened("devices", device="huawei-p40-lite")
    shown = {metric.label: metric.value for metric in app.metric}
    # Huawei P40 Lite: 4,200 mAh at 3.85 V are 58,212 J.
    rows = phone_rows("huawei-p40-lite")
    median_j = pd.Series([row.energy_per_inference_j for row in rows]).median()
    assert float(shown["Inferences per charge"].replace(",", "")) == pytest.approx(
        58_212 / median_j, rel=0.01
    )
    assert "g" in shown["CO2 of a million"]
    app.selectbox(key="grid").select("germany").run()
    cleaner = {metric.label: metric.value for metric in app.metric}
    assert cleaner["CO2 of a million"] != shown["CO2 of a million"]


def test_the_methods_page_shows_the_rubric() -> None:
    app = opened("methods", section="letters")
    assert not app.exception and not app.error
    table = app.dataframe[0].value
    assert list(table["Letter"]) == ["A", "B", "C", "D", "E", "Tolerance"]
    assert "What a letter does not consider" in [each.value for each in app.header]
    assert "458" in words(app)


def test_the_label_of_an_own_device_reads_back_the_same() -> None:
    rows = [row for row in phone_rows("oneplus-8-pro") if row.cell[1] == "cpu"]
    issue = Issue(date(2026, 11, 21), "2026.11.0", "1.0", "http://localhost:8501")
    for own in own_scores("My <phone> & co", rows, 10.0):
        assert own.facts is not None
        label = make_label(own.facts, issue)
        again = read_address(dict(parse_qsl(urlsplit(label.permalink).query)))
        assert isinstance(again, ScoreFacts)
        assert drawing_of(make_label(again, issue)) == drawing_of(label)
        assert "8 phones and this device" in label.scope


@pytest.mark.slow
def test_german_says_the_same_with_its_own_signs() -> None:
    rows = HEADER + "DNN1,CPU1,2,0.25\nDNN2,GPU,4,0.16\n"
    english = upload(opened("your_device", own_tdp="10"), rows)
    german = upload(opened("your_device", own_tdp="10", lang="de"), rows)
    shown, expected = ([metric.value for metric in app.metric] for app in (german, english))
    assert [value.replace(",", ".") for value in shown] == expected
    assert "höher ist besser" in words(german)
    assert "Rang" in words(german)
    refused = upload(opened("your_device", door="scores", lang="de"), HEADER + "DNN1,TPU,2,0.1\n")
    assert "wird nicht verwendet" in refused.error[0].value
