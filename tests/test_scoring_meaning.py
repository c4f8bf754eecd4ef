"""What an energy means, each equation by hand; a model beside the references; what-ifs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import PUBLISHED_CELLS, MeasuredRow, ScoringError, iecs, pcs
from scoring.candidates import Candidate
from scoring.meaning import (
    GRIDS,
    NOMINAL_VOLTAGE_V,
    battery_energy_j,
    co2_g_per_million,
    continuous_use_min,
    inferences_per_charge,
    inferences_per_percent,
    joules_per_thousand,
    meaning,
)
from scoring.reference_models import model_terms, versus_references
from scoring.weighting import Weights, what_if

CELLS = sorted(PUBLISHED_CELLS)
ENERGIES = st.floats(min_value=1e-6, max_value=1e4)


def test_a_battery_of_4000_mah_at_3_85_v_holds_55440_joules() -> None:
    # 4 Ah * 3600 s * 3.85 V
    assert battery_energy_j(4000.0) == pytest.approx(55_440.0)
    assert battery_energy_j(4000.0, 3.7) == pytest.approx(53_280.0)
    assert NOMINAL_VOLTAGE_V == 3.85


def test_each_equation_by_hand() -> None:
    assert inferences_per_charge(0.1, 55_440.0) == pytest.approx(554_400.0)
    assert inferences_per_percent(0.1, 55_440.0) == pytest.approx(5_544.0)
    assert continuous_use_min(2.0, 55_440.0) == pytest.approx(462.0)
    assert joules_per_thousand(0.082) == pytest.approx(82.0)
    # A million times 3.6 J is 1 kWh.
    assert co2_g_per_million(3.6, 458.0) == pytest.approx(458.0)
    assert co2_g_per_million(3.6, 0.0) == 0.0


def test_all_of_it_together_and_without_a_battery() -> None:
    known = meaning(0.1, 2.0, capacity_mah=4000.0)
    assert known.per_charge == pytest.approx(554_400.0)
    assert known.per_percent == pytest.approx(5_544.0)
    assert known.continuous_min == pytest.approx(462.0)
    unknown = meaning(0.1, 2.0)
    assert (unknown.per_charge, unknown.per_percent, unknown.continuous_min) == (None, None, None)
    assert unknown.j_per_thousand == known.j_per_thousand


@given(ENERGIES, st.floats(min_value=100.0, max_value=20_000.0))
def test_a_charge_is_a_hundred_per_cent_and_pays_for_its_inferences(
    energy_j: float, capacity_mah: float
) -> None:
    found = meaning(energy_j, None, capacity_mah=capacity_mah)
    assert found.per_charge is not None and found.per_percent is not None
    assert found.per_percent * 100.0 == pytest.approx(found.per_charge)
    assert found.per_charge * energy_j == pytest.approx(battery_energy_j(capacity_mah))


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_figures_without_sense_are_refused_with_a_code(bad: float) -> None:
    for code, call in (
        ("INVALID_ENERGY", lambda: joules_per_thousand(bad)),
        ("INVALID_BATTERY", lambda: battery_energy_j(bad)),
        ("INVALID_VOLTAGE", lambda: battery_energy_j(4000.0, bad)),
        ("INVALID_POWER", lambda: continuous_use_min(bad, 1.0)),
    ):
        with pytest.raises(ScoringError) as error:
            call()
        assert error.value.code == code
    with pytest.raises(ScoringError) as error:
        co2_g_per_million(1.0, -1.0)
    assert error.value.code == "INVALID_INTENSITY"


def test_every_grid_names_source_year_and_what_it_counts() -> None:
    assert GRIDS[0].g_per_kwh == 458.0
    for grid in GRIDS:
        assert grid.url.startswith("https://")
        assert str(grid.year) in grid.name
        assert grid.source
        assert "CO2" in grid.basis


def rows(energies: dict[tuple[str, str], float]) -> list[MeasuredRow]:
    return [MeasuredRow(network, delegate, 2.0, energy) for (network, delegate), energy in energies.items()]


def test_a_model_beats_what_takes_more_than_the_end_of_its_interval() -> None:
    measured = rows({("DNN1", "CPU1"): 0.5, ("DNN2", "cpu"): 0.2, ("DNN3", "cpu"): 0.1, ("DNN1", "gpu"): 9.0})
    found = versus_references(0.15, 0.3, measured, "CPU1", ["DNN1", "DNN2", "DNN3", "DNN4"])
    assert (found.beaten, found.undecided, found.lost, found.not_measured) == (
        ("DNN1",), ("DNN2",), ("DNN3",), ("DNN4",),
    )  # fmt: skip
    assert found.of == 4


@given(ENERGIES, ENERGIES, st.lists(ENERGIES, min_size=3, max_size=3))
def test_every_reference_is_counted_once(one: float, other: float, energies: list[float]) -> None:
    measured = rows(
        {("DNN1", "cpu"): energies[0], ("DNN2", "cpu"): energies[1], ("DNN3", "gpu"): energies[2]}
    )
    names = [f"DNN{position}" for position in range(1, 13)]
    found = versus_references(min(one, other), max(one, other), measured, "cpu", names)
    assert sorted(found.beaten + found.undecided + found.lost + found.not_measured) == sorted(names)
    assert len(found.not_measured) == 10


def test_a_models_terms_are_those_of_a_row() -> None:
    found = model_terms(0.25, 3.0, 12.0)
    assert (found.pcs, found.iecs) == (pytest.approx(75.0), pytest.approx(4.0))
    assert model_terms(0.25, 15.0, 12.0).pcs == pytest.approx(-25.0)
    assert model_terms(0.25, 3.0, None).pcs is None
    with pytest.raises(ScoringError):
        model_terms(0.0, 3.0, 12.0)


ONE = Candidate("one", tuple(rows({("DNN5", "cpu"): 0.5, ("DNN5", "gpu"): 0.1, ("DNN1", "cpu"): 1.0})), 10.0)


def test_weights_by_hand() -> None:
    # Terms 2, 10, 1 per joule; GPU counts three times: 3 rows * (2 + 30 + 1) / 5.
    found = what_if(ONE, "IECS", Weights({"gpu": 3.0}, {}))
    assert found.value == pytest.approx(3 * 33 / 5)
    assert found.official == pytest.approx(13.0)
    assert found.rows_used == 3


def test_leaving_a_delegate_out_is_a_weight_of_zero() -> None:
    left = what_if(ONE, "PCS", Weights({"gpu": 0.0}, {}))
    assert left.value == pytest.approx(80.0)
    assert left.rows_used == 2
    assert what_if(ONE, "IECS", Weights({"cpu": 0.0}, {})).value == pytest.approx(30.0)


@given(st.floats(min_value=0.1, max_value=10.0))
def test_equal_weights_give_the_official_scores(weight: float) -> None:
    weights = Weights({"cpu": weight, "gpu": weight, "cpu4": weight, "nnapi": weight}, {})
    assert what_if(ONE, "PCS", weights).value == pytest.approx(pcs(ONE.rows, 10.0).value)
    assert what_if(ONE, "IECS", weights).value == pytest.approx(iecs(ONE.rows).value)


def test_only_weights_of_one_are_official() -> None:
    assert Weights({"cpu": 1.0}, {}).is_official
    assert not Weights({"cpu": 2.0}, {}).is_official


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        (Weights({"cpu": -1.0}, {}), "INVALID_WEIGHT"),
        (Weights({"cpu": math.nan}, {}), "INVALID_WEIGHT"),
        (Weights({"tpu": 1.0}, {}), "UNKNOWN_DELEGATE"),
        (Weights({"cpu": 0.0, "gpu": 0.0}, {}), "NOTHING_WEIGHS"),
    ],
)
def test_weights_without_sense_are_refused(weights: Weights, code: str) -> None:
    with pytest.raises(ScoringError) as error:
        what_if(ONE, "IECS", weights)
    assert error.value.code == code
