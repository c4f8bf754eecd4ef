"""The estimate page as a whole: what is asked on the left, the answer on the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from app.estimate.frames import kernel_frame
from app.estimate.headline import show_headline
from app.estimate.inputs import choose_sample, choose_target, keep_sample, show_upload, take_file
from app.estimate.model import DEFAULT_SAMPLE, Choice, Model, current_upload, is_ready, report_for
from app.estimate.refusal import show_refusal
from app.estimate.tabs import Shown, show_tabs
from app.estimate.upload import Upload
from app.estimate.what_if import Base, Case, ask_what_if
from app.estimate.what_if_view import show_banner, show_differences
from app.i18n.texts import t
from app.ui.print_view import offer_paper
from data.errors import JouleLensError
from predictors.results.report import ModelReport

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
    else:
        keep_sample()
        upload = show_upload(upload)
        if upload.failure is not None and upload.first is None and not upload.needs_shapes:
            take_file()
    base = Base(upload, sample_id, side, choose_target())
    return Request(base, ask_what_if(base))


def show_answer(request: Request) -> None:
    """Show the estimate, or in words why there is none; the inputs stay as they are."""
    case = request.case
    if not case.is_base:
        show_banner(case)
    try:
        model = case.model()
        report = _report(model, case.choice)
        base = None if case.is_base else _base_report(request.base)
    except JouleLensError as error:
        show_refusal(error, case)
        return
    kernels = kernel_frame(report.estimates[0])
    show_headline(model, case.choice, report, kernels, None if base is None else base.estimates[0])
    if base is not None:
        show_differences(case, base, report)
    show_tabs(Shown(model, case.choice, report, kernels))
    offer_paper()


def _base_report(base: Base) -> ModelReport:
    return _report(Case(base, base.choice, base.side).model(), base.choice)


def _report(model: Model, choice: Choice) -> ModelReport:
    if is_ready(model, choice):
        return report_for(model, choice)
    words = t("Estimating (the first one also fits the predictors) …")
    with st.spinner(words), st.skeleton(height=ANSWER_PX):
        return report_for(model, choice)
