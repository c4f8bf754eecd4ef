"""Energy against accuracy or time: the front that nothing beats, direct labels, a legend, limits as lines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.axes import legend_above, log_axis
from app.charts.base import FAINT, INK, NEUTRAL, TRANSPARENT, bare, picture, plain, with_unit
from app.charts.one_scope import check_one_scope
from app.charts.score_bubbles import ASSUMED_WIDTH_PX, Mark, label_places
from app.i18n.formats import energy, energy_range, latency, latency_range, number
from app.i18n.messages import tell
from app.i18n.texts import t, verbatim
from app.ui.colours import device_colour

ACCURACY, LATENCY = "accuracy", "latency"
"""Quantity on the horizontal axis."""
DIMMED: Final = 0.28
"""Opacity of choices that are clearly beaten: visible, and behind the others."""
NAMED_PX, SMALL_PX = 13, 8  # px; choices with a name stand out from the others
HOLLOW: Final = verbatim("-open")
"""Plotly's ending of a symbol's name without a filling."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Limits to draw: most energy (mJ), most time (ms), least top-1 (%); infinite or 0 for none."""

    energy_mj: float = math.inf
    latency_ms: float = math.inf
    top1_percent: float = 0.0

    @property
    def key(self) -> str:
        """Cache key of these limits."""
        return f"{self.energy_mj:g}-{self.latency_ms:g}-{self.top1_percent:g}"


@picture
def front_chart(
    options: pd.DataFrame,
    lines: Lines,
    across: str = LATENCY,
    *,
    is_dragging: bool = False,
) -> go.Figure:
    """Return the picture of choices.

    Columns of `options`: option_id, model, label, precision, device_id, energy_mj, latency_ms and their
    intervals (_low, _high), top1_percent where `across` is ACCURACY, evidence, rank (place on the front by
    energy, 0 for the others), rival (not clearly beaten: not dimmed), fits, name (direct label, "" for none),
    meter (what the energy is of, one for all). Each point has its option_id as first custom value.
    `is_dragging` lets a box be dragged.
    """
    check_one_scope(options["meter"])
    column = "top1_percent" if across == ACCURACY else "latency_ms"
    figure = bare(440)
    faint = options["name"].eq("") & ~options["rival"] & options["rank"].eq(0)
    _dots(figure, options[faint], column, DIMMED)
    front = options[options["rank"] > 0].sort_values("rank")
    figure.add_scatter(
        x=front[column],
        y=front["energy_mj"],
        mode="lines",
        line={"color": NEUTRAL, "width": 1.5, "shape": "hv" if across == ACCURACY else "vh"},
        hoverinfo="skip",
        showlegend=False,
    )
    _dots(figure, options[~faint], column, 1.0)
    _energy_axis(figure, options, lines)
    _across_axis(figure, options, lines, across)
    _names(figure, options[options["name"] != ""], column)
    _limit_lines(figure, lines, across)
    _legend(figure, options)
    if is_dragging:
        figure.update_layout(dragmode="select")
    return figure


def _energy_axis(figure: go.Figure, options: pd.DataFrame, lines: Lines) -> None:
    title = t("{quantity}, logarithmic", quantity=with_unit(t("Energy per inference"), "mJ"))
    ends = _seen([*options["energy_mj"]], lines.energy_mj)
    figure.update_yaxes(title_text=title, gridcolor=FAINT, **log_axis(ends, room=0.1))


def _across_axis(figure: go.Figure, options: pd.DataFrame, lines: Lines, across: str) -> None:
    if across == LATENCY:
        title = t("{quantity}, logarithmic", quantity=with_unit(t("Latency"), "ms"))
        ends = _seen([*options["latency_ms"]], lines.latency_ms)
        figure.update_xaxes(title_text=title, gridcolor=FAINT, **log_axis(ends, room=0.1))
        return
    values = _seen([*options["top1_percent"]], lines.top1_percent or math.inf)
    room = 0.08 * max(max(values, default=1.0) - min(values, default=0.0), 5.0)
    figure.update_xaxes(
        title_text=t("Top-1 accuracy on ImageNet (%)"),
        gridcolor=FAINT,
        range=[min(values, default=0.0) - room, max(values, default=1.0) + room],
    )


def _seen(values: list[float], limit: float) -> list[float]:
    """The values that have to be in sight: a limit that is set as well."""
    return [*values, limit] if math.isfinite(limit) else values


