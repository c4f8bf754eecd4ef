"""Why there is no estimate, in words, and what to choose instead."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app import doors
from app.errors import show_error, worded
from app.estimate_inputs import SHAPES
from app.estimate_model import Choice
from app.estimate_targets import delegate_labels, is_thin, target_label, target_of, why_thin
from app.estimate_upload import Upload
from app.formats import literal
from app.language import t
from predictors.errors import CodedError, printable

THIN: Final = "EVIDENCE_TOO_THIN"


def show_refusal(error: CodedError, choice: Choice, upload: Upload | None, *, may_choose: bool) -> None:
    """Show why there is no estimate; where the measurements are too thin, what can be estimated instead.

    `may_choose`: whether buttons may change the choices, which they may not where the case is hypothetical.
    """
    if error.code == THIN:
        _show_thin(error, choice)
        if may_choose:
            _offer(choice)
        return
    if upload is not None:
        st.markdown(t("No estimate of **{name}**.", name=literal(printable(upload.file_name, 60))))
    show_error(*worded(error))
    if upload is not None and upload.needs_shapes:
        st.markdown(t("Give the shapes in the field “{field}”.", field=t(SHAPES)))


def _show_thin(error: CodedError, choice: Choice) -> None:
    target = target_of(choice)
    code, message = worded(error)
    if target is not None and is_thin(target):
        message = t(
            "No figure for {target} in {precision}. {reason}",
            target=target_label(choice.device_id, choice.delegate),
            precision=choice.precision,
            reason=why_thin(target),
        )
    st.warning(t("{message}  \nCode: `{code}`", message=literal(message), code=code), icon=":material/block:")


def _offer(choice: Choice) -> None:
    """Offer what can be estimated on the same device, one button each."""
    names = delegate_labels(choice.device_id)
    known = [each for each in doors.targets_of(choice.device_id) if not is_thin(each)]
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
