"""Picture of the page Methods: do intervals hold what they say?"""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, NEUTRAL, bare, picture
from app.i18n.texts import t
from app.ui.colours import HUES

HEIGHT: Final = 290  # px; two rows of panels fit on a screen
LINE_PX: Final = 20
"""Height of a line's name below the picture."""
AXIS_PX: Final = 52
"""Height of the ticks and the title below the picture."""
ESTIMATES_PERCENT: Final = 80.0
"""The level that estimates are given with."""
AIM_PERCENT: Final = (75.0, 85.0)
"""Between these, the intervals of the estimates count as holding what they say."""
_MARKS: Final = ("circle", "diamond", "square", "cross", "triangle-up", "x")
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


@picture
def calibration(lines: pd.DataFrame) -> go.Figure:
    """Return one line per group of left-out measurements over the diagonal, both axes 0 to 100 %.

    Columns: line (its name), nominal_percent, observed_percent. Lines differ by colour, mark and dash. The
    bar at 80 % spans the aim of the estimates' intervals.
    """
    figure = bare(HEIGHT)
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", line={"color": NEUTRAL, "width": 1}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=[ESTIMATES_PERCENT] * 2, y=list(AIM_PERCENT), mode="lines", line={"color": INK, "width": 5},
        opacity=0.35, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    for place, (name, points) in enumerate(lines.groupby("line", sort=False)):
        figure.add_trace(_line(str(name), points, place))
    ticks = {"range": [0, 102], "tickvals": [0, 20, 40, 60, 80, 100]}
    figure.update_xaxes(title_text=t("Nominal level (%)"), **ticks)
    figure.update_yaxes(title_text=t("Observed inside (%)"), **ticks)
    _legend_below(figure, lines["line"].nunique())
    return figure


def _legend_below(figure: go.Figure, lines: int) -> None:
    """Name the lines below the picture, where long names cover nothing; every picture is as high."""
    legend_px = LINE_PX * lines
    figure.update_layout(
        height=HEIGHT + legend_px,
        margin={"b": AXIS_PX + legend_px},
        showlegend=True,
        legend={
            "x": 0,
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "font": {"color": INK, "size": 12},
        },
    )


def _line(name: str, points: pd.DataFrame, place: int) -> go.Scatter:
    return go.Scatter(
        name=name,
        x=points["nominal_percent"],
        y=points["observed_percent"],
        mode="lines+markers",
        line={"color": HUES[place % len(HUES)], "width": 1.5, "dash": _DASHES[place % len(_DASHES)]},
        marker={"size": 7, "symbol": _MARKS[place % len(_MARKS)]},
        hovertemplate=t("%{x} % should be inside, %{y:.3g} % are") + "<extra>" + name + "</extra>",
    )
