"""Printed beside recomputed: the misplaced TDPs, and why two numbers differ."""

from __future__ import annotations

import pytest

from scoring import MeasuredRow, Reason, Score, ScoringError, compare_with_printed, misplaced_tdps, pcs

NAMES = (
    "OnePlus 8 Pro",
    "Xiaomi Redmi Note8",
    "Huawei Mate40 Pro",
    "Huawei P40 Pro",
    "Huawei P40 Lite",
    "Huawei P40 Lite E",
    "Xiaomi Redmi K30 Ultra",
    "Motorola One Macro",
)
OWN_TDPS_W = (10.0, 6.0, 15.0, 15.0, 12.0, 8.0, 10.0, 8.0)
TDPS_BEHIND_THE_PRINTED_SCORES_W = (15.0, 12.0, 8.0, 15.0, 8.0, 10.0, 10.0, 6.0)


def test_sorting_the_tdps_by_name_gives_the_assignment_behind_the_printed_scores() -> None:
    assert misplaced_tdps(NAMES, OWN_TDPS_W) == TDPS_BEHIND_THE_PRINTED_SCORES_W


def test_misplacing_hands_out_the_same_tdps_and_changes_nothing_when_names_are_sorted() -> None:
    assert sorted(misplaced_tdps(NAMES, OWN_TDPS_W)) == sorted(OWN_TDPS_W)
    assert misplaced_tdps(("a", "b", "c"), (1.0, 2.0, 3.0)) == (1.0, 2.0, 3.0)


def test_every_device_needs_a_tdp() -> None:
    with pytest.raises(ScoringError) as caught:
        misplaced_tdps(NAMES, OWN_TDPS_W[:-1])
    assert caught.value.code == "LENGTH_MISMATCH"


def score(name: str, value: float) -> Score:
    return Score(name, value, 35, 35)


@pytest.mark.parametrize(
    ("recomputed", "printed", "misplaced", "reason"),
    [
        (score("PCS", 66.8), 67, None, Reason.AGREES),
        (score("PCS", 63.1), 75, score("PCS", 75.4), Reason.TDP_MISPLACED),
        (score("PCS", 63.1), 75, score("PCS", 70.0), Reason.UNEXPLAINED),
        (score("PCS", 63.1), 75, None, Reason.UNEXPLAINED),
        (score("PCS", 63.1), None, None, Reason.NOT_PRINTED),
        (score("IECS", 148.8), 173, None, Reason.EQUATION_NOT_RECOVERED),
    ],
)
def test_the_reason_follows_from_the_numbers(
    recomputed: Score, printed: int | None, misplaced: Score | None, reason: Reason
) -> None:
    comparison = compare_with_printed(recomputed, printed, with_misplaced_tdp=misplaced)
    assert comparison.reason is reason
    assert comparison.reason.text


def test_the_difference_is_recomputed_minus_printed() -> None:
    rows = [MeasuredRow("DNN1", "CPU1", 5.0, 0.1)]
    comparison = compare_with_printed(pcs(rows, 10.0), 47)
    assert comparison.difference == pytest.approx(3.0)
    assert compare_with_printed(pcs(rows, 10.0), None).difference is None
