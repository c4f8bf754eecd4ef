"""Tables with numbers written the reader's way, which are still sorted as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from app.i18n.formats import DIGITS, count, number

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

MOST_CELLS: Final = 50_000
"""Of a larger table every number is sent as it is: writing them all out would take longer than reading it."""


def readable(table: pd.DataFrame, digits: Mapping[str, int] | None = None) -> Styler | pd.DataFrame:
    """Return a table for `st.dataframe` with thousands and decimals written in the reader's language.

    Fractions have three significant digits, or as many as `digits` says for their column; whole numbers have
    all of theirs. The cells stay numbers: they are sorted and downloaded as such. A column with a `format` of
    its own in `column_config` keeps that format.
    """
    if table.size > MOST_CELLS:
        return table
    wanted = digits or {}
    writers: dict[Any, Any] = {}
    for name, kind in zip(table.columns, table.dtypes, strict=True):
        if pd.api.types.is_integer_dtype(kind):
            writers[name] = _whole
        elif pd.api.types.is_float_dtype(kind):
            writers[name] = partial(_fraction, digits=wanted.get(str(name), DIGITS))
    return table.style.format(writers)


def _whole(value: Any) -> str:
    return "" if pd.isna(value) else count(value)


def _fraction(value: Any, digits: int) -> str:
    return "" if pd.isna(value) else number(float(value), digits)
