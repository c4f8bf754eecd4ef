"""Energy per token over the size of the model: what was measured as dots, the answer with its interval."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.axes import legend_above, short, unit_axis
from app.charts.base import INK, bare, picture
from app.i18n.formats import energy, number
from app.i18n.texts import t
from app.ui.colours import ACCENT, HUES

HEIGHT: Final = 380  # px; sentence and picture fit on a screen of 768 px
_MARKS: Final = ("circle", "square", "triangle-up", "cross", "triangle-down")


@picture
def token_costs(dots: pd.DataFrame, asked: dict[str, float | str]) -> go.Figure:
    """Return dots of one device and meter. Columns: name, weight_format, params_b, energy_mj, words.

    `asked`: params_b, value, low, high (mJ) and name of the answer; params_b 0 where its size is not known.
    """
    figure = bare(HEIGHT)
    for place, (weight_format, members) in enumerate(dots.groupby("weight_format", sort=True)):
        figure.add_scatter(
            name=str(weight_format),
            x=members["params_b"],
            y=members["energy_mj"],
            mode="markers",
            marker={
                "size": 8,
                "opacity": 0.75,
                "color": HUES[place % len(HUES)],
                "symbol": _MARKS[place % len(_MARKS)],
            },
            customdata=members["words"],
            hovertemplate="<b>%{customdata}</b><extra></extra>",
        )
    values = [*dots["energy_mj"], float(asked["low"]), float(asked["high"])]
    sizes = [*dots["params_b"]]
    if float(asked["params_b"]) > 0:
        sizes.append(float(asked["params_b"]))
        figure.add_scatter(**_answer(asked))
    figure.update_xaxes(title_text=t("Parameters in billions, logarithmic"))
    figure.update_yaxes(title_text=t("Energy per token, logarithmic"))
    if sizes:
        low, high = min(sizes) * 0.85, max(sizes) * 1.18
        figure.update_xaxes(**unit_axis(low, high, lambda value: number(value)))
        figure.update_yaxes(**unit_axis(min(values), max(values), lambda value: short(energy(value))))
    legend_above(figure)
    return figure


def _answer(asked: dict[str, float | str]) -> dict[str, object]:
    value, low, high = (float(asked[name]) for name in ("value", "low", "high"))
    words = t("{energy} ({low} to {high})", energy=energy(value), low=energy(low), high=energy(high))
    return {
        "name": str(asked["name"]),
        "x": [float(asked["params_b"])],
        "y": [value],
        "mode": "markers",
        "error_y": {"array": [high - value], "arrayminus": [value - low], "color": INK, "thickness": 2},
        "marker": {"size": 13, "symbol": "diamond", "color": ACCENT, "line": {"width": 1.5, "color": INK}},
        "customdata": [words],
        "hovertemplate": "<b>%{customdata}</b><extra></extra>",
    }
