"""Predicted power over one inference: a step per kernel; width is time, height power, area energy.

Power while a machine measures itself: a line over time, coloured by what ran.
"""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, NEUTRAL, bare, picture, with_unit
from app.charts.kernel_bars import SELECTED_PX, STANDOFF_PX, kernel_hover, kernel_hover_template, show_legend
from app.i18n.formats import Unit, latency_unit, power, power_unit
from app.i18n.texts import t
from app.ui.colours import kernel_colour, kernel_family

IDLE_COLOUR, BUSY_COLOUR = "#7a828c", "#0b6e99"
SIZE: Final = 5  # px of a mark; hundreds of readings stay apart


@picture
def live_power(curve: pd.DataFrame) -> go.Figure:
    """Return the curve. Columns: seconds (since the beginning), watts, network ("" while idle)."""
    scale = power_unit(None if curve.empty else float(curve["watts"].max()))
    names = curve["network"].where(curve["network"] != "", t("idle"))
    figure = bare(240)
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


BAND: Final = "rgba(122,130,140,0.45)"


@picture
def power_steps(steps: pd.DataFrame, idle_w: float = 0.0, selected: int | None = None) -> go.Figure:
    """Return the steps of one inference, one trace per family of kernel types.

    Columns of `steps`: those of `kernel_bars`, and start_ms, step_w, step_w_low, step_w_high (power drawn,
    W), only kernels that take time. The sum of latency_ms * step_w is the energy of the inference (mJ).
    `idle_w` (W; 0 where unknown) is drawn as a dashed floor.
    """
    clock = latency_unit(None if steps.empty else float((steps["start_ms"] + steps["latency_ms"]).max()))
    scale = power_unit(None if steps.empty else float(steps["step_w"].max()))
    figure = bare(340)
    for family, members in steps.groupby(steps["kind"].map(kernel_family), sort=False):
        figure.add_bar(**_steps(members, str(family), clock, scale, selected))
    _shade(figure, steps, clock, scale)
    if idle_w > 0:
        _floor(figure, steps, clock, idle_w * scale.factor, t("idle board {power}", power=power(idle_w)))
    figure.update_layout(barmode="overlay", bargap=0)
    show_legend(figure)
    figure.update_xaxes(
        title_text=with_unit(t("Time since the inference began"), clock.symbol), showgrid=False
    )
    figure.update_yaxes(title_text=with_unit(t("Predicted power"), scale.symbol), title_standoff=STANDOFF_PX)
    figure.update_yaxes(rangemode="tozero")
    return figure


def _steps(
    members: pd.DataFrame, family: str, clock: Unit, scale: Unit, selected: int | None
) -> dict[str, Any]:
    return {
        "name": family,
        "x": (members["start_ms"] + members["latency_ms"] / 2) * clock.factor,
        "width": members["latency_ms"] * clock.factor,
        "y": members["step_w"] * scale.factor,
        "customdata": kernel_hover(members),
        "hovertemplate": kernel_hover_template(),
        "marker": {
            "color": kernel_colour(str(members["kind"].iloc[0])),
            "line": {
                "width": [SELECTED_PX if index == selected else 0 for index in members["index"]],
                "color": INK,
            },
        },
        "selected": {"marker": {"opacity": 1.0}},
        "unselected": {"marker": {"opacity": 1.0}},
    }


def _floor(figure: go.Figure, steps: pd.DataFrame, clock: Unit, height: float, name: str) -> None:
    end_ms = 0.0 if steps.empty else float(steps["start_ms"].iloc[-1] + steps["latency_ms"].iloc[-1])
    figure.add_scatter(
        name=name,
        x=[0.0, end_ms * clock.factor],
        y=[height, height],
        mode="lines",
        line={"dash": "dash", "color": INK, "width": 2},
        hoverinfo="skip",
    )


def _shade(figure: go.Figure, steps: pd.DataFrame, clock: Unit, scale: Unit) -> None:
    """Shade the interval of the energy of each step, spread over its predicted time, between two lines."""
    if steps.empty:
        return
    edges = [*steps["start_ms"], float(steps["start_ms"].iloc[-1] + steps["latency_ms"].iloc[-1])]
    times = [edge * clock.factor for edge in edges]
    for column, fill in (("step_w_low", None), ("step_w_high", "tonexty")):
        watts = [watt * scale.factor for watt in steps[column]]
        figure.add_scatter(
            name=t("its energy, 8 in 10 times"),
            x=times,
            y=[*watts, watts[-1]],
            mode="lines",
            line={"shape": "hv", "width": 0.8, "color": NEUTRAL},
            fill=fill,
            fillcolor=BAND,
            hoverinfo="skip",
            showlegend=fill is not None,
        )
