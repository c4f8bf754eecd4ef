"""Which kernel types take the energy: one bar per type, largest first, labelled with its share."""

from __future__ import annotations

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, bare, picture
from app.i18n.formats import count, energy, percent
from app.i18n.texts import t
from app.ui.colours import kernel_colour

ROW_PX: Final = 30


@picture
def kind_share(kinds: pd.DataFrame) -> go.Figure:
    """Return the bars of `kinds`, in the order given from the top.

    Columns: kind, words (label), share (of 1), energy_mj, kernels (how many).
    """
    figure = bare(max(140, len(kinds) * ROW_PX + 70))
    figure.add_bar(
        orientation="h",
        x=100.0 * kinds["share"],
        y=kinds["words"],
        text=[percent(share, 2) for share in kinds["share"]],
        textposition="outside",
        textfont={"color": INK},
        cliponaxis=False,
        customdata=[[energy(row.energy_mj), count(row.kernels)] for row in kinds.itertuples()],
        hovertemplate=(
            "<b>%{y}</b><br>%{text}, %{customdata[0]}<br>"
            + t("kernels: {amount}", amount="%{customdata[1]}")
            + "<extra></extra>"
        ),
        marker={"color": [kernel_colour(kind) for kind in kinds["kind"]]},
    )
    highest = 100.0 * float(kinds["share"].max()) if len(kinds) else 100.0
    figure.update_xaxes(title_text=t("Share of the energy (%)"), range=[0, 1.18 * max(highest, 1.0)])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure
