"""One phone's measurements as a grid: reference network by delegate, energy or power."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pandas as pd
import plotly.graph_objects as go
from plotly.colors import get_colorscale, hex_to_rgb

from app.charts.base import INK, bare, picture, with_unit
from app.i18n.formats import NOT_MEASURED, energy, number, power
from app.i18n.texts import mark, t
from app.ui.colours import CIVIDIS, text_on

ROW_PX: Final = 40
LABELS_PX: Final = 112
"""Room for the names of the networks in three lines, so that a small phone has room for the cells."""
MARK: Final = "†"
"""Beside a figure that is known to be odd; the note below the picture says why."""


@picture
def measurement_cells(cells: pd.DataFrame, quantity: str) -> go.Figure:
    """Return the grid of one device.

    Columns of `cells`, one row per cell of the grid: network (label, top to bottom in order of appearance),
    delegate_name (left to right), energy_mj, avg_power_w (NaN where not measured), odd_columns (the figures
    of this cell that are known to be odd). `quantity` is "energy" or "power". Energy is coloured on a
    logarithmic scale, because the networks differ by three orders of magnitude; lighter is more.
    """
    look = _QUANTITIES[quantity]
    networks, delegates = list(dict.fromkeys(cells["network"])), list(dict.fromkeys(cells["delegate_name"]))
    grid = cells.pivot(index="network", columns="delegate_name", values=look.column).loc[networks, delegates]
    shades = grid.map(look.shade)
    figure = bare(len(networks) * ROW_PX + 104)
    figure.add_heatmap(
        x=delegates,
        y=networks,
        z=shades.to_numpy(),
        customdata=[[look.written(value) for value in row] for row in grid.to_numpy()],
        colorscale=CIVIDIS,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverongaps=False,
        hovertemplate="%{y}<br>%{x}: <b>%{customdata}</b><extra></extra>",
    )
    # All at once: each one added alone would be checked again with every later one.
    figure.update_layout(annotations=_texts(cells, look.column, shades))
    _label_axes(figure, with_unit(t(look.title), look.unit), delegates)
    return figure


@dataclass(frozen=True, slots=True)
class _Look:
    """How a quantity is shown: column, axis title and unit, wording on hover, and place on the scale."""

    column: str
    title: str
    unit: str
    written: Callable[[float | None], str]
    shade: Callable[[float], float]


_QUANTITIES: Final = {
    "energy": _Look("energy_mj", mark("Energy per inference"), "mJ", energy, math.log10),
    "power": _Look("avg_power_w", mark("Average power"), "W", power, float),
}


def _label_axes(figure: go.Figure, title: str, delegates: list[str]) -> None:
    figure.update_xaxes(
        side="top",
        title={"text": title, "font": {"size": 12}},
        tickvals=delegates,
        ticktext=[_lines(name) for name in delegates],
        tickangle=0,
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(showgrid=False, fixedrange=True, tickfont_size=10)
    # A fixed margin: the automatic one leaves a phone no room for the cells.
    figure.update_yaxes(showgrid=False, fixedrange=True, tickfont_size=10, automargin=False)
    figure.update_yaxes(ticks="", ticklabelstandoff=0)
    figure.update_layout(margin_l=LABELS_PX, margin_r=4)


def _lines(delegate: str) -> str:
    """Return the name of a delegate in lines that fit above a narrow column: CPU, 4, threads."""
    return delegate.replace(" (", " ").removesuffix(")").replace(" ", "<br>")


def _texts(cells: pd.DataFrame, column: str, shades: pd.DataFrame) -> list[dict[str, object]]:
    low, high = shades.min().min(), shades.max().max()
    texts: list[dict[str, object]] = []
    for cell in cells.to_dict("records"):
        text = {"x": cell["delegate_name"], "y": cell["network"], "showarrow": False}
        if pd.isna(cell[column]):
            missing = {"text": t(NOT_MEASURED).replace(" ", "<br>"), "font": {"size": 8, "color": INK}}
            texts.append({**text, **missing})
            continue
        shade = shades.loc[cell["network"], cell["delegate_name"]]
        ground = _cividis(0.0 if high == low else round((shade - low) / (high - low), 3))
        figure_text = number(cell[column]) + (f" {MARK}" if {column, ""} & cell["odd_columns"] else "")
        texts.append({**text, "text": figure_text, "font": {"size": 11, "color": text_on(ground)}})
    return texts


def _cividis(place: float) -> str:
    """Return the colour at `place` (0 to 1) of the scale as `#rrggbb`, between its two nearest stops."""
    stops = _stops()
    at = place * (len(stops) - 1)
    first = min(int(at), len(stops) - 2)
    pairs = zip(stops[first], stops[first + 1], strict=True)
    return "#" + "".join(f"{round(low + (at - first) * (high - low)):02x}" for low, high in pairs)


@lru_cache(maxsize=1)
def _stops() -> tuple[tuple[int, ...], ...]:
    """Return the colours (red, green, blue, each 0 to 255) that the scale is made of, evenly spaced."""
    return tuple(hex_to_rgb(colour) for _, colour in get_colorscale(CIVIDIS))
