"""Energy per kernel in execution order, and the share of each kernel type."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from app.charts.base import INK, bare, picture, plain, shared_look, with_unit
from app.i18n.formats import Unit, count, energy, energy_range, energy_unit, latency, percent, power
from app.i18n.messages import tell
from app.i18n.texts import t
from app.ui.colours import kernel_colour, kernel_family

ROW_PX: Final = 30  # px; a line of text and its gap


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


CROWDED: Final = 120
"""With more kernels than this, whiskers and hatching would hide the bars: the hover text has both."""
SELECTED_PX: Final = 2.5  # outline; thinner ones are not seen on a dark bar
FEW: Final = 12
"""Up to so many kernels each one gets a number on the axis."""
STANDOFF_PX: Final = 20
"""From the vertical axis to its title, so that numbers fit between them."""
LEGEND: Final[dict[str, Any]] = {
    "showlegend": True,
    "legend": {
        "orientation": "h",
        "x": 0,
        "y": 1.02,
        "yanchor": "bottom",
        "font": {"color": INK, "size": 12},
        "itemclick": False,
        "itemdoubleclick": False,
    },
}
"""Families above the picture, in the theme's text colour; a click must not hide bars."""
HOVERED: Final = (
    "index",
    "name",
    "words",
    "energy_mj",
    "energy_mj_low",
    "energy_mj_high",
    "latency_ms",
    "power_w",
    "evidence",
)
"""The columns that the texts of `kernel_hover` are made of."""


@picture
def kernel_bars(kernels: pd.DataFrame, selected: int | None = None) -> go.Figure:
    """Return the bars of `kernels`, one trace per family of kernel types.

    Columns: index (place in execution order), name, words, kind, energy_mj, energy_mj_low, energy_mj_high,
    latency_ms, power_w, evidence. The kernel with index `selected` gets an outline. Approximated kernels are
    hatched; kernels without a figure are crosses on the axis. Each point carries its index as first custom
    value.
    """
    unit = energy_unit(None if kernels.empty else float(kernels["energy_mj_high"].max()))
    counted = kernels[kernels["evidence"] != "unsupported"]
    # Drawn for every upload: Plotly's check of so many values takes longer than the estimate. All values are
    # our own numbers and words, and a test lets Plotly check them.
    bars = _bars(counted, unit, selected, detailed=len(kernels) <= CROWDED)
    figure = go.Figure(bars, _layout(kernels, unit), _validate=False)
    _mark_missing(figure, kernels[kernels["evidence"] == "unsupported"])
    return figure


def _layout(kernels: pd.DataFrame, unit: Unit) -> dict[str, Any]:
    """The whole layout at once: each change of a figure takes as long as all bars."""
    look = shared_look(330)
    x, y = look["xaxis"], look["yaxis"]
    ticks = {"tickvals": list(kernels["index"])} if len(kernels) <= FEW else {}
    across = {
        "title": x["title"] | {"text": t("Kernel, in execution order")},
        "showgrid": False,
        "range": _span(kernels),
    }
    up = {
        "title": y["title"] | {"text": with_unit(t("Energy"), unit.symbol), "standoff": STANDOFF_PX},
        "rangemode": "tozero",
    }
    # An empty template as Plotly completes it, which it does not where it does not look.
    template = {"template": {"data": {"scatter": [{"type": "scatter"}]}}}
    return look | template | LEGEND | {"barmode": "overlay", "xaxis": x | across | ticks, "yaxis": y | up}


def show_legend(figure: go.Figure) -> None:
    """Put the families above the picture, in the theme's text colour; a click must not hide bars."""
    figure.update_layout(LEGEND)


def kernel_hover(kernels: pd.DataFrame) -> list[list[Any]]:
    """Return, per kernel, its index and the texts that appear when it is pointed at."""
    # Column by column: pandas makes rows of a frame slowly, and this is done of every upload.
    columns = (kernels[name].tolist() for name in HOVERED)
    return [
        [
            index,
            plain(name),
            words,
            f"{energy(energy_mj)} ({energy_range(low_mj, high_mj)})",
            latency(latency_ms),
            power(power_w),
            tell(str(evidence)),
        ]
        for index, name, words, energy_mj, low_mj, high_mj, latency_ms, power_w, evidence in zip(
            *columns, strict=True
        )
    ]


def kernel_hover_template() -> str:
    """Return how the texts of `kernel_hover` stand below each other."""
    drawn = t("{latency} at {power}", latency="%{customdata[4]}", power="%{customdata[5]}")
    return (
        "<b>%{customdata[0]} %{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}"
        f"<br>{drawn}<br>%{{customdata[6]}}<extra></extra>"
    )


def _bars(kernels: pd.DataFrame, unit: Unit, selected: int | None, *, detailed: bool) -> list[dict[str, Any]]:
    """The bars of each family, families in order of their first kernel; all columns are read once."""
    families: dict[str, list[int]] = {}
    kinds = kernels["kind"].tolist()
    for place, kind in enumerate(kinds):
        families.setdefault(kernel_family(kind), []).append(place)
    indices, hovers, evidence = (
        kernels["index"].to_numpy(),
        kernel_hover(kernels),
        kernels["evidence"].tolist(),
    )
    shown = kernels["energy_mj"].to_numpy() * unit.factor
    above = kernels["energy_mj_high"].to_numpy() * unit.factor - shown
    below = shown - kernels["energy_mj_low"].to_numpy() * unit.factor
    hatched = "approximated" if detailed else None
    hover_template = kernel_hover_template()
    return [
        {
            "type": "bar",
            "name": family,
            "x": indices[places],
            # Stated, or each family would get the width that its own gaps allow.
            "width": 0.85,
            "y": shown[places],
            "customdata": [hovers[place] for place in places],
            "hovertemplate": hover_template,
            "marker": {
                "color": kernel_colour(kinds[places[0]]),
                "line": {
                    "width": [SELECTED_PX if index == selected else 0 for index in indices[places]],
                    "color": INK,
                },
                "pattern": {"shape": ["/" if evidence[place] == hatched else "" for place in places]},
            },
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": above[places],
                "arrayminus": below[places],
                "visible": detailed,
                "color": INK,
                "thickness": 1,
                "width": 2,
            },
            # A click must not fade the other bars: the outline shows the selection.
            "selected": {"marker": {"opacity": 1.0}},
            "unselected": {"marker": {"opacity": 1.0}},
        }
        for family, places in families.items()
    ]


def _mark_missing(figure: go.Figure, kernels: pd.DataFrame) -> None:
    if kernels.empty:
        return
    no_figure = t("no figure")
    figure.add_scatter(
        name=no_figure,
        x=kernels["index"],
        y=[0.0] * len(kernels),
        mode="markers",
        marker={"symbol": "x", "size": 9, "color": INK},
        customdata=kernel_hover(kernels),
        hovertemplate=(
            f"<b>%{{customdata[0]}} %{{customdata[1]}}</b><br>%{{customdata[2]}}<br>{no_figure}"
            "<extra></extra>"
        ),
        cliponaxis=False,
    )


def _span(kernels: pd.DataFrame) -> list[float]:
    return [-0.7, max(len(kernels), 6) - 0.3]
