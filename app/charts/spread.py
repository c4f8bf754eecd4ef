"""Distributions side by side: the middle half as a box, everything as a line, the median as a diamond."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.axes import short, unit_axis
from app.charts.base import INK, bare, evenly_broken, picture, plain, with_unit
from app.charts.one_scope import check_parted
from app.i18n.formats import Unit, count, energy, energy_unit
from app.i18n.texts import t

ROW_PX, LINE_PX = 27, 12
"""Height of a row with a label of one line, and of every further line; a line of text is about 14 high."""
LINE_SIGNS: Final = 26
"""Labels are broken where they are longer: beside one of 50 signs, a phone has no room for the picture, and
beside 30 none for the title of its axis."""
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
"""Before the amount, which says nothing on a line of its own."""
WIDE: Final = 20.0
"""Ratio of largest to smallest figure from which the axis is logarithmic."""


@picture
def spread(groups: pd.DataFrame, height: int = 0) -> go.Figure:
    """Return one row per group, in the order given from the top, computed beforehand.

    Columns: label, colour, amount, low, q1, median, q3, high (mJ), flagged (rows known to be odd), yours;
    and scope, what the meter saw: where rows of several stand in one picture, a line and a word part them.
    """
    check_parted(groups["scope"])
    unit = _unit(groups)
    records = groups.to_dict("records")
    ticks = [_tick(row) for row in records]
    row_px = ROW_PX + LINE_PX * max((tick.count("<br>") for tick in ticks), default=0)
    figure = bare(max(height, len(groups) * row_px + 90))
    for row, tick in zip(records, ticks, strict=True):
        figure.add_box(**_box(row, tick, unit))
    _hover(figure, groups, ticks, unit)
    title = with_unit(t("Energy"), unit.symbol)
    if len(groups) and float(groups["high"].max()) >= WIDE * float(groups["low"].min()):
        low, high = float(groups["low"].min()), float(groups["high"].max())
        unit_free = unit_axis(low, high, lambda value: short(energy(value)))
        figure.update_xaxes(title_text=t("Energy, logarithmic"), side="top", **unit_free)
    else:
        figure.update_xaxes(title_text=title, rangemode="tozero", side="top")
    figure.update_yaxes(categoryorder="array", categoryarray=ticks, showgrid=False)
    figure.update_yaxes(range=[len(ticks) - 0.4, -0.6], autorange=False)
    figure.update_xaxes(showgrid=True)
    _breaks(figure, groups)
    figure.update_layout(boxgap=0.35)
    return figure


def _breaks(figure: go.Figure, groups: pd.DataFrame) -> None:
    """A line across the picture where the meter changes, with what the meter saw on the right."""
    scopes = list(groups["scope"])
    if len(set(scopes)) < 2:
        return
    for place, scope in enumerate(scopes):
        if place and scope == scopes[place - 1]:
            continue
        if place:
            figure.add_hline(y=place - 0.5, line={"color": INK, "width": 2, "dash": "dot"})
        figure.add_annotation(
            text=plain(str(scope)), x=1, xref="paper", xanchor="right", y=place - 0.5, yanchor="top",
            showarrow=False, font={"size": 11},
        )  # fmt: skip


def _unit(groups: pd.DataFrame) -> Unit:
    """The unit of a linear axis; on a logarithmic one the ticks carry theirs, and figures stay in mJ."""
    if groups.empty or float(groups["high"].max()) >= WIDE * float(groups["low"].min()):
        return Unit("mJ", 1.0)
    return energy_unit(float(groups["median"].median()))


def _tick(row: dict[str, object]) -> str:
    star = "★ " if row["yours"] else ""
    amount = count(float(str(row["amount"])))
    # A device that two meters saw stands in both parts, under two labels.
    meter = f", {plain(str(row['scope']))}" if row.get("scope") else ""
    return evenly_broken(f"{star}{plain(str(row['label']))}{meter}{NO_BREAK}({amount})", LINE_SIGNS)


def _box(row: dict[str, object], tick: str, unit: Unit) -> dict[str, object]:
    values = {name: [float(str(row[name])) * unit.factor] for name in ("q1", "median", "q3")}
    return {
        "y": [tick],
        "orientation": "h",
        **values,
        "lowerfence": [float(str(row["low"])) * unit.factor],
        "upperfence": [float(str(row["high"])) * unit.factor],
        "fillcolor": row["colour"],
        "line": {"color": INK, "width": 1.4},
        "whiskerwidth": 0.5,
        "hoverinfo": "skip",
    }


def _hover(figure: go.Figure, groups: pd.DataFrame, ticks: list[str], unit: Unit) -> None:
    """Medians as marks of their own, because boxes computed beforehand have no texts to point at."""
    words = [
        [energy(row["median"]), energy(row["low"]), energy(row["high"]), _odd(int(row["flagged"]))]
        for row in groups.to_dict("records")
    ]
    figure.add_scatter(
        x=groups["median"] * unit.factor,
        y=ticks,
        mode="markers",
        marker={
            "symbol": "diamond",
            "size": 11,
            "color": groups["colour"],
            "line": {"width": 1.2, "color": INK},
        },
        customdata=words,
        hovertemplate=_hover_template(),
    )


def _hover_template() -> str:
    middle = t("median {median}", median="%{customdata[0]}")
    ends = t("{low} to {high}", low="%{customdata[1]}", high="%{customdata[2]}")
    return f"<b>%{{y}}</b><br>{middle}<br>{ends}%{{customdata[3]}}<extra></extra>"


def _odd(flagged: int) -> str:
    return "<br>" + t("{amount} doubtful", amount=count(flagged)) if flagged else ""


def summary(rows: pd.DataFrame, columns: list[str], measure: str) -> pd.DataFrame:
    """Return the five figures of every group of `columns`, lowest median first; empty figures are left out.

    Added columns: amount, low, q1, median, q3, high, flagged, yours (True if any row is the reader's).
    """
    measured = rows[rows[measure].notna() & (rows[measure] > 0)]
    grouped = measured.groupby(columns, sort=False, dropna=False)
    values = grouped[measure]
    table = pd.DataFrame(
        {
            "amount": values.size(),
            "low": values.min(),
            "q1": values.quantile(0.25),
            "median": values.median(),
            "q3": values.quantile(0.75),
            "high": values.max(),
            "flagged": grouped["flagged"].sum(),
            "yours": grouped["origin"].agg(lambda origin: (origin == "yours").any()),
        }
    )
    return table.reset_index().sort_values("median", kind="stable", ignore_index=True)
