"""Energy against latency: the front of choices that nothing beats, the others dimmed, limits as lines."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.axes import log_axis
from app.charts.base import FAINT, INK, NEUTRAL, bare, picture, plain, with_unit
from app.i18n.formats import Unit, energy, energy_range, energy_unit, latency, latency_range, latency_unit
from app.i18n.messages import tell
from app.i18n.texts import t
from app.ui.colours import device_colour, text_on

DIMMED: Final = 0.28
"""Opacity of choices that are clearly beaten: visible, and behind the others."""


@picture
def front_chart(
    options: pd.DataFrame, energy_limit_mj: float, latency_limit_ms: float, height: int = 440
) -> go.Figure:
    """Return the picture of all choices.

    Columns of `options`: option_id, model, label, precision, device_id, energy_mj, latency_ms and their
    intervals (_low, _high), evidence, rank (number on the front by energy, 0 for the others), rival (not
    clearly beaten by the front: not dimmed). Limits are infinite where there is none. Choices on the front
    carry their rank; each point has its option_id as first custom value.
    """
    units = energy_unit(_middle(options, "energy_mj")), latency_unit(_middle(options, "latency_ms"))
    figure = bare(height)
    _limits(figure, units, (energy_limit_mj, latency_limit_ms))
    others, front = options[options["rank"] == 0], options[options["rank"] > 0].sort_values("rank")
    _dots(figure, others[~others["rival"]], units, DIMMED)
    _dots(figure, others[others["rival"]], units, 1.0)
    figure.add_scatter(
        x=front["latency_ms"] * units[1].factor,
        y=front["energy_mj"] * units[0].factor,
        mode="lines",
        line={"color": NEUTRAL, "width": 1.5, "shape": "vh"},
        hoverinfo="skip",
    )
    _dots(figure, front, units, 1.0)
    scales = (
        (figure.update_xaxes, t("Latency"), "latency_ms", units[1], latency_limit_ms),
        (figure.update_yaxes, t("Energy per inference"), "energy_mj", units[0], energy_limit_mj),
    )
    for update, words, column, unit, limit in scales:
        # A limit that is set has to be in sight.
        seen = [*options[column], *([limit] if math.isfinite(limit) else [])]
        update(
            title_text=t("{quantity}, logarithmic", quantity=with_unit(words, unit.symbol)),
            gridcolor=FAINT,
            **log_axis([value * unit.factor for value in seen], room=0.08),
        )
    return figure


def _dots(figure: go.Figure, rows: pd.DataFrame, units: tuple[Unit, Unit], opacity: float) -> None:
    is_front = bool(len(rows)) and int(rows["rank"].iloc[0]) > 0
    figure.add_scatter(
        x=rows["latency_ms"] * units[1].factor,
        y=rows["energy_mj"] * units[0].factor,
        mode="markers+text" if is_front else "markers",
        text=[str(rank) if is_front else "" for rank in rows["rank"]],
        textfont={"size": 11, "color": [text_on(device_colour(each)) for each in rows["device_id"]]},
        customdata=[_hover(row) for row in rows.to_dict("records")],
        hovertemplate=(
            "<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<br>%{customdata[4]}"
            "<br>%{customdata[5]}<extra></extra>"
        ),
        marker={
            "size": 20 if is_front else 8,
            "symbol": ["square" if each == "measured" else "circle" for each in rows["evidence"]],
            "color": [device_colour(each) for each in rows["device_id"]],
            "opacity": opacity,
            "line": {"width": 0},
        },
        # A click must not change what is dimmed.
        selected={"marker": {"opacity": opacity}},
        unselected={"marker": {"opacity": opacity}},
    )


def _hover(row: dict[str, object]) -> list[str]:
    def value(name: str) -> float:
        return float(str(row[name]))

    energies = energy_range(value("energy_mj_low"), value("energy_mj_high"))
    times = latency_range(value("latency_ms_low"), value("latency_ms_high"))
    return [
        str(row["option_id"]),
        plain(f"{row['model']}, {row['precision']}"),
        plain(str(row["label"])),
        f"{energy(value('energy_mj'))} ({energies})",
        f"{latency(value('latency_ms'))} ({times})",
        tell(str(row["evidence"])),
    ]


def _limits(figure: go.Figure, units: tuple[Unit, Unit], limits: tuple[float, float]) -> None:
    """Draw each limit as a dashed line with its value."""
    energy_mj, latency_ms = limits
    style = {"line": {"color": INK, "width": 1.5, "dash": "dash"}}
    text = {"font": {"size": 12, "color": INK}, "showarrow": False}
    if math.isfinite(energy_mj):
        at = energy_mj * units[0].factor
        figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=at, y1=at, **style)
        figure.add_annotation(
            xref="paper", x=1, xanchor="right", y=math.log10(at), yanchor="bottom",
            text=t("at most {limit}", limit=energy(energy_mj)), **text,
        )  # fmt: skip
    if math.isfinite(latency_ms):
        at = latency_ms * units[1].factor
        figure.add_shape(type="line", yref="paper", y0=0, y1=1, x0=at, x1=at, **style)
        figure.add_annotation(
            yref="paper", y=1, yanchor="top", x=math.log10(at), xanchor="left",
            text=t("at most {limit}", limit=latency(latency_ms)), **text,
        )  # fmt: skip


def _middle(options: pd.DataFrame, column: str) -> float | None:
    return float(options[column].median()) if len(options) else None
