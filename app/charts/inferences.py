"""All inferences laid over each other, and how their energies are spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from app.charts.base import INK, bare, picture, plain, with_unit
from app.charts.kernel_bars import STANDOFF_PX, show_legend
from app.i18n.formats import Unit, energy
from app.i18n.texts import t
from app.ui.colours import BLUE, kernel_colour, kernel_family
from data.tracing.overlay import Floats, Overlay
from predictors.research.kernels_on_recording import PlacedKernel

_BAND: Final = 0.2  # opacity; the mean line stays readable on it in both themes
_PREDICTED: Final = 0.35
"""Predicted bars are so faint that the measured curve stands out before them."""


@picture
def laid_over(
    found: Overlay, unit: Unit, kernels: Sequence[PlacedKernel] = (), height: int = 300
) -> go.Figure:
    """Return mean power along an inference with the band that holds eight in ten, over predicted kernels.

    A kernel is a bar as wide as its scaled time and as high as the power that makes of its scaled energy.
    """
    figure = bare(height)
    _draw_kernels(figure, kernels, unit)
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
        name=t("measured"),
        hovertemplate=f"%{{x:.4~g}} ms: %{{y:.4~g}} {unit.symbol}<extra></extra>",
        showlegend=bool(kernels),
    )
    if kernels:
        show_legend(figure)
    figure.update_layout(barmode="overlay", bargap=0)
    figure.update_xaxes(title_text=with_unit(t("Time from the begin of the inference"), "ms"), showgrid=False)
    figure.update_yaxes(
        title_text=with_unit(t("Power"), unit.symbol), rangemode="tozero", title_standoff=STANDOFF_PX
    )
    return figure


def _draw_kernels(figure: go.Figure, kernels: Sequence[PlacedKernel], unit: Unit) -> None:
    """A bar per kernel, one trace and legend entry per family of kernel types."""
    families: dict[str, list[PlacedKernel]] = {}
    for each in kernels:
        families.setdefault(kernel_family(each.part.kernel.kind.value), []).append(each)
    for family, members in families.items():
        figure.add_bar(
            name=t("{family}, predicted", family=family),
            x=[0.5 * (each.start_ms + each.end_ms) for each in members],
            width=[each.end_ms - each.start_ms for each in members],
            y=[each.power_w * unit.factor for each in members],
            opacity=_PREDICTED,
            marker={
                "color": kernel_colour(members[0].part.kernel.kind.value),
                "line": {"width": 0.5, "color": INK},
            },
            customdata=[
                [plain(each.part.kernel.name), energy(each.energy_mj), _measured(each)] for each in members
            ],
            hovertemplate="<b>%{customdata[0]}</b><br>"
            + t(
                "predicted {energy}, measured in that time {measured}",
                energy="%{customdata[1]}",
                measured="%{customdata[2]}",
            )
            + "<extra></extra>",
        )


def _measured(kernel: PlacedKernel) -> str:
    return energy(kernel.measured_mj) if np.isfinite(kernel.measured_mj) else t("unknown")


@picture
def spread_of_each(energies_mj: Floats, height: int = 300) -> go.Figure:
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
