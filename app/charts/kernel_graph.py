"""The fused kernels of a network as a graph, each mark coloured by the energy it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import FONT_SIZE, INK, NEUTRAL, bare, picture
from app.charts.kernel_bars import SELECTED_PX, kernel_hover, kernel_hover_template
from app.i18n.formats import energy_unit
from app.i18n.texts import t
from app.ui.colours import CIVIDIS

PER_ROW: Final = 24
"""Levels side by side: on a picture 700 pixels wide a mark of 15 then has as much room beside it."""
LANE_PX: Final = 34  # px; marks and the arrows between them stay apart
MARK_PX: Final = 15  # px; a mouse hits it, and a row of 20 fits on a screen
LEGEND_PX: Final = 64
"""Room for the colour bar below the marks."""
ARC: Final = 0.42
"""Height of a line that passes other kernels, in lanes: above its own row, below the next one."""


@picture
def kernel_graph(
    kernels: pd.DataFrame, edges: Sequence[tuple[int, int]], selected: int | None = None
) -> go.Figure:
    """Return a mark per row of `kernels` and a line per edge (places of rows: from, to).

    Columns: those of `kernel_bars`, and level (steps from the input) and lane (beside others of its level,
    centred on 0). Long networks go on in a row below. First custom value of a mark: its index.
    """
    placed = _placed(kernels)
    figure = bare(round(placed["rows"].max() * LANE_PX) + LEGEND_PX if len(placed) else LEGEND_PX)
    lines = _lines(placed, edges)
    figure.add_scatter(
        x=lines[0], y=lines[1], mode="lines", line={"color": NEUTRAL, "width": 1.2, "shape": "spline"},
        hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(**_marks(placed, selected))
    figure.update_xaxes(visible=False, range=[-0.8, PER_ROW - 0.2])
    figure.update_yaxes(visible=False, autorange="reversed", automargin=False)
    return figure


def _placed(kernels: pd.DataFrame) -> pd.DataFrame:
    """Give each kernel its place: levels from left to right, in rows, each as high as its lanes."""
    if kernels.empty:
        return kernels.assign(x=[], y=[], rows=[])
    row = kernels["level"] // PER_ROW
    reach = kernels["lane"].abs().groupby(row).max()
    heights = 2 * reach + 1.6
    tops = heights.cumsum() - heights
    y = row.map(tops) + row.map(reach) + kernels["lane"] + 0.8
    return kernels.assign(x=kernels["level"] % PER_ROW, y=y, row=row, rows=float(heights.sum()))


def _lines(placed: pd.DataFrame, edges: Sequence[tuple[int, int]]) -> tuple[list[Any], list[Any]]:
    xs: list[Any] = []
    ys: list[Any] = []
    places = list(zip(placed["x"], placed["y"], placed["level"], strict=True))
    for start, end in edges:
        (x, y, level), (to_x, to_y, to_level) = places[start], places[end]
        if to_level - level > 1 and y == to_y:  # it would run through the kernels between
            xs += [x, (x + to_x) / 2, to_x, None]
            ys += [y, y - ARC, to_y, None]
        else:
            xs += [x, to_x, None]
            ys += [y, to_y, None]
    return xs, ys


def _marks(placed: pd.DataFrame, selected: int | None) -> dict[str, Any]:
    unit = energy_unit(None if placed.empty else float(placed["energy_mj"].max()))
    is_selected = [index == selected for index in placed["index"]]
    missing = placed["evidence"] == "unsupported"
    return {
        "x": placed["x"],
        "y": placed["y"],
        "mode": "markers",
        "customdata": kernel_hover(placed),
        "hovertemplate": kernel_hover_template(),
        "marker": {
            "size": [MARK_PX + 5 if each else MARK_PX for each in is_selected],
            "opacity": 1.0,  # with sizes of their own marks are translucent, and lines would show through
            "symbol": ["x" if each else "square" for each in missing],
            "color": placed["energy_mj"] * unit.factor,
            "colorscale": CIVIDIS,
            "cmin": 0.0,
            "line": {"width": [SELECTED_PX if each else 1.0 for each in is_selected], "color": INK},
            "colorbar": {
                "orientation": "h",
                "title": {
                    "text": t("Energy of a kernel ({unit})", unit=unit.symbol),
                    "side": "bottom",
                    "font": {"color": INK, "size": FONT_SIZE},
                },
                "tickfont": {"color": INK},
                "thickness": 10,
                "x": 0.5,
                "y": 0.0,
                "yanchor": "top",
                "len": 0.6,
            },
        },
        "selected": {"marker": {"opacity": 1.0}},
        "unselected": {"marker": {"opacity": 1.0}},
    }
