"""The phones by speed (x), PCS (y) and IECS (size of the bubble)."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import bare
from app.colours import device_colour
from app.formats import number

LARGEST_PX: Final = 46
"""Diameter of the largest bubble; areas are in proportion to IECS."""


def score_bubbles(phones: pd.DataFrame, selected: str = "", height: int = 360) -> go.Figure:
    """Return the bubble picture of `phones`.

    Columns: device_id, short_name, ai_performance_score, pcs (points), iecs (inferences per joule). Phones
    without a speed score are left out (see `without_speed`). `selected` gets an outline. Each point carries
    its device_id as first custom value.
    """
    shown = phones.dropna(subset=["ai_performance_score"])
    figure = bare(height)
    largest = float(shown["iecs"].max()) if len(shown) else 1.0
    figure.add_scatter(
        x=shown["ai_performance_score"],
        y=shown["pcs"],
        mode="markers+text",
        text=[
            f"{name}<br>IECS {number(iecs)}"
            for name, iecs in zip(shown["short_name"], shown["iecs"], strict=True)
        ],
        textposition="top center",
        textfont={"size": 12},
        cliponaxis=False,
        customdata=shown[["device_id", "short_name", "iecs"]].to_numpy(),
        hovertemplate=(
            "<b>%{customdata[1]}</b><br>AI performance score %{x:.0f}<br>PCS %{y:.1f}"
            "<br>IECS %{customdata[2]:.0f}<extra></extra>"
        ),
        marker={
            "size": [LARGEST_PX * math.sqrt(iecs / largest) for iecs in shown["iecs"]],
            "color": [device_colour(device_id) for device_id in shown["device_id"]],
            "opacity": [1.0 if device_id == selected else 0.85 for device_id in shown["device_id"]],
            "line": {"width": [4 if device_id == selected else 0 for device_id in shown["device_id"]]},
        },
        # A click must not fade the other phones: the selection is shown by the outline.
        selected={"marker": {"opacity": 1.0}},
        unselected={"marker": {"opacity": 0.85}},
    )
    figure.update_xaxes(
        title_text="AI performance score (points, higher is faster)",
        range=_padded(shown["ai_performance_score"]),
    )
    figure.update_yaxes(title_text="PCS (points, higher is better)", range=_padded(shown["pcs"]))
    return figure


def without_speed(phones: pd.DataFrame) -> list[str]:
    """Return the short names of the phones the picture cannot place."""
    return list(phones.loc[phones["ai_performance_score"].isna(), "short_name"])


def _padded(values: pd.Series) -> list[float] | None:
    """Return an axis range with room for bubbles and their labels."""
    if values.empty:
        return None
    low, high = float(values.min()), float(values.max())
    room = max(high - low, 10.0)
    return [low - 0.18 * room, high + 0.25 * room]
