"""IECS: the sum by hand, its invariants, and what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import PUBLISHED_CELLS, ROWS_PER_DEVICE, MeasuredRow, ScoringError, iecs

CELLS = sorted(PUBLISHED_CELLS)
ENERGIES = st.floats(min_value=1e-4, max_value=100.0)


def rows_with(energies: list[float | None]) -> list[MeasuredRow]:
    """Rows of the first published cells with these energies (J)."""
    return [
        MeasuredRow(dnn_id, delegate, 1.0, energy)
        for (dnn_id, delegate), energy in zip(CELLS, energies, strict=False)
    ]


def test_iecs_adds_up_inferences_per_joule() -> None:
    score = iecs(rows_with([0.5, 0.25, 0.1]))  # 2 + 4 + 10
    assert score.value == pytest.approx(16.0)
    assert (score.name, score.rows_used, score.rows_possible) == ("IECS", 3, ROWS_PER_DEVICE)


def test_empty_cells_add_nothing() -> None:
    assert iecs(rows_with([0.5, None, 0.1])).value == pytest.approx(12.0)
    assert iecs(rows_with([0.5, None, 0.1])).rows_used == 2


@pytest.mark.parametrize("energy", [0.0, -0.1, float("nan")])
def test_an_energy_that_is_not_above_zero_is_refused(energy: float) -> None:
    with pytest.raises(ScoringError) as caught:
        iecs(rows_with([energy]))
    assert caught.value.code == "INVALID_ENERGY"


def test_rows_without_any_energy_are_refused() -> None:
    with pytest.raises(ScoringError) as caught:
        iecs([])
    assert caught.value.code == "NO_ENERGY"


@given(st.lists(ENERGIES, min_size=1, max_size=35), st.randoms())
def test_iecs_is_positive_and_does_not_depend_on_order(energies: list[float], random: object) -> None:
    rows = rows_with(list(energies))
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert iecs(rows).value == iecs(shuffled).value > 0


@given(st.lists(ENERGIES, min_size=2, max_size=35))
def test_one_more_row_never_lowers_iecs_and_more_energy_does(energies: list[float]) -> None:
    whole = iecs(rows_with(list(energies))).value
    assert iecs(rows_with(list(energies[:-1]))).value <= whole
    assert iecs(rows_with([energy * 2 for energy in energies])).value == pytest.approx(whole / 2)
