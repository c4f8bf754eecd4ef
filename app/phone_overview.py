"""The phones at a glance: both scores as a table and as a picture; a click in either selects one."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.score_bubbles import score_bubbles, without_speed
from app.formats import listing, plain
from app.glossary import explain
from app.kept import kept
from app.language import t, verbatim
from app.phone_scores import answer

COLUMNS: Final = [
    "rank", "name", "letters", "pcs", "pcs_printed", "iecs", "iecs_printed", "ai_performance_score",
]  # fmt: skip


def show_overview(shown: pd.DataFrame, chosen: str) -> None:
    """Show the phones as a table and as a picture; a click in either selects one."""
    left, right = st.columns([3, 2], gap="small")
    with left:
        _table(shown)
    with right:
        _bubbles(shown, chosen)


def _table(shown: pd.DataFrame) -> None:
    ids = list(shown["device_id"])
    column = st.column_config
    st.dataframe(
        shown[COLUMNS],
        hide_index=True,
        key="table",
        on_select=lambda: _select(ids, st.session_state["table"]["selection"]["rows"]),
        selection_mode="single-row",
        alt=t("Phones with their scores, best PCS first"),
        column_config={
            "rank": column.NumberColumn("#", help=t("Rank by PCS"), width=35),
            "name": column.TextColumn(t("Device"), width=165),
            "letters": column.TextColumn(t("Letters"), help=explain("letter"), width=88),
            "pcs": column.ProgressColumn(
                verbatim("PCS"),
                help=explain("PCS"),
                min_value=0,
                max_value=100,
                format="%.1f",
                color="primary",
                width=88,
            ),
            "pcs_printed": column.NumberColumn(t("printed"), help=f"PCS {explain('as printed')}", width=72),
            "iecs": column.ProgressColumn(
                verbatim("IECS"),
                help=explain("IECS"),
                min_value=0,
                max_value=250,
                format="%.0f",
                color="primary",
                width=88,
            ),
            "iecs_printed": column.NumberColumn(t("printed"), help=f"IECS {explain('as printed')}", width=72),
            "ai_performance_score": column.NumberColumn(
                t("Speed"), help=explain("AI performance score"), format="%.0f", width=62
            ),
        },
    )


def _bubbles(shown: pd.DataFrame, chosen: str) -> None:
    ids = list(shown.dropna(subset=["ai_performance_score"])["device_id"])
    st.plotly_chart(
        kept(score_bubbles, shown, chosen),
        config=CONFIG,
        key="bubbles",
        selection_mode="points",
        on_select=lambda: _select(ids, st.session_state["bubbles"]["selection"]["point_indices"]),
        alt=t(
            "Phones by speed, PCS and IECS. {answer} The same figures are in the table.",
            answer=plain(answer(shown)),
        ),
    )
    words = [t("Size and number of a bubble: IECS. A click selects the phone.")]
    left_out = without_speed(shown)
    if left_out:
        words.append(t("Without a speed score, so not in the picture: {phones}.", phones=listing(left_out)))
    st.caption(" ".join(words))


def _select(ids: list[str], positions: list[int]) -> None:
    if positions and positions[0] < len(ids):
        st.session_state["device"] = ids[positions[0]]
