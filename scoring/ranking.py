"""How stable a rank is: ranks of devices with an interval from resampling the rows they rest on.

The published table is one choice of networks among many. Networks are drawn again with replacement, each with
all its delegates, because rows of one network are not independent, and the same ones for every device (a
paired bootstrap of clusters; Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 6, 8
and 13). The scores and ranks of each draw are taken, and the interval holds 8 of 10 of them. It says how much
score and rank hang on the choice of networks, not how exact the meter was. A rank counts the devices with a
strictly better score, plus one.

The draws come from a generator with a fixed seed, so that equal rows give equal intervals everywhere.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scoring.candidates import Candidate, Cell, ScoreName, all_terms, combined, score_of
from scoring.score import Score

LEVEL: Final = 0.8
"""Share of the draws that an interval holds."""

RESAMPLES: Final = 1000  # draws: 100 of them lie beyond each end of an 80 % interval
SEED: Final = 2023  # everyone gets the same interval
MIN_NETWORKS: Final = 5
"""With fewer networks of any device there is little to draw from, and no interval is given."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The interval of a score (in its own unit) and of its rank (1 is best), each at `LEVEL`."""

    low: float
    high: float
    best_rank: int
    worst_rank: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Score and rank of one device among `of` devices; `spread` is None where rows are too few for one."""

    device_id: str
    score: Score
    rank: int
    of: int
    spread: Spread | None


def standings(
    candidates: Sequence[Candidate], name: ScoreName, *, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[Standing, ...]:
    """Return score, rank and their intervals of every device, best first; equal scores keep their order.

    Raises ScoringError: those of `pcs` and `iecs`, and `DUPLICATE_DEVICE`.
    """
    found = all_terms(candidates, name)
    scores = {each.device_id: score_of(each, name) for each in candidates}
    ranks = ranks_of({device_id: score.value for device_id, score in scores.items()})
    spreads = _spreads(found, name, ranks, resamples, seed)
    listed = [
        Standing(device_id, scores[device_id], rank, len(ranks), spreads.get(device_id))
        for device_id, rank in ranks.items()
    ]
    return tuple(sorted(listed, key=lambda standing: standing.rank))


def ranks_of(values: Mapping[str, float]) -> dict[str, int]:
    """Return the rank of each value: one more than there are strictly greater ones."""
    return {name: 1 + sum(other > value for other in values.values()) for name, value in values.items()}


def _spreads(
    found: Mapping[str, Mapping[Cell, float]],
    name: ScoreName,
    ranks: Mapping[str, int],
    resamples: int,
    seed: int,
) -> dict[str, Spread]:
    networks = [len({network for network, _ in each}) for each in found.values()]
    if resamples < 1 or min(networks, default=0) < MIN_NETWORKS:
        return {}
    draws = _draws(found, name, resamples, seed)
    drawn_ranks = [ranks_of(draw) for draw in draws]
    spreads = {}
    for device_id, rank in ranks.items():
        low, high = interval([draw[device_id] for draw in draws])
        best, worst = interval([draw[device_id] for draw in drawn_ranks])
        spreads[device_id] = Spread(low, high, min(int(best), rank), max(int(worst), rank))
    return spreads


def _draws(
    found: Mapping[str, Mapping[Cell, float]], name: ScoreName, resamples: int, seed: int
) -> list[dict[str, float]]:
    # Sorted, so that the order in which devices and rows are given changes nothing.
    by_network: dict[str, list[Cell]] = {}
    for cell in sorted({cell for of_device in found.values() for cell in of_device}):
        by_network.setdefault(cell[0], []).append(cell)
    networks = list(by_network)
    generator = random.Random(seed)  # noqa: S311 - draws for statistics, not for secrets
    draws: list[dict[str, float]] = []
    while len(draws) < resamples:
        names = [networks[generator.randrange(len(networks))] for _ in networks]
        picked = [cell for name in names for cell in by_network[name]]
        of_draw = {
            device_id: [of_device[cell] for cell in picked if cell in of_device]
            for device_id, of_device in found.items()
        }
        # A draw without a network of some device says nothing about it and is made again.
        if all(of_draw.values()):
            draws.append({device_id: combined(name, drawn) for device_id, drawn in of_draw.items()})
    return draws


def interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float]:
    """Return the interval that holds the middle `level` of some values (at least one), ends included."""
    ordered = sorted(values)
    tail = (1.0 - level) / 2.0
    first = math.floor(tail * len(ordered) + 1e-9)
    return ordered[first], ordered[len(ordered) - 1 - first]
