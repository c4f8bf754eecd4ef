"""Power while a machine measures itself: a line over time, coloured by what ran."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import bare, picture, with_unit
from app.i18n.formats import power_unit
from app.i18n.texts import t

IDLE_COLOUR, BUSY_COLOUR = "#7a828c", "#0b6e99"
SIZE: Final = 5


@picture
def live_power(curve: pd.DataFrame, height: int = 240) -> go.Figure:
    """Return the curve. Columns: seconds (since the beginning), watts, network ("" while idle)."""
    scale = power_unit(None if curve.empty else float(curve["watts"].max()))
    names = curve["network"].where(curve["network"] != "", t("idle"))
    figure = bare(height)
    figure.add_scatter(
        x=curve["seconds"],
        y=curve["watts"] * scale.factor,
        mode="lines+markers",
        line={"color": IDLE_COLOUR, "width": 1},
        marker={
            "size": SIZE,
            "color": [IDLE_COLOUR if name == "" else BUSY_COLOUR for name in curve["network"]],
        },
        customdata=names,
        hovertemplate="%{customdata}<br>%{y:.3g} " + scale.symbol + "<extra></extra>",
    )
    figure.update_xaxes(title_text=with_unit(t("Time since the measuring began"), "s"), showgrid=False)
    figure.update_yaxes(title_text=with_unit(t("Measured power"), scale.symbol), rangemode="tozero")
    return figure
