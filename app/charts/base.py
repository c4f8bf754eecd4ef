"""What all figures share: transparent ground, axis titles with units, no clutter, readable in both themes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec

import plotly.graph_objects as go

from app.charts.margins import make_room
from app.i18n.texts import decimal_sign, group_sign

P = ParamSpec("P")

CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "scrollZoom": False, "displaylogo": False}
"""Give this as `config=` to `st.plotly_chart`: no tool bar over the data, no zoom by accident."""

TRANSPARENT: Final = "rgba(0,0,0,0)"
INK: Final = "#000037"
"""Text colour of charts: Streamlit's own stand-in, which the browser replaces by near-black on the light
theme and near-white on the dark one, also when the reader switches. A test compares it with Streamlit's."""

NEUTRAL: Final = "#7a828c"
"""For grids and outlines: 3:1 on the light and on the dark background."""

FAINT: Final = "rgba(122,130,140,0.25)"
"""For grid lines, which carry no meaning."""

FONT_SIZE: Final = 13


def picture(draw: Callable[P, go.Figure]) -> Callable[P, go.Figure]:
    """Finish what a function draws: room for its labels. Around every function that returns a picture."""

    @wraps(draw)
    def finished(*arguments: P.args, **named: P.kwargs) -> go.Figure:
        figure = draw(*arguments, **named)
        make_room(figure)
        return figure

    return finished


def with_unit(quantity: str, unit: str) -> str:
    """Return an axis title: "Energy per inference (mJ)"."""
    return f"{quantity} ({unit})" if unit else quantity


def bare(height: int) -> go.Figure:
    """Return an empty figure (height in pixels) with the shared look; the theme colours its text."""
    figure = go.Figure()
    figure.update_layout(
        # The usual template describes thirty kinds of traces; it would be sent with every picture.
        template=go.layout.Template(),
        height=height,
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        font={"size": FONT_SIZE, "color": INK},
        showlegend=False,
        hovermode="closest",
        dragmode=False,
        separators=decimal_sign() + group_sign(),
    )
    axis = {
        "automargin": True,
        "zeroline": False,
        "gridcolor": FAINT,
        "title": {"standoff": 14, "font": {"color": INK, "size": FONT_SIZE}},
        "tickfont": {"color": INK, "size": FONT_SIZE - 1},
    }
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure
