"""All inferences laid over each other, and how their energies are spread."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go

from app.charts.base import bare, picture, with_unit
from app.charts.kernel_bars import STANDOFF_PX
from app.i18n.formats import Unit
from app.i18n.texts import t
from app.ui.colours import BLUE
from data.tracing.overlay import Floats, Overlay

_BAND: Final = 0.2


@picture
def laid_over(found: Overlay, unit: Unit, height: int = 260) -> go.Figure:
    """Return mean power along an inference with the band that holds eight in ten."""
    figure = bare(height)
    both = np.concatenate([found.time_ms, found.time_ms[::-1]])
    figure.add_scatter(
        x=both,
        y=np.concatenate([found.high_w, found.low_w[::-1]]) * unit.factor,
        fill="toself",
        mode="none",
        fillcolor=BLUE,
        opacity=_BAND,
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=found.time_ms,
        y=found.mean_w * unit.factor,
        mode="lines",
        line={"color": BLUE, "width": 2},
        hovertemplate=f"%{{x:.4~g}} ms: %{{y:.4~g}} {unit.symbol}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(title_text=with_unit(t("Time from the begin of the inference"), "ms"), showgrid=False)
    figure.update_yaxes(
        title_text=with_unit(t("Power"), unit.symbol), rangemode="tozero", title_standoff=STANDOFF_PX
    )
    return figure


@picture
def spread_of_each(energies_mj: Floats, height: int = 260) -> go.Figure:
    """Return how many inferences took how much energy (mJ)."""
    figure = bare(height)
    counts, edges = np.histogram(energies_mj, bins=min(30, max(5, round(float(np.sqrt(len(energies_mj)))))))
    figure.add_bar(
        x=0.5 * (edges[1:] + edges[:-1]),
        y=counts,
        width=np.diff(edges),
        marker={"color": BLUE},
        hovertemplate="%{x:.4~g} mJ: %{y}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(title_text=with_unit(t("Energy of an inference"), "mJ"), showgrid=False)
    figure.update_yaxes(title_text=t("Inferences"), title_standoff=STANDOFF_PX)
    return figure
