"""The foot of every page: versions, sources, licence."""

from __future__ import annotations

import streamlit as st

from app import doors
from app.errors import boundary
from predictors.version import METHOD_VERSION


def show_footer() -> None:
    """Say which data and which method made this page, and under which terms."""
    st.divider()
    with boundary("footer"):
        st.markdown(f":small[{footer_text(doors.data_version(), len(doors.sources()))}]")


def footer_text(data_version: str, sources: int) -> str:
    """Return the line itself."""
    return (
        f"Data {data_version} · method {METHOD_VERSION} · {sources} sources, each named with its licence on "
        "[Methods](methods) · code under the MIT licence · everything is computed on this machine."
    )
