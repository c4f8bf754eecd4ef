"""The pooled ratio line: what it recovers, what it ignores, and that a left-out network stays out."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from predictors.energy.fitting.transfer import (
    Fit,
    HeldOut,
    LogInterval,
    RatioCell,
    RatioSettings,
    fit_medians,
    fit_ratios,
    leave_one_network_out,
    residual_interval,
)

SETTINGS = RatioSettings(
    ridge_offset=0.1, ridge_cell=1.0, ridge_slope=0.1, ridge_slope_deviation=1.0, huber_log=0.15
)
FIT = partial(fit_ratios, settings=SETTINGS)
ALMOST_FREE = RatioSettings(1e-6, 1e-6, 1e-6, 1e-6, 10.0)


def cell(
    device_id: str, dnn: int, log_ratio: float, log_source_mj: float, delegate: str = "cpu"
) -> RatioCell:
    return RatioCell(device_id, delegate, f"DNN{dnn}", "fp32", log_ratio, log_source_mj)


def grid(slope: float = 0.0) -> list[RatioCell]:
    """Two phones at 1.5 and 3 times the source, eight networks from 80 to 1,800 mJ."""
    sources = [math.log(80.0) + 0.445 * step for step in range(8)]
    return [
        cell(device_id, number, math.log(factor) + slope * (source - sources[4]), source)
        for device_id, factor in (("small", 1.5), ("large", 3.0))
        for number, source in enumerate(sources)
    ]


@pytest.mark.parametrize("slope", [0.0, -0.2])
def test_a_weak_pull_recovers_ratios_and_slope_exactly(slope: float) -> None:
    model = fit_ratios(grid(slope), ALMOST_FREE)
    for item in grid(slope):
        assert model.log_ratio(item.device_id, "cpu", item.log_source_mj) == pytest.approx(
            item.log_ratio, abs=1e-4
        )
    assert model.slope("small", "cpu") == pytest.approx(slope, abs=1e-4)


def test_one_absurd_cell_hardly_moves_the_ratio() -> None:
    cells = grid()
    clean = fit_ratios(cells, SETTINGS).log_ratio("large", "cpu", cells[3].log_source_mj)
    cells[11] = replace(cells[11], log_ratio=cells[11].log_ratio - math.log(10.0))
    odd = fit_ratios(cells, SETTINGS).log_ratio("large", "cpu", cells[3].log_source_mj)
    mean_would_move = math.log(10.0) / 8
    assert abs(odd - clean) < 0.35 * mean_would_move


def test_a_device_with_one_cell_is_pulled_towards_the_others() -> None:
    others = [cell("common", n, math.log(2.0), 5.0 + 0.3 * n) for n in range(8)]
    lone = cell("lone", 3, math.log(6.0), 5.9)
    predicted = fit_ratios([*others, lone], SETTINGS).log_ratio("lone", "cpu", 5.9)
    assert math.log(2.0) < predicted < math.log(6.0)


@pytest.mark.parametrize("fit", [FIT, fit_medians])
@given(shift=st.floats(min_value=-3.0, max_value=3.0))
def test_the_value_of_a_left_out_network_never_reaches_its_own_prediction(fit: Fit, shift: float) -> None:
    cells = grid(-0.1)
    moved = [
        replace(item, log_ratio=item.log_ratio + shift) if item.dnn_id == "DNN2" else item for item in cells
    ]
    before = [h.residual_log for h in leave_one_network_out(cells, fit) if h.cell.dnn_id == "DNN2"]
    after = [h.residual_log for h in leave_one_network_out(moved, fit) if h.cell.dnn_id == "DNN2"]
    assert after == pytest.approx([value + shift for value in before], abs=1e-9)


def test_medians_are_those_of_each_phone_and_know_no_slope() -> None:
    cells = [*grid(-0.2), cell("small", 1, 5.0, 6.0, delegate="gpu")]
    model = fit_medians(cells)
    own = sorted(item.log_ratio for item in grid(-0.2) if item.device_id == "small")
    assert model.log_ratio("small", "cpu", 9.0) == pytest.approx(0.5 * (own[3] + own[4]))
    assert model.slope("small", "cpu") == 0.0
    assert model.log_ratio("large", "gpu", 6.0) == pytest.approx(5.0)


@pytest.mark.parametrize("fit", [FIT, fit_medians])
def test_leaving_out_the_only_network_of_a_delegate_gives_no_case_for_it(fit: Fit) -> None:
    cells = [*grid(), cell("small", 1, 0.5, 5.0, delegate="gpu")]
    held = leave_one_network_out(cells, fit)
    assert {item.cell.delegate for item in held} == {"cpu"}
    assert len(held) == len(grid())


def test_error_is_in_per_cent_of_the_measured_value() -> None:
    measured_twice_the_prediction = HeldOut(grid()[0], math.log(2.0))
    assert measured_twice_the_prediction.ape_percent == pytest.approx(50.0)


def test_interval_is_the_quantile_grown_for_few_networks() -> None:
    residuals = [-0.5 + 0.1 * step for step in range(11)]
    held = [HeldOut(cell("a", number, 0.0, 5.0), value) for number, value in enumerate(residuals)]
    grown = 0.4 * stats.t.ppf(0.9, 10) / stats.norm.ppf(0.9)
    assert residual_interval(held, 0.1) == LogInterval(pytest.approx(grown), pytest.approx(grown))


def test_interval_of_one_network_is_unbounded() -> None:
    assert residual_interval([HeldOut(cell("a", 1, 0.0, 5.0), 0.1)], 0.1).factor == math.inf


def test_intervals_combine_in_quadrature_and_widen_by_addition() -> None:
    combined = LogInterval(0.3, 0.6).combined(LogInterval(0.4, 0.8))
    assert (combined.below, combined.above) == pytest.approx((0.5, 1.0))
    assert combined.widened(0.1).factor == pytest.approx(math.exp(1.7))
