"""The page of one's own device: one question and the doors to its answer."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.i18n.texts import mark, t, verbatim
from app.paths import ROOT
from app.ui.boundary import boundary
from app.url_state import own_file, widgets
from app.your_device.numbers import show_numbers
from app.your_device.scored import KEY, show_scored

NUMBERS, METER, RECORDING, SCORES = "numbers", "meter", "recording", "scores"
DOORS: Final = {
    NUMBERS: mark("I have numbers"),
    METER: mark("I have a meter"),
    RECORDING: mark("I have a recording"),
    SCORES: mark("I want its scores"),
}
DOOR: Final = "door"
SCORED_KEYS: Final = (KEY, "own_name", "own_tdp")
"""In addresses that were copied when the scores were the whole page."""


def show_your_device() -> None:
    """Show the question what one has, and what is behind the door that was chosen."""
    own_file.look_up(KEY)
    is_scored = any(key in st.query_params for key in SCORED_KEYS)
    door = widgets.segmented_control(
        t("What do you have?"),
        {each: t(name) for each, name in DOORS.items()},
        DOOR,
        usual=SCORES if is_scored else NUMBERS,
        noun=t("door"),
        wrap=True,
    )
    with boundary(f"your device, {door}"):
        _show_broken()
        _BEHIND[door]()


def _show_broken() -> None:
    """Name the devices of the server's folder that can't be used: they stand in no list."""
    from predictors.energy.calibrated.own_devices import broken_devices

    for device, error in broken_devices().items():
        st.warning(
            t(
                "The device {device} in this server's folder is not used, since its file is not in order. "
                "Code: `{code}`",
                device=verbatim(device),
                code=error.code,
            ),
            icon=":material/warning:",
        )


def _show_meter() -> None:
    """Measure this machine, or say how to come from a meter to numbers."""
    from app.your_device.measure import show_measure

    show_measure()
    with st.expander(t("By hand, with any meter and any runtime"), icon=":material/back_hand:"):
        st.markdown(
            t(
                "1. Download the networks below and run each for at least 30 seconds on your device, one "
                "after the other, with nothing else running.\n"
                "2. Read the mean power in watts from the meter, and count the inferences.\n"
                "3. Energy per inference in mJ = power in W × seconds × 1,000 / inferences. Enter it behind "
                "**I have numbers**; three networks are enough to begin."
            )
        )
        _show_networks_to_measure()


def _show_networks_to_measure() -> None:
    from app.your_device.networks import show_networks

    show_networks("fp32")


def _show_recording() -> None:
    """Say how to come from a recording to numbers."""
    st.markdown(
        t(
            "A power recording and the log of when each inference began and ended give the energy per "
            "inference. Upload both on **Timelines**; take the figure of each network to **I have numbers**."
        )
    )
    st.page_link(
        ROOT / "pages" / "timelines.py",
        label=t("Open a recording on Timelines"),
        icon=":material/timeline:",
        width="content",
    )


_BEHIND: Final = {
    NUMBERS: show_numbers,
    METER: _show_meter,
    RECORDING: _show_recording,
    SCORES: show_scored,
}
