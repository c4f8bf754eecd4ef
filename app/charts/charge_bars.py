"""Bars of what an hour of a task takes of a charge, one per phone, with the range of repeated measuring."""

from __future__ import annotations

import math
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, bare, picture, plain
from app.i18n.formats import energy, number, percent, power
from app.i18n.texts import t, verbatim
from app.ui.colours import device_colour

ROW_PX: Final = 34
ROOM, ROOM_SLOW = 1.35, 2.0
"""By this factor the axis goes on beyond the longest range, for the words behind the bars; with more words
where a phone is too slow."""
TWO: Final = 2
HATCH: Final = verbatim("/")
"""Plotly's name of the pattern of bars that stand for a lower rate than the one asked for."""


@picture
def charge_bars(phones: pd.DataFrame, chosen: str = "") -> go.Figure:
    """Return one bar per phone, in the order given from the top.

    Columns: device_id, short_name, runs_on (words), energy_mj, avg_power_w, share, share_low, share_high (of
    a charge, per hour), rate_per_s, keeps_up. The phone `chosen` has an outline and an arrow before its name.
    Each bar carries its device_id as first custom value.
    """
    figure = bare(len(phones) * ROW_PX + 66)
    shown = 100.0 * phones["share"]
    is_chosen = [each == chosen for each in phones["device_id"]]
    rows = list(range(len(phones)))
    figure.add_bar(
        x=shown,
        y=rows,
        orientation="h",
        width=0.62,
        customdata=_hover(phones),
        hovertemplate=(
            "<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<br>%{customdata[4]}<extra></extra>"
        ),
        marker={
            "color": [device_colour(each) for each in phones["device_id"]],
            "line": {"color": INK, "width": [2.5 if each else 0 for each in is_chosen]},
            "pattern": {
                "shape": ["" if each else HATCH for each in phones["keeps_up"]],
                "fillmode": "overlay",
                "solidity": 0.25,
            },
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": 100.0 * phones["share_high"] - shown,
            "arrayminus": shown - 100.0 * phones["share_low"],
            "thickness": 1.5,
            "width": 3,
            "color": INK,
        },
        # A click must not fade the other bars: the outline shows the selection.
        selected={"marker": {"opacity": 1.0}},
        unselected={"marker": {"opacity": 1.0}},
    )
    _figures(figure, phones)
    most = float((100.0 * phones["share_high"]).max()) if len(phones) else math.nan
    room = ROOM if phones["keeps_up"].all() else ROOM_SLOW
    figure.update_xaxes(
        title_text=t("Share of a charge per hour (%)"),
        range=[0, room * most if most > 0 else 1],
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=rows,
        ticktext=[
            f"<b>▸ {plain(name)}</b>" if mine else plain(name)
            for name, mine in zip(phones["short_name"], is_chosen, strict=True)
        ],
        range=[len(phones) - 0.4, -0.6],
        showgrid=False,
        fixedrange=True,
    )
    return figure


def _figures(figure: go.Figure, phones: pd.DataFrame) -> None:
    """Write the share behind each bar, and what was reached where the phone is too slow."""
    for row, phone in enumerate(phones.to_dict("records")):
        figure.add_annotation(
            x=100.0 * phone["share_high"],
            y=row,
            text=bar_words(phone),
            xanchor="left",
            xshift=6,
            showarrow=False,
            font={"size": 12, "color": INK},
        )


def bar_words(phone: dict[Any, Any]) -> str:
    """Return what stands behind a bar: "4.7 %", or "4.7 % at 12 a second" where that is all it manages."""
    share = percent(float(phone["share"]), TWO)
    if phone["keeps_up"]:
        return share
    return t("{share}, only {rate} a second", share=share, rate=number(float(phone["rate_per_s"]), TWO))


def _hover(phones: pd.DataFrame) -> list[list[str]]:
    return [
        [
            str(phone["device_id"]),
            plain(str(phone["short_name"])),
            t(
                "{share} of a charge ({low} to {high})",
                share=percent(float(phone["share"])),
                low=percent(float(phone["share_low"])),
                high=percent(float(phone["share_high"])),
            ),
            t(
                "{energy} at {power} each",
                energy=energy(float(phone["energy_mj"])),
                power=power(float(phone["avg_power_w"])),
            ),
            plain(str(phone["runs_on"])),
        ]
        for phone in phones.to_dict("records")
    ]
