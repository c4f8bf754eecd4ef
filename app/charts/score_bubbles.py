"""The phones by speed (x), PCS (y) and IECS (size of the bubble, and the number in it)."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, bare, picture
from app.i18n.formats import number
from app.i18n.texts import t, verbatim
from app.ui.colours import device_colour, text_on

CHARACTER_PX: Final = 6.8
"""Width of an average character of a 12 px label."""
LINE_PX: Final = 15  # one line of 13 px
GAP_PX: Final = 3  # between a bubble and its name
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


LARGEST_PX: Final = 36
"""Diameter of the largest bubble; areas are in proportion to IECS."""
ASSUMED_WIDTH_PX: Final = 300
"""Width for which labels are placed: that of a phone. The browser decides the real one; wider is roomier."""


@picture
def score_bubbles(phones: pd.DataFrame, selected: str | Collection[str] = "", height: int = 330) -> go.Figure:
    """Return the bubble picture of `phones`.

    Columns: device_id, short_name, ai_performance_score, pcs (points), iecs (inferences per joule). Phones
    without a speed score are left out (see `without_speed`). `selected` (one device_id or several) gets an
    outline. Each point carries its device_id as first custom value.
    """
    outlined = {selected} if isinstance(selected, str) else set(selected)
    shown = phones.dropna(subset=["ai_performance_score"])
    across, up = _padded(shown["ai_performance_score"]), _padded(shown["pcs"])
    sizes = _diameters(shown["iecs"])
    figure = bare(height)
    figure.add_scatter(
        x=shown["ai_performance_score"],
        y=shown["pcs"],
        mode="markers+text",
        text=[number(iecs) for iecs in shown["iecs"]],
        textfont={"size": 12, "color": [text_on(device_colour(each)) for each in shown["device_id"]]},
        customdata=shown[["device_id", "short_name", "iecs"]].to_numpy(),
        hovertemplate=_hover(),
        marker={
            "size": sizes,
            "color": [device_colour(each) for each in shown["device_id"]],
            "opacity": 1.0,
            "line": {"width": [3 if each in outlined else 0 for each in shown["device_id"]], "color": INK},
        },
        # A click must not fade the other phones: the outline shows the selection.
        selected={"marker": {"opacity": 1.0}},
        unselected={"marker": {"opacity": 1.0}},
    )
    figure.add_scatter(
        x=shown["ai_performance_score"],
        y=shown["pcs"],
        mode="markers+text",
        text=shown["short_name"],
        textposition=_places(shown, sizes, across, up, height - 60),
        textfont={"size": 12, "color": INK},
        # As large as the bubble, so that the name stands beside it, and not to be seen or clicked.
        marker={"size": sizes, "opacity": 0},
        hoverinfo="skip",
        cliponaxis=False,
    )
    figure.update_xaxes(
        title_text=t("AI performance score") + "<br>" + t("(points, higher is faster)"), range=across
    )
    figure.update_yaxes(title_text=t("PCS (points, higher is better)"), range=up)
    return figure


def _hover() -> str:
    speed = t("AI performance score {points}", points="%{x:.0f}")
    scores = verbatim("PCS %{y:.1f}<br>IECS %{customdata[2]:.0f}")
    return f"<b>%{{customdata[1]}}</b><br>{speed}<br>{scores}<extra></extra>"


def without_speed(phones: pd.DataFrame) -> list[str]:
    """Return the short names of the phones the picture cannot place."""
    return list(phones.loc[phones["ai_performance_score"].isna(), "short_name"])


def _diameters(iecs: pd.Series) -> list[float]:
    return [LARGEST_PX * math.sqrt(value / iecs.max()) for value in iecs]


def _padded(values: pd.Series) -> list[float]:
    """Return an axis range with room for bubbles and their labels."""
    if values.empty:
        return [0.0, 100.0]
    low, high = float(values.min()), float(values.max())
    room = max(high - low, 10.0)
    return [low - 0.16 * room, high + 0.22 * room]


def _places(
    shown: pd.DataFrame, sizes: list[float], across: list[float], up: list[float], height_px: float
) -> list[str]:
    def scaled(value: float, span: list[float], pixels: float) -> float:
        return (value - span[0]) / (span[1] - span[0]) * pixels

    marks = [
        Mark(
            scaled(phone.ai_performance_score, across, ASSUMED_WIDTH_PX),
            scaled(phone.pcs, up, height_px),
            size / 2,
            phone.short_name,
        )
        for phone, size in zip(shown.itertuples(), sizes, strict=True)
    ]
    return label_places(marks, ASSUMED_WIDTH_PX, height_px)
