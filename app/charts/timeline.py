"""Power over time with named phases; the range is chosen by dragging across the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.charts.base import INK, PHONE_PX, bare, picture, plain, width_px, with_unit
from app.charts.kernel_bars import STANDOFF_PX, show_legend
from app.charts.one_scope import check_one_scope
from app.i18n.formats import Unit
from app.i18n.texts import mark, t, verbatim
from app.ui.colours import BLUE, GREY, ORANGE, PURPLE

Floats = NDArray[np.float64]

PHASE_COLOURS: Final = {
    mark("idle"): GREY,
    mark("warm-up"): ORANGE,
    mark("inference"): BLUE,
    mark("other load"): PURPLE,
}
"""Usual phase -> colour; a phase may have any other name."""
BAND_OPACITY: Final = 0.13  # the curve stays readable on it in both themes
NARROW: Final = 0.06
"""Bands under this share of the picture carry no name over it; the buttons name them all."""
CLOSE: Final = 0.25
"""Names whose middles are nearer than this share of the picture stand in two rows: on a phone they'd meet."""
NAME_PX: Final = 16
"""Height of a row of names (pixels)."""
NAME_SIZE: Final = 12
AXIS_PX: Final = 64
"""About what the upright axis takes of a phone's width (pixels)."""
AROUND_PX: Final = 120
"""About what legend, names, axis and its title take of a picture's height (pixels)."""


GRIPS: Final = 200
"""Invisible marks across the picture: one per few pixels."""


@dataclass(frozen=True, slots=True)
class Line:
    """One recording: name, colour, times (s on the common clock) and powers (W); NaN breaks the line.

    `scope`: what the meter saw.
    """

    name: str
    colour: str
    time_s: Floats
    power_w: Floats
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """One phase: name, begin and end (s on the common clock)."""

    name: str
    start_s: float
    end_s: float


@picture
def timeline(
    lines: Sequence[Line],
    bands: Sequence[Band],
    view: tuple[float, float],
    selected: tuple[float, float] | None = None,
    unit: Unit = Unit("W", 1.0),  # noqa: B008 - frozen
    idle_w: float | None = None,
    height: int = 320,
) -> go.Figure:
    """Return the lines over the bands, seen between the times `view` (s).

    `selected` (s) is framed; `idle_w` (W) is drawn as a dashed level. Dragging across selects a range. The
    lines are of one scope.
    """
    check_one_scope(pd.Series([line.scope for line in lines], dtype=str))
    figure = bare(height)
    figure.update_layout(dragmode="select", selectdirection="h", hovermode="x")
    seen = [each for band in bands if (each := _within(band, view)) is not None]
    for band in seen:
        _shade(figure, band)
    rows = _name_bands(figure, seen, view)
    for line in lines:
        figure.add_scatter(
            name=plain(line.name),
            x=line.time_s,
            y=line.power_w * unit.factor,
            mode="lines",
            line={"color": line.colour, "width": 1.3},
            hovertemplate=f"%{{x:.4~f}} s: %{{y:.4~g}} {unit.symbol}<extra></extra>",
        )
    _make_selectable(figure, view)
    if idle_w is not None:
        figure.add_hline(y=idle_w * unit.factor, line={"dash": "dash", "color": INK, "width": 1})
    if selected is not None:
        figure.add_vrect(
            x0=selected[0], x1=selected[1], fillcolor="rgba(0,0,0,0)", line={"color": INK, "width": 2}
        )
    if len(lines) > 1:
        show_legend(figure)
        # Over the names of the phases, which stand over the picture.
        figure.update_layout(legend_y=1.02 + rows * NAME_PX / (height - AROUND_PX))
        rows += 2
    figure.update_layout(margin_t=8 + NAME_PX * rows)
    figure.update_xaxes(title_text=with_unit(t("Time"), "s"), range=list(view), showgrid=False)
    figure.update_yaxes(
        title_text=with_unit(t("Power"), unit.symbol),
        rangemode="tozero",
        fixedrange=True,
        title_standoff=STANDOFF_PX,
    )
    return figure


def _make_selectable(figure: go.Figure, view: tuple[float, float]) -> None:
    """Let a range be dragged: lines alone cannot be selected, and a mark per point draws slowly.

    The marks cannot be seen, and lie so close together that every drag passes one.
    """
    figure.add_scatter(
        x=np.linspace(*view, GRIPS),
        y=np.zeros(GRIPS),
        mode="markers",
        marker={"opacity": 0.0, "size": 1},
        hoverinfo="skip",
        showlegend=False,
    )


def _within(band: Band, view: tuple[float, float]) -> Band | None:
    """The part of a band that is seen, None where nothing of it is."""
    low, high = max(band.start_s, view[0]), min(band.end_s, view[1])
    return Band(band.name, low, high) if high > low else None


def _shade(figure: go.Figure, band: Band) -> None:
    figure.add_vrect(
        x0=band.start_s,
        x1=band.end_s,
        fillcolor=PHASE_COLOURS.get(band.name, GREY),
        opacity=BAND_OPACITY,
        line_width=0,
        layer="below",
    )


def _inside(name: str, middle: float, view: tuple[float, float]) -> tuple[float, str]:
    """Where a name stands (s) and which part of it: at either end inwards, or a phone would cut it."""
    half = 0.5 * width_px(name, NAME_SIZE) / (PHONE_PX - AXIS_PX) * (view[1] - view[0])
    if middle + half > view[1]:
        return view[1], verbatim("right")
    return (view[0], verbatim("left")) if middle - half < view[0] else (middle, verbatim("center"))


def _name_bands(figure: go.Figure, bands: Sequence[Band], view: tuple[float, float]) -> int:
    """Write the names over the picture, where no power can be behind them; returns in how many rows."""
    width = view[1] - view[0]
    named = [band for band in bands if band.end_s - band.start_s >= NARROW * width]
    middles = [0.5 * (band.start_s + band.end_s) for band in named]
    row, rows = 0, []
    for at, middle in enumerate(middles):
        row = 1 - row if at and middle - middles[at - 1] < CLOSE * width else 0
        rows.append(row)
    for band, middle, row in zip(named, middles, rows, strict=True):
        name = plain(t(band.name) if band.name in PHASE_COLOURS else band.name)
        x, anchor = _inside(name, middle, view)
        figure.add_annotation(
            x=x,
            xanchor=anchor,
            y=1.0,
            yref="paper",
            yanchor="bottom",
            yshift=row * NAME_PX,
            text=name,
            showarrow=False,
            font={"color": INK, "size": NAME_SIZE},
        )
    return 1 + max(rows) if rows else 0
