"""The fused kernels of a network as a graph: which kernel reads what another one makes, and where to draw it.

Placed in layers as Sugiyama, Tagawa and Toda do (IEEE Trans. SMC 11, 1981): the level of a kernel is the
longest way to it from an input; kernels of one level stand in lanes beside each other, each near the mean of
those it reads (their barycentre step, once, from the first level on).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from predictors.model.graph import Graph
from predictors.research.split import node_places, tensor_reads
from predictors.results.estimates import Estimate

MOST_KERNELS = 300
"""Largest number of kernels that is drawn: with more, marks and lines would overlap."""


@dataclass(frozen=True, slots=True)
class FusedGraph:
    """Edges as pairs of places of kernels in execution order, and level and lane of each kernel."""

    edges: tuple[tuple[int, int], ...]
    levels: tuple[int, ...]
    lanes: tuple[float, ...]


def fused_graph(graph: Graph, estimate: Estimate) -> FusedGraph:
    """Return which kernels of an estimate feed which, placed for drawing; lanes are centred on 0."""
    places = node_places(graph, estimate)
    edges = sorted({(made, read) for _, made, read in tensor_reads(graph, places) if 0 <= made < read})
    levels = _levels(edges, len(estimate.kernels))
    return FusedGraph(tuple(edges), tuple(levels), tuple(_lanes(edges, levels)))


def _levels(edges: Sequence[tuple[int, int]], kernels: int) -> list[int]:
    """Longest way to each kernel; execution order is an order of reading, so one pass is enough."""
    levels = [0] * kernels
    for made, read in sorted(edges, key=lambda edge: edge[1]):
        levels[read] = max(levels[read], levels[made] + 1)
    return levels


def _lanes(edges: Sequence[tuple[int, int]], levels: Sequence[int]) -> list[float]:
    before: Mapping[int, list[int]] = _before(edges)
    members: dict[int, list[int]] = defaultdict(list)
    for place, level in enumerate(levels):
        members[level].append(place)
    lanes = [0.0] * len(levels)
    for level in sorted(members):
        wished = {place: _mean([lanes[each] for each in before[place]]) for place in members[level]}
        ordered = sorted(members[level], key=lambda place: (wished[place], place))
        for position, place in enumerate(ordered):
            lanes[place] = position - (len(ordered) - 1) / 2.0
    return lanes


def _before(edges: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    before: dict[int, list[int]] = defaultdict(list)
    for made, read in edges:
        before[read].append(made)
    return before


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
