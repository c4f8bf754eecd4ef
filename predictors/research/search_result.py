"""What a search found: per target every network and those that nothing beats."""

from __future__ import annotations

from dataclasses import dataclass

from predictors.research.pareto import Candidate


@dataclass(frozen=True, slots=True)
class Front:
    """All candidates of one target and those of them that nothing beats, least energy first."""

    target: str
    candidates: tuple[Candidate, ...]
    best: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The fronts of every target, what the proxy is, and how many rows have no figure or no proxy."""

    fronts: tuple[Front, ...]
    proxy: str
    without_figure: int
    without_proxy: int
