"""The Pareto front: what nothing else beats in both quantities at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network on one target: `proxy` (larger is better) against `energy_mj` (smaller is better)."""

    id: str
    proxy: float
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    latency_ms: float


def front(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that no other one beats: none has as much of the proxy for less energy, or more of it
    for as little. Least energy first; of equals the first one stays."""
    best: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda each: (each.energy_mj, -each.proxy)):
        if not best or candidate.proxy > best[-1].proxy:
            best.append(candidate)
    return best
