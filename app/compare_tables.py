"""Tables of words and figures on the compare page: whole on screen and on paper, whatever their width."""

from __future__ import annotations

import re
from typing import Final

import pandas as pd
import streamlit as st

from app.on_paper import ROWS, SHEET_PX, on_paper

_FIGURE: Final = re.compile(r"(?<=\d) (?=[µmk]?[JWs]\b|M\b|×|%)")

WHOLE_ROWS, MOST_ROWS = 15, 60
"""Up to so many rows a table is shown whole, and up to so many with all columns in sight, but scrolling.
A longer one would take the browser long to write out: it is drawn, and can be sorted."""
HEIGHT_PX: Final = 360


def show_table(table: pd.DataFrame, alt: str) -> None:
    """Show a table of this project's own texts (cells are Markdown); `alt` describes it."""
    if on_paper():
        _print(table.map(_unbroken), alt)
        return
    if len(table) > MOST_ROWS:
        st.dataframe(table, hide_index=True, height=HEIGHT_PX, alt=alt)
        return
    height = "content" if len(table) <= WHOLE_ROWS else HEIGHT_PX
    st.table(table.map(_unbroken), border="horizontal", hide_index=True, height=height, alt=alt)


def _print(table: pd.DataFrame, alt: str) -> None:
    """Show a whole table as wide as a sheet, its words broken into lines, in pieces that fit on one."""
    with st.container(width=SHEET_PX):
        for start in range(0, len(table), ROWS):
            st.table(table.iloc[start : start + ROWS], border="horizontal", hide_index=True, alt=alt)


def _unbroken(text: object) -> object:
    """Return a figure with a space before its unit where no line ends."""
    return _FIGURE.sub("\u00a0", text) if isinstance(text, str) else text
