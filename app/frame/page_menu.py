"""The pages by name, behind a button that says so: on a narrow screen the bar is a mark without words."""

from __future__ import annotations

import streamlit as st

from app.frame.navigation import PAGES
from app.i18n.texts import t


def show_page_menu() -> None:
    """Show the button; behind it a link to every page of the navigation."""
    with st.popover(t("Pages"), icon=":material/menu:", type="tertiary"):
        for entry in PAGES:
            if not entry.hidden:
                st.page_link(entry.file, label=t(entry.title), icon=entry.icon)
