"""Take a device of one's own along: its two files, where else it is now, and how to hand its figures in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app import own_devices
from app.i18n.formats import literal
from app.i18n.messages import tell
from app.i18n.texts import t, verbatim
from app.paths import ROOT
from app.ui.boundary import show_error
from app.ui.contribution_record import ask_record, offer_contribution
from app.ui.lazy_section import folded
from data.contribution.check import check_csv
from data.contribution.findings import ERROR
from data.errors import JouleLensError

if TYPE_CHECKING:
    from predictors.energy.calibrated.device_file import OwnDevice


def take_along(device: OwnDevice) -> None:
    """Offer the device's two files, and where else it now is."""
    from predictors.energy.calibrated.device_file import written

    toml, table = written(device)
    st.header(t("It is a device like any other now"), anchor=False)
    with st.container(horizontal=True):
        st.page_link(
            ROOT / "pages" / "estimate.py",
            label=t("Your model on {device}", device=literal(device.name)),
            icon=":material/bolt:",
            query_params={"device": device.device_id},
            width="content",
        )
        st.page_link(
            ROOT / "pages" / "compare.py",
            label=t("Compare {device}", device=literal(device.name)),
            icon=":material/compare_arrows:",
            query_params={"devices": [device.device_id, "raspberry-pi-4"]},
            width="content",
        )
    with st.container(horizontal=True):
        for content, ending, mime in ((toml, "toml", "application/toml"), (table, "csv", "text/csv")):
            st.download_button(
                f"{device.device_id}.{ending}",
                content,
                file_name=f"{device.device_id}.{ending}",
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"cal_{ending}",
            )
        st.button(
            t("Forget {device}", device=literal(device.name)),
            on_click=_forget,
            args=(device.device_id,),
            icon=":material/delete:",
        )
    st.caption(
        t(
            "Keep both files in one folder: `{command}` uses them on the command line, and this page opens "
            "them again.",
            command=verbatim("python -m predictors estimate MODEL.onnx --devices DIR --device")
            + f" {device.device_id}",
        )
    )
    title = t("Hand the figures in")
    folded(title, "cal_hand_in", lambda: _hand_in(device), icon=":material/outbox:", is_form=True)


def _hand_in(device: OwnDevice) -> None:
    """Offer the contribution once everything is said about it."""
    from predictors.energy.calibrated.contribution import board_contribution

    try:
        content = board_contribution(device)
    except JouleLensError as error:
        show_error(error.code, tell(error.message))
        return
    record = ask_record("cal_", t("Meter and its rate, number of runs, temperature"))
    checked = check_csv(content.encode(), "board", t("your table"))
    wrong = [tell(each.message) for each in checked.findings if each.severity == ERROR]
    offer_contribution(record, checked, "board", list(dict.fromkeys(wrong)), key="cal_contribution")


def _forget(device_id: str) -> None:
    own_devices.forget(device_id)
    for key in [key for key in st.session_state if str(key).startswith("cal_")]:
        del st.session_state[key]
