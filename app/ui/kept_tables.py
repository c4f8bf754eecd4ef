"""Tables that are the same for everybody: made once, and written out for the browser once.

Streamlit writes a styled table out at every showing, cell by cell, which takes longer than the rest of most
pages. It has no way to be told that a table is the same as before, so two of its functions are wrapped here:
for a table of `kept_table` they give what they gave the first time, and one without colours they write in one
go. Without them pages are slower, not broken.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pandas as pd
from streamlit import dataframe_util
from streamlit.elements import arrow

from app.memo import kept_under
from app.ui.shared import offer_table

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

T = TypeVar("T")

STYLED: Final = "marshall_styler"
CELLS: Final = "convert_pandas_df_to_arrow_bytes"
"""Functions of Streamlit that write a styled table, and the cells of any."""
PLAIN: Final = "_joulelens_plain"
"""Attribute of a table that `written_plainly` returned."""
KEPT: Final = "_joulelens_written"
"""Attribute of a kept table and of its frame: what Streamlit made of it, empty until it did."""


def kept_table(key: Hashable, make: Callable[[], Styler | pd.DataFrame]) -> Styler | pd.DataFrame:
    """Return a table for `st.dataframe`, made by `make` once per language and key, as `kept_under` does.

    `make` ends with `readable`; nothing of a reader's own goes through here. The table is shared and must not
    be changed. The strip "Share" offers it as a file.
    """
    # In a tuple, so that the cache hands out the object itself and not a copy.
    function = make.func if isinstance(make, partial) else make
    (table,) = kept_under((function.__module__, function.__qualname__, key), _made, make)
    offer_table(table if isinstance(table, pd.DataFrame) else table.data)
    return table


def _made(make: Callable[[], Styler | pd.DataFrame]) -> tuple[Styler | pd.DataFrame]:
    return (written_once(make()),)


def written_once(table: T) -> T:
    """Return a table (styled or not) that nobody changes any more, to be written out for the browser once."""
    for each in (table,) if isinstance(table, pd.DataFrame) else (table, getattr(table, "data", None)):
        if each is not None:
            object.__setattr__(each, KEPT, b"")
    return table


def written_plainly(styler: Styler) -> Styler:
    """Return a table that has formats and no colours, to be written column by column.

    pandas makes a description of every cell first, which takes ten times as long. Not to be styled further.
    """
    object.__setattr__(styler, PLAIN, True)
    return styler


def words_of(styler: Styler) -> pd.DataFrame:
    """Return what stands in the cells of a table with formats, as text."""
    table: pd.DataFrame = styler.data
    # By row and column; all rows of a column have one format.
    formats = styler._display_funcs
    columns = [
        [str(formats[(0, place)](value)) for value in table.iloc[:, place]]
        for place in range(len(table.columns))
    ]
    words = pd.DataFrame(dict(enumerate(columns)), index=table.index, dtype=str)
    words.columns = table.columns
    return words


def _write_style_once() -> None:
    plain = getattr(arrow, STYLED)

    @wraps(plain)
    def write(proto: Any, styler: Any, *more: Any) -> None:
        written = getattr(styler, KEPT, None)
        if written:
            proto.styler.ParseFromString(written)
            return
        if getattr(styler, PLAIN, False) and len(styler.data):
            proto.styler.uuid = str(styler.uuid)
            proto.styler.display_values = dataframe_util.convert_pandas_df_to_arrow_bytes(words_of(styler))
        else:
            plain(proto, styler, *more)
        if written is not None:
            object.__setattr__(styler, KEPT, proto.styler.SerializeToString())

    setattr(arrow, STYLED, write)


def _write_cells_once() -> None:
    plain = getattr(dataframe_util, CELLS)

    @wraps(plain)
    def write(df: pd.DataFrame, **more: Any) -> bytes:
        kept: bytes | None = None if more else vars(df).get(KEPT)
        if kept:
            return kept
        written: bytes = plain(df, **more)
        if kept is not None:
            object.__setattr__(df, KEPT, written)
        return written

    setattr(dataframe_util, CELLS, write)


if hasattr(arrow, STYLED):
    _write_style_once()
if hasattr(dataframe_util, CELLS):
    _write_cells_once()
