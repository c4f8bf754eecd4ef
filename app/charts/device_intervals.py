"""One model on every device: a dot and its interval per device and delegate, lowest energy first."""

from __future__ import annotations

import math
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, bare, picture, plain, with_unit
from app.charts.one_scope import check_one_scope
from app.i18n.formats import Unit, energy, energy_range, energy_unit, latency, number
from app.i18n.messages import tell
from app.i18n.texts import t
from app.ui.colours import device_colour

ROW_PX: Final = 34  # px; a finger hits one row
ROOM: Final = 1.15
"""By this factor the axis goes on beyond the intervals."""
LOG_FROM: Final = 20.0
"""Ratio of the largest to the smallest end of an interval from which the axis is logarithmic."""


@picture
def device_intervals(targets: pd.DataFrame, chosen: str = "") -> go.Figure:
    """Return dots with whiskers, one row per target, in the order given from the top.

    Columns: target_id, device_id, label, energy_mj, energy_mj_low, energy_mj_high, latency_ms, evidence,
    scope (one for all). The target `chosen` is a diamond with an outline. Each point carries its target_id as
    first custom value.
    """
    check_one_scope(targets["scope"])
    unit = energy_unit(None if targets.empty else float(targets["energy_mj"].median()))
    figure = bare(height_px(len(targets)))
    is_chosen = [each == chosen for each in targets["target_id"]]
    shown = targets["energy_mj"] * unit.factor
    figure.add_scatter(
        x=shown,
        y=list(range(len(targets))),
        mode="markers",
        customdata=_hover(targets),
        hovertemplate=(
            "<b>%{customdata[5]}</b><br>%{customdata[1]} (%{customdata[2]})<br>%{customdata[3]}"
            "<br>%{customdata[4]}<extra></extra>"
        ),
        marker={
            "size": [13 if each else 9 for each in is_chosen],
            "symbol": ["diamond" if each else "circle" for each in is_chosen],
            "color": [device_colour(each) for each in targets["device_id"]],
            "line": {"width": [2 if each else 0 for each in is_chosen], "color": INK},
            "opacity": 1.0,
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": targets["energy_mj_high"] * unit.factor - shown,
            "arrayminus": shown - targets["energy_mj_low"] * unit.factor,
            "thickness": 1.5,
            "width": 3,
            "color": INK,
        },
        selected={"marker": {"opacity": 1.0}},
        unselected={"marker": {"opacity": 1.0}},
    )
    # Stated, or room for the labels would be taken from the picture.
    ends = _ends(targets, unit)
    title = with_unit(t("Energy per inference"), unit.symbol)
    if _spread(targets) >= LOG_FROM:
        ticks = _log_ticks(*ends)
        figure.update_xaxes(
            type="log",
            title_text=t("{quantity}, logarithmic", quantity=title),
            side="top",
            tickvals=ticks,
            ticktext=[number(tick, 1) for tick in ticks],
            showgrid=True,
            range=[math.log10(ends[0] / ROOM), math.log10(ends[1] * ROOM)],
        )
    else:
        figure.update_xaxes(title_text=title, side="top", showgrid=True, range=[0, ROOM * ends[1]])
    figure.update_yaxes(
        range=[len(targets) - 0.4, -0.8], tickvals=list(range(len(targets))), showticklabels=False
    )
    _label_rows(figure, targets, is_chosen)
    return figure


def height_px(rows: int) -> int:
    """Return the height of the picture of so many targets (pixels)."""
    return max(160, rows * ROW_PX + 80)


def _ends(targets: pd.DataFrame, unit: Unit) -> tuple[float, float]:
    """Return the lowest and the highest end of the intervals, in the unit shown."""
    if targets.empty:
        return 0.0, 1.0
    return (
        float(targets["energy_mj_low"].min()) * unit.factor,
        float(targets["energy_mj_high"].max()) * unit.factor,
    )


def _log_ticks(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times the powers of ten from a little below `low` to a little above `high`."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    return [step for step in steps if low / ROOM <= step <= high * ROOM]


def _label_rows(figure: go.Figure, targets: pd.DataFrame, is_chosen: list[bool]) -> None:
    """Write each label above its line, so that the picture has the whole width on a phone too."""
    for row, (label, bold) in enumerate(zip(targets["label"], is_chosen, strict=True)):
        figure.add_annotation(
            text=f"<b>{plain(label)}</b>" if bold else plain(label),
            x=0,
            xref="paper",
            xanchor="left",
            y=row,
            yanchor="bottom",
            yshift=3,
            showarrow=False,
            font={"color": INK, "size": 11},
        )


def _hover(targets: pd.DataFrame) -> list[list[Any]]:
    return [
        [
            row.target_id,
            energy(row.energy_mj),
            energy_range(row.energy_mj_low, row.energy_mj_high),
            latency(row.latency_ms),
            tell(str(row.evidence)),
            plain(row.label),
        ]
        for row in targets.itertuples()
    ]


def _spread(targets: pd.DataFrame) -> float:
    lowest = float(targets["energy_mj_low"].min()) if len(targets) else 0.0
    return float(targets["energy_mj_high"].max()) / lowest if lowest > 0 else 1.0
