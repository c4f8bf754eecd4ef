"""Filters of a level: widgets whose values live in the address, and the rows that pass them."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app.explore_levels import ANY, Filter, Level, key_of
from app.formats import listing, literal

MAX_ASKED: Final = 50
"""Values of one query parameter that are looked at."""

_POWERS: Final = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10_000.0, 100_000.0, 1_000_000.0)
"""Bounds that can be chosen for the work (million MACs)."""


def show_filters(level: Level, rows: pd.DataFrame) -> pd.DataFrame:
    """Show the filters of a level and return the rows that pass all of them."""
    amount = len(level.filters) + int(level.has_macs)
    columns = st.columns(amount, vertical_alignment="bottom")
    passing = pd.Series(data=True, index=rows.index)
    for place, each in zip(columns, level.filters, strict=False):
        with place:
            passing &= _passing(level, each, rows)
    if level.has_macs:
        with columns[-1]:
            passing &= _within_macs(level, rows)
    return rows[passing]


def _passing(level: Level, each: Filter, rows: pd.DataFrame) -> pd.Series:
    options = options_of(rows, each.column)
    key = key_of(level, each.column)
    _warn_if_unknown(key, options, each.label)
    if each.single:
        offered = [*options, ANY]
        start = offered.index(each.start) if each.start in offered else 0
        chosen = st.selectbox(each.label, offered, index=start, key=key, bind="query-params")
        wanted = options if chosen in (ANY, None) else [chosen]
    else:
        wanted = (
            st.multiselect(each.label, options, key=key, bind="query-params", placeholder="All") or options
        )
    if wanted == options:
        return pd.Series(data=True, index=rows.index)
    return as_words(rows[each.column]).isin(wanted)


def options_of(rows: pd.DataFrame, column: str) -> list[str]:
    """Return the values of a column as words, sorted; numbers by size."""
    present = rows[column].dropna().unique() if column in rows else []
    ordered = sorted(present, key=lambda value: (isinstance(value, str), value))
    return list(dict.fromkeys(as_words(pd.Series(list(ordered), dtype=object))))


def as_words(values: pd.Series) -> pd.Series:
    """Return values as they are offered: whole numbers without a decimal point."""
    return values.map(lambda value: value if isinstance(value, str) else f"{value:g}", na_action="ignore")


def _warn_if_unknown(key: str, options: list[str], label: str) -> None:
    if key in st.session_state:
        return
    asked = [str(value)[:100] for value in st.query_params.get_all(key)[:MAX_ASKED]]
    unknown = [literal(value) for value in asked if value and value not in (*options, ANY)]
    if unknown:
        st.warning(
            f"{label}: the address asks for “{listing(unknown)}”, which is not here (any more).  \n"
            "Code: `unknown-address-value`",
            icon=":material/link_off:",
        )


def _within_macs(level: Level, rows: pd.DataFrame) -> pd.Series:
    macs = pd.to_numeric(rows["macs_m"]) if "macs_m" in rows else pd.Series(dtype=float)
    known = macs[macs > 0]
    if known.empty:
        return pd.Series(data=True, index=rows.index)
    bounds = [power for power in _POWERS if known.min() / 10 < power < known.max() * 10]
    labels = {f"{power:,.10g} M": power for power in bounds}
    low, high = st.select_slider(
        "Work (MACs)",
        list(labels),
        value=(next(iter(labels)), list(labels)[-1]),
        key=key_of(level, "macs"),
        bind="query-params",
        help="Multiply-accumulates in millions. Rows without a known number stay in at full width.",
    )
    if (labels[low], labels[high]) == (bounds[0], bounds[-1]):
        return pd.Series(data=True, index=rows.index)
    return macs.between(labels[low], labels[high])
