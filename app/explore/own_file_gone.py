"""Measurements of the reader's own that the address speaks of, in a session that does not have them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.explore.data import OWN_KEY
from app.i18n.formats import listing
from app.i18n.texts import t
from app.url_state import widgets
from app.url_state.own_file import give_up, show_gone


def show_rows_gone() -> None:
    """Show this in place of a level's figures, with the ways to bring the rows again or go on without."""
    show_gone(
        t("**Measurements of your own** stood here beside the bundle’s. They are not here (any more)."),
        t("Bring them again, and level and filters are as before. Or go on with the bundle’s alone."),
    )
    with st.container(horizontal=True):
        st.button(
            t("Bring them again"),
            on_click=lambda: widgets.open_tab("section", t("Your measurements")),
            icon=":material/upload_file:",
        )
        _show_go_on()


def show_bring_again(levels: Sequence[str]) -> None:
    """Show this above the upload; `levels` are those that the rows were of, in words."""
    show_gone(
        t(
            "**Measurements of your own** ({levels}) stood beside the bundle’s. They are not here "
            "(any more).",
            levels=listing(list(levels)),
        ),
        t("Choose the file again below. Or go on with the bundle’s alone."),
    )
    _show_go_on()


def _show_go_on() -> None:
    st.button(
        t("Go on with the bundle’s alone"),
        key="go-on",
        on_click=give_up,
        args=(OWN_KEY,),
        icon=":material/arrow_forward:",
    )
