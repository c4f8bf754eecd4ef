"""Bars of devices from zero, with ranges: share of a charge per hour of a task, or energy per inference."""

from __future__ import annotations

import math
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, bare, evenly_broken, picture, plain, with_unit
from app.charts.one_scope import check_one_scope
from app.i18n.formats import energy, energy_range, energy_unit, latency, number, percent, power
from app.i18n.texts import t, verbatim
from app.ui.colours import device_colour

ROW_PX, LINE_PX = 34, 16
"""Height of a row, which has two lines, and of each further line of the longest name."""
ROOM, ROOM_SLOW = 1.5, 2.0
"""By this factor the axis goes on beyond the longest range, for the words behind the bars; with more words
where a phone is too slow."""
TWO: Final = 2  # significant digits: the ranges are wider than a tenth
NAME_SIGNS: Final = 16
"""Names are broken where they are longer: beside a longer one a phone has no room for the bars."""
MOST_TICKS: Final = 5  # more labels touch at 390 px
HATCH: Final = verbatim("/")
"""Plotly's name of the pattern of bars that stand for a lower rate than the one asked for."""


@picture
def charge_bars(phones: pd.DataFrame, chosen: str = "") -> go.Figure:
    """Return the share of a charge per hour of a task: one bar per phone, in the order given from the top.

    Columns: device_id, short_name, runs_on (words), energy_mj, avg_power_w, share, share_low, share_high (of
    a charge, per hour), rate_per_s, keeps_up. The phone `chosen` has an outline and an arrow before its name.
    Each bar carries its device_id as first custom value.
    """
    bars = pd.DataFrame(
        {
            "device_id": phones["device_id"],
            "name": phones["short_name"],
            "value": 100.0 * phones["share"],
            "low": 100.0 * phones["share_low"],
            "high": 100.0 * phones["share_high"],
            "words": [bar_words(phone) for phone in phones.to_dict("records")],
            "hover": [_charge_hover(phone) for phone in phones.to_dict("records")],
            "is_hatched": ~phones["keeps_up"].astype(bool),
        }
    )
    room = ROOM_SLOW if bars["is_hatched"].any() else ROOM
    return _bars(bars, chosen, t("Share of a charge per hour (%)"), room)


def bar_words(phone: dict[Any, Any]) -> str:
    """Return what stands behind a bar: "4.7 %", or "4.7 % at 12 a second" where that is all it manages."""
    share = percent(float(phone["share"]), TWO)
    if phone["keeps_up"]:
        return share
    return t("{share}, only {rate} a second", share=share, rate=number(float(phone["rate_per_s"]), TWO))


def _charge_hover(phone: dict[Any, Any]) -> str:
    share = t(
        "{share} of a charge ({low} to {high})",
        share=percent(float(phone["share"])),
        low=percent(float(phone["share_low"])),
        high=percent(float(phone["share_high"])),
    )
    return f"{share}<br>{_each(phone)}<br>{plain(str(phone['runs_on']))}"


def _each(row: dict[Any, Any]) -> str:
    energy_words, power_w = energy(float(row["energy_mj"])), float(row["avg_power_w"])
    if math.isnan(power_w):
        return energy_words
    return t("{energy} at {power} each", energy=energy_words, power=power(power_w))


@picture
def energy_bars(devices: pd.DataFrame, chosen: str = "") -> go.Figure:
    """Return the energy per inference: one bar per device, in the order given from the top.

    Columns: device_id, name, runs_on (words), energy_mj, low_mj, high_mj (smallest and largest run),
    avg_power_w, latency_ms, meter_scope (one for all).
    """
    check_one_scope(devices["meter_scope"])
    unit = energy_unit(float(devices["energy_mj"].median()) if len(devices) else None)
    bars = pd.DataFrame(
        {
            "device_id": devices["device_id"],
            "name": devices["name"],
            "value": unit.factor * devices["energy_mj"],
            "low": unit.factor * devices["low_mj"],
            "high": unit.factor * devices["high_mj"],
            "words": devices["energy_mj"].map(energy),
            "hover": [_energy_hover(row) for row in devices.to_dict("records")],
            "is_hatched": False,
        }
    )
    return _bars(bars, chosen, with_unit(t("Energy"), unit.symbol), ROOM)


def _energy_hover(row: dict[Any, Any]) -> str:
    runs = energy_range(float(row["low_mj"]), float(row["high_mj"]))
    lines = [_each(row), latency(float(row["latency_ms"])), t("Runs from {range}", range=runs)]
    return "<br>".join([*lines, plain(str(row["runs_on"]))])


def _bars(bars: pd.DataFrame, chosen: str, title: str, room: float) -> go.Figure:
    """Draw bars: device_id, name, value, low, high, words (behind the bar), hover, is_hatched."""
    is_chosen = [each == chosen for each in bars["device_id"]]
    names = [_name(name, mine) for name, mine in zip(bars["name"], is_chosen, strict=True)]
    lines = 1 + max((name.count("<br>") for name in names), default=0)
    figure = bare(len(bars) * (ROW_PX + LINE_PX * max(0, lines - 2)) + 66)
    rows = list(range(len(bars)))
    figure.add_bar(
        x=bars["value"],
        y=rows,
        orientation="h",
        width=0.62,
        customdata=[
            [str(row["device_id"]), plain(str(row["name"])), row["hover"]] for row in bars.to_dict("records")
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        marker={
            "color": [device_colour(each) for each in bars["device_id"]],
            "line": {"color": INK, "width": [2.5 if each else 0 for each in is_chosen]},
            "pattern": {
                "shape": [HATCH if each else "" for each in bars["is_hatched"]],
                "fillmode": "overlay",
                "solidity": 0.25,
            },
        },
        error_x={
            "type": "data",
            "symmetric": False,
            # A single run has no range, and gets no line.
            "array": (bars["high"] - bars["value"]).where(bars["high"] > bars["low"]),
            "arrayminus": (bars["value"] - bars["low"]).where(bars["high"] > bars["low"]),
            "thickness": 1.5,
            "width": 3,
            "color": INK,
        },
        # A click must not fade the other bars: the outline shows the selection.
        selected={"marker": {"opacity": 1.0}},
        unselected={"marker": {"opacity": 1.0}},
    )
    for row, bar in enumerate(bars.to_dict("records")):
        figure.add_annotation(
            x=bar["high"], y=row, text=bar["words"], xanchor="left", xshift=6, showarrow=False,
            font={"size": 12, "color": INK},
        )  # fmt: skip
    most = float(bars["high"].max()) if len(bars) else math.nan
    figure.update_xaxes(
        title_text=title,
        range=[0, room * most if most > 0 else 1],
        # Few ticks, level: on a phone more of them would be turned and take the room of a bar.
        nticks=MOST_TICKS,
        tickangle=0,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=rows,
        ticktext=names,
        range=[len(bars) - 0.4, -0.6],
        showgrid=False,
        fixedrange=True,
    )
    return figure


def _name(name: str, is_chosen: bool) -> str:
    shown = evenly_broken(plain(name), NAME_SIGNS)
    return f"<b>▸ {shown}</b>" if is_chosen else shown
