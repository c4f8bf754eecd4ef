"""Ranks with their interval: by hand where rows leave no doubt, by invariants where they do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import PUBLISHED_CELLS, MeasuredRow, ScoringError, iecs, pcs
from scoring.candidates import Candidate, filled_cells, on_cells, terms
from scoring.ranking import MIN_NETWORKS, interval, ranks_of, standings

CELLS = sorted({network: (network, delegate) for network, delegate in sorted(PUBLISHED_CELLS)}.values())
"""One row of each network."""
FIGURES = st.floats(min_value=0.05, max_value=20.0)


def candidate(
    device_id: str, energies: list[float | None], *, tdp_w: float = 10.0, power: float = 2.0
) -> Candidate:
    rows = tuple(
        MeasuredRow(network, delegate, None if energy is None else power, energy)
        for (network, delegate), energy in zip(CELLS, energies, strict=False)
    )
    return Candidate(device_id, rows, tdp_w)


def test_a_rank_counts_the_strictly_better_ones() -> None:
    assert ranks_of({"a": 3.0, "b": 5.0, "c": 3.0, "d": 1.0}) == {"a": 2, "b": 1, "c": 2, "d": 4}


def test_the_interval_holds_the_middle_eight_of_ten() -> None:
    assert interval([float(value) for value in range(1, 11)]) == (2.0, 9.0)
    assert interval([4.0]) == (4.0, 4.0)


def test_a_device_that_is_better_in_every_row_has_a_certain_rank() -> None:
    good, bad = candidate("good", [0.1] * 8), candidate("bad", [0.1 + 0.05 * step for step in range(1, 9)])
    first, second = standings([bad, good], "IECS")
    assert (first.device_id, first.rank, first.of) == ("good", 1, 2)
    assert first.spread is not None and second.spread is not None
    assert (first.spread.best_rank, first.spread.worst_rank) == (1, 1)
    assert (second.spread.best_rank, second.spread.worst_rank) == (2, 2)
    # Equal rows draw equal scores: ten inferences per joule in each of eight rows.
    assert first.spread.low == first.spread.high == pytest.approx(80.0)


def test_ranks_that_hang_on_single_rows_are_uncertain() -> None:
    # One device wins by a single outstanding row, the other by all the rest.
    spiky, even = candidate("spiky", [0.02] + [1.0] * 9), candidate("even", [0.2] * 10)
    spreads = {each.device_id: each.spread for each in standings([spiky, even], "IECS")}
    assert all(
        spread is not None and (spread.best_rank, spread.worst_rank) == (1, 2) for spread in spreads.values()
    )


def test_scores_are_the_official_ones() -> None:
    one = candidate("one", [0.3, 0.2, 0.5, 0.1, 0.4], tdp_w=8.0)
    [power], [energy] = standings([one], "PCS"), standings([one], "IECS")
    assert power.score == pcs(one.rows, 8.0)
    assert energy.score == iecs(one.rows)
    assert power.score.value == pytest.approx(75.0)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.lists(FIGURES, min_size=6, max_size=6), min_size=2, max_size=4),
    st.randoms(use_true_random=False),
)
def test_order_of_devices_and_rows_changes_nothing(figures: list[list[float]], order: object) -> None:
    candidates = [candidate(f"d{position}", list(each)) for position, each in enumerate(figures)]
    mixed = [Candidate(each.device_id, tuple(reversed(each.rows)), each.tdp_w) for each in candidates]
    order.shuffle(mixed)
    before = {
        each.device_id: (each.rank, each.spread) for each in standings(candidates, "IECS", resamples=40)
    }
    after = {each.device_id: (each.rank, each.spread) for each in standings(mixed, "IECS", resamples=40)}
    assert before == after


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(FIGURES, min_size=5, max_size=8), min_size=1, max_size=4))
def test_every_interval_holds_its_rank_and_ranks_stay_in_range(figures: list[list[float]]) -> None:
    candidates = [candidate(f"d{position}", list(each)) for position, each in enumerate(figures)]
    for each in standings(candidates, "IECS", resamples=30):
        assert each.spread is not None
        assert 1 <= each.spread.best_rank <= each.rank <= each.spread.worst_rank <= each.of
        assert each.spread.low <= each.spread.high


def test_another_seed_draws_other_rows_and_the_same_seed_the_same() -> None:
    one = candidate("one", [0.1 * step for step in range(1, 12)])
    [first], [again], [other] = (standings([one], "IECS", seed=seed, resamples=50) for seed in (1, 1, 2))
    assert first.spread == again.spread != other.spread


def test_a_network_is_drawn_with_all_its_delegates() -> None:
    delegates: dict[str, list[str]] = {}
    for network, delegate in sorted(PUBLISHED_CELLS):
        delegates.setdefault(network, []).append(delegate)
    twice = {network: those[:2] for network, those in delegates.items() if len(those) > 1}
    rows = [
        MeasuredRow(network, delegate, 2.0, 0.1 * step)
        for step, (network, those) in enumerate(twice.items(), 1)
        for delegate in those
    ]
    [alone] = standings([Candidate("one", tuple(rows[::2]), 10.0)], "IECS")
    [doubled] = standings([Candidate("one", tuple(rows), 10.0)], "IECS")
    assert alone.spread is not None and doubled.spread is not None
    # Twice the same rows say nothing new: the interval is no narrower for them.
    assert (doubled.spread.low, doubled.spread.high) == pytest.approx(
        (2.0 * alone.spread.low, 2.0 * alone.spread.high)
    )


def test_too_few_networks_give_a_rank_without_an_interval() -> None:
    short, full = candidate("short", [0.1] * (MIN_NETWORKS - 1)), candidate("full", [0.2] * 10)
    assert {each.spread for each in standings([short, full], "PCS")} == {None}
    assert [each.rank for each in standings([short, full], "IECS")] == [1, 2]


def test_a_device_that_comes_twice_is_refused() -> None:
    with pytest.raises(ScoringError) as error:
        standings([candidate("x", [0.1]), candidate("x", [0.2])], "IECS")
    assert error.value.code == "DUPLICATE_DEVICE"


def test_devices_are_compared_on_the_rows_they_share() -> None:
    part, full = candidate("part", [0.5, None, 0.5]), candidate("full", [0.4, 0.01, 0.6])
    shared = filled_cells(part.rows, "IECS")
    assert shared == {CELLS[0], CELLS[2]}
    cut = on_cells([part, full], shared)
    assert {each.device_id: each.score.value for each in standings(cut, "IECS")} == pytest.approx(
        {"part": 4.0, "full": 1 / 0.4 + 1 / 0.6}
    )
    with pytest.raises(ScoringError) as error:
        on_cells([part], {CELLS[1]})
    assert error.value.code == "NOTHING_SHARED"


def test_the_terms_add_up_to_the_score() -> None:
    one = candidate("one", [0.3, None, 0.5], tdp_w=4.0, power=5.0)
    assert terms(one, "PCS") == {CELLS[0]: pytest.approx(-25.0), CELLS[2]: pytest.approx(-25.0)}
    assert sum(terms(one, "IECS").values()) == pytest.approx(iecs(one.rows).value)
