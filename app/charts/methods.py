"""Pictures of the page Methods: do intervals hold what they say, and the published law for layers."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.charts.axes import legend_above, short, unit_axis
from app.charts.base import INK, NEUTRAL, bare, picture
from app.i18n.formats import count, energy, number
from app.i18n.texts import t
from app.ui.colours import BLUE, GREEN, HUES, ORANGE, VERMILION

LAW_HEIGHT: Final = 400
GROUP_COLOURS: Final = (VERMILION, ORANGE, GREEN, BLUE)
GROUP_MARKS: Final = ("x", "diamond", "square", "circle")


@picture
def layer_modes(layers: pd.DataFrame, law_lines: pd.DataFrame) -> go.Figure:
    """Return measured energy against work, both logarithmic, one mark and colour per group of kernel numbers.

    `layers` has group (its words), macs, energy_mj, input_hw, kernel_size, c_in, c_out; `law_lines` has line
    (its words), macs, energy_mj: what the law gives to the MACs alone.
    """
    figure = bare(LAW_HEIGHT)
    for place, (name, members) in enumerate(layers.groupby("group", sort=False)):
        figure.add_trace(_marks(members, str(name), place))
    for place, (name, points) in enumerate(law_lines.groupby("line", sort=False)):
        figure.add_scatter(
            name=str(name), x=points["macs"], y=points["energy_mj"], mode="lines", hoverinfo="name",
            line={"color": INK, "width": 2, "dash": ("solid", "dash")[place % 2]},
        )  # fmt: skip
    figure.update_xaxes(title_text=t("Work of the layer (MACs), logarithmic"))
    figure.update_yaxes(title_text=t("Measured energy per run, logarithmic"))
    if not layers.empty:
        work, figures = layers["macs"], layers["energy_mj"]
        figure.update_xaxes(**unit_axis(work.min(), work.max(), _macs))
        figure.update_yaxes(**unit_axis(figures.min(), figures.max(), lambda value: short(energy(value))))
    legend_above(figure)
    return figure


def _macs(macs: float) -> str:
    return short(f"{number(macs / 1e6, 1)} M")


def _marks(members: pd.DataFrame, name: str, place: int) -> go.Scattergl:
    sizes = members[["input_hw", "kernel_size", "c_in", "c_out"]].to_numpy("int16")
    hover = t(
        "{image} pixels, {window} window, {c_in} channels in, {c_out} kernels<br>{energy} mJ",
        image="%{customdata[0]} x %{customdata[0]}",
        window="%{customdata[1]} x %{customdata[1]}",
        c_in="%{customdata[2]}",
        c_out="%{customdata[3]}",
        energy="%{y:.3~g}",
    )
    return go.Scattergl(
        name=name,
        x=members["macs"].to_numpy("float32"),
        y=members["energy_mj"].to_numpy("float32"),
        mode="markers",
        customdata=sizes,
        marker={
            "size": 5,
            "opacity": 0.6,
            "color": GROUP_COLOURS[place % len(GROUP_COLOURS)],
            "symbol": GROUP_MARKS[place % len(GROUP_MARKS)],
        },
        hovertemplate=hover + "<extra></extra>",
    )


@picture
def kernel_steps(measured: pd.DataFrame, law: pd.DataFrame) -> go.Figure:
    """Return one layer's energy against its number of kernels: measured marks over the law's steps.

    Both have c_out and energy_mj (mJ); `law` for every number of kernels.
    """
    figure = bare(LAW_HEIGHT)
    figure.add_scatter(
        name=t("closed law"), x=law["c_out"], y=law["energy_mj"], mode="lines",
        line={"color": INK, "width": 1.5, "shape": "hv"},
        hovertemplate=t("law: {n} kernels, {energy} mJ", n="%{x}", energy="%{y:.3~g}") + "<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        name=t("measured"), x=measured["c_out"], y=measured["energy_mj"], mode="markers",
        marker={"size": 10, "symbol": "diamond", "color": BLUE},
        hovertemplate=t("measured: {n} kernels, {energy} mJ", n="%{x}", energy="%{y:.3~g}")
        + "<extra></extra>",
    )  # fmt: skip
    ticks = np.unique(measured["c_out"].to_numpy())
    figure.update_xaxes(
        title_text=t("Kernels (output channels)"), tickvals=ticks, ticktext=[count(tick) for tick in ticks]
    )
    figure.update_yaxes(title_text=t("Energy per run (mJ)"), rangemode="tozero")
    legend_above(figure)
    return figure


HEIGHT: Final = 290
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
