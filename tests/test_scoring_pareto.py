"""Front and limits: hand-worked cases, and what has to hold for any choices."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scoring import ScoringError
from scoring.pareto import Cost, Limits, Tight, best_within, clearly_beaten, pareto_front

numbers = some.one_of(some.integers(1, 6).map(float), some.floats(0.001, 1e6))
costs = some.lists(some.builds(Cost, numbers, numbers), max_size=25)
limits = some.builds(
    Limits, some.one_of(numbers, some.just(math.inf)), some.one_of(numbers, some.just(math.inf))
)


def dominates(one: Cost, other: Cost) -> bool:
    return (
        one.energy_mj <= other.energy_mj
        and one.latency_ms <= other.latency_ms
        and (one.energy_mj < other.energy_mj or one.latency_ms < other.latency_ms)
    )


def test_the_front_by_hand() -> None:
    choices = [Cost(1, 9), Cost(2, 5), Cost(2, 6), Cost(3, 5), Cost(4, 1), Cost(9, 9)]
    assert pareto_front(choices) == (True, True, False, False, True, False)


def test_equal_choices_are_on_the_front_together() -> None:
    assert pareto_front([Cost(1, 1), Cost(1, 1), Cost(1, 2)]) == (True, True, False)


@given(costs)
def test_nothing_on_the_front_is_dominated_and_everything_else_is(choices: list[Cost]) -> None:
    front = pareto_front(choices)
    for cost, on_front in zip(choices, front, strict=True):
        assert on_front != any(dominates(other, cost) for other in choices)
    kept = [cost for cost, on_front in zip(choices, front, strict=True) if on_front]
    for cost in choices:
        assert any(other == cost or dominates(other, cost) for other in kept)


@given(costs, some.randoms(use_true_random=False))
def test_the_order_of_the_choices_does_not_matter(choices: list[Cost], random: object) -> None:
    places = list(range(len(choices)))
    random.shuffle(places)  # type: ignore[attr-defined]
    shuffled = pareto_front([choices[place] for place in places])
    assert shuffled == tuple(pareto_front(choices)[place] for place in places)


@given(costs)
def test_along_the_front_more_energy_buys_less_time(choices: list[Cost]) -> None:
    front = {cost for cost, on_front in zip(choices, pareto_front(choices), strict=True) if on_front}
    ordered = sorted(front, key=lambda cost: cost.energy_mj)
    assert all(one.latency_ms > other.latency_ms for one, other in pairwise(ordered))


def test_the_best_within_limits_takes_the_least_energy() -> None:
    choices = [Cost(1, 90), Cost(20, 9), Cost(10, 9), Cost(10, 8)]
    answer = best_within(choices, Limits(energy_mj=50, latency_ms=10))
    assert answer.fitting == (1, 2, 3)
    assert answer.best == 3
    assert best_within(choices, Limits()).best == 0


def test_a_limit_may_be_met_exactly() -> None:
    assert best_within([Cost(5, 7)], Limits(5, 7)).best == 0


def test_the_tight_limit_is_the_one_that_needs_the_smaller_step() -> None:
    choices = [Cost(100, 10), Cost(20, 60)]
    answer = best_within(choices, Limits(energy_mj=50, latency_ms=50))
    assert answer.best is None
    first, second = answer.relaxations
    assert (first.tight, first.position, first.limits) == (Tight.LATENCY, 1, Limits(50, 60))
    assert first.factor == pytest.approx(1.2)
    assert (second.tight, second.position, second.limits) == (Tight.ENERGY, 0, Limits(100, 50))
    assert second.factor == pytest.approx(2.0)


def test_a_limit_nothing_meets_is_tight_whatever_the_other_one() -> None:
    choices = [Cost(100, 10), Cost(80, 60)]
    [only] = best_within(choices, Limits(energy_mj=50, latency_ms=20)).relaxations
    assert (only.tight, only.limits) == (Tight.ENERGY, Limits(100, 20))


def test_where_neither_limit_is_met_both_give_way_by_the_smallest_factor() -> None:
    choices = [Cost(100, 30), Cost(60, 80)]
    [only] = best_within(choices, Limits(energy_mj=50, latency_ms=20)).relaxations
    assert (only.tight, only.position, only.factor) == (Tight.BOTH, 0, 2.0)


def test_no_choice_at_all_has_no_way_out() -> None:
    answer = best_within([], Limits(1, 1))
    assert answer.best is None
    assert answer.relaxations == ()


@given(costs, limits)
def test_the_best_fits_and_a_relaxed_limit_lets_exactly_its_choice_in(
    choices: list[Cost], asked: Limits
) -> None:
    answer = best_within(choices, asked)
    assert all(asked.allow(choices[place]) for place in answer.fitting)
    if answer.best is not None:
        least = min(choices[place].energy_mj for place in answer.fitting)
        assert choices[answer.best].energy_mj == least
        return
    assert bool(answer.relaxations) == bool(choices)
    for way in answer.relaxations:
        assert way.factor > 1
        assert way.limits.allow(choices[way.position])
        relaxed = best_within(choices, way.limits)
        assert relaxed.best is not None
        assert choices[relaxed.best].energy_mj <= choices[way.position].energy_mj


@given(costs.filter(bool))
def test_the_best_is_always_on_the_front(choices: list[Cost]) -> None:
    best = best_within(choices, Limits()).best
    assert best is not None
    assert pareto_front(choices)[best]


@pytest.mark.parametrize("cost", [Cost(0, 1), Cost(1, -1), Cost(math.nan, 1), Cost(1, math.inf)])
def test_a_cost_that_is_none_is_refused(cost: Cost) -> None:
    with pytest.raises(ScoringError) as caught:
        pareto_front([cost])
    assert caught.value.code == "INVALID_COST"


@pytest.mark.parametrize("asked", [Limits(0, 1), Limits(1, -2), Limits(math.nan, 1)])
def test_a_limit_that_is_none_is_refused(asked: Limits) -> None:
    with pytest.raises(ScoringError) as caught:
        best_within([Cost(1, 1)], asked)
    assert caught.value.code == "INVALID_LIMIT"


def test_what_is_not_clearly_beaten_may_be_as_good_as_the_front() -> None:
    choices = [Cost(10, 10), Cost(11, 11), Cost(20, 20), Cost(20, 10.5)]
    front = pareto_front(choices)
    assert front == (True, False, False, False)
    sure, shaky = [Cost(0.01, 0.01)] * 4, [Cost(0.5, 0.5)] * 4
    assert clearly_beaten(choices, sure, front) == (False, True, True, True)
    assert clearly_beaten(choices, [Cost(0.1, 0.1)] * 4, front) == (False, False, True, False)
    assert not any(clearly_beaten(choices, shaky, front))
    unknown = [Cost(0.01, 0.01), Cost(0.01, math.nan), Cost(0.01, 0.01), Cost(math.nan, 0.01)]
    assert clearly_beaten(choices, unknown, front) == (False, False, True, False)


@given(costs, some.floats(0.0, 1.0))
def test_the_front_is_never_clearly_beaten(choices: list[Cost], spread: float) -> None:
    front = pareto_front(choices)
    beaten = clearly_beaten(choices, [Cost(spread, spread)] * len(choices), front)
    assert not any(is_front and is_beaten for is_front, is_beaten in zip(front, beaten, strict=True))
