"""Devices: what an hour of AI takes of a phone's charge, what it takes elsewhere, one device in detail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import bundle_cache
from app.devices.detail import show_background, show_device
from app.devices.energy_overview import choose_subject, energies_of, energy_sentence, show_energies
from app.devices.list import (
    PHONES,
    amount_words,
    choose_kind,
    clear_filters,
    devices_sentence,
    of_kind,
    offer_other_kinds,
    search_devices,
    settle_device,
    show_filters,
    show_table,
)
from app.devices.nearest_chip import show_nearest
from app.devices.next_steps import show_next_steps
from app.devices.phone_answer import choose_task, show_phone_answer
from app.devices.phone_detail import show_phone
from app.devices.phone_overview import (
    all_phones,
    everyone_with_use,
    measured_with_use,
    show_bubbles,
    show_overview,
)
from app.frame.shell import page
from app.i18n.texts import mark, t
from app.measurements.devices import catalogue
from app.measurements.phone_scores import PhoneScores, answer, known_scores, why_printed_differs
from app.memo import keeping
from app.ui.boundary import boundary
from app.ui.glossary import explain
from app.ui.lazy_section import folded
from app.ui.print_view import on_paper
from app.url_state import widgets

SCORES_LINE: Final = mark(
    "**PCS**: how far below its power limit a phone stays while it runs AI. **IECS**: how much AI it does "
    "per unit of energy, over 35 tests. Higher is better for both."
)


def question() -> str:
    """Return the question of the page: that of phones, or of any other kind that was asked for."""
    asked, device = _now("kind"), _now("device")
    if asked is None and device is not None:
        kinds = bundle_cache.devices().set_index("device_id")["kind"]
        asked = kinds.get(str(device))
    if asked in {None, PHONES}:
        return t("How much battery does AI cost on your phone?")
    return t("Which device spends how much on AI?")


def _now(key: str) -> str | None:
    """Return a choice ahead of its widget: what the address newly asks for, or else what was chosen."""
    asked = widgets.newly_asked(key)
    return st.session_state.get(key) if asked is None else next(iter(asked), None)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen: device, of phones task and rate, of others what they ran, and who passes."""

    device: str
    task: tuple[str, str]
    subject: str
    shown: pd.DataFrame
    total: int


def choose(kind: str, names: dict[str, str], first: str, is_scored: bool) -> Chosen:
    """Show the choices in one row: device, what it runs (and of phones how often), search and filters."""
    is_phones = kind == PHONES and is_scored
    columns = st.columns([12, 17, 10, 12, 8] if is_phones else [3, 3, 3, 2], vertical_alignment="bottom")
    with columns[0]:
        device = widgets.selectbox(t("One device in detail"), names, "device", usual=first)
    task = choose_task(columns[1], columns[2]) if is_phones else ("", "")
    subject = "" if is_phones else choose_subject(kind, columns[1])
    table = all_phones() if is_phones else of_kind(catalogue(), kind)
    with columns[-2]:
        found = search_devices(table)
    with columns[-1]:
        return Chosen(device, task, subject, show_filters(found, kind), len(table))


def show_kind(
    kind: str, choice: Chosen, answer_place: DeltaGenerator, scores: tuple[PhoneScores, ...]
) -> None:
    """Show the devices of one kind: the answer in its place, then the overview."""
    shown = choice.shown
    offer_other_kinds(kind)
    if shown.empty:
        if kind == PHONES and st.session_state.get("q"):
            show_nearest(str(st.session_state["q"]))
        else:
            st.info(t("No device passes these filters. Widen one of them, or start over."))
        st.button(t("Clear the filters"), on_click=clear_filters)
    elif choice.task[0]:
        everyone = everyone_with_use(choice.task)
        phones = everyone[everyone["device_id"].isin(shown["device_id"])].reset_index(drop=True)
        with answer_place:
            show_phones_answer(choice, scores)
        show_overview(phones, choice.device, choice.task)
        st.caption(amount_words(len(shown), choice.total))
        show_scores(shown, choice.device, scores)
    elif choice.subject:
        energies = energies_of(kind, choice.subject)
        with answer_place:
            st.markdown(energy_sentence(energies, choice.device, choice.subject), help=explain("inference"))
            show_next_steps(choice.device, energies)
        show_energies(shown, energies, choice.device)
        st.caption(amount_words(len(shown), choice.total))
    else:
        with answer_place:
            st.markdown(devices_sentence(shown))
            show_next_steps(choice.device, shown)
        show_table(shown)
        st.caption(amount_words(len(shown), choice.total))


