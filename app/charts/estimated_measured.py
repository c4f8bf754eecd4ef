"""Estimated against measured: a dot per pair of network and target, on the diagonal where both agree."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.axes import legend_above, short, unit_axis
from app.charts.base import INK, bare, picture
from app.charts.one_scope import check_one_scope
from app.i18n.formats import energy, energy_range
from app.i18n.texts import t
from app.ui.colours import HUES

HEIGHT: Final = 460  # px; nearly square, so that the diagonal looks like one


@picture
def estimated_measured(pairs: pd.DataFrame) -> go.Figure:
    """Return the scatter of `pairs`, hollow where the measurement is outside the interval.

    Columns: label (network and device), series, measured_mj, energy_mj, energy_mj_low, energy_mj_high,
    inside, scope (one for all).
    """
    check_one_scope(pairs["scope"])
    figure = bare(HEIGHT)
    ends = [
        float(pairs[["measured_mj", "energy_mj"]].min().min()),
        float(pairs[["measured_mj", "energy_mj"]].max().max()),
    ]
    figure.add_trace(
        go.Scatter(
            x=ends,
            y=ends,
            mode="lines",
            line={"color": INK, "width": 1, "dash": "dot"},
            name=t("equal"),
            hoverinfo="skip",
        )
    )
    for place, (name, members) in enumerate(pairs.groupby("series", sort=False)):
        figure.add_trace(_dots(members, str(name), HUES[place % len(HUES)]))
    axis = unit_axis(ends[0], ends[1], lambda value: short(energy(value)))
    figure.update_xaxes(title_text=t("Measured energy, logarithmic"), **axis)
    figure.update_yaxes(title_text=t("Estimated energy, the network left out, logarithmic"), **axis)
    legend_above(figure)
    return figure


def _dots(members: pd.DataFrame, name: str, colour: str) -> go.Scatter:
    return go.Scatter(
        x=members["measured_mj"],
        y=members["energy_mj"],
        mode="markers",
        name=name,
        marker={
            "color": colour,
            "size": 8,
            "symbol": ["circle" if inside else "circle-open" for inside in members["inside"]],
        },
        customdata=[[row.label, _words(row)] for row in members.itertuples()],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
    )


def _words(row: Any) -> str:
    return t(
        "measured {measured}, estimated {energy} ({range})",
        measured=energy(row.measured_mj),
        energy=energy(row.energy_mj),
        range=energy_range(row.energy_mj_low, row.energy_mj_high),
    )
