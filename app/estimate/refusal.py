"""Why there is no estimate, in words, and what to choose instead."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app import bundle_cache
from app.estimate.inputs import SHAPES
from app.estimate.model import Choice, sample_side, sample_titles
from app.estimate.targets import delegate_labels, is_thin, target_label, target_of, why_thin
from app.estimate.what_if import Case
from app.i18n.formats import literal
from app.i18n.texts import t
from app.ui.boundary import show_error, worded
from data.errors import JouleLensError
from predictors.errors import printable

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
        st.markdown(t("Give the shapes in the field “{field}”.", field=t(SHAPES)))


def _show_thin(error: JouleLensError, choice: Choice) -> None:
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
