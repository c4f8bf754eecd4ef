"""Grades as badges on a page, and as text in a table."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.i18n.formats import number
from app.label.shapes import STEPS
from app.label.strip import Badge, strip
from app.label.svg import to_svg
from app.memo import kept
from app.ui.colours import text_on
from scoring.rubric import LETTERS, grade_score
from scoring.score import Score

DISC: Final = "●"
RING: Final = "○"


def score_badge(score: Score) -> Badge:
    """Return the badge of a PCS or IECS."""
    return Badge(score.name, number(score.value), grade_score(score))


def badge_cell(letter: str, figure: str) -> str:
    """Return a badge as text: the letter, its place among the five as a disc, the figure: "A ●○○○○ 82.8"."""
    places = "".join(DISC if each == letter else RING for each in LETTERS)
    return f"{letter} {places} {figure}"


def cell_style(letter: str) -> str:
    """Return the colours of a cell of a table that holds a badge, "" for no letter."""
    if letter not in STEPS:
        return ""
    return f"background-color: {STEPS[letter]}; color: {text_on(STEPS[letter])}"


def show_badges(badges: list[Badge], words: str = "") -> None:
    """Show badges, and words about them, in one row, which breaks on a narrow screen."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for badge in badges:
            drawing, width = kept(_drawn, badge)
            st.image(drawing, alt=badge.words, width=width)
        if words:
            st.caption(words, width="content")


def _drawn(badge: Badge) -> tuple[str, int]:
    drawing = strip(badge)
    return to_svg(drawing), round(drawing.width)
