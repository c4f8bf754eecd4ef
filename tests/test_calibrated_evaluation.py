"""Whole boards left out: the evaluation of own devices leaves out what it says."""

from __future__ import annotations

import numpy as np
import pytest

from predictors.energy.calibrated.conditioning import calibrated_against, nested_factor
from predictors.energy.calibrated.prior import known_prior
from predictors.evaluation.calibrated import ALL_BOARDS, rows_of


def test_a_board_has_no_part_in_its_own_error_nor_in_its_factor() -> None:
    prior = known_prior("fp32", "energy")
    rest = prior.without("raspberry-pi-4")
    assert "raspberry-pi-4" not in {system.device_id for system in rest.systems}
    held = [calibrated_against(rest, each, 3) for each in prior.systems if each.device_id == "raspberry-pi-4"]
    errors = np.concatenate([100.0 * np.abs(np.expm1(each.error_log)) for each in held])
    covered = np.concatenate([np.abs(each.z) <= nested_factor(rest, 3) for each in held])
    [row] = [row for row in rows_of("fp32", "energy", 3) if row.device_id == "raspberry-pi-4"]
    assert row.mape_percent == pytest.approx(float(errors.mean()))
    assert row.coverage_percent == pytest.approx(100.0 * float(covered.mean()))


def test_the_errors_are_those_that_the_documents_state() -> None:
    stated = {("fp32", "energy", 3): 7.3, ("int8", "energy", 3): 7.3, ("int8", "latency", 5): 7.5}
    for (precision, quantity, count), error in stated.items():
        [row] = [row for row in rows_of(precision, quantity, count) if row.device_id == ALL_BOARDS]
        assert row.mape_percent == pytest.approx(error, abs=0.1)
        assert 75.0 <= (row.coverage_percent or 0.0) <= 85.0
