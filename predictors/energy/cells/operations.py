"""What a cell of NAS-Bench-201 runs: its operators as text, and how many of them are left in a runtime.

A runtime works out the same operator on the same input once: a 3x3 average pool has no weights, so two pools
of one node are one. What no result needs is left out by some runtimes and worked out by others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import permutations
from typing import Final, TypeAlias

from predictors.errors import InputError, printable

EDGES: Final = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""From which node to which, in the order of a cell's text; node 0 is the input, node 3 the output."""
OPERATORS: Final = {
    "nor_conv_3x3": "conv3x3",
    "nor_conv_1x1": "conv1x1",
    "avg_pool_3x3": "avgpool3x3",
    "skip_connect": "skips",
    "none": "none",
}
"""Names in the text of a cell (NAS-Bench-201) -> our own."""
COUNTS: Final = ("conv3x3", "conv1x1", "avgpool3x3", "skips")
"""Operators that a cell can be asked by; the edges that are left hold none."""
CONVOLUTIONS: Final = ("conv3x3", "conv1x1")
_TEXT: Final = re.compile(r"\|?N~0\|\+\|N~0\|N~1\|\+\|N~0\|N~1\|N~2\|?".replace("N", "[a-z0-9_]+"))
"""A cell as the benchmark prints it: node 1, 2 and 3, each with one edge from every node before it."""

Cell: TypeAlias = tuple[str, ...]
"""The operator of each edge (our own names)."""


@dataclass(frozen=True, slots=True)
class Operations:
    """How often a runtime works out each operator in one cell; `relus` stand before convolutions."""

    conv3x3: int
    conv1x1: int
    pools: int
    relus: int
    adds: int

    def __iter__(self) -> Iterator[int]:
        return iter((self.conv3x3, self.conv1x1, self.pools, self.relus, self.adds))


NAMES: Final = tuple(field.name for field in fields(Operations))


def cell_of(text: str) -> Cell:
    """The cell of a text like `|nor_conv_3x3~0|+|none~0|none~1|+|...|`. Raises InputError CELL_TEXT."""
    names = re.findall(r"([a-z0-9_]+)~\d", text) if _TEXT.fullmatch(text.strip()) else []
    if not names or not set(names) <= set(OPERATORS):
        raise InputError(
            "CELL_TEXT",
            "{text} is no cell of NAS-Bench-201: a cell has {edges} edges, each with one of {known}. Give "
            "the text as the benchmark prints it, or the numbers of its operators.",
            text=printable(text, 120),
            edges=len(EDGES),
            known=", ".join(OPERATORS),
        )
    return tuple(OPERATORS[name] for name in names)


def arrangements(counts: Mapping[str, int]) -> tuple[Cell, ...]:
    """Every cell with these numbers of operators (`COUNTS`); the other edges hold none. At most 360."""
    each = [name for name in COUNTS for _ in range(counts.get(name, 0))]
    each += ["none"] * (len(EDGES) - len(each))
    return tuple(dict.fromkeys(permutations(each)))


@lru_cache(maxsize=4096)
def operations(cell: Cell, *, only_needed: bool) -> Operations:
    """What a runtime works out of a cell; `only_needed`: it leaves out what its output does not depend on."""
    used = _needed(cell) if only_needed else frozenset(range(len(EDGES)))
    values: dict[int, object] = {0: "input"}
    worked_out: set[tuple[object, ...]] = set()
    for node in (1, 2, 3):
        parts = [
            _part(cell[place], place, values[source], worked_out)
            for place, (source, target) in enumerate(EDGES)
            if target == node and place in used and cell[place] != "none"
        ]
        value = parts[0] if parts else "zeros"
        for part in parts[1:]:
            value = ("adds", value, part)
            worked_out.add(value)
        values[node] = value
    found = [str(each[0]) for each in worked_out]
    return Operations(*(found.count(name) for name in NAMES))


def _part(name: str, place: int, source: object, worked_out: set[tuple[object, ...]]) -> object:
    """What an edge adds to its node; notes what is worked out for it."""
    if name == "skips":
        return source
    if name in CONVOLUTIONS:
        worked_out.add(("relus", source))
        found: tuple[object, ...] = (name, place)  # each has weights of its own
    else:
        found = ("pools", source)
    worked_out.add(found)
    return found


def _needed(cell: Cell) -> frozenset[int]:
    """The edges on a way from the input to the output."""
    fed, asked = {0}, {3}
    filled = [(place, *ends) for place, ends in enumerate(EDGES) if cell[place] != "none"]
    for _, source, target in filled:
        if source in fed:
            fed.add(target)
    for _, source, target in reversed(filled):
        if target in asked:
            asked.add(source)
    return frozenset(place for place, source, target in filled if source in fed and target in asked)
