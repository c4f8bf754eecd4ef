"""Explore: everything that was measured, by level, with its provenance; and figures of the reader's own."""

from __future__ import annotations

from app import bound
from app.errors import boundary
from app.explore_sql import show_sql
from app.explore_view import show_figures
from app.explore_yours import show_yours
from app.language import t
from app.shell import page

with page(t("What did on-device AI cost where it was measured?")):
    section, tabs = bound.tabs({"figures": t("Figures"), "yours": t("Your measurements")}, "section")
    with tabs[section]:
        if section == "figures":
            with boundary("explore"):
                show_figures()
            with boundary("sql box"):
                show_sql()
        else:
            with boundary("your measurements"):
                show_yours()
