"""Equations on a page."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.i18n.texts import verbatim

LARGE: Final = verbatim("\\displaystyle ")
"""Fractions and sums as large as on a line of their own."""


def show_equation(latex: str) -> None:
    """Show an equation on a line of its own.

    Streamlit's own line for equations is a scrolling box a pixel too low for most of them, which the keyboard
    cannot reach; in running text an equation breaks where it does not fit.
    """
    st.markdown(f"${LARGE}{latex}$")
