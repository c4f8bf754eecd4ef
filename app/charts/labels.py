"""Finds places for labels beside marks so that they cover neither marks nor each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.i18n.texts import verbatim

CHARACTER_PX: Final = 6.8
"""Width of an average character of a 12 px label."""
LINE_PX: Final = 15
GAP_PX: Final = 3
ABOVE, BELOW = verbatim("top center"), verbatim("bottom center")
RIGHT, LEFT = verbatim("middle right"), verbatim("middle left")
PLACES: Final = (ABOVE, BELOW, RIGHT, LEFT)
"""Plotly's names, most readable first."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Box) -> float:
        """Return the shared area (square pixels)."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(0.0, width) * max(0.0, height)


@dataclass(frozen=True, slots=True)
class Mark:
    """A round mark: centre (px), radius (px) and the text that belongs to it."""

    x: float
    y: float
    radius: float
    text: str

    @property
    def box(self) -> Box:
        """The square around the mark."""
        return Box(self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)

    def label_box(self, place: str) -> Box:
        """Return the rectangle of the label at one of PLACES."""
        half, width = LINE_PX / 2, CHARACTER_PX * len(self.text)
        reach = self.radius + GAP_PX
        if place == RIGHT:
            return Box(self.x + reach, self.y - half, self.x + reach + width, self.y + half)
        if place == LEFT:
            return Box(self.x - reach - width, self.y - half, self.x - reach, self.y + half)
        bottom = self.y + reach if place == ABOVE else self.y - reach - LINE_PX
        return Box(self.x - width / 2, bottom, self.x + width / 2, bottom + LINE_PX)


def label_places(marks: Sequence[Mark], width_px: float, height_px: float) -> list[str]:
    """Return one of PLACES per mark, chosen one by one with the least overlap, inside the picture."""
    taken = [mark.box for mark in marks]
    places: list[str] = []
    for mark in marks:
        costs = [_cost(mark.label_box(place), taken, width_px, height_px) for place in PLACES]
        best = costs.index(min(costs))
        places.append(PLACES[best])
        taken.append(mark.label_box(PLACES[best]))
    return places


def _cost(box: Box, taken: Sequence[Box], width_px: float, height_px: float) -> float:
    inside = box.overlap(Box(0, 0, width_px, height_px))
    area = (box.right - box.left) * (box.top - box.bottom)
    return area - inside + sum(box.overlap(other) for other in taken)
