"""The model file that the address speaks of and this session lacks: said in words, chosen again in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from app.estimate.inputs import take_file
from app.estimate.model import current_upload
from app.i18n.texts import t
from app.url_state.own_file import READABLE_PX, give_up, is_gone, show_gone

KEY: Final = "file"
"""In the address while the model on the page is a file of the reader's own."""


def is_model_gone() -> bool:
    """Whether the address says that the page's model is a file of the reader's own, and it is not here."""
    return is_gone(KEY, is_here=current_upload() is not None)


def show_model_gone() -> None:
    """Show this in place of the whole page: no figures of another model in the place of the reader's."""
    show_way_back(
        t("This page showed **a model file of your own** that is not here (any more): no figures."),
        t(
            "Choose the file again, and device, delegate, precision and section are as before. Or go on with "
            "a sample model."
        ),
        t("Go on with a sample model"),
        lambda: give_up(KEY),
    )


def show_way_back(what: str, advice: str, without: str, go_on: Callable[[], None]) -> None:
    """Show what is gone (see `show_gone`), the file widget, and a button `without` that calls `go_on`."""
    with st.container(width=READABLE_PX):
        show_gone(what, advice)
        take_file(again=True)
        st.button(without, key="go-on", on_click=go_on, icon=":material/arrow_forward:")
