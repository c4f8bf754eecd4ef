"""The network that ran in a recording, so that its predicted kernels can stand beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from app.i18n.texts import mark, t
from app.models.model import (
    Model,
    current_upload,
    report_for,
    sample_model,
    sample_titles,
    uploaded_model,
)
from app.models.shelf import shelf_names, shelved_model
from app.models.targets import (
    DEFAULT,
    delegate_labels,
    device_labels,
    precisions_of,
    target_label,
    target_named,
)
from app.timelines.adjust import NETWORK
from app.timelines.data import FIRST, Timeline
from app.url_state import widgets
from predictors.results.estimates import Estimate
from predictors.results.targets import Target

NONE, UPLOADED = "none", "upload"
KNOWN: Final = {FIRST: "mobilenet-v2"}
"""Networks of the bundle's recordings that are a sample here: published name -> sample."""
NO_NETWORK: Final = mark("No network")


@dataclass(frozen=True, slots=True)
class Network:
    """The network of a recording, and what its kernels are predicted for."""

    model: Model
    choice: Target

    @property
    def title(self) -> str:
        """The network's name on screen."""
        return self.model.title

    @property
    def target(self) -> str:
        """Device and delegate of the prediction on screen."""
        return target_label(self.choice.device_id, self.choice.delegate)

    def estimate(self) -> Estimate:
        """The estimate, made once; raises InputError where there is none."""
        return report_for(self.model, self.choice).estimates[0]


def choose_network(line: Timeline) -> Network | None:
    """Let the network of a recording be named, and the device that its kernels are predicted for."""
    own = {UPLOADED: t("Your model file")} if current_upload() is not None else {}
    titles = {NONE: t(NO_NETWORK), **own, **shelf_names(), **sample_titles()}
    left, middle, right = st.columns([4, 4, 3], vertical_alignment="bottom")
    with left:
        chosen = widgets.selectbox(
            t("Network that ran"),
            titles,
            NETWORK,
            usual=KNOWN.get(line.network, NONE),
            noun=t("network"),
            help=t("Its predicted kernels are drawn on the measured curve, and stand beside a profiler log."),
        )
    model = _model(chosen)
    if model is None:
        return None
    with middle:
        device = widgets.selectbox(t("Kernels predicted for"), device_labels(), "on", usual=DEFAULT[0])
    with right:
        delegate = widgets.selectbox(t("Delegate"), delegate_labels(device), "via")
    precisions = precisions_of(device, delegate)
    precision = model.graph.precision if model.graph.precision in precisions else precisions[0]
    return Network(model, target_named(device, delegate, precision))


def _model(chosen: str) -> Model | None:
    if chosen == NONE:
        return None
    if chosen == UPLOADED:
        upload = current_upload()
        return None if upload is None else uploaded_model(upload)
    return shelved_model(chosen) or sample_model(chosen, None)
