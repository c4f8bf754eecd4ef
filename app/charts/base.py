"""What all figures share: transparent ground, margins that keep texts whole, axis titles with units."""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from functools import wraps
from textwrap import wrap
from typing import Any, Final, ParamSpec

import plotly.graph_objects as go

from app.i18n.texts import decimal_sign, group_sign

EDGE_PX: Final = 8
"""Margin of a side without texts."""
BESIDE_PX, BELOW_PX = 8, 11
"""Between labels and axis, beside an upright axis and below or above a level one; the theme sets 7.5."""
MOST_PX: Final = 220
"""Labels get no more than this ahead of time: a phone is 360 wide, and only the browser knows the width."""
PHONE_PX: Final = 358
"""Width of a picture on a phone of 390 pixels."""
LEAST_SIGNS: Final = 14
"""A line of an axis title has at least so many, where labels leave it hardly any room."""
WIDTHS: Final = {"iIjl.,:;'|!·": 0.3, "ftr-() ": 0.38, "mwMW%★": 0.95, "0123456789": 0.64}
"""Widths of signs as a share of the font's size, in DejaVu Sans, the widest of the usual fonts."""
CAPITAL, OTHER = 0.7, 0.6
LINE: Final = 1.3
"""Height of a line as a share of the font's size."""
TITLE_GAP_PX: Final = 8  # what Plotly leaves between ticks and title by itself
LEGEND_ROW_PX: Final = 20  # one line of 13 px and its gap
LEGEND_PX: Final = 15
"""Around the rows of a legend above the picture."""
UNKNOWN: Final = "0.00"
"""Stands for the numbers that Plotly will choose for an axis."""


def make_room(figure: go.Figure) -> None:
    """Widen the margins (px) of a finished figure to what its labels, titles and legend will take."""
    left = _across(figure)
    _break_title(figure, left)
    side, deep = _along(figure)
    needed = {"l": left, side: deep}
    if _legend_is_above(figure):
        needed["t"] = needed.get("t", EDGE_PX) + LEGEND_PX + LEGEND_ROW_PX
    margin = figure.layout.margin
    wider = {name: max(math.ceil(pixels), getattr(margin, name) or 0) for name, pixels in needed.items()}
    figure.update_layout(margin=wider)


def _break_title(figure: go.Figure, left: float) -> None:
    """Break the title of the level axis into lines where a phone has no room for it in one."""
    title = figure.layout.xaxis.title
    if not title.text or LINE_END in title.text:
        return
    room, needed = PHONE_PX - left - EDGE_PX, width_px(title.text, title.font.size)
    if needed > room > 0:
        title.text = evenly_broken(title.text, max(LEAST_SIGNS, int(len(title.text) * room / needed)))


def width_px(label: str, size: float) -> float:
    """Return about how wide the widest line of a label is at a font's size (px)."""
    return size * max((sum(map(_width, line)) for line in label.split("<br>")), default=0.0)


def _width(sign: str) -> float:
    known = next((width for signs, width in WIDTHS.items() if sign in signs), None)
    if known is not None:
        return known
    return CAPITAL if sign.isupper() else OTHER


def _across(figure: go.Figure) -> float:
    """Room left of the picture, for the labels of the upright axis and its title."""
    axis = figure.layout.yaxis
    if axis.automargin is False:
        return 0
    pixels = EDGE_PX + _title(axis)
    if axis.showticklabels is False:
        return pixels
    size = axis.tickfont.size
    labels = BESIDE_PX + max((width_px(label, size) for label in _labels(figure, "y")), default=0)
    return pixels + min(labels, MOST_PX)


def _along(figure: go.Figure) -> tuple[str, float]:
    """Side ("b" or "t") of the level axis, and the room that its labels and its title take there."""
    axis = figure.layout.xaxis
    lines = max((len(label.split("<br>")) for label in _labels(figure, "x")), default=1)
    pixels = EDGE_PX + BELOW_PX + lines * LINE * axis.tickfont.size + _title(axis)
    return "t" if axis.side == "top" else "b", pixels


def _title(axis: Any) -> float:
    if not axis.title.text:
        return 0.0
    lines = len(str(axis.title.text).split("<br>"))
    return float((axis.title.standoff or 0) + lines * LINE * axis.title.font.size - TITLE_GAP_PX)


def _labels(figure: go.Figure, which: str) -> list[str]:
    axis = figure.layout[f"{which}axis"]
    if axis.ticktext is not None:
        return [str(label) for label in axis.ticktext]
    named = [each for trace in figure.data for each in _ends(trace, which) if isinstance(each, str)]
    return list(dict.fromkeys(named)) or [UNKNOWN]


def _ends(trace: Any, which: str) -> Any:
    values = getattr(trace, which, None)
    return () if values is None else values


def _legend_is_above(figure: go.Figure) -> bool:
    legend = figure.layout.legend
    return bool(figure.layout.showlegend) and legend.yanchor == "bottom" and legend.yref != "container"


LONGEST: Final = 48  # longer names would leave a phone no room for the marks
LINE_END: Final = "<br>"


def plain(name: str, limit: int = LONGEST) -> str:
    """Return a name from a model file so that a figure shows it as it is.

    Plotly reads a few HTML tags and entities in texts; control characters become "?", and what is longer than
    `limit` is cut.
    """
    shown = "".join(sign if sign.isprintable() else "?" for sign in name[: limit + 1])
    return html.escape(shown if len(shown) <= limit else f"{shown[: limit - 1]}…", quote=False)


def evenly_broken(label: str, signs: int) -> str:
    """Return a label in lines of at most `signs`, as few as possible, and those as short as possible.

    Words stay whole, also longer ones. What a figure's room is widened by is the longest line.
    """
    lines = _lines(label, signs)
    narrower = (_lines(label, width) for width in range(1, signs))
    return LINE_END.join(next((each for each in narrower if len(each) <= len(lines)), lines))


def _lines(label: str, signs: int) -> list[str]:
    return wrap(label, signs, break_long_words=False, break_on_hyphens=False)


P = ParamSpec("P")

CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "scrollZoom": False, "displaylogo": False}
"""Give this as `config=` to `st.plotly_chart`: no tool bar over the data, no zoom by accident."""

TRANSPARENT: Final = "rgba(0,0,0,0)"
INK: Final = "#000037"
"""Text colour of charts: Streamlit's own stand-in, which the browser replaces by near-black on the light
theme and near-white on the dark one, also when the reader switches. A test compares it with Streamlit's."""

NEUTRAL: Final = "#7a828c"
"""Colour of axes and outlines: contrast 3:1 on the light and on the dark background."""

FAINT: Final = "rgba(122,130,140,0.25)"
"""Colour of grid lines. They carry no meaning, so they may be fainter than 3:1."""

FONT_SIZE: Final = 13  # px; a size below the text of the page, as Streamlit's own charts


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
    # In one step: each further one is checked by Plotly for a hundredth of a second.
    return go.Figure(layout=shared_look(height))


def shared_look(height: int) -> dict[str, Any]:
    """Return the layout that every figure begins with (height in pixels)."""
    axis = {
        "automargin": True,
        "zeroline": False,
        "gridcolor": FAINT,
        "title": {"standoff": 14, "font": {"color": INK, "size": FONT_SIZE}},
        "tickfont": {"color": INK, "size": FONT_SIZE - 1},
    }
    return {
        # The usual template describes thirty kinds of traces; it would be sent with every picture.
        "template": go.layout.Template(),
        "height": height,
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "font": {"size": FONT_SIZE, "color": INK},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "separators": decimal_sign() + group_sign(),
        "xaxis": axis,
        "yaxis": axis,
    }
