"""Language models: energy against the number of generated tokens, one line per model and prompt length."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.axes import legend_above, short, unit_axis
from app.charts.base import bare, picture
from app.charts.one_scope import check_one_scope
from app.i18n.formats import count, energy, with_signs
from app.i18n.texts import t
from app.ui.colours import HUES

HEIGHT: Final = 370  # px; sentence and picture fit on a screen of 768 px
_MARKS: Final = ("circle", "diamond", "square", "cross")
_FLAGGED: Final = "x"
_DASHES: Final = ("solid", "dash", "dot", "dashdot")


@picture
def token_lines(rows: pd.DataFrame, measure: str) -> go.Figure:
    """Return lines over output_tokens.

    Columns: model, input_tokens, output_tokens, `measure` (mJ), flagged, meter_scope (one for all). Models
    differ by colour and symbol; prompt lengths of one model share both and are named on hover.
    """
    check_one_scope(rows["meter_scope"])
    shown = rows[rows[measure] > 0].sort_values(["model", "input_tokens", "output_tokens"])
    figure = bare(HEIGHT)
    models = list(dict.fromkeys(shown["model"]))
    for (model, prompt), members in shown.groupby(["model", "input_tokens"], sort=False):
        place = models.index(model)
        figure.add_scatter(
            name=str(model),
            legendgroup=str(model),
            showlegend=bool(prompt == shown.loc[shown["model"] == model, "input_tokens"].min()),
            x=members["output_tokens"],
            y=members[measure],
            mode="lines+markers",
            line={"color": HUES[place % len(HUES)], "width": 1.2, "dash": _DASHES[place % len(_DASHES)]},
            marker={
                "size": 6,
                "symbol": [_FLAGGED if odd else _MARKS[place % len(_MARKS)] for odd in members["flagged"]],
            },
            text=[energy(value) for value in members[measure]],
            hovertemplate=_hover(str(model), float(prompt)),
        )
    what = (
        t("Energy per request, logarithmic")
        if measure == "energy_mj"
        else t("Energy per generated token, logarithmic")
    )
    figure.update_xaxes(title_text=t("Generated tokens, logarithmic"))
    figure.update_yaxes(title_text=what)
    if not shown.empty:
        tokens, figures = shown["output_tokens"], shown[measure]
        figure.update_xaxes(**unit_axis(tokens.min(), tokens.max(), lambda value: with_signs(f"{value:,g}")))
        figure.update_yaxes(**unit_axis(figures.min(), figures.max(), lambda value: short(energy(value))))
    legend_above(figure)
    return figure


def _hover(model: str, prompt: float) -> str:
    tokens = t("prompt {prompt} tokens, {generated} generated", prompt=count(prompt), generated="%{x:,}")
    return f"<b>{model}</b><br>{tokens}<br>%{{text}}<extra></extra>"
