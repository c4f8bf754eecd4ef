"""Every cut of a network between device and server: what the device spends, or how long it takes."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, bare, picture, plain, with_unit
from app.charts.kernel_bars import STANDOFF_PX, show_legend
from app.i18n.formats import Unit, energy, energy_unit, latency, latency_unit
from app.i18n.texts import t, verbatim
from app.ui.colours import BLUE, GREY, VERMILION

COMPUTING: Final = BLUE
SENDING: Final = VERMILION
SERVER: Final = GREY
END_SHARE: Final = 0.15
"""Share of a phone's width that half of a text over a mark takes."""
TOP: Final = 1.15
"""The axis reaches so far above the highest sum, for the text of the best cut."""


@picture
def split_energy(cuts: pd.DataFrame, best: int) -> go.Figure:
    """Return the device's energy at every cut: computing below, sending on top; the best cut marked.

    Columns: kernels, on_device, after, sent (words), device_energy_mj, send_energy_mj, energy_mj, and the
    interval of the sum: energy_mj_low, energy_mj_high.
    """
    unit = energy_unit(float(cuts["energy_mj"].max()))
    parts = (
        (t("computing"), cuts["device_energy_mj"], COMPUTING),
        (t("sending"), cuts["send_energy_mj"], SENDING),
    )
    told = [energy(value) for value in cuts["energy_mj"]]
    axis = _Axis(t("Energy of the device"), unit, told)
    figure = _stacked(cuts, parts, cuts["energy_mj"], best, axis)
    _whiskers(figure, cuts, unit.factor)
    return figure


@picture
def split_latency(cuts: pd.DataFrame, best: int) -> go.Figure:
    """Return the time to the answer at every cut: device, link, server; the best cut marked.

    Columns: kernels, on_device, after, sent, device_latency_ms, link_ms (sending and round trip),
    server_ms, latency_ms.
    """
    unit = latency_unit(float(cuts["latency_ms"].max()))
    parts = (
        (t("computing"), cuts["device_latency_ms"], COMPUTING),
        (t("link"), cuts["link_ms"], SENDING),
        (t("server"), cuts["server_ms"], SERVER),
    )
    told = [latency(value) for value in cuts["latency_ms"]]
    axis = _Axis(t("Time to the answer"), unit, told)
    return _stacked(cuts, parts, cuts["latency_ms"], best, axis)


def _whiskers(figure: go.Figure, cuts: pd.DataFrame, factor: float) -> None:
    """Draw the interval of every sum, and let the axis reach to the highest end."""
    figure.add_scatter(
        x=cuts["kernels"],
        y=cuts["energy_mj"] * factor,
        mode="markers",
        marker={"color": INK, "size": 1},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (cuts["energy_mj_high"] - cuts["energy_mj"]) * factor,
            "arrayminus": (cuts["energy_mj"] - cuts["energy_mj_low"]) * factor,
            "color": INK,
            "thickness": 1,
            "width": 0,
        },
        hoverinfo="skip",
        showlegend=False,
    )
    figure.update_yaxes(range=[0, TOP * float(cuts["energy_mj_high"].max()) * factor])


def _beside(best: int, last: int) -> str:
    """Where the text of the best cut stands: at either end of the axis, inwards, or the edge would cut it."""
    if best < END_SHARE * last:
        return verbatim("top right")
    if best > (1 - END_SHARE) * last:
        return verbatim("top left")
    return verbatim("top center")


class _Axis:
    """Title, unit and the texts of the totals."""

    def __init__(self, title: str, unit: Unit, told: list[str]) -> None:
        self.title, self.unit, self.told = title, unit, told


def _stacked(cuts: pd.DataFrame, parts: Any, totals: pd.Series, best: int, axis: _Axis) -> go.Figure:
    figure = bare(270)
    hover = [
        [
            kernels,
            plain(after),
            t("sends {size}", size=sent),
            t("{figure} in all", figure=told),
        ]
        for kernels, after, sent, told in zip(
            cuts["on_device"], cuts["after"], cuts["sent"], axis.told, strict=True
        )
    ]
    for name, values, colour in parts:
        if float(values.sum()) > 0:
            figure.add_bar(
                name=name,
                x=cuts["kernels"],
                y=values * axis.unit.factor,
                width=0.9,
                marker={"color": colour},
                customdata=hover,
                hovertemplate=(
                    "<b>%{customdata[0]}</b><br>%{customdata[1]}"
                    "<br>%{customdata[2]}<br>%{customdata[3]}<extra></extra>"
                ),
            )
    chosen = cuts["kernels"] == best
    figure.add_scatter(
        name=t("best cut"),
        x=cuts.loc[chosen, "kernels"],
        y=totals[chosen] * axis.unit.factor,
        mode="markers+text",
        text=[axis.told[place] for place, is_best in enumerate(chosen) if is_best],
        textposition=_beside(best, int(cuts["kernels"].max())),
        textfont={"color": INK},
        marker={"symbol": "diamond", "size": 13, "color": INK},
        hoverinfo="skip",
    )
    figure.update_layout(barmode="stack")
    show_legend(figure)
    figure.update_xaxes(title_text=t("Kernels on the device"), showgrid=False)
    top = float(totals.max()) * axis.unit.factor
    figure.update_yaxes(
        title_text=with_unit(axis.title, axis.unit.symbol), range=[0, TOP * top], title_standoff=STANDOFF_PX
    )
    return figure
