"""The layers of a network on the page: energy of each, measured or by its share of the time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from app.i18n.formats import literal
from app.i18n.messages import tell
from app.i18n.texts import t
from app.timelines.data import Timeline
from app.ui.tables import offer_csv
from data.inert_csv import frame_csv
from data.tracing import Summary
from data.tracing.layers import LayerEnergy, layer_energies, layers_noted
from data.tracing.profiles import FORMATS


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
