"""The estimate page: what is asked, and the answer to it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.estimate.carried import carry_estimate
from app.estimate.daily import choose_task
from app.estimate.frames import kernel_frame
from app.estimate.headline import show_headline
from app.estimate.linked import Shown
from app.estimate.what_if import Base, Case, ask_what_if
from app.estimate.what_if_view import show_banner, show_differences
from app.estimate.words import kernel_words
from app.i18n.formats import in_words, latency, latency_range, literal
from app.i18n.messages import tell
from app.i18n.texts import t
from app.memo import kept_under
from app.models.inputs import choose_sample, choose_target, keep_sample, show_upload, take_file
from app.models.model import (
    DEFAULT_SAMPLE,
    Model,
    current_upload,
    is_ready,
    report_for,
    sample_side,
    sample_titles,
)
from app.models.shelf import MOST_FILES
from app.models.targets import delegate_labels, is_thin, target_label, why_thin
from app.models.upload import Upload
from app.paths import ROOT
from app.ui.boundary import show_error, worded
from app.ui.print_view import show_data
from data.errors import JouleLensError
from predictors.errors import printable
from predictors.registry import left_out
from predictors.results.report import ModelReport
from predictors.results.targets import Target


def show_own_latency(model: Model) -> None:
    """Show each such device with its latency and the kernels behind it; nothing where there is none."""
    if not os.environ.get("JOULELENS_DEVICES"):
        return
    from predictors.energy.own_kernels.latency import estimate_latency, latency_devices

    try:
        devices = latency_devices()
    except JouleLensError as error:
        show_error(error.code, tell(error.message))
        return
    for device in devices:
        try:
            found = estimate_latency(device, model.network)
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
            show_data(table, t("Kernels on {device}", device=device.name))


def show_left_out() -> None:
    """Say under the choices which devices are missing among them, and how to get them."""
    words = left_out()
    if words:
        st.caption(tell(words))


THIN: Final = "EVIDENCE_TOO_THIN"
OPTION: Final = "OPTION_VALUE"


def show_refusal(error: JouleLensError, case: Case) -> None:
    """Show why there is no estimate, and what to choose instead."""
    upload = case.base.upload
    if error.code == THIN:
        _show_thin(error, case.choice)
        if case.is_base:  # buttons change the real choices, so they are no way out of a hypothetical case
            _offer(case.choice)
        return
    if upload is not None:
        st.markdown(t("No estimate of **{name}**.", name=literal(printable(upload.file_name, 60))))
    code, message = worded(error)
    usual = sample_side(case.base.sample_id)
    if upload is None and error.code == OPTION and case.side is not None and case.side < usual:
        message = t(
            "{model} cannot take images of {side} px: they become too small on the way through it. Choose a "
            "larger image side, or empty the field for {usual} px.",
            model=sample_titles()[case.base.sample_id],
            side=case.side,
            usual=usual,
        )
    show_error(code, message)
    if upload is not None and upload.needs_shapes:
        st.markdown(t("Give the sizes in the fields for what the file leaves open."))


def _show_thin(error: JouleLensError, choice: Target) -> None:
    code, message = worded(error)
    if is_thin(choice):
        message = t(
            "No figure for {target} in {precision}. {reason}",
            target=target_label(choice.device_id, choice.delegate),
            precision=choice.precision,
            reason=why_thin(choice),
        )
    st.warning(t("{message}  \nCode: `{code}`", message=literal(message), code=code), icon=":material/block:")


def _offer(choice: Target) -> None:
    """Offer what can be estimated on the same device, one button each."""
    names = delegate_labels(choice.device_id)
    known = [each for each in bundle_cache.targets_of(choice.device_id) if not is_thin(each)]
    if not known:
        return
    known.sort(key=lambda each: ([*names].index(each.delegate), each.precision))
    st.markdown(t("What can be estimated on this device:"))
    with st.container(horizontal=True, gap="small"):
        for target in known:
            st.button(
                t("{delegate}, {precision}", delegate=names[target.delegate], precision=target.precision),
                key=f"instead_{target.delegate}_{target.precision}",
                on_click=_choose,
                args=(target.delegate, target.precision),
            )


def _choose(delegate: str, precision: str) -> None:
    st.session_state["delegate"], st.session_state["precision"] = delegate, precision


ANSWER_PX: Final = 640
"""About the height of an answer, kept free while it is made."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the reader asks for: the real case, and the hypothetical one (the same where nothing differs)."""

    base: Base
    case: Case

    @property
    def upload(self) -> Upload | None:
        """The file it is about, None for a sample."""
        return self.base.upload


def ask() -> Request:
    """Show the inputs and return what they hold."""
    upload = current_upload()
    sample_id, side = DEFAULT_SAMPLE, None
    if upload is None:
        sample_id, side = choose_sample()
        take_file()
        _lead_to_shelf()
    else:
        keep_sample()
        upload = show_upload(upload)
        if upload.failure is not None and upload.first is None and not upload.needs_shapes:
            take_file()
        choose_task()
    base = Base(upload, sample_id, side, choose_target())
    return Request(base, ask_what_if(base))


def _lead_to_shelf() -> None:
    """Say where several files go, beside the widget that takes one."""
    st.page_link(
        ROOT / "pages" / "compare.py",
        label=t("Several files? Put them side by side"),
        icon=":material/stacks:",
        query_params={"view": "shelf"},
        help=t("A shelf for up to {files} models of your own, on all devices at once.", files=MOST_FILES),
    )


def show_answer(request: Request) -> Shown | None:
    """Show the estimate and return what the sections show more of.

    Where there is none, say why and return None; the inputs stay as they are.
    """
    case = request.case
    if not case.is_base:
        show_banner(case)
    try:
        model = case.model()
        report = _report(model, case.choice)
        base = None if case.is_base else _base_report(request.base)
    except JouleLensError as error:
        show_refusal(error, case)
        return None
    if base is None:
        carry_estimate(model, case.choice, report)
    if model.sample_id:
        kernels = kept_under((model.key, case.choice), kernel_frame, report.estimates[0])
    else:
        kernels = kernel_frame(report.estimates[0])
    show_headline(model, case.choice, report, kernels, None if base is None else base.estimates[0])
    if base is not None:
        show_differences(case, base, report)
    show_own_latency(model)
    return Shown(model, case.choice, report, kernels, case)


def _base_report(base: Base) -> ModelReport:
    return _report(Case(base, base.choice, base.side).model(), base.choice)


def _report(model: Model, choice: Target) -> ModelReport:
    if is_ready(model, choice):
        return report_for(model, choice)
    words = t("Estimating (the first one also fits the predictors) …")
    with st.spinner(words), st.skeleton(height=ANSWER_PX):
        return report_for(model, choice)
