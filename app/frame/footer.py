"""The foot of every page: versions, sources, licence."""

from __future__ import annotations

import streamlit as st

from app import bundle_cache
from app.frame.navigation import METHODS
from app.i18n.texts import t
from app.ui.boundary import boundary
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
