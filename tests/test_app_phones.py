"""The eight phones: printed and recomputed scores from the bundle's figures, and the grid of one phone."""

from __future__ import annotations

import pandas as pd
import pytest

from app.devices.phone_detail import MISSING, NO_CELL, cells_sentence, device_cells, oddities_by_id
from app.measurements.phone_scores import (
    answer,
    measured_rows,
    score_phones,
    score_table,
    short_name,
    why_printed_differs,
)
from data import Bundle, open_bundle, queries
from scoring import PUBLISHED_CELLS, Reason, misplaced_tdps, pcs

RECOMPUTED = {  # device: PCS to one decimal, IECS to one decimal
    "oneplus-8-pro": (63.1, 148.8),
    "xiaomi-redmi-note8": (56.8, 151.7),
    "huawei-mate40-pro": (80.0, 188.2),
    "huawei-p40-pro": (78.1, 223.4),
    "huawei-p40-lite": (82.8, 193.2),
    "huawei-p40-lite-e": (62.5, 125.6),
    "xiaomi-redmi-k30-ultra": (66.8, 123.5),
    "motorola-one-macro": (67.2, 112.1),
}
PRINTED_PCS = (75, 78, 62, 78, 74, 70, 67, 56)
PRINTED_IECS = (173, 140, 224, 260, 202, 138, 158, 129)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle()


@pytest.fixture(scope="module")
def measurements(bundle: Bundle) -> pd.DataFrame:
    return queries.application_measurements(bundle)


@pytest.fixture(scope="module")
def scores(bundle: Bundle, measurements: pd.DataFrame) -> tuple:
    return score_phones(queries.devices(bundle), measurements, queries.published_scores(bundle))


def test_all_sixteen_scores_are_recomputed_from_the_phones_own_tdps(scores: tuple) -> None:
    found = {
        phone.device_id: (round(phone.pcs.recomputed.value, 1), round(phone.iecs.recomputed.value, 1))
        for phone in scores
    }
    assert found == RECOMPUTED


def test_all_eight_printed_pcs_come_out_of_the_misplaced_tdps(
    bundle: Bundle, measurements: pd.DataFrame
) -> None:
    phones = queries.devices(bundle).set_index("device_id").loc[list(RECOMPUTED)]
    misplaced = misplaced_tdps(list(phones["name"]), list(phones["tdp_w"]))
    assert misplaced == (15, 12, 8, 15, 8, 10, 10, 6)
    found = tuple(
        pcs(measured_rows(measurements[measurements["device_id"] == device_id]), tdp).rounded
        for device_id, tdp in zip(phones.index, misplaced, strict=True)
    )
    assert found == PRINTED_PCS


def test_the_bundle_states_the_same_misplaced_tdps(bundle: Bundle) -> None:
    stated = queries.published_scores(bundle).set_index("device_id")["tdp_applied_w"]
    assert tuple(stated.loc[list(RECOMPUTED)]) == (15, 12, 8, 15, 8, 10, 10, 6)


def test_printed_numbers_stand_beside_with_the_reason(scores: tuple) -> None:
    by_id = {phone.device_id: phone for phone in scores}
    ordered = [by_id[device_id] for device_id in RECOMPUTED]
    assert tuple(phone.pcs.printed for phone in ordered) == PRINTED_PCS
    assert tuple(phone.iecs.printed for phone in ordered) == PRINTED_IECS
    assert {phone.iecs.reason for phone in ordered} == {Reason.EQUATION_NOT_RECOVERED}
    agreeing = {phone.device_id for phone in ordered if phone.pcs.reason is Reason.AGREES}
    assert agreeing == {"huawei-p40-pro", "xiaomi-redmi-k30-ultra"}
    assert {phone.pcs.reason for phone in ordered} == {Reason.AGREES, Reason.TDP_MISPLACED}


def test_coverage_counts_filled_rows_of_35(scores: tuple) -> None:
    rows = {phone.device_id: phone.pcs.recomputed.rows_used for phone in scores}
    assert rows.pop("xiaomi-redmi-note8") == 33
    assert set(rows.values()) == {35}
    assert {phone.pcs.recomputed.rows_possible for phone in scores} == {35}


