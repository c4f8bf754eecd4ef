"""A flame graph: the whole network on top, its blocks below, its kernels last; width is energy."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, NEUTRAL, bare, picture, plain, with_unit
from app.charts.kernel_bars import SELECTED_PX
from app.i18n.formats import Unit, energy, energy_range, energy_unit, percent
from app.i18n.texts import t
from app.ui.colours import kernel_colour, text_on

ROW_PX: Final = 34  # px; a finger hits one row
AROUND_PX: Final = 52
"""Axis and its title below the rows."""
NAMED_SHARE: Final = 0.05
"""Narrower bars have no room for a name, about 35 pixels of a picture 700 wide: pointing at them gives it."""
SIGN_SHARE: Final = 0.0115
"""Share of the width that one letter takes, about eight pixels of 700."""
BLOCK: Final = "#8a949b"
"""Ground of a block: black text on it reads at more than 4.5:1."""


@picture
def flame(blocks: pd.DataFrame, selected: int | None = None) -> go.Figure:
    """Return the bars of `blocks`, from left to right in execution order.

    Columns: name, short (its last part), depth (0 the whole network), begin_mj (energy before it),
    energy_mj, energy_mj_low,
    energy_mj_high, share (of 1), kernels (how many), kind (of a single kernel, "" for a block), index (the
    costliest kernel in it, first custom value of its bar). The kernel `selected` gets an outline.
    """
    total = float(blocks["energy_mj"].max()) if len(blocks) else 0.0
    unit = energy_unit(total or None)
    figure = bare((int(blocks["depth"].max()) + 1 if len(blocks) else 1) * ROW_PX + AROUND_PX)
    figure.add_bar(**_bars(blocks, unit, selected))
    figure.update_layout(barmode="overlay", bargap=0.06, uniformtext={"mode": "hide", "minsize": 10})
    figure.update_xaxes(
        title_text=with_unit(t("Energy, added up in execution order"), unit.symbol),
        range=[0, total * unit.factor or 1.0],
        showgrid=False,
    )
    figure.update_yaxes(visible=False, autorange="reversed", automargin=False)
    return figure


def _bars(blocks: pd.DataFrame, unit: Unit, selected: int | None) -> dict[str, Any]:
    colours = [kernel_colour(kind) if kind else BLOCK for kind in blocks["kind"]]
    is_selected = [bool(row.kind) and row.chosen == selected for row in _rows(blocks)]
    return {
        "orientation": "h",
        "x": blocks["energy_mj"] * unit.factor,
        "base": blocks["begin_mj"] * unit.factor,
        "y": blocks["depth"],
        "text": [_name(row) for row in _rows(blocks)],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "inside",
        "textfont": {"color": [text_on(colour) for colour in colours], "size": 12},
        "customdata": [_hover(row) for row in _rows(blocks)],
        "hovertemplate": (
            "<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<br>%{customdata[4]}"
            "<extra></extra>"
        ),
        "marker": {
            "color": colours,
            "line": {
                "width": [SELECTED_PX if each else 0.5 for each in is_selected],
                "color": [INK if each else NEUTRAL for each in is_selected],
            },
        },
        "selected": {"marker": {"opacity": 1.0}},
        "unselected": {"marker": {"opacity": 1.0}},
    }


def _rows(blocks: pd.DataFrame) -> Any:
    return blocks.rename(columns={"index": "chosen"}).itertuples(index=False)


def _name(row: Any) -> str:
    """The name as far as the bar has room for it; a name that would be cut to nothing is left out."""
    if row.share < NAMED_SHARE:
        return ""
    return plain(row.short or _title(row), max(int(row.share / SIGN_SHARE), 4))


def _title(row: Any) -> str:
    return t("whole network") if row.depth == 0 else str(row.name)


def _hover(row: Any) -> list[Any]:
    return [
        row.chosen,
        plain(_title(row)),
        f"{energy(row.energy_mj)} ({energy_range(row.energy_mj_low, row.energy_mj_high)})",
        t("{share} of the energy", share=percent(row.share, 2)),
        t("kernels: {amount}", amount=str(row.kernels)),
    ]
