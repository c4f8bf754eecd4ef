"""Changes of layout that a converter wrote and that are undone again: the network does without them.

A converter from a channels-first format puts operators that work in either layout (a channel shuffle, a
split) between a transpose to channels first and transposes back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from predictors.model.graph import Graph, Node

TO_FIRST = frozenset({(0, 3, 1, 2), (0, 4, 1, 2, 3)})
TO_LAST = frozenset({(0, 2, 3, 1), (0, 2, 3, 4, 1)})
EITHER_LAYOUT = frozenset(
    ("Slice", "Split", "Concat", "Pad", "Reshape", "Relu", "Relu6", "Clip", "Sigmoid", "Tanh", "HardSwish",
     "HardSigmoid", "LeakyRelu", "Add", "Sub", "Mul", "Div", "Max", "Min", "Identity")
)  # fmt: skip
"""Operators that do the same work whichever way their pictures lie."""
SHUFFLED = (0, 2, 1, 3, 4)
"""The permutation inside a channel shuffle, channels first."""


@dataclass(frozen=True, slots=True)
class LayoutTrips:
    """`turns`: places of the transposes that undo each other; `between`: the tensors that lie in between."""

    turns: frozenset[int] = frozenset()
    between: frozenset[str] = frozenset()


def layout_trips(graph: Graph) -> LayoutTrips:
    """Find the detours of a channels-last graph; none in any other."""
    starts = [place for place, node in enumerate(graph.nodes) if _permutation(node) in TO_FIRST]
    if graph.file_format != "tflite" or not starts:
        return LayoutTrips()
    makers = {name: place for place, node in enumerate(graph.nodes) for name in node.outputs}
    readers: defaultdict[str, list[int]] = defaultdict(list)
    for place, node in enumerate(graph.nodes):
        for name in node.inputs:
            readers[name].append(place)
    turns: set[int] = set()
    between: set[str] = set()
    seen: set[str] = set()
    for start in starts:
        if graph.nodes[start].outputs[0] in seen:
            continue
        trip = _Trip(graph, makers, readers)
        trip.follow(graph.nodes[start].outputs)
        seen |= trip.tensors
        if trip.comes_back:
            turns |= trip.turns
            between |= trip.tensors
    return LayoutTrips(frozenset(turns), frozenset(between))


def _permutation(node: Node) -> tuple[object, ...]:
    found = node.attributes.get("perm") if node.op == "Transpose" else ()
    return found if isinstance(found, tuple) else ()


class _Trip:
    """What is reached from a transpose to channels first through operators that work in either layout."""

    def __init__(self, graph: Graph, makers: dict[str, int], readers: dict[str, list[int]]) -> None:
        self._graph, self._makers, self._readers = graph, makers, readers
        self._leaving = set(graph.outputs) | set(graph.inputs)
        self.tensors: set[str] = set()
        self.turns: set[int] = set()
        self.comes_back = True

    def follow(self, names: Iterable[str]) -> None:
        """Go on from some tensors, both ways, until every end is a transpose or one is not."""
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if not name or name in self.tensors or self._graph.tensors[name].is_constant:
                continue
            self.tensors.add(name)
            self.comes_back &= name not in self._leaving and name in self._makers
            if name in self._makers:
                waiting.extend(self._before(self._makers[name]))
            for place in self._readers[name]:
                waiting.extend(self._behind(place))

    def _before(self, place: int) -> tuple[str, ...]:
        return self._through(place, TO_FIRST)

    def _behind(self, place: int) -> tuple[str, ...]:
        return self._through(place, TO_LAST)

    def _through(self, place: int, end: frozenset[tuple[int, ...]]) -> tuple[str, ...]:
        """The tensors on the other side of an operator; none where the trip ends there."""
        node = self._graph.nodes[place]
        perm = _permutation(node)
        if perm in end:
            self.turns.add(place)
            return ()
        if node.op in EITHER_LAYOUT or perm == SHUFFLED:
            return (*node.inputs, *node.outputs)
        self.comes_back = False
        return ()
