"""Choices that no other choice beats: less energy or less time, without more of the other.

Also the answer to limits: which choice fits, and if none does, which limit is in the way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scoring.errors import ScoringError
from scoring.verdict import Verdict, compare_values


@dataclass(frozen=True, slots=True)
class Cost:
    """What one inference costs: energy (mJ) and latency (ms), both above 0."""

    energy_mj: float
    latency_ms: float


@dataclass(frozen=True, slots=True)
class Limits:
    """At most so much energy (mJ) and latency (ms) per inference; infinite where there is no limit."""

    energy_mj: float = math.inf
    latency_ms: float = math.inf

    def allow(self, cost: Cost) -> bool:
        """Whether a cost keeps both limits."""
        return cost.energy_mj <= self.energy_mj and cost.latency_ms <= self.latency_ms


class Tight(StrEnum):
    """The limit that is in the way."""

    ENERGY = "energy"
    LATENCY = "latency"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Limits that would let one choice in: its position, the limits, and which of them had to give way.

    Only what `tight` names differs from the limits that were asked for.
    """

    tight: Tight
    limits: Limits
    position: int
    factor: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Which choices fit (their positions) and the best of them, by energy and then latency.

    Where none fits, `best` is None and `relaxations` holds the ways out, the smallest step first; they
    are empty only where there is no choice at all.
    """

    fitting: tuple[int, ...]
    best: int | None
    relaxations: tuple[Relaxation, ...] = ()


def pareto_front(costs: Sequence[Cost]) -> tuple[bool, ...]:
    """Return for each cost whether it is on the front: nothing else is as good in both and better in one.

    Equal costs are on the front together. The order of the costs does not matter. Raises ScoringError
    `INVALID_COST`.
    """
    _check(costs)
    order = sorted(range(len(costs)), key=lambda place: (costs[place].energy_mj, costs[place].latency_ms))
    front = [False] * len(costs)
    fastest, at_energy = math.inf, math.nan
    for place in order:
        cost = costs[place]
        equals_last = cost.latency_ms == fastest and cost.energy_mj == at_energy
        if cost.latency_ms < fastest or equals_last:
            front[place] = True
            fastest, at_energy = cost.latency_ms, cost.energy_mj
    return tuple(front)


def clearly_beaten(costs: Sequence[Cost], log_sds: Sequence[Cost], front: Sequence[bool]) -> tuple[bool, ...]:
    """Return for each cost whether one on the front is lower in both beyond the errors of both.

    `log_sds` holds the standard deviations of the logarithms of energy and latency, one pair per cost, in the
    place of values, NaN where an error is not known: nothing is clearly beaten by that value. What is not
    clearly beaten may turn out to be as good as the front. Raises ScoringError `INVALID_VALUE`.
    """
    best = [place for place, on_front in enumerate(front) if on_front]
    return tuple(
        any(
            _is_lower(costs, log_sds, one, place, "energy_mj")
            and _is_lower(costs, log_sds, one, place, "latency_ms")
            for one in best
            if one != place
        )
        for place in range(len(costs))
    )


def _is_lower(costs: Sequence[Cost], log_sds: Sequence[Cost], one: int, other: int, name: str) -> bool:
    values = getattr(costs[one], name), getattr(costs[other], name)
    sds = getattr(log_sds[one], name), getattr(log_sds[other], name)
    return not any(map(math.isnan, sds)) and compare_values(*values, sds).verdict is Verdict.LOWER


def best_within(costs: Sequence[Cost], limits: Limits) -> Answer:
    """Return the choice with the least energy within limits, or what relaxing them would give.

    Raises ScoringError `INVALID_COST`, or `INVALID_LIMIT` for a limit that is not above 0.
    """
    _check(costs)
    for name, value in (("energy", limits.energy_mj), ("latency", limits.latency_ms)):
        if not value > 0.0:
            raise ScoringError(
                "INVALID_LIMIT",
                "The {name} limit is {value:g}. Every network takes some {name}: give a limit above "
                "0, or none.",
                name=name,
                value=value,
            )
    fitting = tuple(place for place, cost in enumerate(costs) if limits.allow(cost))
    if fitting:
        return Answer(fitting, min(fitting, key=lambda place: _by_energy(costs[place])))
    return Answer((), None, _ways_out(costs, limits))


def _ways_out(costs: Sequence[Cost], limits: Limits) -> tuple[Relaxation, ...]:
    """Give up as little as possible: one limit alone where that helps, else both by the same factor."""
    ways = [*_more_energy(costs, limits), *_more_time(costs, limits)]
    return tuple(sorted(ways, key=lambda way: way.factor)) or _more_of_both(costs, limits)


def _more_energy(costs: Sequence[Cost], limits: Limits) -> list[Relaxation]:
    in_time = [place for place, cost in enumerate(costs) if cost.latency_ms <= limits.latency_ms]
    if not in_time:
        return []
    place = min(in_time, key=lambda each: _by_energy(costs[each]))
    needed = costs[place].energy_mj
    return [
        Relaxation(Tight.ENERGY, Limits(needed, limits.latency_ms), place, needed / limits.energy_mj),
    ]


def _more_time(costs: Sequence[Cost], limits: Limits) -> list[Relaxation]:
    frugal = [place for place, cost in enumerate(costs) if cost.energy_mj <= limits.energy_mj]
    if not frugal:
        return []
    place = min(frugal, key=lambda each: (costs[each].latency_ms, costs[each].energy_mj))
    needed = costs[place].latency_ms
    return [
        Relaxation(Tight.LATENCY, Limits(limits.energy_mj, needed), place, needed / limits.latency_ms),
    ]


def _more_of_both(costs: Sequence[Cost], limits: Limits) -> tuple[Relaxation, ...]:
    if not costs:
        return ()

    def factor(place: int) -> float:
        cost = costs[place]
        return max(cost.energy_mj / limits.energy_mj, cost.latency_ms / limits.latency_ms)

    place = min(range(len(costs)), key=lambda each: (factor(each), *_by_energy(costs[each])))
    needed = Limits(costs[place].energy_mj, costs[place].latency_ms)
    return (Relaxation(Tight.BOTH, needed, place, factor(place)),)


def _by_energy(cost: Cost) -> tuple[float, float]:
    return cost.energy_mj, cost.latency_ms


def _check(costs: Sequence[Cost]) -> None:
    for cost in costs:
        if not all(math.isfinite(value) and value > 0.0 for value in (cost.energy_mj, cost.latency_ms)):
            raise ScoringError(
                "INVALID_COST",
                "{energy_mj:g} mJ in {latency_ms:g} ms cannot be ranked: both have to be numbers "
                "above 0. Leave out choices without a figure.",
                energy_mj=cost.energy_mj,
                latency_ms=cost.latency_ms,
            )
