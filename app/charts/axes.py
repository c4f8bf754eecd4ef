"""Axes: logarithmic ticks, units that fit the figures, and which colour a series has."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK
from app.i18n.formats import number
from app.i18n.texts import decimal_sign
from app.ui.colours import device_colour

_MOST_TICKS: Final = 7  # labels of seven powers of ten fit on the narrowest picture


def unit_axis(low: float, high: float, written: Callable[[float], str]) -> dict[str, Any]:
    """Return the settings of a logarithmic axis from `low` to `high` (both above 0), ticks by `written`.

    Ticks are powers of ten, every so many; under two powers of ten, also 2 and 5 times them.
    """
    bottom, top = math.log10(low), math.log10(high)
    margin = max(0.06 * (top - bottom), 0.04)
    bottom, top = bottom - margin, top + margin
    steps = (1.0,) if top - bottom > 2 else (1.0, 2.0, 5.0)
    every = max(1, math.ceil((top - bottom) / _MOST_TICKS))
    exponents = range(math.floor(bottom), math.ceil(top) + 1)
    values = [step * 10.0**power for power in exponents if power % every == 0 for step in steps]
    shown = [value for value in values if bottom <= math.log10(value) <= top]
    return {
        "type": "log",
        "range": [bottom, top],
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [written(value) for value in shown],
    }


def short(text: str) -> str:
    """Return a figure without the noughts behind its point: "1.00 mJ" as "1 mJ"."""
    figure, _, unit = text.partition(" ")
    point = decimal_sign()
    trimmed = figure.rstrip("0").rstrip(point) if point in figure else figure
    return f"{trimmed} {unit}".rstrip()


SYMBOLS: Final = ("circle", "diamond-open", "square", "triangle-up-open", "cross", "triangle-down-open")
_LEGEND_MOST: Final = 12
"""With more series, the legend would push the picture away; hovering still names each."""


def series_looks(points: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return series label -> (colour, symbol). Columns: series, device_id.

    Series of one device share its colour and differ by symbol; different devices differ by colour and, where
    they would have the same one, by symbol too.
    """
    looks: dict[str, tuple[str, str]] = {}
    used: dict[str, int] = {}
    for row in points[["series", "device_id"]].drop_duplicates().itertuples():
        colour = device_colour(str(row.device_id))
        place = used.get(colour, 0)
        used[colour] = place + 1
        looks.setdefault(str(row.series), (colour, SYMBOLS[place % len(SYMBOLS)]))
    return looks


def legend_above(figure: go.Figure) -> None:
    """Put the series above the picture in the theme's text colour, unless there are too many."""
    named = {trace.name for trace in figure.data}
    figure.update_layout(
        showlegend=1 < len(named) <= _LEGEND_MOST,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"color": INK, "size": 12},
            "itemsizing": "constant",
        },
    )


WIDE: Final = 100.0
"""From this ratio of largest to smallest on, only 1 and 3 times the powers of ten."""


def log_ticks(values: Sequence[float], sparse: bool = False) -> list[float]:
    """Return round numbers around positive values, one step beyond either end; `sparse` for narrow axes."""
    if not len(values):
        return []
    low, high = float(min(values)), float(max(values))
    is_wide = high / low >= WIDE
    digits = ((1,) if is_wide else (1, 3)) if sparse else ((1, 3) if is_wide else (1, 2, 5))
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    steps = [digit * 10.0**power for power in powers for digit in digits]
    below = max((step for step in steps if step < low), default=low)
    above = min((step for step in steps if step > high), default=high)
    return [step for step in steps if below <= step <= above]


def log_axis(values: Sequence[float], room: float = 0.06, sparse: bool = False) -> dict[str, Any]:
    """Return what makes a plotly axis logarithmic over these values, with `room` (decades) on either side."""
    ticks = log_ticks(values, sparse)
    axis: dict[str, Any] = {"type": "log", "tickvals": ticks, "ticktext": [number(tick, 1) for tick in ticks]}
    if len(values):
        axis["range"] = [math.log10(min(values)) - room, math.log10(max(values)) + room]
    return axis
