"""One phone's measurements as a grid, and those of one network on all phones as dots."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pandas as pd
import plotly.graph_objects as go
from plotly.colors import get_colorscale, hex_to_rgb

from app.charts.axes import log_axis
from app.charts.base import FAINT, INK, NEUTRAL, bare, picture, plain, with_unit
from app.charts.one_scope import check_one_scope
from app.i18n.formats import NOT_MEASURED, Unit, energy, number, power, power_unit
from app.i18n.formats import energy_unit as fitting_energy_unit
from app.i18n.texts import mark, t
from app.ui.colours import CIVIDIS, device_colour, text_on

DOT_ROW_PX: Final = 19  # px; the smallest row whose labels do not touch
LEGEND_PX: Final = 84
"""Room for the legend, in two lines on a phone, and the axis above the first row."""
SYMBOLS: Final = ("circle", "diamond", "square", "triangle-up", "cross", "star")
"""One per thing, in the order chosen: colour is not the only sign."""
LABEL_LIMIT: Final = 46  # characters; longer labels take more than half of the picture


@picture
def cell_dots(cells: pd.DataFrame, names: Mapping[str, str], quantity: str) -> go.Figure:
    """Return dots per row of `cells`, on a logarithmic axis.

    Columns: row (label; equal ones share a row), device_id, energy_mj, avg_power_w, meter (one for all).
    `names` is device id -> name, at most six, in the order of symbols; `quantity` is "energy" or "power".
    """
    check_one_scope(cells["meter"])
    column = "energy_mj" if quantity == "energy" else "avg_power_w"
    unit = _unit(cells, column)
    rows = [plain(each, LABEL_LIMIT) for each in dict.fromkeys(cells["row"])]
    shown = cells.assign(
        row=[plain(each, LABEL_LIMIT) for each in cells["row"]], value=cells[column] * unit.factor
    )
    figure = bare(max(150, len(rows) * DOT_ROW_PX + LEGEND_PX + 26))
    figure.add_scatter(**_joins(shown), mode="lines", line={"color": NEUTRAL, "width": 1}, hoverinfo="skip")
    figure.data[0].showlegend = False
    for place, (device_id, name) in enumerate(names.items()):
        own = shown[shown["device_id"] == device_id]
        figure.add_scatter(
            x=own["value"],
            y=own["row"],
            mode="markers",
            name=plain(name),
            marker={
                "symbol": SYMBOLS[place % len(SYMBOLS)],
                "size": 10,
                "color": device_colour(device_id),
            },
            text=[f"{number(value)} {unit.symbol}" for value in own["value"]],
            hovertemplate="<b>%{y}</b><br>" + plain(name) + ": %{text}<extra></extra>",
        )
    words = t("Energy") if quantity == "energy" else t("Power")
    _frame(figure, rows)
    figure.update_xaxes(
        title_text=t("{quantity}, log scale", quantity=with_unit(words, unit.symbol)),
        side="top",
        tickangle=0,
        gridcolor=FAINT,
        **log_axis([float(value) for value in shown["value"]], sparse=True),
    )
    return figure


def _unit(cells: pd.DataFrame, column: str) -> Unit:
    middle = float(cells[column].median()) if len(cells) else None
    return fitting_energy_unit(middle) if column == "energy_mj" else power_unit(middle)


def _joins(shown: pd.DataFrame) -> dict[str, list[float | str | None]]:
    """Return lines from the least to the most of every row, with gaps between rows."""
    ends = shown.groupby("row", sort=False)["value"].agg(["min", "max"])
    x: list[float | str | None] = []
    y: list[float | str | None] = []
    for row, (low, high) in zip(ends.index, ends.itertuples(index=False), strict=True):
        x += [float(low), float(high), None]
        y += [str(row), str(row), None]
    return {"x": x, "y": y}


def _frame(figure: go.Figure, rows: list[str]) -> None:
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=rows,
        range=[len(rows) - 0.4, -0.6],
        gridcolor="rgba(122,130,140,0.12)",
        tickfont={"size": 11, "color": INK},
    )
    # Above the axis, in sight however many rows there are.
    figure.update_layout(
        showlegend=True,
        margin={"t": LEGEND_PX},
        legend={
            "orientation": "h",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "x": 0,
            "font": {"color": INK, "size": 12},
        },
    )


ROW_PX: Final = 40  # px; room for a figure of two lines in each cell
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
