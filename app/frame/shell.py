"""The frame around every page: window title, navigation, title line, error boundary, footer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import streamlit as st

from app import bundle_cache
from app.frame.document_language import tell_language
from app.frame.doors import note_page, show_doors
from app.frame.language_choice import settle_language, show_language_choice
from app.frame.navigation import METHODS, PAGES, Entry
from app.frame.page_menu import show_page_menu
from app.frame.share import NAME, show_share
from app.frame.tour import show_tour, show_tour_button
from app.i18n.texts import t
from app.log import timed
from app.page_load import page_in_progress
from app.paths import ROOT
from app.ui.boundary import boundary
from app.ui.shared import begin
from app.url_state import own_file
from app.url_state.number_fields import take_out_bad_numbers
from predictors.version import METHOD_VERSION


def show_footer() -> None:
    """Say which data and which method made this page, and under which terms."""
    st.divider()
    with boundary("footer"), st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":small[{footer_text(bundle_cache.data_version(), len(bundle_cache.sources()))}]",
            width="content",
        )
        st.page_link(
            METHODS.file,
            label=t("Sources and licences"),
            query_params={"section": "sources"},
        )


def footer_text(data_version: str, sources: int) -> str:
    """Return the line itself."""
    return t(
        "Data {data} · method {method} · {sources} sources, each with its own licence · "
        "code under the MIT licence · everything is computed on this machine.",
        data=data_version,
        method=METHOD_VERSION,
        sources=sources,
    )


IMAGES: Final = ROOT / "app" / "images"


def run() -> None:
    """Set up the window and run the page that was asked for."""
    settle_language()
    # Also when the configuration file was not found, no traceback may reach a reader.
    st.set_option("client.showErrorDetails", "none")
    st.set_page_config(
        page_title=NAME,
        # A picture of our own: Streamlit would fetch a symbol or emoji from the network.
        page_icon=str(IMAGES / "icon.svg"),
        layout="wide",
        menu_items={
            "about": t("{name}: energy transparency for deep learning on edge devices.", name=NAME),
        },
    )
    with boundary("page"):
        ground = "dark" if st.context.theme.type == "dark" else "light"
        st.logo(str(IMAGES / f"wordmark_{ground}.svg"), size="large")
        chosen = st.navigation([_page(entry) for entry in PAGES], position="top")
        st.set_page_config(page_title=f"{chosen.title} · {NAME}")
        take_out_bad_numbers(chosen)
        own_file.let_go_elsewhere(chosen.url_path)
        with timed("page", page=chosen.url_path or PAGES[0].slug), page_in_progress():
            note_page(chosen.url_path or PAGES[0].slug)
            show_tour(chosen.url_path or PAGES[0].slug)
            chosen.run()


@contextmanager
def page(question: str, answer: str = "") -> Iterator[None]:
    """Frame one page: its question as title, a line under it, its content inside the boundary, the footer.

    Use as `with page(t("Which …?")):` around everything a page shows.
    """
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(question, anchor=False, width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            show_page_menu()
            strip = st.container(width="content")
            show_tour_button()
            show_language_choice()
    begin(question)
    show_doors()
    if answer:
        st.markdown(answer)
    with boundary(question):
        yield
    with strip, boundary("share"):  # last, as it offers what the page has put together
        show_share(question)
    show_footer()
    tell_language()


def _page(entry: Entry) -> st.Page:
    is_first = entry is PAGES[0]
    return st.Page(
        entry.file,
        title=t(entry.title),
        icon=entry.icon,
        url_path=entry.slug,
        default=is_first,
        visibility="hidden" if entry.hidden else "visible",
    )
