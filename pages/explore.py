"""Explore: everything that was measured, by level, with its provenance; and figures of the reader's own."""

from __future__ import annotations

from app.explore.carried_rows import take_rows
from app.explore.data_set import show_data_set
from app.explore.page import show_figures
from app.explore.sql import show_sql
from app.explore.yours import show_yours
from app.frame.shell import page
from app.i18n.texts import t
from app.ui.boundary import boundary
from app.url_state import widgets

with page(t("What did on-device AI cost where it was measured?")):
    with boundary("rows of the link"):
        take_rows()
    section, tabs = widgets.tabs({"figures": t("Figures"), "yours": t("Your measurements")}, "section")
    with tabs[section]:
        if section == "figures":
            with boundary("explore"):
                show_figures()
            with boundary("sql box"):
                show_sql()
            with boundary("data set"):
                show_data_set()
        else:
            with boundary("your measurements"):
                show_yours()
