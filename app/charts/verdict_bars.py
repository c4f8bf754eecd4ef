"""Devices against one of them in five bars: energy, time, power and both scores, as multiples of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, NEUTRAL, bare, picture, plain
from app.i18n.texts import t
from app.ui.colours import device_colour

ROW_PX: Final = 22  # px; a line of text and its gap
GAP: Final = 0.7
"""Free room between two quantities, in rows."""
ROOM: Final = 1.8
"""By this factor the axis goes on beyond the longest range: the figures stand behind the bars."""


@picture
def verdict_bars(bars: pd.DataFrame) -> go.Figure:
    """Return bars of ratios, gathered by quantity in the order given from the top, from 0.

    Columns: quantity (words), device_id, name, ratio, low, high (ends of its interval, the ratio itself where
    there is none), words (what pointing at a bar says), behind (what stands behind it).
    The line at 1 is what all are compared with.
    """
    places, ticks = _places(list(bars["quantity"]))
    figure = bare(round((max(places, default=0.0) + 1) * ROW_PX) + 56)
    figure.add_bar(
        x=bars["ratio"],
        y=places,
        orientation="h",
        width=0.8,
        customdata=[
            [plain(str(row["name"])), row["quantity"], row["words"]] for row in bars.to_dict("records")
        ],
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}: %{customdata[2]}<extra></extra>",
        marker={"color": [device_colour(each) for each in bars["device_id"]]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": bars["high"] - bars["ratio"],
            "arrayminus": bars["ratio"] - bars["low"],
            "thickness": 1.5,
            "width": 3,
            "color": INK,
        },
    )
    for place, row in zip(places, bars.to_dict("records"), strict=True):
        figure.add_annotation(
            x=row["high"], y=place, text=plain(str(row["behind"])),
            xanchor="left", xshift=6, showarrow=False, font={"size": 12, "color": INK},
        )  # fmt: skip
    figure.add_vline(x=1.0, line={"color": NEUTRAL, "width": 1.5, "dash": "dot"})
    most = float(bars["high"].max()) if len(bars) else 1.0
    figure.update_xaxes(
        title_text=t("Times that of the one compared with"),
        range=[0, ROOM * max(most, 1.0)],
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=[middle for middle, _ in ticks],
        ticktext=[words for _, words in ticks],
        range=[max(places, default=0.0) + 0.6, -0.6],
        showgrid=False,
        fixedrange=True,
    )
    return figure


def _places(quantities: Sequence[str]) -> tuple[list[float], list[tuple[float, str]]]:
    """Return the row of each bar, and the middle row of each quantity with its words."""
    places: list[float] = []
    by_quantity: dict[str, list[float]] = {}
    for quantity in quantities:
        if places:
            places.append(places[-1] + 1 + (0 if quantity in by_quantity else GAP))
        else:
            places.append(0.0)
        by_quantity.setdefault(quantity, []).append(places[-1])
    return places, [(sum(rows) / len(rows), words) for words, rows in by_quantity.items()]
