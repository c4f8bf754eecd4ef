"""The frame around every page: window title, navigation, title line, error boundary, footer.

Tells the browser which language the page is in, for screen readers, hyphenation and translation.

The choice of language: from the address, the session or the browser, and changed by a button.

The pages by name, behind a button that says so: on a narrow screen the bar is a mark without words.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import streamlit as st

from app import bundle_cache
from app.frame.carried_devices import carry_devices, show_carried, take_carried
from app.frame.first_examples import note_page, open_page, show_examples
from app.frame.navigation import METHODS, PAGES, Entry, register
from app.frame.share import NAME, show_share
from app.frame.tour import show_tour, show_tour_button
from app.i18n.texts import CHOSEN, LANGUAGES, PARAMETER, SOURCE, in_language, language, t, verbatim
from app.log import timed
from app.page_load import page_in_progress
from app.paths import ROOT
from app.ui.boundary import boundary
from app.ui.print_view import offer_paper
from app.ui.shared import begin
from app.url_state import own_file
from app.url_state.number_fields import take_out_bad_numbers
from predictors.version import METHOD_VERSION


def show_page_menu() -> None:
    """Show the button, which wide windows hide (`frame.css`); behind it a link to every page."""
    with st.popover(t("Pages"), icon=":material/menu:", type="tertiary", key="page-menu"):
        for entry in PAGES:
            if not entry.hidden:
                st.page_link(entry.place, label=t(entry.title), icon=entry.icon)


# Streamlit's page says "en" whatever is on it, and has no setting for it. To set it anew, even to the same,
# lets the browser style the whole page again.
SCRIPT: Final = verbatim("""
export default function ({ data }) {
    const page = document.documentElement;
    if (page.lang !== data.language) page.lang = data.language;
}
""")


TOLD: Final = "document-language-told"
"""Key of the session: whether the document was told a language other than the one it comes with."""


def tell_language() -> None:
    """Set the language of the document to that of the texts; shows nothing.

    The document comes in the language of the code: while nobody asked for another, nothing has to be sent.
    """
    if language() == SOURCE and TOLD not in st.session_state:
        return
    st.session_state[TOLD] = True
    _component()(data={"language": language()}, key="document-language", height=0)


@lru_cache(maxsize=1)
def _component() -> Any:
    return st.components.v2.component("document_language", js=SCRIPT)


def settle_language() -> None:
    """Decide the language of this run, and keep it in the address unless it is that of the code.

    Call first of all. The address wins, then what the session has, then what the browser asks for.
    """
    asked = str(st.query_params.get(PARAMETER, ""))
    if asked in LANGUAGES:
        st.session_state[CHOSEN] = asked
    elif CHOSEN not in st.session_state:
        st.session_state[CHOSEN] = _of_browser()
    _write(st.session_state[CHOSEN])


def show_language_choice() -> None:
    """Show a button for each other language, in that language's own name."""
    for code, name in LANGUAGES.items():
        if code != language():
            st.button(
                name,
                key=f"to-{code}",
                icon=":material/language:",
                type="tertiary",
                on_click=_change,
                args=(code,),
            )


def _change(code: str) -> None:
    st.session_state[CHOSEN] = code
    _write(code)
    # A browser names a choice by its label. Labels change now: what is chosen is handed over as it is.
    for key in list(st.session_state):
        if _is_choice(key):
            st.session_state[key] = st.session_state[key]


def _is_choice(key: object) -> bool:
    from app.url_state.widgets import is_bound

    return isinstance(key, str) and is_bound(key)


def _write(code: str) -> None:
    wanted = "" if code == SOURCE else code
    if st.query_params.get(PARAMETER, "") == wanted:
        return
    if wanted:
        st.query_params[PARAMETER] = wanted
    else:
        del st.query_params[PARAMETER]


def _of_browser() -> str:
    locale = st.context.locale or SOURCE
    code = locale.split("-")[0].lower()
    return code if code in LANGUAGES else SOURCE


def show_footer() -> None:
    """Say which data and which method made this page, and under which terms."""
    st.divider()
    with boundary("footer"), st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":small[{footer_text(bundle_cache.data_version(), len(bundle_cache.sources()))}]",
            width="content",
        )
        st.page_link(
            METHODS.place,
            label=t("Sources and licences"),
            query_params={"section": "sources"},
        )
        offer_paper()


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
    # Set once per run: reading the session for each of a thousand texts would take a tenth of the run.
    with in_language(language()):
        _run()


def _run() -> None:
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
        pages = {entry.slug: _page(entry) for entry in PAGES}
        chosen = st.navigation([*pages.values()], position="top")
        register(pages)
        st.set_page_config(page_title=f"{chosen.title} · {NAME}")
        take_out_bad_numbers(chosen)
        own_file.let_go_elsewhere(chosen.url_path)
        with timed("page", page=chosen.url_path or PAGES[0].slug), page_in_progress():
            note_page(chosen.url_path or PAGES[0].slug)
            with boundary("devices in the link"):
                take_carried()
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
    show_examples()
    if answer:
        st.markdown(answer)
    show_carried()
    with boundary(question):
        yield
    with boundary("devices in the link"):
        carry_devices(open_page())
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
