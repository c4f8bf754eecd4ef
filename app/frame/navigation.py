"""The pages of the app, as one list: order, names, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import streamlit as st

from app.i18n.texts import mark
from app.paths import ROOT


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: `slug` is its address, `file` its script in `pages/`, `title` its English name, `icon` a
    bundled Material symbol.

    A `hidden` page is reached by a link or its address, and is not in the navigation.
    """

    slug: str
    title: str
    icon: str
    hidden: bool = False

    @property
    def file(self) -> Path:
        """The page's script, absolute, so that it is found from any working folder."""
        return ROOT / "pages" / f"{self.slug}.py"

    @property
    def place(self) -> st.Page | Path:
        """Where a link leads: the page as this run registered it, or else its script.

        Of a script, Streamlit looks for the file on the disk for every link: the menu alone has eight.
        """
        return _registered.get().get(self.slug) or self.file


_registered: Final[ContextVar[Mapping[str, st.Page]]] = ContextVar("registered", default=MappingProxyType({}))


def register(pages: Mapping[str, st.Page]) -> None:
    """Say which pages, by slug, this run of the app gave to Streamlit's navigation."""
    _registered.set(pages)


METHODS: Final = Entry("methods", mark("Methods"), ":material/menu_book:")
"""Where every footer leads."""

YOUR_DEVICE: Final = Entry("your_device", mark("Your device"), ":material/add_chart:")
"""Where measurements of one's own become scores."""

LABEL: Final = Entry("label", mark("Label"), ":material/sell:", hidden=True)
"""Where the code on a label leads."""

PAGES: Final = (
    Entry("devices", mark("Devices"), ":material/smartphone:"),
    Entry("estimate", mark("Estimate"), ":material/bolt:"),
    YOUR_DEVICE,
    Entry("compare", mark("Compare"), ":material/compare_arrows:"),
    Entry("explore", mark("Explore"), ":material/scatter_plot:"),
    Entry("tokens", mark("Tokens"), ":material/forum:"),
    Entry("timelines", mark("Timelines"), ":material/timeline:"),
    METHODS,
    LABEL,
)
"""Top navigation, left to right, hidden pages last; the first one opens at the root address."""