def _dots(figure: go.Figure, rows: pd.DataFrame, column: str, opacity: float) -> None:
    figure.add_scatter(
        x=rows[column],
        y=rows["energy_mj"],
        mode="markers",
        customdata=[_hover(row) for row in rows.to_dict("records")],
        hovertemplate=(
            "<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<br>%{customdata[4]}"
            "<br>%{customdata[5]}<extra></extra>"
        ),
        marker={
            "size": [NAMED_PX if name else SMALL_PX for name in rows["name"]],
            "symbol": [_symbol(row) for row in rows.to_dict("records")],
            "color": [device_colour(each) for each in rows["device_id"]],
            "opacity": opacity,
            "line": {"width": [0 if fits else 2 for fits in rows["fits"]]},
        },
        # A click must not change what is dimmed.
        selected={"marker": {"opacity": opacity}},
        unselected={"marker": {"opacity": opacity}},
        showlegend=False,
    )


def _symbol(row: dict[Any, Any]) -> str:
    shape = "square" if row["evidence"] == "measured" else "circle"
    return shape if row["fits"] else f"{shape}{HOLLOW}"


def _hover(row: dict[Any, Any]) -> list[str]:
    energies = energy_range(row["energy_mj_low"], row["energy_mj_high"])
    times = latency_range(row["latency_ms_low"], row["latency_ms_high"])
    top1 = row.get("top1_percent", math.nan)
    known = "" if pd.isna(top1) else f" · {number(top1)} %"
    return [
        str(row["option_id"]),
        plain(f"{row['model']}, {row['precision']}") + known,
        plain(str(row["label"])),
        f"{energy(row['energy_mj'])} ({energies})",
        f"{latency(row['latency_ms'])} ({times})",
        tell(str(row["evidence"])),
    ]


def _names(figure: go.Figure, rows: pd.DataFrame, column: str) -> None:
    """Write the name of each model beside its dot, where it covers least."""
    marks = [
        Mark(
            _scaled(float(row[column]), figure.layout.xaxis, ASSUMED_WIDTH_PX),
            _scaled(float(row["energy_mj"]), figure.layout.yaxis, figure.layout.height - 80),
            NAMED_PX / 2,
            str(row["name"]),
        )
        for row in rows.to_dict("records")
    ]
    figure.add_scatter(
        x=rows[column],
        y=rows["energy_mj"],
        mode="markers+text",
        text=[plain(str(name)) for name in rows["name"]],
        textposition=label_places(marks, ASSUMED_WIDTH_PX, figure.layout.height - 80),
        textfont={"size": 12, "color": INK},
        # Invisible and not clickable, but as large as the dot, so that the name stands beside it.
        marker={"size": NAMED_PX, "color": TRANSPARENT},
        hoverinfo="skip",
        cliponaxis=False,
        showlegend=False,
    )


def _scaled(value: float, axis: Any, pixels: float) -> float:
    low, high = axis.range
    place = math.log10(value) if axis.type == "log" else value
    return float((place - low) / (high - low) * pixels)


def _legend(figure: go.Figure, options: pd.DataFrame) -> None:
    """Name the colours: one entry per device in the picture."""
    for device_id, rows in options.groupby("device_id", sort=False):
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"size": 10, "color": device_colour(str(device_id))},
            name=plain(str(rows["label"].iloc[0]).partition(" · ")[0]),
            showlegend=True,
        )
    legend_above(figure)
    # With a single device as well: its colour is named.
    figure.update_layout(showlegend=True)


def _limit_lines(figure: go.Figure, lines: Lines, across: str) -> None:
    """Draw each limit as a dashed line with its value."""
    if math.isfinite(lines.energy_mj):
        words = t("at most {limit}", limit=energy(lines.energy_mj))
        # On the side where few names stand: accurate models are on the right, fast ones on the left.
        _level(figure, lines.energy_mj, words, is_left=across == ACCURACY)
    if across == LATENCY and math.isfinite(lines.latency_ms):
        words = t("at most {limit}", limit=latency(lines.latency_ms))
        _upright(figure, lines.latency_ms, math.log10(lines.latency_ms), words)
    if across == ACCURACY and lines.top1_percent:
        words = t("at least {limit}", limit=f"{number(lines.top1_percent)} %")
        _upright(figure, lines.top1_percent, lines.top1_percent, words)


STYLE: Final = {"line": {"color": INK, "width": 1.5, "dash": "dash"}}
TEXT: Final = {"font": {"size": 12, "color": INK}, "showarrow": False}


def _level(figure: go.Figure, at: float, words: str, *, is_left: bool) -> None:
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=at, y1=at, **STYLE)
    figure.add_annotation(
        xref="paper",
        x=0 if is_left else 1,
        xanchor=verbatim("left") if is_left else verbatim("right"),
        y=math.log10(at),
        yanchor="bottom",
        text=words,
        **TEXT,
    )


def _upright(figure: go.Figure, at: float, place: float, words: str) -> None:
    figure.add_shape(type="line", yref="paper", y0=0, y1=1, x0=at, x1=at, **STYLE)
    figure.add_annotation(yref="paper", y=1, yanchor="top", x=place, xanchor="left", text=words, **TEXT)
