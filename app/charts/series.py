"""How series of measurements look: one colour per device everywhere, one symbol per back end beside it."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK
from app.ui.colours import device_colour

SYMBOLS: Final = ("circle", "diamond-open", "square", "triangle-up-open", "cross", "triangle-down-open")
_LEGEND_MOST: Final = 12
"""With more series, the legend would push the picture away; hovering still names each."""


def series_looks(points: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return series label -> (colour, symbol). Columns: series, device_id.

    Series of one device share its colour and differ by symbol; different devices differ by colour and, where
    they would have the same one, by symbol too.
    """
    looks: dict[str, tuple[str, str]] = {}
    used: dict[str, int] = {}
    for row in points[["series", "device_id"]].drop_duplicates().itertuples():
        colour = device_colour(str(row.device_id))
        place = used.get(colour, 0)
        used[colour] = place + 1
        looks.setdefault(str(row.series), (colour, SYMBOLS[place % len(SYMBOLS)]))
    return looks


def legend_above(figure: go.Figure) -> None:
    """Put the series above the picture in the theme's text colour, unless there are too many."""
    named = {trace.name for trace in figure.data}
    figure.update_layout(
        showlegend=1 < len(named) <= _LEGEND_MOST,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"color": INK, "size": 12},
            "itemsizing": "constant",
        },
    )
