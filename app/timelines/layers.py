"""The layers of a profiler log: energy of each, measured or by time, beside the estimate of the network."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from app.i18n.formats import literal
from app.i18n.messages import tell
from app.i18n.texts import t
from app.timelines.data import Timeline
from app.timelines.held import held
from app.timelines.networks import Network
from app.ui.boundary import show_error
from app.ui.print_view import show_data
from app.ui.tables import offer_csv
from data.errors import JouleLensError
from data.inert_csv import frame_csv
from data.tracing import Summary
from data.tracing.layers import LayerEnergy, layer_energies, layers_noted
from data.tracing.profiles import FORMATS
from predictors.research.layers_beside import (
    BOTH_HOW,
    COLUMNS,
    MEASURED_HOW,
    SHARE_HOW,
    LayersBeside,
    beside_csv,
    beside_rows,
    layers_beside,
)


def show_layers(line: Timeline, summary: Summary, network: Network | None) -> None:
    """Show the layers of the profile that came with a recording; nothing without one."""
    profile = line.profile
    if profile is None:
        return
    alignment = line.alignment if line.log is profile.log else None
    found = layer_energies(profile, line.recording, alignment, summary.inferences, line.idle.power_w)
    st.header(t("Energy of each layer"), anchor=False)
    st.caption(literal(tell(FORMATS[profile.format_id])))
    for note in layers_noted(found, profile):
        st.caption(literal(tell(note)))
    if summary.inferences is None:
        st.info(t("Without the energy of an inference there is none to share out: see what is said above."))
    if network is None:
        st.info(t("Name the network that ran, and its estimated kernels stand beside these layers."))
        _show_alone(found)
        return
    try:
        estimate = network.estimate()
        beside = held(
            "layers-held",
            (estimate, line.recording, profile),
            (repr(alignment), repr(summary.inferences), repr(line.idle.power_w)),
            lambda: layers_beside(found, network.model.graph, estimate, profile.format_id),
        )
    except JouleLensError as problem:
        show_error(problem.code, tell(problem.message))
        _show_alone(found)
        return
    _show_beside(beside, network)


def _show_alone(found: tuple[LayerEnergy, ...]) -> None:
    table = _table(found)
    show_data(table, t("Time and energy of each layer"))
    offer_csv(t("Layers as CSV"), lambda: frame_csv(table), "layers.csv", key="layers")


def _show_beside(beside: LayersBeside, network: Network) -> None:
    """Show measured layers and estimated kernels of one piece of work in one row."""
    rows = pd.DataFrame(beside_rows(beside), columns=list(COLUMNS))
    rows["layers"] = rows["layers"].map(" + ".join)
    words = {
        MEASURED_HOW: t("measured"),
        SHARE_HOW: t("share of the time"),
        BOTH_HOW: t("measured in part"),
        "": "",
    }
    shown = pd.DataFrame(
        {
            t("Kernel"): rows["kernel"],
            t("Time (ms)"): rows["time_ms"],
            t("Energy (mJ)"): rows["energy_mj"],
            t("Share (%)"): 100.0 * rows["energy_share"],
            t("How"): rows["method"].map(words),
            t("Estimated (mJ)"): rows["estimated_energy_mj"],
            t("From"): rows["estimated_energy_mj_low"],
            t("to"): rows["estimated_energy_mj_high"],
            t("Share of the estimate (%)"): 100.0 * rows["estimated_share"],
            t("Layers in the log"): rows["layers"],
        }
    )
    st.markdown(
        t(
            "Beside the estimate of {network} for {target}, kernel by kernel.",
            network=literal(network.title),
            target=literal(network.target),
        )
    )
    for note in beside.notes:
        st.caption(literal(tell(note)))
    show_data(shown, t("Layers of the profiler log beside the estimated kernels"), placeholder="")
    offer_csv(
        t("Layers and kernels as CSV"), lambda: beside_csv(beside), "layers-beside-estimate.csv", key="layers"
    )


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
