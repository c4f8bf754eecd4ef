"""The non-negative fit: it recovers sums, never goes below 0, and knows how far off its rows one is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from predictors.energy.boards.data import BoardSettings, board_settings
from predictors.energy.boards.joint_fit import PowerRange, fit_jointly
from predictors.energy.fitting.nonnegative import fit_nonnegative

AMOUNTS = np.array([[1.0, 0.0, 1.0], [2.0, 1.0, 1.0], [4.0, 3.0, 1.0], [8.0, 1.0, 1.0], [3.0, 9.0, 1.0]])


def test_an_exact_sum_is_recovered() -> None:
    truth = np.array([2.0, 0.5, 3.0])
    fit = fit_nonnegative(AMOUNTS, AMOUNTS @ truth, ridge=1e-12)
    assert fit.coefficients == pytest.approx(truth, rel=1e-6)


def test_relative_error_is_what_counts() -> None:
    """One term, two rows: least squares of c*x/y - 1 gives c = sum(r) / sum(r^2) with r = x / y."""
    fit = fit_nonnegative(np.array([[1.0], [1.0]]), np.array([1.0, 100.0]), ridge=0.0)
    assert fit.coefficients[0] == pytest.approx((1.0 + 0.01) / (1.0 + 0.0001))


@given(
    amounts=arrays(np.float64, (6, 3), elements=st.floats(0.0, 100.0)),
    measured=arrays(np.float64, 6, elements=st.floats(0.1, 1000.0)),
)
def test_no_coefficient_is_negative(amounts: np.ndarray, measured: np.ndarray) -> None:
    fit = fit_nonnegative(amounts, measured, ridge=1e-3, couplings={2: 0}, coupling_ridge=0.1)
    assert (fit.coefficients >= 0.0).all()
    assert np.isfinite(fit.coefficients).all()


@given(factor=st.floats(1e-3, 1e3))
def test_units_do_not_matter(factor: float) -> None:
    measured = AMOUNTS @ np.array([2.0, 0.5, 3.0]) * np.array([1.0, 1.1, 0.9, 1.05, 0.95])
    plain = fit_nonnegative(AMOUNTS, measured, ridge=1e-2)
    scaled = fit_nonnegative(AMOUNTS * [factor, 1.0, 1.0], measured, ridge=1e-2)
    assert scaled.predict(AMOUNTS * [factor, 1.0, 1.0]) == pytest.approx(plain.predict(AMOUNTS), rel=1e-6)


def test_a_coupled_term_nobody_has_takes_its_partners_coefficient() -> None:
    amounts = np.column_stack([AMOUNTS, np.zeros(5)])
    measured = AMOUNTS @ np.array([2.0, 0.5, 3.0])
    alone = fit_nonnegative(amounts, measured, ridge=1e-9)
    coupled = fit_nonnegative(amounts, measured, ridge=1e-9, couplings={3: 0}, coupling_ridge=1.0)
    assert alone.coefficients[3] == pytest.approx(0.0, abs=1e-9)
    assert coupled.coefficients[3] == pytest.approx(coupled.coefficients[0], rel=1e-4)


def test_leverage_grows_with_distance_and_ignores_size() -> None:
    fit = fit_nonnegative(AMOUNTS[:4], AMOUNTS[:4] @ np.array([2.0, 0.5, 3.0]), ridge=1e-3)
    usual, unusual = AMOUNTS[1:2], np.array([[0.0, 50.0, 1.0]])
    assert fit.leverage(unusual)[0] > 10.0 * fit.leverage(usual)[0]
    assert fit.leverage(usual * 7.0)[0] == pytest.approx(fit.leverage(usual)[0])
    assert np.isinf(fit.leverage(np.zeros((1, 3)))[0])


@pytest.mark.parametrize("measured", [np.array([1.0, 0.0]), np.array([1.0, -2.0]), np.array([1.0])])
def test_measured_values_have_to_be_positive_and_one_per_row(measured: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"positive|fit together"):
        fit_nonnegative(np.ones((2, 1)), measured, ridge=0.0)


def test_a_joint_fit_keeps_the_power_of_every_term_between_idle_and_peak() -> None:
    """A term that took energy and no time, alone: 40 mJ at 5 W at the most is 8 ms at the least."""
    power = PowerRange(2.0, 5.0)
    latency_ms = AMOUNTS[:, :2] @ np.array([2.0, 0.5]) + 1e-6
    energy_mj = latency_ms * 3.0 + 40.0
    fits = fit_jointly(AMOUNTS, energy_mj, latency_ms, power, board_settings_without_ridge())
    power_w = fits["energy"].coefficients / np.maximum(fits["latency"].coefficients, 1e-30)
    used = fits["latency"].coefficients > 1e-9
    assert used.any()
    assert ((power_w[used] >= 2.0 - 1e-9) & (power_w[used] <= 5.0 + 1e-9)).all()
    assert (fits["energy"].coefficients[~used] < 1e-6).all()


def test_a_joint_fit_recovers_both_sums() -> None:
    slow, fast = np.array([2.0, 0.5, 3.0]), np.array([0.1, 0.4, 0.0])
    power = PowerRange(2.0, 5.0)
    fits = fit_jointly(
        AMOUNTS,
        AMOUNTS @ (2.0 * slow + 5.0 * fast),
        AMOUNTS @ (slow + fast),
        power,
        board_settings_without_ridge(),
    )
    assert fits["latency"].coefficients == pytest.approx(slow + fast, rel=1e-4)
    assert fits["energy"].coefficients == pytest.approx(2.0 * slow + 5.0 * fast, rel=1e-4)


def board_settings_without_ridge() -> BoardSettings:
    return replace(board_settings(), ridge=1e-12, couplings={})
