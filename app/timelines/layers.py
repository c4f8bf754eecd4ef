"""Inferences laid over each other, and the layers of a network: energy of each, measured or by time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.inferences import laid_over, spread_of_each
from app.i18n.formats import count, literal
from app.i18n.messages import tell
from app.i18n.texts import t
from app.timelines.data import Timeline
from app.timelines.words import SCALES
from app.ui.lazy_section import folded
from app.ui.tables import offer_csv
from data.inert_csv import frame_csv
from data.tracing import Summary
from data.tracing.layers import LayerEnergy, layer_energies, layers_noted
from data.tracing.overlay import Overlay, overlay
from data.tracing.profiles import FORMATS


def show_details(line: Timeline, summary: Summary, scale: str) -> None:
    """Show the inferences laid over each other, the spread of their energies, and the layers."""
    placed = line.placed
    found = overlay(line.recording, placed) if placed is not None and line.alignment is not None else None
    if found is not None:
        folded(t("All inferences laid over each other"), "overlay", lambda: _show_overlay(found, scale))
    show_layers(line, summary)


def _show_overlay(found: Overlay, scale: str) -> None:
    watts, _ = SCALES[scale]
    st.caption(
        t(
            "Mean power along an inference, over {count} of them without warm-up; the band holds eight in "
            "ten.",
            count=count(found.count),
        )
    )
    left, right = st.columns(2) if len(found.energies_mj) else (st.container(), None)
    with left:
        words = t("Mean power along an inference with the band that holds eight in ten.")
        st.plotly_chart(laid_over(found, watts), config=CONFIG, key="overlay-chart", alt=words)
    if right is not None:
        with right:
            words = t("How many inferences took how much energy.")
            figure = spread_of_each(found.energies_mj)
            st.plotly_chart(figure, config=CONFIG, key="energies-chart", alt=words)


def show_layers(line: Timeline, summary: Summary) -> None:
    """Show the layers of the profile that came with a recording; nothing without one."""
    profile = line.profile
    if profile is None:
        return
    alignment = line.alignment if line.log is profile.log else None
    found = layer_energies(profile, line.recording, alignment, summary.inferences, line.idle.power_w)
    st.subheader(t("Energy of each layer"))
    st.caption(literal(tell(FORMATS[profile.format_id])))
    for note in layers_noted(found, profile):
        st.caption(literal(tell(note)))
    if summary.inferences is None:
        st.info(t("Without the energy of an inference there is none to share out: see what is said above."))
    table = _table(found)
    st.dataframe(table, hide_index=True, alt=t("Time and energy of each layer"))
    offer_csv(t("Layers as CSV"), lambda: frame_csv(table), "layers.csv", key="layers")


def _table(found: tuple[LayerEnergy, ...]) -> pd.DataFrame:
    rows = [
        {
            t("Layer"): each.layer.name,
            t("Operator"): each.layer.operator,
            t("Time (ms)"): each.layer.time_ms,
            t("Energy (mJ)"): each.energy_mj,
            t("Above idle (mJ)"): each.above_idle_mj,
            t("How"): tell(each.method),
            t("Samples in it"): float(np.floor(each.samples)),
        }
        for each in found
    ]
    return pd.DataFrame(rows)
