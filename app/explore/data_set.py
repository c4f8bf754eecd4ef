"""How to load everything without this app: the command that writes the data set, and other tools."""

from __future__ import annotations

import streamlit as st

from app.i18n.texts import t, verbatim
from app.url_state import widgets
from data.dataset.snippets import EXPORT, SNIPPETS


def show_data_set() -> None:
    """Show, one click away, how the bundle is loaded in pandas, DuckDB, R and Croissant."""
    with st.expander(t("Load everything in pandas, DuckDB or R"), icon=":material/dataset:"):
        st.markdown(
            t(
                "One command writes every table as Parquet, with a dictionary of all columns and a Croissant "
                "description. Each row names its source; use it under the licence of that source."
            )
        )
        st.code(EXPORT, language=None)
        tools = {tool: verbatim(tool) for tool in SNIPPETS}
        tool = widgets.segmented_control(t("Tool"), tools, "load-in", label_visibility="collapsed")
        st.code(SNIPPETS[tool], language=None)
