"""PCS: the equation by hand, its invariants, and what it refuses."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import PUBLISHED_CELLS, ROWS_PER_DEVICE, MeasuredRow, ScoringError, check_rows, pcs
from scoring.grid import DELEGATES, normalise_delegate

CELLS = sorted(PUBLISHED_CELLS)
POWERS = st.floats(min_value=0.01, max_value=100.0)
TDPS = st.floats(min_value=0.5, max_value=200.0)


def rows_with(powers: list[float | None]) -> list[MeasuredRow]:
    """Rows of the first published cells with these powers (W)."""
    return [
        MeasuredRow(dnn_id, delegate, power, 0.1)
        for (dnn_id, delegate), power in zip(CELLS, powers, strict=False)
    ]


def test_pcs_is_the_mean_share_of_the_tdp_that_is_not_drawn() -> None:
    # 100 * ((1 - 2/10) + (1 - 5/10) + (1 - 8/10)) / 3 = 100 * (0.8 + 0.5 + 0.2) / 3
    score = pcs(rows_with([2.0, 5.0, 8.0]), tdp_w=10.0)
    assert score.value == pytest.approx(50.0)
    assert (score.name, score.rounded, score.rows_used) == ("PCS", 50, 3)


def test_empty_cells_are_dropped_and_lower_the_coverage_only() -> None:
    full, holed = pcs(rows_with([3.0, 3.0]), 6.0), pcs(rows_with([3.0, None, 3.0, None]), 6.0)
    assert full.value == holed.value == pytest.approx(50.0)
    assert (holed.rows_used, holed.rows_possible) == (2, ROWS_PER_DEVICE)
    assert holed.coverage == pytest.approx(2 / 35)


def test_the_published_grid_has_35_cells_of_twelve_networks() -> None:
    assert len(PUBLISHED_CELLS) == ROWS_PER_DEVICE == 35
    assert {dnn for dnn, _ in PUBLISHED_CELLS} == {f"DNN{index}" for index in range(1, 13)}
    assert {delegate for _, delegate in PUBLISHED_CELLS} == set(DELEGATES)


def test_power_above_the_tdp_scores_below_zero_and_says_so() -> None:
    score = pcs(rows_with([9.0, 9.0]), tdp_w=6.0)
    assert score.value == pytest.approx(-50.0)
    [note] = score.notes
    assert note.code == "POWER_ABOVE_TDP"
    assert "below 0" in note.message


def test_a_single_row_above_the_tdp_is_noted_without_claiming_a_negative_score() -> None:
    [note] = pcs(rows_with([7.0, 1.0]), tdp_w=6.0).notes
    assert "below 0" not in note.message
    assert "7 W" in note.message


def test_rows_outside_the_published_table_count_and_are_named() -> None:
    score = pcs([MeasuredRow("DNN10", "GPU", 1.0, 1.0), MeasuredRow("DNN1", "CPU1", 3.0, 1.0)], 4.0)
    assert score.value == pytest.approx(50.0)
    assert score.rows_possible == ROWS_PER_DEVICE + 1
    assert [note.code for note in score.notes] == ["OUTSIDE_GRID"]
    assert "DNN10 on GPU" in score.notes[0].message


@pytest.mark.parametrize("tdp", [0.0, -5.0, math.nan, math.inf])
def test_a_tdp_that_is_not_above_zero_is_refused(tdp: float) -> None:
    with pytest.raises(ScoringError) as caught:
        pcs(rows_with([1.0]), tdp)
    assert caught.value.code == "INVALID_TDP"
    assert "[INVALID_TDP]" in str(caught.value)


@pytest.mark.parametrize("power", [-1.0, 0.0, math.nan, math.inf])
def test_a_power_that_is_not_above_zero_is_refused_with_its_row(power: float) -> None:
    with pytest.raises(ScoringError, match="DNN1 on cpu") as caught:
        pcs(rows_with([power]), 6.0)
    assert caught.value.code == "INVALID_POWER"


def test_rows_without_any_power_are_refused() -> None:
    with pytest.raises(ScoringError) as caught:
        pcs(rows_with([None, None]), 6.0)
    assert caught.value.code == "NO_POWER"


def test_two_rows_for_one_cell_are_refused_whatever_the_spelling() -> None:
    rows = [MeasuredRow("DNN1", "CPU1", 1.0, 1.0), MeasuredRow("dnn1 ", "cpu", 2.0, 1.0)]
    with pytest.raises(ScoringError) as caught:
        check_rows(rows)
    assert caught.value.code == "DUPLICATE_ROW"


@pytest.mark.parametrize(
    ("spelling", "delegate"),
    [("CPU1", "cpu"), ("cpu", "cpu"), ("Cpu4", "cpu4"), (" GPU ", "gpu"), ("nnapi", "nnapi")],
)
def test_delegates_may_be_spelled_as_printed_or_as_ids(spelling: str, delegate: str) -> None:
    assert normalise_delegate(spelling) == delegate


@pytest.mark.parametrize("spelling", ["TPU", "", "CPU2", "cpu 1"])
def test_a_delegate_that_does_not_exist_is_refused(spelling: str) -> None:
    with pytest.raises(ScoringError) as caught:
        pcs([MeasuredRow("DNN1", spelling, 1.0, 1.0)], 6.0)
    assert caught.value.code == "UNKNOWN_DELEGATE"
    assert "NNAPI" in caught.value.message


@given(st.lists(POWERS, min_size=1, max_size=35), TDPS)
def test_pcs_is_below_100_and_finite(powers: list[float], tdp_w: float) -> None:
    assert -math.inf < pcs(rows_with(list(powers)), tdp_w).value < 100.0


@given(st.lists(POWERS, min_size=1, max_size=35), TDPS, st.randoms())
def test_pcs_does_not_depend_on_the_order_of_rows(powers: list[float], tdp_w: float, random: object) -> None:
    rows = rows_with(list(powers))
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert pcs(rows, tdp_w).value == pcs(shuffled, tdp_w).value


@given(st.lists(POWERS, min_size=1, max_size=35), TDPS, st.data())
def test_pcs_falls_when_one_power_rises(powers: list[float], tdp_w: float, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(powers) - 1))
    higher = [*powers[:place], powers[place] * 1.5, *powers[place + 1 :]]
    assert pcs(rows_with(list(higher)), tdp_w).value < pcs(rows_with(list(powers)), tdp_w).value


@given(st.lists(POWERS, min_size=1, max_size=35), TDPS, st.floats(0.1, 10.0))
def test_pcs_knows_only_the_ratio_of_power_to_tdp(powers: list[float], tdp_w: float, factor: float) -> None:
    scaled = pcs(rows_with([power * factor for power in powers]), tdp_w * factor)
    assert scaled.value == pytest.approx(pcs(rows_with(list(powers)), tdp_w).value, rel=1e-9, abs=1e-9)
