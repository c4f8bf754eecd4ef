"""Latency on the reader's own devices without a sensor: their kernels are known, their power is not."""

from __future__ import annotations

import os

import pandas as pd
import streamlit as st

from app.estimate.words import kernel_words
from app.i18n.formats import in_words, latency, latency_range, literal
from app.i18n.messages import tell
from app.i18n.texts import t
from app.models.model import Model
from app.ui.boundary import show_error
from app.ui.tables import readable
from data.errors import JouleLensError


def show_own_latency(model: Model) -> None:
    """Show each such device with its latency and the kernels behind it; nothing where there is none."""
    if not os.environ.get("JOULELENS_DEVICES"):
        return
    from predictors.energy.own_kernels.latency import estimate_latency, latency_devices

    for device in latency_devices():
        try:
            found = estimate_latency(device, model.graph)
        except JouleLensError as error:
            show_error(error.code, tell(error.message))
            continue
        words = t(
            "**{device}**, your own device: {latency} ({range})",
            device=literal(device.name),
            latency=latency(found.latency_ms),
            range=in_words(latency_range(found.low_ms, found.high_ms)),
        )
        with st.expander(words, icon=":material/timer:"):
            st.caption(tell(found.note))
            table = pd.DataFrame(
                {
                    t("Kernel"): [each.kernel.name for each in found.kernels],
                    t("Type"): [kernel_words(each.kernel) for each in found.kernels],
                    t("Latency (ms)"): [each.latency_ms for each in found.kernels],
                    t("How it was obtained"): [
                        t("predicted") if each.is_measured_kind else t("approximated")
                        for each in found.kernels
                    ],
                    t("In the measured range"): [
                        t("yes") if each.in_range else t("no") for each in found.kernels
                    ],
                }
            )
            st.dataframe(readable(table), hide_index=True, alt=t("Kernels on {device}", device=device.name))
