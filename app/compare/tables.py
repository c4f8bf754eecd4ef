"""Tables of words and figures on the compare page: whole on screen and on paper, whatever their width."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Final, Literal

import pandas as pd
import streamlit as st

from app.i18n.formats import plain
from app.i18n.texts import t
from app.memo import kept_under
from app.ui.kept_tables import written_once
from app.ui.print_view import ROWS, SHEET_PX, on_paper
from app.ui.shared import offer_table

_FIGURE: Final = re.compile(r"(?<=\d) (?=[µmk]?[JWs]\b|M\b|×|%)")

WHOLE_ROWS, MOST_ROWS = 15, 60
"""Up to so many rows a table is shown whole, and up to so many with all columns in sight, but scrolling.
A longer one would take the browser long to write out: it is drawn, and can be sorted."""
FEW, SIDE_BY_SIDE = 2, 2
"""Devices whose cells fit on a sheet with all that is said of them; things whose conditions do."""
HEIGHT_PX: Final = 360  # ten rows


def show_table(table: pd.DataFrame, alt: str, key: Hashable = None) -> None:
    """Show a table of this project's own texts (cells are Markdown); `alt` describes it.

    With a `key` that tells it apart from all others its cells are put into words once.
    """
    as_file, unbroken = _in_words(table) if key is None else kept_under(key, _in_words, table)
    offer_table(as_file)
    if on_paper():
        _print(unbroken, alt)
        return
    if len(table) > MOST_ROWS:
        st.dataframe(table, hide_index=True, placeholder="", height=HEIGHT_PX, alt=alt)
        return
    height: int | Literal["content"] = "content" if len(table) <= WHOLE_ROWS else HEIGHT_PX
    st.table(unbroken, border="horizontal", hide_index=True, height=height, alt=alt)


def _in_words(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a table as a file has it, and as it is on screen."""
    as_file = table.map(lambda cell: plain(cell) if isinstance(cell, str) else cell)
    return as_file, written_once(table.map(_unbroken))


def fit_cells(table: pd.DataFrame, devices: int) -> pd.DataFrame:
    """Return a table of cells with the columns that fit: on paper, of three devices and more, the figures.

    What they say by themselves is left out there: application, and how each compares in words.
    """
    if not on_paper() or devices <= FEW:
        return table
    network, precision = table[t("Network")], table[t("Precision")]
    named = [
        name if part in name else f"{name} {part}" for name, part in zip(network, precision, strict=True)
    ]
    words = [each for each in table if str(each).endswith(" …")]
    return table.assign(**{t("Network"): named}).drop(columns=[t("Application"), t("Precision"), *words])


def show_side_by_side(table: pd.DataFrame, alt: str, fixed: int) -> None:
    """Show a table with `fixed` columns and one per thing; on paper, a few things at a time."""
    things = len(table.columns) - fixed
    at_a_time = SIDE_BY_SIDE if on_paper() else max(things, 1)
    for start in range(0, things, at_a_time):
        columns = [*range(fixed), *range(fixed + start, fixed + min(start + at_a_time, things))]
        show_table(table.iloc[:, columns], alt)


def _print(table: pd.DataFrame, alt: str) -> None:
    """Show a whole table as wide as a sheet, its words broken into lines, in pieces that fit on one."""
    with st.container(width=SHEET_PX):
        for start in range(0, len(table), ROWS):
            st.table(table.iloc[start : start + ROWS], border="horizontal", hide_index=True, alt=alt)


def _unbroken(text: object) -> object:
    """Return a figure with a space before its unit where no line ends."""
    return _FIGURE.sub("\u00a0", text) if isinstance(text, str) else text
