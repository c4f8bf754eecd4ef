"""The button that hands a table over as a CSV file."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def offer_csv(
    label: str,
    content: str | Callable[[], str] | Callable[[], bytes],
    file_name: str,
    *,
    key: str | None = None,
    help: str | None = None,
) -> None:
    """Show the button. `content` may be a function, which is only called once the file is wanted."""
    st.download_button(
        label,
        content,
        file_name=file_name,
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=key,
        help=help,
    )
