"""A phone that was not measured: which measured one has its chip, or the nearest chip of its family.

`phone_chips.csv` says which chip a phone has, each row with the page that says so (the maker's, LineageOS's
list of hardware, or a report of the launch); `chips.csv` has the families of chips with the order of their
generations, as the makers number them. They only lead from a name to a measured phone; no figure rests
on them. A phone that is sold with two chips has a row for each, which its name says in brackets.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st

from app import bundle_cache
from app.devices.spelling import found_name, plain
from app.frame.navigation import YOUR_DEVICE
from app.i18n.formats import literal
from app.i18n.texts import t

HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Nearest:
    """What was asked for (a phone, or "" for a chip), its chip, and the measured phone that is nearest.

    `device_id` is "" where no chip of the family was measured; `is_same` tells whether the chip is the same,
    `chip_there` the one of the measured phone; `is_measured`: the phone itself was, and is spelled otherwise.
    """

    phone: str
    chip: str
    device_id: str = ""
    chip_there: str = ""
    is_same: bool = False
    is_measured: bool = False

    @property
    def source(self) -> str:
        """The page that says which chip the phone has; "" where a chip was asked for."""
        return next((row["source"] for row in _rows("phone_chips.csv") if row["phone"] == self.phone), "")


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with (HERE / name).open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def known_chips() -> dict[str, str]:
    """Return phone -> chip of the phones that can be looked up."""
    return {row["phone"]: row["chip"] for row in _rows("phone_chips.csv")}


def _families() -> dict[str, tuple[str, int]]:
    """Return chip -> its family and its step in it."""
    return {row["chip"]: (row["family"], int(row["step"])) for row in _rows("chips.csv")}


def measured_chips() -> dict[str, str]:
    """Return device id -> chip of the measured phones, those with scores first."""
    devices = bundle_cache.devices()
    phones = devices[devices["kind"] == "phone"].sort_values("position")
    chips = phones["soc"].fillna(phones["name"].map(known_chips()))
    return {each: str(chip) for each, chip in zip(phones["device_id"], chips, strict=True) if chip == chip}


def nearest(text: str) -> Nearest | None:
    """Return the measured phone nearest to the phone or chip that a text names; None if it names neither.

    Names are found as `spelling.found_name` says, phones before chips.
    """
    measured = _measured_names()
    if phone := found_name(text, [*known_chips(), *measured]):
        if phone in measured:
            return Nearest(phone, "", measured[phone], is_measured=True)
        return _nearest_of(phone, known_chips()[phone])
    chip = found_name(text, _families())
    return _nearest_of("", chip) if chip else None


def versions(found: Nearest) -> list[Nearest]:
    """Return what was found once for each chip that the phone is sold with."""
    chips = known_chips()
    if found.phone not in chips:
        return [found]
    return [_nearest_of(name, chip) for name, chip in chips.items() if plain(name) == plain(found.phone)]


def _measured_names() -> dict[str, str]:
    """Return name -> device id of the measured phones."""
    devices = bundle_cache.devices()
    phones = devices[devices["kind"] == "phone"]
    return dict(zip(phones["name"], phones["device_id"], strict=True))


def _nearest_of(phone: str, chip: str) -> Nearest:
    families, measured = _families(), measured_chips()
    family, step = families[chip]
    steps = {
        device_id: abs(families[own][1] - step)
        for device_id, own in measured.items()
        if own in families and families[own][0] == family
    }
    if not steps:
        return Nearest(phone, chip)
    device_id = min(steps, key=lambda each: steps[each])
    return Nearest(phone, chip, device_id, measured[device_id], is_same=measured[device_id] == chip)


def nearest_words(found: Nearest) -> str:
    """Return in words which measured phone is nearest, and how far its figures may be taken for the other."""
    names = bundle_cache.devices().set_index("device_id")["name"]
    values = {"phone": found.phone or found.chip, "chip": found.chip}
    if found.is_measured:
        return t("Is **{phone}** meant? It was measured.", **values)
    if not found.device_id:
        return t("**{phone}** was not measured, and neither was a chip of its family ({chip}).", **values)
    values |= {"other": str(names[found.device_id]), "there": found.chip_there}
    if found.is_same:
        return t("**{phone}** was not measured. **{other}** has the same chip, {chip}.", **values)
    return t(
        "**{phone}** ({chip}) was not measured. The nearest chip that was is {there}, in **{other}**: its "
        "figures only hint at yours.",
        **values,
    )


def show_nearest(text: str) -> None:
    """Show, for a search that finds no phone, the nearest one and the way to measure one's own."""
    found = nearest(text)
    if found is None:
        st.info(
            t(
                "No phone or chip here is called {text}. Try another spelling, or the name of its chip.",
                text=literal(text.strip()),
            )
        )
        found = _by_chip()
    each = [] if found is None else versions(found)
    for version in each:
        st.info(nearest_words(version), icon=":material/memory:")
    measured = next((version.device_id for version in each if version.device_id), "")
    with st.container(horizontal=True, vertical_alignment="center"):
        if measured:
            st.button(t("Show that phone"), key="show-nearest", on_click=_show, args=(measured,))
        if found is not None and found.source:
            st.link_button(t("Who names its chip"), found.source, icon=":material/open_in_new:")
        st.page_link(YOUR_DEVICE.place, label=t("Measure your own"), icon=YOUR_DEVICE.icon, width="content")


def _by_chip() -> Nearest | None:
    """Let the chip of an unknown phone be chosen; the nearest measured one, None before that."""
    chip = st.selectbox(
        t("Chip of the phone"), list(_families()), index=None, key="asked-chip", width=420,
        placeholder=t("See the phone's settings or data sheet"),
    )  # fmt: skip
    return None if chip is None else _nearest_of("", str(chip))


def _show(device_id: str) -> None:
    st.session_state["q"] = ""
    st.session_state["device"] = device_id
