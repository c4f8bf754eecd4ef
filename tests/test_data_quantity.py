"""A quantity keeps unit, evidence, interval and sources together, and refuses half an interval."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data.quantity import Quantity

FINITE = st.floats(1e-9, 1e9)


@given(value=FINITE, factor=st.floats(1e-3, 1e3), spread=st.floats(0, 0.9))
def test_scaling_keeps_the_interval_around_the_value(value: float, factor: float, spread: float) -> None:
    low, high = value * (1 - spread), value * (1 + spread)
    assume(low <= value <= high)
    quantity = Quantity(value, "mJ", "predicted", low, high, 0.8, ("a", "b"))
    scaled = quantity.scaled(factor, "J")
    assert scaled.value == value * factor
    assert scaled.low is not None
    assert scaled.high is not None
    assert scaled.low <= scaled.value <= scaled.high
    assert (scaled.unit, scaled.level, scaled.source_ids) == ("J", 0.8, ("a", "b"))


def test_measured_value_without_interval() -> None:
    quantity = Quantity(79.7, "mJ", "measured", source_ids=("tu-2023-sec",)).scaled(0.001, "J")
    assert quantity.value == pytest.approx(0.0797)
    assert quantity.low is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 1.0},
        {"low": 1.0, "high": 3.0},
        {"level": 0.8},
        {"low": 3.0, "high": 4.0, "level": 0.8},
        {"low": 3.0, "high": 1.0, "level": 0.8},
    ],
)
def test_wrong_intervals_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="nterval"):
        Quantity(2.0, "mJ", "predicted", **wrong)


def test_unit_is_needed_and_factor_positive() -> None:
    with pytest.raises(ValueError, match="unit"):
        Quantity(1.0, "", "measured")
    with pytest.raises(ValueError, match="positive"):
        Quantity(1.0, "mJ", "measured").scaled(0.0, "J")
