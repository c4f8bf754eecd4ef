"""The pages by name, behind a button that says so: on a narrow screen the bar is a mark without words."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from app.frame.navigation import PAGES
from app.i18n.texts import t

WIDE: Final = Path(__file__).parent / "browser" / "page_menu.css"
"""Hides the button where the bar has words."""


def show_page_menu() -> None:
    """Show the button; behind it a link to every page of the navigation."""
    st.html(WIDE)
    with st.popover(t("Pages"), icon=":material/menu:", type="tertiary", key="page-menu"):
        for entry in PAGES:
            if not entry.hidden:
                st.page_link(entry.file, label=t(entry.title), icon=entry.icon)
