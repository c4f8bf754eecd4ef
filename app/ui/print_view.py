"""A view for printing: pictures no wider than a sheet, and whole tables instead of windows onto them.

A browser prints a picture as wide as it stood on the screen, and of a table what was scrolled into view.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd
import streamlit as st

from app.i18n.texts import t
from app.ui.kept_tables import kept_table
from app.ui.tables import readable

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

KEY: Final = "print"
"""Widget key and address parameter of the print view."""
SHEET_PX: Final = 670
"""Width of an upright A4 sheet within the margins that browsers leave (pixels)."""

ROWS: Final = 14
"""Rows of a piece of a table: browsers do not break one, but leave the rest of a sheet empty before it."""
SIDE_BY_SIDE: Final = 5
"""Columns beside the first that a sheet has room for; of a wider table the others follow below."""


def on_paper() -> bool:
    """Whether the reader asked for the view for printing: by the switch, or by an address just opened."""
    return bool(st.session_state.get(KEY, st.query_params.get(KEY) == "true"))


def offer_paper() -> None:
    """Show the switch. Once per page, after what it changes."""
    st.toggle(
        t("View for printing"),
        key=KEY,
        bind="query-params",
        help=t("Pictures as wide as a sheet of A4 and whole tables. Then print with the browser."),
    )


def picture_width() -> int | Literal["stretch"]:
    """Return the `width=` of a picture."""
    return SHEET_PX if on_paper() else "stretch"


def show_data(table: pd.DataFrame, alt: str, **look: Any) -> None:
    """Show a table of figures as `st.dataframe` (`look` goes there), on paper all of its rows and columns."""
    if not on_paper():
        st.dataframe(readable(table), hide_index=True, alt=alt, **({"placeholder": ""} | look))
        return
    told = table.dropna(axis="columns", how="all")
    name, *others = told.columns
    if len(others) > SIDE_BY_SIDE:
        # The row number connects the parts of a table that is too wide for a sheet.
        name, others = t("No."), list(told.columns)
        told = told.copy()
        told.insert(0, name, range(1, len(told) + 1))
    for start in range(0, max(len(others), 1), SIDE_BY_SIDE):
        print_table(told, alt, [name, *others[start : start + SIDE_BY_SIDE]])


def show_kept(key: Hashable, make: Callable[[], Styler | pd.DataFrame], alt: str, **look: Any) -> None:
    """Show a table of the bundle as `show_data` does; `make` ends with `readable`, as for `kept_table`."""
    table = kept_table(key, make)
    if on_paper() or isinstance(table, pd.DataFrame):
        show_data(table if isinstance(table, pd.DataFrame) else table.data, alt, **look)
    else:
        st.dataframe(table, hide_index=True, alt=alt, **look)


def print_table(table: pd.DataFrame, alt: str, columns: Sequence[str]) -> None:
    """Show a table in full, every row, in pieces that fit on a sheet; of its columns these."""
    printed = table[list(columns)]
    # The room is that of a container: in a table with a width of its own no line is broken.
    with st.container(width=SHEET_PX):
        for start in range(0, len(printed), ROWS):
            piece = printed.iloc[start : start + ROWS]
            st.table(readable(piece), hide_index=True, alt=alt)
