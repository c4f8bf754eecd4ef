"""CPU power over clock: one line per cluster of cores."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.axes import legend_above
from app.charts.base import bare, picture, with_unit
from app.i18n.formats import number, power, power_unit
from app.i18n.texts import t
from app.ui.colours import HUES

HEIGHT: Final = 320  # px; sentence and picture fit on a screen of 768 px
_MARKS: Final = ("circle", "square", "diamond", "cross")


@picture
def clocks(rows: pd.DataFrame) -> go.Figure:
    """Return lines of power (W) over clock. Columns: first_core, frequency_mhz, avg_power_w."""
    figure = bare(HEIGHT)
    unit = power_unit(float(rows["avg_power_w"].max()) if len(rows) else None)
    for place, (core, members) in enumerate(rows.groupby("first_core", sort=True)):
        members = members.sort_values("frequency_mhz")
        words = [
            t("{power} at {clock} GHz", power=power(watts), clock=number(mhz / 1000))
            for watts, mhz in zip(members["avg_power_w"], members["frequency_mhz"], strict=True)
        ]
        figure.add_scatter(
            name=t("core {number}", number=number(float(str(core)))),
            x=members["frequency_mhz"] / 1000,
            y=members["avg_power_w"] * unit.factor,
            mode="lines+markers",
            line={"color": HUES[place % len(HUES)], "width": 1.5},
            marker={"size": 6, "symbol": _MARKS[place % len(_MARKS)]},
            customdata=words,
            hovertemplate="<b>%{customdata}</b><extra></extra>",
        )
    figure.update_xaxes(title_text=with_unit(t("Clock"), "GHz"), rangemode="tozero")
    figure.update_yaxes(title_text=with_unit(t("Power above rest"), unit.symbol), rangemode="tozero")
    legend_above(figure)
    return figure
