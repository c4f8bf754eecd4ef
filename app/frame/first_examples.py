"""Three buttons for the first minute: my phone, my model, my recording, each with an example.

Shown on the first page until the visitor has been anywhere else or has chosen something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from app.frame.navigation import PAGES, Entry
from app.i18n.texts import PARAMETER, mark, t, verbatim
from app.ui.print_view import on_paper

OPEN: Final = "open-page"
"""Key of the session: the slug of the page that is open."""
LEFT: Final = "first-page-left"
"""Key of the session: whether any other page was opened."""


@dataclass(frozen=True, slots=True)
class Example:
    """One button: what the visitor has, an example by name, the page it leads to and what that shows."""

    words: str
    example: str
    slug: str
    icon: str
    query: tuple[tuple[str, str], ...]

    @property
    def entry(self) -> Entry:
        """The page it leads to."""
        return next(entry for entry in PAGES if entry.slug == self.slug)


EXAMPLES: Final = (
    Example(
        mark("My phone"), verbatim("P40 Pro"), "devices", ":material/smartphone:",
        (("device", "huawei-p40-pro"),),
    ),
    Example(
        mark("My model"), verbatim("MobileNetV2"), "estimate", ":material/bolt:",
        (("sample", "mobilenet-v2"),),
    ),
    Example(
        mark("My recording"), mark("one of ours"), "timelines", ":material/timeline:", (),
    ),
)  # fmt: skip


figures: Final[dict[str, Callable[[], str]]] = {}
"""Page (its slug) -> the figure of its example in words, once known: the first page waits for none."""


def tell_figure(slug: str, words: Callable[[], str]) -> None:
    """Take the figure of an example, whose button shows it from then on; `words` says it in the
    language of the moment.
    """
    figures[slug] = words


def note_page(slug: str) -> None:
    """Remember which page is open, and that the first one was left."""
    st.session_state[OPEN] = slug
    if slug != PAGES[0].slug:
        st.session_state[LEFT] = True


def open_page() -> str:
    """Return the slug of the page that is open."""
    return str(st.session_state.get(OPEN, PAGES[0].slug))


def show_examples() -> None:
    """Show the buttons, on the first page of a visit as its address has it from the start."""
    is_first = st.session_state.get(OPEN) == PAGES[0].slug and not st.session_state.get(LEFT)
    if not is_first or on_paper() or set(st.query_params) - {PARAMETER}:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(t("**Start with**"), width="content")
        for example in EXAMPLES:
            label = t("{what}: {example}", what=t(example.words), example=t(example.example))
            if told := figures.get(example.slug):
                label = t(
                    "{what}: {example}, {figure}",
                    what=t(example.words),
                    example=t(example.example),
                    figure=told(),
                )
            if st.button(label, key=f"example-{example.slug}", icon=example.icon):
                st.session_state[LEFT] = True
                st.switch_page(example.entry.file, query_params=dict(example.query))
