"""The largest changes between two models: a bar per kernel, left where B takes less, right where more."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, bare, picture, plain, with_unit
from app.i18n.formats import energy, energy_unit
from app.i18n.texts import t
from app.ui.colours import BLUE, VERMILION

LESS: Final = BLUE
MORE: Final = VERMILION
SHOWN: Final = 15  # bars; more do not fit on a screen, and the table has them all
ROW_PX: Final = 34  # px; a finger hits one row
BAR_ROWS: Final = 0.4
"""Thickness of a bar, in rows; above it stands its label."""


@picture
def diff_bars(rows: pd.DataFrame) -> go.Figure:
    """Return the `SHOWN` largest changes, largest on top; missing kernels are hatched.

    Columns: words (of the kernel), place (numbers in A and B), match, match_words, energy_mj_a, energy_mj_b,
    energy_diff_mj. Rows come sorted, largest change first.
    """
    shown = rows[rows["energy_diff_mj"] != 0].head(SHOWN)
    unit = energy_unit(None if shown.empty else float(shown["energy_diff_mj"].abs().max()))
    figure = bare(ROW_PX * len(shown) + 90)
    figure.add_bar(
        x=shown["energy_diff_mj"] * unit.factor,
        y=list(range(len(shown))),
        orientation="h",
        width=BAR_ROWS,
        marker={
            "color": [LESS if change < 0 else MORE for change in shown["energy_diff_mj"]],
            "pattern": {"shape": ["/" if match.startswith("only") else "" for match in shown["match"]]},
        },
        customdata=[
            [
                plain(f"{row.place}: {row.words}"),
                _energy(row.energy_mj_a),
                _energy(row.energy_mj_b),
                row.match_words,
            ]
            for row in shown.itertuples()
        ],
        hovertemplate=(
            "<b>%{customdata[0]}</b><br>A: %{customdata[1]}<br>B: %{customdata[2]}"
            "<br>%{customdata[3]}<extra></extra>"
        ),
    )
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    figure.update_xaxes(title_text=with_unit(t("Energy of B minus A"), unit.symbol), showgrid=True)
    figure.update_yaxes(range=[len(shown) - 0.6, -0.8], showticklabels=False, showgrid=False)
    for place, row in enumerate(shown.itertuples()):
        _label(figure, place, plain(f"{row.place} {row.words}"))
    return figure


def _label(figure: go.Figure, place: int, text: str) -> None:
    """Write a label above its bar, so that the picture has the whole width on a phone too."""
    figure.add_annotation(
        text=text,
        x=0,
        xref="paper",
        xanchor="left",
        y=place - BAR_ROWS / 2,
        yanchor="bottom",
        showarrow=False,
        font={"color": INK, "size": 11},
    )


def _energy(energy_mj: float) -> str:
    return energy(energy_mj) if pd.notna(energy_mj) else t("not there")
