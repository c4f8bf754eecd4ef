"""Devices: which device spends how much on AI, phones first, and one device in detail."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from app import doors, state
from app.device_facts import catalogue
from app.device_list import (
    PHONES,
    choose_kind,
    clear_filters,
    devices_sentence,
    of_kind,
    offer_other_kinds,
    show_filters,
    show_table,
    start_kind,
    with_energy,
)
from app.device_view import show_background, show_device
from app.errors import boundary
from app.kept import kept
from app.phone_overview import show_overview
from app.phone_scores import PhoneScores, answer, score_phones, score_table, why_printed_differs
from app.phone_view import show_phone
from app.shell import page

SCORES_LINE = (
    "**PCS** says how little of its thermal power budget (TDP) a phone draws while it runs AI, **IECS** "
    "how many inferences it gets out of a joule. Higher is better for both."
)


def show_kind(kind: str, scores: tuple[PhoneScores, ...], chosen: str) -> None:
    """Show the devices of one kind: filters, answer, overview."""
    if kind == PHONES and scores:
        shown = show_filters(searchable(score_table(scores, doors.devices())), kind)
    else:
        shown, subject = with_energy(show_filters(of_kind(catalogue(), kind), kind), kind)
    offer_other_kinds(kind)
    if shown.empty:
        st.info("No device passes these filters. Widen one of them, or start over.")
        st.button("Clear the filters", on_click=clear_filters)
    elif kind == PHONES and scores:
        st.markdown(answer(shown))
        show_overview(shown, chosen)
        st.caption(
            "Both scores are recomputed here from the printed measurements; “printed” is the number in the "
            f"paper. {why_printed_differs(scores)} The printed IECS follow an equation that could not be "
            "recovered."
        )
    else:
        st.markdown(devices_sentence(shown, subject))
        show_table(shown, subject)


def searchable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the phones with the column `searched`: what the search looks at, in lower case."""
    return table.merge(catalogue()[["device_id", "searched"]], on="device_id", how="left")


def choose_device(names: dict[str, str]) -> str:
    """Let one device be chosen; returns its id."""
    return str(
        st.selectbox(
            "One device in detail",
            list(names),
            format_func=names.__getitem__,
            key="device",
            bind="query-params",
            width=320,
        )
    )


def show_detail(chosen: str, scores: tuple[PhoneScores, ...]) -> None:
    """Show one device: with its scores if it has any, and what every device has."""
    phone = next((phone for phone in scores if phone.device_id == chosen), None)
    if phone is None:
        show_device(chosen)
        return
    show_phone(phone, f"among {len(scores)} phones, {len(doors.reference_dnns())} reference networks")
    show_background(chosen)


def show_devices(scores: tuple[PhoneScores, ...]) -> None:
    """Show everything: kinds, the devices of one, and the chosen device in detail."""
    devices = doors.devices()
    labels = dict(zip(devices["device_id"], devices["name"], strict=True))
    first = [phone.device_id for phone in scores]
    state.accept_ids("device", labels, Path(__file__))
    state.warn_if_unknown("device", labels, "device")
    start_kind(devices, Path(__file__))
    ordered = devices.set_index("device_id", drop=False).loc[[*dict.fromkeys([*first, *labels])]]
    kind = choose_kind(ordered)
    # Those of the chosen kind come first, so that the usual choice is one of them.
    members = [] if kind == PHONES else list(of_kind(ordered, kind)["device_id"])
    names = {device_id: labels[device_id] for device_id in dict.fromkeys([*members, *first, *labels])}
    if kind == PHONES and scores:
        st.markdown(SCORES_LINE)
    # The choice is made below the overview but has to be known in it.
    overview, detail = st.container(), st.container()
    with detail:
        chosen = choose_device(names)
        with boundary("device detail"):
            show_detail(chosen, scores)
    with overview, boundary("overview"):
        show_kind(kind, scores, chosen)


with page("Which device spends how much on AI?"):
    if doors.bundle().only_licensed:
        st.info(
            "This bundle was built without the sources whose publisher states no licence. The phones and "
            "their scores, the kernels of the P40 Pro and the convolutions of Jetson TX2 are not in it, and "
            "nothing can be estimated for those devices and Jetson Xavier NX. "
            "`python -m data build` builds the full one.",
            icon=":material/info:",
        )
    show_devices(
        kept(score_phones, doors.devices(), doors.application_measurements(), doors.published_scores())
    )
