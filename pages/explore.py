"""Explore: everything that was measured, by level, with its provenance; and figures of the reader's own."""

from __future__ import annotations

import streamlit as st

from app.errors import boundary
from app.explore_sql import show_sql
from app.explore_view import show_figures
from app.explore_yours import show_yours
from app.shell import page

with page("What did on-device AI cost where it was measured?"):
    figures, yours = st.tabs(
        ["Figures", "Your measurements"], key="section", bind="query-params", on_change="rerun"
    )
    if figures.open:
        with figures:
            with boundary("explore"):
                show_figures()
            with boundary("sql box"):
                show_sql()
    if yours.open:
        with yours, boundary("your measurements"):
            show_yours()
