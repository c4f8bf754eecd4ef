"""An einsum as runtimes run it: contracted pair by pair, each pair one matrix product."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from predictors.fusing.attributes import attribute_text
from predictors.model.graph import Node, Shape

ELLIPSIS = "."
"""Stands for all axes that "..." covers, as one axis of their product."""


@dataclass(frozen=True, slots=True)
class EinsumTerms:
    """Letters of every operand and of the result, and the extent of each letter (elements)."""

    operands: tuple[frozenset[str], ...]
    result: frozenset[str]
    extents: Mapping[str, int]

    def size(self, letters: frozenset[str]) -> int:
        """Elements of a tensor with these letters."""
        return math.prod(self.extents[letter] for letter in letters)

    def macs(self) -> int:
        """Multiply-accumulates, pair by pair from left to right as runtimes contract; 0 for one operand."""
        so_far, total = self.operands[0], 0
        for place, operand in enumerate(self.operands[1:], start=1):
            total += self.size(so_far | operand)
            needed = self.result.union(*self.operands[place + 1 :])
            so_far = (so_far | operand) & needed
        return total

    def product(self) -> tuple[int, int, int, int]:
        """(batch, rows, shared, columns) of the matrix product that two operands make."""
        left, right = self.operands
        shared = (left & right) - self.result
        batch = left & right & self.result
        return self.size(batch), self.size(left - right), self.size(shared), self.size(right - left)


def einsum_terms(node: Node, shapes: Sequence[Shape]) -> EinsumTerms:
    """The equation of an Einsum with the extents of its letters; raises ValueError where they do not fit."""
    left, _, right = (
        attribute_text(node, "equation").replace(" ", "").replace("...", ELLIPSIS).partition("->")
    )
    terms = left.split(",")
    if not right and "->" not in attribute_text(node, "equation"):
        right = "".join(sorted(letter for letter in set(left) - {","} if left.count(letter) == 1))
    extents: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        _add_extents(extents, term, shape)
    return EinsumTerms(tuple(frozenset(term) for term in terms), frozenset(right), extents)


def _add_extents(extents: dict[str, int], term: str, shape: Shape) -> None:
    before, dots, after = term.partition(ELLIPSIS)
    covered = len(shape) - len(before) - len(after)
    if covered < 0 or (covered and not dots):
        raise ValueError(f"{term} does not fit {len(shape)} axes")
    extents.update(zip(before, shape, strict=False))
    extents.update(zip(after, shape[len(shape) - len(after) :], strict=True))
    if dots:
        broadcast = math.prod(shape[len(before) : len(before) + covered])
        extents[ELLIPSIS] = max(extents.get(ELLIPSIS, 1), broadcast)
