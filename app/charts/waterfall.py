"""A waterfall: an energy, what each change takes from it or adds to it, and what is left."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, NEUTRAL, bare, evenly_broken, picture, plain, with_unit
from app.charts.kernel_bars import STANDOFF_PX
from app.i18n.formats import energy_unit
from app.i18n.texts import t, verbatim
from app.ui.colours import ACCENT, BLUE, VERMILION

LINE_SIGNS: Final = 14
"""So many signs fit below a bar of a picture for six of them."""
ABOVE: Final = 1.18
"""The axis reaches so far above the highest end, for the figures on the bars."""
CLEAR: Final = 0.015
"""Room between a thin line and the figure above it, as a share of the highest end."""


@picture
def waterfall(steps: pd.DataFrame) -> go.Figure:
    """Return a bar per row of `steps`: totals from zero, changes from where the last one ended.

    Columns: label, text (on the bar), is_total, start_mj, end_mj, low_mj, high_mj (interval of `end_mj`).
    Less is blue, more is orange; the sign stands in the text as well.
    """
    unit = energy_unit(float(steps["high_mj"].max()))
    figure = bare(320)
    ends = steps[["start_mj", "end_mj"]] * unit.factor
    labels = [evenly_broken(plain(label), LINE_SIGNS) for label in steps["label"]]
    figure.add_bar(
        x=list(range(len(steps))),
        base=ends.min(axis=1),
        y=(ends["end_mj"] - ends["start_mj"]).abs(),
        width=0.62,
        marker={"color": [_colour(row) for row in steps.itertuples()]},
        hovertemplate=verbatim("%{customdata[0]}<br>%{customdata[1]}<extra></extra>"),
        customdata=[[plain(row.label), row.text] for row in steps.itertuples()],
    )
    figure.add_scatter(
        x=list(range(len(steps))),
        y=ends["end_mj"],
        mode="markers",
        marker={"color": INK, "size": 1},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (steps["high_mj"] - steps["end_mj"]) * unit.factor,
            "arrayminus": (steps["end_mj"] - steps["low_mj"]) * unit.factor,
            "color": INK,
            "thickness": 1.2,
            "width": 4,
        },
        hoverinfo="skip",
    )
    _write(figure, steps, unit.factor)
    figure.update_xaxes(tickvals=list(range(len(steps))), ticktext=labels, showgrid=False)
    top = float(steps["high_mj"].max()) * unit.factor
    figure.update_yaxes(
        title_text=with_unit(t("Energy per inference"), unit.symbol),
        range=[0, ABOVE * top],
        title_standoff=STANDOFF_PX,
    )
    return figure


def _write(figure: go.Figure, steps: pd.DataFrame, factor: float) -> None:
    """Write the figure of each bar above it and its thin line, and join the bars by lines."""
    tops = steps[["start_mj", "high_mj"]].max(axis=1) * factor
    tops += CLEAR * tops.max()
    figure.add_scatter(
        x=list(range(len(steps))),
        y=tops,
        mode="text",
        text=steps["text"],
        textposition=verbatim("top center"),
        textfont={"color": INK},
        hoverinfo="skip",
    )
    ends = list(steps["end_mj"] * factor)
    for place in range(len(ends) - 1):
        figure.add_shape(
            type="line", x0=place, x1=place + 1, y0=ends[place], y1=ends[place],
            line={"color": NEUTRAL, "width": 1, "dash": "dot"}, layer="below",
        )  # fmt: skip


def _colour(row: object) -> str:
    if getattr(row, "is_total", False):
        return ACCENT
    return BLUE if getattr(row, "end_mj", 0.0) <= getattr(row, "start_mj", 0.0) else VERMILION
