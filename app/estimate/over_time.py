"""Predicted power over one inference, linked to the table of kernels."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.power_steps import power_steps
from app.estimate.frames import power_frame, timeless_energy_mj
from app.estimate.linked import (
    Shown,
    pick_point,
    scope_of,
    selected_of,
    show_kernel_table,
    show_selected,
)
from app.i18n.formats import energy, latency, power
from app.i18n.texts import t
from app.ui.print_view import picture_width


def show_timeline(shown: Shown) -> None:
    """Predicted power over one inference; its area is the energy."""
    steps, selected = power_frame(shown.kernels), selected_of(shown)
    estimate = shown.estimate.at_kernels()  # one kernel after the other, without what the application adds
    if steps.empty:
        st.info(t("No time is predicted for any kernel here, so there is no timeline."))
        return
    peak = steps.loc[steps["step_w"].idxmax()]
    sentence = t(
        "One inference as predicted, not measured: {latency} at {power} on average, most in kernel {index} "
        "with {peak}. The coloured area is the energy, {energy}.",
        latency=latency(estimate.latency_ms),
        power=power(estimate.avg_power_w),
        index=peak["index"],
        peak=power(peak["step_w"]),
        energy=energy(estimate.energy_mj),
    )
    st.badge(t("Predicted, not measured"), icon=":material/insights:", color="gray")
    st.markdown(sentence)
    idle_w = estimate.idle_energy_mj / estimate.latency_ms if estimate.latency_ms > 0 else 0.0
    st.plotly_chart(
        power_steps(steps, idle_w, selected),
        config=CONFIG,
        width=picture_width(),
        key="power_steps",
        selection_mode="points",
        on_select=lambda: pick_point("power_steps", scope_of(shown)),
        alt=t(
            "Predicted power over one inference. {sentence} The same figures are in the table.",
            sentence=sentence,
        ),
    )
    st.caption(_timeline_words(shown.kernels))
    show_selected(shown.kernels, selected)
    show_kernel_table(shown, selected)


def _timeline_words(kernels: pd.DataFrame) -> str:
    words = t(
        "Width: latency of a kernel. Height: its mean power. Area: its energy. Grey band: its interval."
    )
    timeless = timeless_energy_mj(kernels)
    if timeless <= 0:
        return words
    spread = t(
        "{energy} of kernels without a predicted time is spread evenly over the inference.",
        energy=energy(timeless),
    )
    return f"{words} {spread}"
