"""How good the estimates are: what can be estimated, and what the bench measured."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import bundle_cache
from app.i18n.texts import t
from app.methods.bench_results import ResultTable, bench_tables
from app.methods.bench_words import note_words, shown_table, title_words
from app.methods.calibration import show_calibration
from app.ui.boundary import boundary
from app.ui.lazy_section import folded
from app.ui.tables import readable
from app.ui.target_table import target_table, targets_sentence


def show_accuracy() -> None:
    """What can be estimated and how well, and what `make bench` measured, or where it would stand."""
    with boundary("targets"):
        _targets()
    with boundary("calibration"):
        show_calibration()
    tables = bench_tables()
    if not tables:
        st.info(
            t(
                "No accuracy tables are stored yet. `make bench` measures them and writes them to "
                "`docs/bench`."
            ),
            icon=":material/query_stats:",
        )
        return
    st.header(t("Every table of the bench"), anchor=False)
    for place, table in enumerate(tables):
        folded(title_words(table.title), f"bench-{place}", partial(_show_table, table))


def _show_table(table: ResultTable) -> None:
    st.caption(note_words(table.note))
    st.dataframe(
        readable(shown_table(table.frame)), hide_index=True, placeholder="–", alt=title_words(table.title)
    )


def _targets() -> None:
    st.header(t("What can be estimated, and how well"), anchor=False)
    targets = bundle_cache.targets()
    st.markdown(targets_sentence(targets))
    names = dict(zip(bundle_cache.devices()["device_id"], bundle_cache.devices()["name"], strict=True))
    st.dataframe(target_table(targets, names), hide_index=True, alt=t("Every target with its held-out error"))
