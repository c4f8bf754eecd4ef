"""Measured convolution layers and the closed law: energy against work, and steps in the number of kernels."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, bare, picture
from app.charts.series import legend_above
from app.charts.unit_axis import short, unit_axis
from app.i18n.formats import count, energy, number
from app.i18n.texts import t
from app.ui.colours import BLUE, GREEN, ORANGE, VERMILION

HEIGHT: Final = 400
GROUP_COLOURS: Final = (VERMILION, ORANGE, GREEN, BLUE)
GROUP_MARKS: Final = ("x", "diamond", "square", "circle")


@picture
def layer_modes(layers: pd.DataFrame, law_lines: pd.DataFrame) -> go.Figure:
    """Return measured energy against work, both logarithmic, one mark and colour per group of kernel numbers.

    `layers` has group (its words), macs, energy_mj, input_hw, kernel_size, c_in, c_out; `law_lines` has line
    (its words), macs, energy_mj: what the law gives to the MACs alone.
    """
    figure = bare(HEIGHT)
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
    figure = bare(HEIGHT)
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