@keeping
def _names() -> dict[str, str]:
    """Device id -> name, of every device."""
    devices = bundle_cache.devices()
    return dict(zip(devices["device_id"], devices["name"], strict=True))


@keeping
def _in_order(ids: tuple[str, ...]) -> pd.DataFrame:
    """The devices in the order in which they are offered."""
    return bundle_cache.devices().set_index("device_id", drop=False).loc[[*ids]].reset_index(drop=True)


def show_phones_answer(choice: Chosen, scores: tuple[PhoneScores, ...]) -> None:
    """Show what the task takes of the chosen phone's charge and of the others', and where to go next."""
    everyone = measured_with_use(choice.task)
    phone = next((each for each in scores if each.device_id == choice.device), None)
    show_phone_answer(everyone, phone, _names()[choice.device], choice.task)
    show_next_steps(choice.device, everyone)


def show_scores(shown: pd.DataFrame, chosen: str, scores: tuple[PhoneScores, ...]) -> None:
    """Show what the scores say and the picture of them, folded."""
    if shown["pcs"].isna().all():
        return

    def body() -> None:
        scored = shown.dropna(subset=["pcs"])
        st.markdown(
            t(SCORES_LINE), help=explain("PCS", "IECS", "letter", "as printed", "AI performance score", "TDP")
        )
        st.markdown(answer(scored))
        show_bubbles(scored, chosen)
        st.caption(
            t(
                "Both scores are recomputed here from the printed measurements; “printed” is the number in "
                "the paper. {reasons} The printed IECS follow an equation that could not be recovered.",
                reasons=why_printed_differs(scores),
            )
        )

    folded(t("The scores in one picture, with speed"), "scores", body, icon=":material/bubble_chart:")


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


# Whether this visit asked for a device. (A string on its own would be shown on the page.)
ASKED: Final = "device-asked-for"
# Parameters of an address that ask for no device.
WHOLE_PAGE: Final = {"lang", "tour", "stage", "q", "task", "rate", "class", "vendor", "has"}


def is_asked_for() -> bool:
    """Whether the detail of a device stands open: nobody asked for one when the page just opened."""
    if set(st.query_params) - WHOLE_PAGE:
        st.session_state[ASKED] = True
    return bool(st.session_state.get(ASKED))


def show_devices(scores: tuple[PhoneScores, ...]) -> None:
    """Show everything: kinds, the devices of one, and the chosen device in detail."""
    is_asked_for()  # before the choices take out of the address what is usual
    labels = _names()
    ids = tuple(dict.fromkeys([*(phone.device_id for phone in scores), *labels]))
    ordered = _in_order(ids)
    settle_device(ordered, labels)
    kind = choose_kind(ordered)
    # Those of the chosen kind come first.
    names = {each: labels[each] for each in dict.fromkeys([*of_kind(ordered, kind)["device_id"], *ids])}
    # The answer comes first on the page, also on a phone, and depends on the choices below it.
    answer_place = st.container()
    with boundary("overview"):
        choice = choose(kind, names, ids[0], bool(scores))
        show_kind(kind, choice, answer_place, scores)
    with boundary("device detail"):
        device = str(st.session_state["device"])
        if is_asked_for():
            show_detail(device, scores)
        else:
            title = t("{device} in detail: every figure, both scores, the label", device=names[device])
            folded(title, "detail", lambda: show_detail(device, scores), icon=":material/smartphone:")


with page(question()):
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
