"""The evaluation of boards: protocols leave out what they say, intervals hold, baselines stand beside us."""

from __future__ import annotations

import numpy as np
import pytest

from predictors.energy.boards.data import bundled_system_rows
from predictors.evaluation.boards import (
    ALL_BOARDS,
    FAMILY_OUT,
    FIVE_FOLD,
    FOREST,
    LARGEST,
    MACS_ONLY,
    NETWORK_OUT,
    OURS,
    evaluate_boards,
    evaluate_system,
    macs_only,
    protocol_masks,
)
from predictors.evaluation.rows import EvaluationRow

SYSTEM = ("rpi4-armnn-v21.11-neon", "fp32")


@pytest.fixture(scope="module")
def rows() -> list[EvaluationRow]:
    return evaluate_boards(bundled_system_rows(), ("energy",), forest=False)


def overall(rows: list[EvaluationRow], method: str, protocol: str) -> EvaluationRow:
    return next(r for r in rows if (r.device_id, r.method, r.protocol) == (ALL_BOARDS, method, protocol))


def test_the_largest_networks_are_left_out_of_the_extrapolation() -> None:
    measured = bundled_system_rows()[SYSTEM]
    (left_out,) = protocol_masks(measured)[LARGEST]
    macs_m = measured.published[:, 0]
    assert macs_m[left_out[: len(macs_m)]].min() > macs_m[~left_out[: len(macs_m)]].max()
    assert not left_out[measured.anchor].any()


def test_a_proportional_board_is_a_line_through_macs() -> None:
    published = np.array([[100.0, 1.0, 224.0], [300.0, 2.0, 224.0], [500.0, 3.0, 224.0]])
    predicted = macs_only(published, np.array([3.0, 7.0, 11.0]), np.array([[200.0, 9.0, 9.0]]))
    assert predicted == pytest.approx([5.0])


@pytest.mark.slow
def test_every_system_and_protocol_has_a_row_for_every_method(rows: list[EvaluationRow]) -> None:
    own = [row for row in rows if row.device_id != ALL_BOARDS]
    assert len(own) == 56 * 4 * 2
    assert len({(r.device_id, r.delegate, r.precision, r.method, r.protocol) for r in own}) == len(own)


@pytest.mark.parametrize("protocol", [FIVE_FOLD, NETWORK_OUT, FAMILY_OUT, LARGEST])
def test_ours_beats_macs_alone_under_every_protocol(rows: list[EvaluationRow], protocol: str) -> None:
    assert overall(rows, OURS, protocol).mape_percent < 0.5 * overall(rows, MACS_ONLY, protocol).mape_percent


def test_intervals_hold_about_four_fifths_of_what_was_left_out(rows: list[EvaluationRow]) -> None:
    for protocol in (FIVE_FOLD, NETWORK_OUT, FAMILY_OUT):
        coverage = overall(rows, OURS, protocol).coverage_percent
        assert coverage is not None
        assert 75.0 <= coverage <= 85.0


@pytest.mark.slow
def test_the_forest_is_evaluated_beside_us_and_is_worse() -> None:
    found = evaluate_system(bundled_system_rows()[SYSTEM], "energy")
    for protocol in (FIVE_FOLD, FAMILY_OUT):
        assert found[OURS, protocol].ape_percent.mean() < found[FOREST, protocol].ape_percent.mean()
        assert len(found[OURS, protocol].ape_percent) == len(found[FOREST, protocol].ape_percent)


def test_a_row_says_how_large_errors_are_and_counts_one_of_exactly_ten_per_cent() -> None:
    row = EvaluationRow.from_errors(
        np.array([5.0, 10.0, 12.0, 33.0]), 75.0, device_id="d", delegate="cpu", precision="fp32",
        quantity="energy", method="ours", protocol="5-fold", used=True,
    )  # fmt: skip
    assert (row.n, row.mape_percent, row.median_ape_percent) == (4, 15.0, 11.0)
    assert (row.within_10_percent, row.coverage_percent, row.used) == (50.0, 75.0, True)
