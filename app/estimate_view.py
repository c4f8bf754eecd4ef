"""The estimate page as a whole: what is asked on the left, the answer on the right."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app.errors import show_error, worded
from app.estimate_frames import kernel_frame
from app.estimate_headline import show_headline
from app.estimate_inputs import choose_sample, choose_target, show_upload, take_file
from app.estimate_model import Choice, Model, current_upload, is_ready, report_for
from app.estimate_tabs import Shown, show_tabs
from app.estimate_upload import Upload
from app.estimate_what_if import Base, Case, ask_what_if
from app.estimate_what_if_view import show_banner, show_differences
from app.formats import literal
from app.language import t
from predictors.errors import CodedError, printable
from predictors.report import ModelReport


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
    sample_id, side = choose_sample()
    upload = current_upload()
    if upload is None:
        take_file()
    else:
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
    except CodedError as error:
        _show_refusal(request, error)
        return
    kernels = kernel_frame(report.estimates[0])
    show_headline(model, case.choice, report, kernels, None if base is None else base.estimates[0])
    if base is not None:
        show_differences(case, base, report)
    show_tabs(Shown(model, case.choice, report, kernels))


def _base_report(base: Base) -> ModelReport:
    return _report(Case(base, base.choice, base.side).model(), base.choice)


def _report(model: Model, choice: Choice) -> ModelReport:
    if is_ready(model, choice):
        return report_for(model, choice)
    with st.spinner(t("Estimating (the first one also fits the predictors) …")):
        return report_for(model, choice)


def _show_refusal(request: Request, error: CodedError) -> None:
    code, message = worded(error)
    if code == "EVIDENCE_TOO_THIN":
        st.warning(
            t(
                "{message} Choose another delegate or precision.  \nCode: `{code}`",
                message=literal(message),
                code=code,
            ),
            icon=":material/help:",
        )
        return
    if request.upload is not None:
        name = literal(printable(request.upload.file_name, 60))
        st.markdown(t("No estimate of **{name}**.", name=name))
    show_error(code, message)
    if request.upload is not None and request.upload.needs_shapes:
        st.markdown(t("Give the shapes in the field on the left."))
