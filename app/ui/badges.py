"""Score badges of native elements: value, direction, scope and coverage as text, not as colour alone."""

from __future__ import annotations

import streamlit as st

from app.i18n.formats import number, percent
from app.i18n.texts import mark, t
from app.ui.glossary import explain
from scoring import PrintedComparison

_UNITS = {"PCS": mark("points of 100"), "IECS": mark("inferences per joule, summed")}


def score_badge(comparison: PrintedComparison, scope: str, trust: str = "") -> None:
    """Show one score as a badge: the recomputed number large, the printed one beside it.

    `scope` says among whom it is comparable ("among 8 phones, 12 reference networks"), `trust` how far it can
    be trusted (see `app.devices.score_certainty`).
    """
    score = comparison.recomputed
    with st.container(border=True):
        st.metric(score.name, number(score.value), help=explain(score.name))
        st.caption(badge_text(comparison, scope))
        if trust:
            st.caption(trust)


def badge_text(comparison: PrintedComparison, scope: str) -> str:
    """Return what stands under the number: unit, direction, printed score, coverage, scope."""
    score = comparison.recomputed
    printed = (
        t("not printed")
        if comparison.printed is None
        else t("printed: {printed}", printed=comparison.printed)
    )
    rows = t(
        "{used} of {possible} rows ({share})",
        used=score.rows_used,
        possible=score.rows_possible,
        share=percent(score.coverage),
    )
    return " · ".join([t(_UNITS[score.name]), t("higher is better"), f"**{printed}**", rows, scope])
