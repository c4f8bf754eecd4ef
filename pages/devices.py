"""Devices: which device spends how much on AI, phones first, and one device in detail."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.devices.detail import show_background, show_device
from app.devices.list import (
    ENERGY_HELP,
    PHONES,
    choose_kind,
    clear_filters,
    devices_sentence,
    of_kind,
    offer_other_kinds,
    settle_device,
    show_filters,
    show_table,
    with_energy,
)
from app.devices.next_steps import show_next_steps
from app.devices.phone_detail import show_phone
from app.devices.phone_overview import show_overview
from app.frame.shell import page
from app.i18n.texts import mark, t
from app.measurements.devices import catalogue
from app.measurements.phone_scores import PhoneScores, answer, known_phones, known_scores, why_printed_differs
from app.ui.boundary import boundary
from app.ui.glossary import explain
from app.ui.print_view import offer_paper, on_paper
from app.url_state import widgets

SCORES_LINE: Final = mark(
    "**PCS**: how far below its power limit a phone stays while it runs AI. **IECS**: how much AI it does "
    "per unit of energy, over 35 tests. Higher is better for both."
)


def show_kind(kind: str, scores: tuple[PhoneScores, ...], chosen: str) -> None:
    """Show the devices of one kind: the answer, where to go next, filters, overview."""
    # The answer comes first on the page and depends on the filters below it.
    first = st.container()
    if kind == PHONES and scores:
        shown, subject = show_filters(known_phones(), kind), ""
    else:
        shown, subject = with_energy(show_filters(of_kind(catalogue(), kind), kind), kind)
    offer_other_kinds(kind)
    if shown.empty:
        st.info(t("No device passes these filters. Widen one of them, or start over."))
        st.button(t("Clear the filters"), on_click=clear_filters)
    elif kind == PHONES and scores:
        with first:
            show_answer(answer(shown), chosen, shown.sort_values("iecs", ascending=False))
        show_overview(shown, chosen)
        st.caption(
            t(
                "Both scores are recomputed here from the printed measurements; “printed” is the number in "
                "the paper. {reasons} The printed IECS follow an equation that could not be recovered.",
                reasons=why_printed_differs(scores),
            )
        )
    else:
        with first:
            terms = f"{explain('inference')}\n\n{t(ENERGY_HELP)}" if subject else None
            show_answer(devices_sentence(shown, subject), chosen, shown, terms)
        show_table(shown, subject)


def show_answer(sentence: str, chosen: str, ranked: pd.DataFrame, terms: str | None = None) -> None:
    """Show what the devices on screen say, in a sentence, and where to go next from the chosen one."""
    st.markdown(sentence, help=terms)
    show_next_steps(chosen, ranked)


def show_detail(chosen: str, scores: tuple[PhoneScores, ...]) -> None:
    """Show one device: with its scores if it has any, and what every device has."""
    phone = next((phone for phone in scores if phone.device_id == chosen), None)
    if phone is None:
        show_device(chosen)
        return
    scope = t(
        "among {phones} phones, {networks} reference networks",
        phones=len(scores),
        networks=len(bundle_cache.reference_dnns()),
    )
    show_phone(phone, scope)
    show_background(chosen, is_folded=not on_paper())


def show_devices(scores: tuple[PhoneScores, ...]) -> None:
    """Show everything: kinds, the devices of one, and the chosen device in detail."""
    devices = bundle_cache.devices()
    labels = dict(zip(devices["device_id"], devices["name"], strict=True))
    ids = [*dict.fromkeys([*(phone.device_id for phone in scores), *labels])]
    ordered = devices.set_index("device_id", drop=False).loc[ids].reset_index(drop=True)
    settle_device(ordered, labels)
    kind = choose_kind(ordered)
    # Those of the chosen kind come first.
    names = {each: labels[each] for each in dict.fromkeys([*of_kind(ordered, kind)["device_id"], *ids])}
    if kind == PHONES and scores:
        st.markdown(
            t(SCORES_LINE), help=explain("PCS", "IECS", "letter", "as printed", "AI performance score", "TDP")
        )
    # The choice is made below the overview but has to be known in it.
    overview, detail = st.container(), st.container()
    with detail:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = widgets.selectbox(t("One device in detail"), names, "device", usual=ids[0], width=320)
            offer_paper()
        with boundary("device detail"):
            show_detail(chosen, scores)
    with overview, boundary("overview"):
        show_kind(kind, scores, chosen)


with page(t("Which device spends how much on AI?")):
    if bundle_cache.bundle().only_licensed:
        st.info(
            t(
                "This bundle was built without the sources whose publisher states no licence. The phones and "
                "their scores, the kernels of the P40 Pro and the convolutions of Jetson TX2 are not in it, "
                "and nothing can be estimated for those devices and Jetson Xavier NX. "
                "`python -m data build` builds the full one.",
            ),
            icon=":material/info:",
        )
    show_devices(known_scores())
