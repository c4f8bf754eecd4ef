"""The phones at a glance: both scores as a table and as a picture; a click in either selects one."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.score_bubbles import score_bubbles, without_speed
from app.i18n.formats import listing, plain
from app.i18n.texts import t, verbatim
from app.measurements.phone_scores import answer
from app.memo import kept_under
from app.ui.glossary import explain
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.tables import readable

PCS_MOST, IECS_MOST = 100, 250
"""Where the bars of the table end."""
COLUMNS: Final = [
    "rank", "name", "letters", "pcs", "pcs_bar", "pcs_printed", "iecs", "iecs_bar", "iecs_printed",
    "ai_performance_score",
]  # fmt: skip


def show_overview(shown: pd.DataFrame, chosen: str) -> None:
    """Show the phones as a table and as a picture; a click in either selects one."""
    if on_paper():
        _printed_table(shown)
        _bubbles(shown, chosen)
        return
    left, right = st.columns([5, 3], gap="small")
    with left:
        _table(shown)
    with right:
        _bubbles(shown, chosen)


def _printed_table(shown: pd.DataFrame) -> None:
    headings = {
        "rank": t("Rank"),
        "name": t("Device"),
        "letters": t("Letters"),
        "pcs": verbatim("PCS"),
        "pcs_printed": t("{score}, printed", score=verbatim("PCS")),
        "iecs": verbatim("IECS"),
        "iecs_printed": t("{score}, printed", score=verbatim("IECS")),
        "ai_performance_score": t("Speed"),
    }
    speed = shown["ai_performance_score"].round().astype(pd.Int64Dtype())
    table = shown.assign(ai_performance_score=speed).rename(columns=headings)
    print_table(table, t("Phones with their scores, best PCS first"), list(headings.values()))


def _table(shown: pd.DataFrame) -> None:
    ids = list(shown["device_id"])
    # The figures have columns of their own: those beside a bar would not follow the reader's language.
    table = shown.assign(
        pcs_bar=shown["pcs"],
        iecs_bar=shown["iecs"],
        ai_performance_score=shown["ai_performance_score"].round().astype(pd.Int64Dtype()),
    )
    st.dataframe(
        readable(table[COLUMNS]),
        hide_index=True,
        key="table",
        on_select=lambda: _select(ids, st.session_state["table"]["selection"]["rows"]),
        selection_mode="single-row",
        alt=t("Phones with their scores, best PCS first"),
        column_config=_column_config(),
    )


def _column_config() -> dict[str, Any]:
    column = st.column_config
    return {
        "rank": column.NumberColumn("#", help=t("Rank by PCS"), width=32),
        "name": column.TextColumn(t("Device"), width=165),
        "letters": column.TextColumn(t("Letters"), help=explain("letter"), width=86),
        "pcs": column.NumberColumn(verbatim("PCS"), help=explain("PCS"), width=48),
        "pcs_bar": _bar(PCS_MOST, explain("PCS")),
        "pcs_printed": column.NumberColumn(t("printed"), help=f"PCS {explain('as printed')}", width=70),
        "iecs": column.NumberColumn(verbatim("IECS"), help=explain("IECS"), width=48),
        "iecs_bar": _bar(IECS_MOST, explain("IECS")),
        "iecs_printed": column.NumberColumn(t("printed"), help=f"IECS {explain('as printed')}", width=70),
        "ai_performance_score": column.NumberColumn(
            t("Speed"), help=explain("AI performance score"), width=54
        ),
    }


def _bar(most: int, about: str) -> Any:
    """Return a column of bars from 0 to `most`, without figures."""
    label = t("of {most}", most=most)
    return st.column_config.ProgressColumn(
        label, help=about, min_value=0, max_value=most, format=" ", color="primary", width=68
    )


def _bubbles(shown: pd.DataFrame, chosen: str) -> None:
    ids = list(shown.dropna(subset=["ai_performance_score"])["device_id"])
    st.plotly_chart(
        kept_under((tuple(ids), chosen), score_bubbles, shown, chosen),
        width=picture_width(),
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
