"""Several things on one scale per row: a dot each, joined by a line, rows in the order given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import FAINT, INK, NEUTRAL, bare, picture, with_unit
from app.charts.log_axis import log_axis
from app.charts.text import plain
from app.i18n.formats import Unit, number, power_unit
from app.i18n.formats import energy_unit as fitting_energy_unit
from app.i18n.texts import t
from app.ui.colours import device_colour

ROW_PX: Final = 19
LEGEND_PX: Final = 84
"""Room for the legend, in two lines on a phone, and the axis above the first row."""
SYMBOLS: Final = ("circle", "diamond", "square", "triangle-up", "cross", "star")
"""One per thing, in the order chosen: colour is not the only sign."""
LABEL_LIMIT: Final = 46


@picture
def cell_dots(cells: pd.DataFrame, names: Mapping[str, str], quantity: str) -> go.Figure:
    """Return dots per row of `cells`, on a logarithmic axis.

    Columns: row (label; equal ones share a row), device_id, energy_mj, avg_power_w. `names` is device id ->
    name, at most six, in the order of symbols; `quantity` is "energy" or "power".
    """
    column = "energy_mj" if quantity == "energy" else "avg_power_w"
    unit = _unit(cells, column)
    rows = [plain(each, LABEL_LIMIT) for each in dict.fromkeys(cells["row"])]
    shown = cells.assign(
        row=[plain(each, LABEL_LIMIT) for each in cells["row"]], value=cells[column] * unit.factor
    )
    figure = bare(max(150, len(rows) * ROW_PX + LEGEND_PX + 26))
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