def test_every_phone_was_measured_on_exactly_the_published_cells(measurements: pd.DataFrame) -> None:
    for _, rows in measurements.groupby("device_id"):
        assert set(zip(rows["dnn_id"], rows["delegate"], strict=True)) == PUBLISHED_CELLS


def test_the_table_is_ranked_by_pcs(bundle: Bundle, scores: tuple) -> None:
    table = score_table(scores, queries.devices(bundle))
    assert list(table["rank"]) == list(range(1, 9))
    assert table["pcs"].is_monotonic_decreasing
    assert list(table["short_name"])[:3] == ["P40 Lite", "Mate40 Pro", "P40 Pro"]


def test_the_answer_names_the_best_of_what_is_shown(bundle: Bundle, scores: tuple) -> None:
    table = score_table(scores, queries.devices(bundle))
    assert "**P40 Lite** stays furthest" in answer(table)
    assert "**P40 Pro** does the most AI per joule: 6.4 inferences on average" in answer(table)
    assert answer(table[table["device_id"] == "oneplus-8-pro"]).startswith(
        "**OnePlus 8 Pro** has a PCS of 63.1"
    )
    huaweis = table[table["device_id"].isin(["huawei-p40-lite", "huawei-p40-lite-e"])]
    assert answer(huaweis).count("**") == 2, "one phone is best at both"
    assert "6 come out only" in why_printed_differs(scores)


def test_a_phone_that_is_not_printed_has_a_score_but_no_comparison(
    bundle: Bundle, measurements: pd.DataFrame
) -> None:
    published = queries.published_scores(bundle)
    found = score_phones(queries.devices(bundle), measurements, published[published["device_id"] == "none"])
    assert {phone.pcs.reason for phone in found} == {Reason.NOT_PRINTED}
    assert {phone.ai_performance_score for phone in found} == {None}


def test_without_measurements_there_are_no_scores(bundle: Bundle, measurements: pd.DataFrame) -> None:
    assert (
        score_phones(queries.devices(bundle), measurements.iloc[:0], queries.published_scores(bundle)) == ()
    )


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Huawei P40 Lite", "P40 Lite"),
        ("Xiaomi Redmi K30 Ultra", "K30 Ultra"),
        ("OnePlus 8 Pro", "OnePlus 8 Pro"),
        ("Motorola One Macro", "One Macro"),
    ],
)
def test_short_names_leave_out_the_maker(name: str, short: str) -> None:
    assert short_name(name) == short


@pytest.fixture(scope="module")
def cells(bundle: Bundle, measurements: pd.DataFrame) -> pd.DataFrame:
    rows = measurements[measurements["device_id"] == "xiaomi-redmi-note8"]
    return device_cells(rows, queries.reference_dnns(bundle), oddities_by_id(queries.corrections(bundle)))


def test_the_grid_has_every_network_and_delegate_once(cells: pd.DataFrame) -> None:
    assert len(cells) == 48
    assert not cells.duplicated(["dnn_id", "delegate"]).any()
    assert cells["network"].nunique() == 12
    assert cells["energy_mj"].notna().sum() == 33


def test_empty_cells_say_why_they_are_empty(cells: pd.DataFrame) -> None:
    notes = cells.set_index(["dnn_id", "delegate"])["note"]
    assert notes["DNN2", "cpu4"] == MISSING
    assert notes["DNN10", "gpu"] == NO_CELL
    assert notes["DNN1", "cpu"] == ""


def test_a_known_oddity_is_marked_at_its_cell_and_keeps_its_printed_value(cells: pd.DataFrame) -> None:
    odd = cells[cells["odd_columns"].map(bool)]
    assert list(zip(odd["dnn_id"], odd["delegate"], strict=True)) == [("DNN2", "nnapi")]
    assert odd["energy_mj"].iloc[0] == pytest.approx(26.5)
    assert "ten times" in odd["note"].iloc[0]


def test_the_sentence_names_extremes_and_coverage(cells: pd.DataFrame) -> None:
    sentence = cells_sentence(cells, "energy")
    assert "MobileNetV2 300 int8 on NNAPI takes the least energy with 26.5 mJ" in sentence
    assert "33 of 35 cells were measured" in sentence
    assert " W" in cells_sentence(cells, "power")
    empty = cells.assign(energy_mj=float("nan"))
    assert cells_sentence(empty, "energy") == "No cell of this phone was measured."
