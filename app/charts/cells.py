"""One phone's measurements as a grid: reference network by delegate, energy or power."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from app.charts.base import FAINT, NEUTRAL, bare
from app.colours import CIVIDIS, text_on
from app.formats import NOT_MEASURED, energy, power

ROW_PX: Final = 36
MARK: Final = "†"
"""Beside a figure that is known to be odd; the note below the picture says why."""


def measurement_cells(cells: pd.DataFrame, quantity: str) -> go.Figure:
    """Return the grid of one device.

    Columns of `cells`, one row per cell of the grid: network (label, top to bottom in order of
    appearance), delegate_name (left to right), energy_mj, avg_power_w (NaN where not measured), odd (True
    where a known oddity concerns this figure). `quantity` is "energy" or "power". Energy is coloured on a
    logarithmic scale, because the networks differ by three orders of magnitude; lighter is more.
    """
    column, written = _QUANTITIES[quantity]
    networks, delegates = list(dict.fromkeys(cells["network"])), list(dict.fromkeys(cells["delegate_name"]))
    grid = cells.pivot(index="network", columns="delegate_name", values=column).loc[networks, delegates]
    shades = grid.map(math.log10) if quantity == "energy" else grid
    figure = bare(len(networks) * ROW_PX + 60)
    figure.add_heatmap(
        x=delegates,
        y=networks,
        z=shades.to_numpy(),
        customdata=[[written(value) for value in row] for row in grid.to_numpy()],
        colorscale=CIVIDIS,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverongaps=False,
        hovertemplate="%{y}<br>%{x}: <b>%{customdata}</b><extra></extra>",
    )
    for annotation in _texts(cells, column, written, shades):
        figure.add_annotation(annotation)
    figure.update_xaxes(title_text="Delegate", side="top", showgrid=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, title_text="")
    return figure


_QUANTITIES: Final[dict[str, tuple[str, Callable[[float | None], str]]]] = {
    "energy": ("energy_mj", energy),
    "power": ("avg_power_w", power),
}


def _texts(
    cells: pd.DataFrame, column: str, written: Callable[[float | None], str], shades: pd.DataFrame
) -> list[dict[str, object]]:
    low, high = shades.min().min(), shades.max().max()
    texts: list[dict[str, object]] = []
    for cell in cells.to_dict("records"):
        text = {"x": cell["delegate_name"], "y": cell["network"], "showarrow": False}
        if pd.isna(cell[column]):
            outline = {"bordercolor": FAINT, "borderpad": 3}
            texts.append({**text, **outline, "text": NOT_MEASURED, "font": {"size": 11, "color": NEUTRAL}})
            continue
        shade = shades.loc[cell["network"], cell["delegate_name"]]
        ground = _cividis(0.0 if high == low else (shade - low) / (high - low))
        figure_text = written(cell[column]) + (f" {MARK}" if {column, ""} & cell["odd_columns"] else "")
        texts.append({**text, "text": figure_text, "font": {"size": 12, "color": text_on(ground)}})
    return texts


def _cividis(place: float) -> str:
    """Return the colour at `place` (0 to 1) of the scale as `#rrggbb`."""
    red, green, blue = sample_colorscale(CIVIDIS, [place], colortype="tuple")[0]
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in (red, green, blue))
