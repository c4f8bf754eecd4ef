"""Reads a label back from its address: computed again where that is possible, else as the address says."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import own_devices
from app.frame.navigation import PAGES
from app.i18n.formats import literal
from app.i18n.messages import tell
from app.i18n.texts import t
from app.label.address import Asked, DeviceAsked, SampleAsked, Stamp, read_address, read_stamp
from app.label.errors import LabelError
from app.label.facts import EstimateFacts, Facts, Issue
from app.label.gather import facts_for
from app.label.view import issue_here, show_label
from app.url_state.widgets import MAX_VALUE_LENGTH
from data.errors import JouleLensError
from predictors.errors import printable
from predictors.results.estimates import Evidence


def show_label_page() -> None:
    """Show the label that the address names, or in words why there is none."""
    query = {key: str(value)[:MAX_VALUE_LENGTH] for key, value in st.query_params.to_dict().items()}
    try:
        asked, stamp = read_address(query), read_stamp(query)
        facts = _facts(asked)
    except JouleLensError as error:
        show = st.info if error.code == "NO_LABEL" else st.warning
        show(_with_code(tell(error.message), error.code), icon=":material/link_off:")
        if isinstance(error, LabelError):
            st.page_link(PAGES[0].place, label=t("All devices with scores"))
        return
    now = issue_here()
    _remarks(asked, facts, stamp, now)
    show_label(facts, "label", _issue(asked, stamp, now))


def _with_code(message: str, code: str) -> str:
    return t("{message}  \nCode: `{code}`", message=literal(message), code=code)


def _facts(asked: Asked) -> Facts:
    if isinstance(asked, SampleAsked):
        with st.spinner(t("Estimating again (slowest the first time) …")):
            return facts_for(asked)
    return facts_for(asked)


def _issue(asked: Asked, stamp: Stamp, now: Issue) -> Issue:
    """Return the stamp of the label: what is computed now carries the versions of now."""
    on = stamp.on or now.on
    if isinstance(asked, DeviceAsked | SampleAsked):
        return replace(now, on=on)
    return replace(
        now,
        on=on,
        data_version=printable(stamp.data_version or now.data_version, 20),
        method_version=printable(stamp.method_version or now.method_version, 20),
    )


def _remarks(asked: Asked, facts: Facts, stamp: Stamp, now: Issue) -> None:
    if not isinstance(asked, DeviceAsked | SampleAsked):
        st.warning(
            t("{message}  \nCode: `{code}`", message=_claim(facts), code="CLAIMED_BY_ADDRESS"),
            icon=":material/help:",
        )
        return
    then = (stamp.data_version or now.data_version, stamp.method_version or now.method_version)
    if then == (now.data_version, now.method_version):
        st.success(_computed_from(facts), icon=":material/check:")
        return
    st.warning(
        t(
            "The label was made with data {data_then}, method {method_then}. What you see is computed with "
            "data {data}, method {method}, so figures may differ.  \nCode: `{code}`",
            data_then=literal(then[0]),
            method_then=literal(then[1]),
            data=now.data_version,
            method=now.method_version,
            code="OTHER_VERSION",
        ),
        icon=":material/history:",
    )


def _computed_from(facts: Facts) -> str:
    if not isinstance(facts, EstimateFacts) or facts.evidence != Evidence.CALIBRATED.value:
        return t("Computed again just now from the figures in the bundle.")
    if facts.device_id in own_devices.linked():
        return t(
            "Computed again just now from the figures of the device that came with a link, which nobody "
            "checked, and those of the known boards in the bundle."
        )
    return t(
        "Computed again just now from your device's own figures and those of the known boards in the bundle."
    )


def _claim(facts: Facts) -> str:
    if isinstance(facts, EstimateFacts):
        return t(
            "These figures come from the address itself: the model is a file that is not kept here, and "
            "nobody checked them. To check, open the file whose SHA-256 begins with {hash} on the page "
            "Estimate.",
            hash=literal(facts.sha256),
        )
    return t(
        "These figures come from the address itself: they are somebody's own measurement, and nobody "
        "checked them."
    )
