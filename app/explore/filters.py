"""Filters of a level: widgets whose values live in the address, and the rows that pass them."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app.i18n.formats import literal, number
from app.i18n.texts import t
from app.measurements.levels import ANY, Filter, Level, key_of
from app.measurements.rows import own_rows, value_words
from app.memo import kept_under
from app.ui.glossary import explain
from app.url_state import widgets

_POWERS: Final = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10_000.0, 100_000.0, 1_000_000.0)
"""Bounds that can be chosen for the work (million MACs)."""

_TERMS: Final = {"delegate": ("delegate",), "kernel": ("kernel",), "precision": ("fp32", "int8")}
"""Column -> words of the glossary that its filter explains."""


def show_filters(level: Level, rows: pd.DataFrame) -> pd.DataFrame:
    """Show the filters of a level and return the rows that pass all of them."""
    _name_unlevelled(level)
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


def _name_unlevelled(level: Level) -> None:
    """Name filters of the address without their level, which do nothing, and take them out of it."""
    columns = dict.fromkeys([each.column for each in level.filters] + ["macs"] * level.has_macs)
    for column in columns:
        values = st.query_params.get_all(column)[: widgets.MAX_VALUES]
        if not values:
            continue
        del st.query_params[column]
        written = "&".join(f"{column}={value[: widgets.MAX_VALUE_LENGTH]}" for value in values)
        st.warning(
            t(
                "The address holds “{given}”, which filters nothing: each level has filters of its own, and "
                "this one is called “{key}” here. The page shows every row: choose below.  \nCode: `{code}`",
                given=literal(written),
                key=key_of(level, column),
                code="UNKNOWN_ADDRESS_FILTER",
            ),
            icon=":material/link_off:",
        )


def _passing(level: Level, each: Filter, rows: pd.DataFrame) -> pd.Series:
    options = _options(level, each.column, rows)
    label, key = t(each.label), key_of(level, each.column)
    about = explain(*_TERMS[each.column]) if each.column in _TERMS else None
    if each.single:
        offered = options | {ANY: t("any")}
        chosen = widgets.selectbox(label, offered, key, usual=each.start, help=about)
        wanted = [] if chosen == ANY else [chosen]
    else:
        wanted = widgets.multiselect(label, options, key, placeholder=t("All"), help=about)
    if not wanted:
        return pd.Series(data=True, index=rows.index)
    return as_ids(rows[_column(each.column)]).isin(wanted)


def _options(level: Level, column: str, rows: pd.DataFrame) -> dict[str, str]:
    if own_rows(level).empty:
        return kept_under((level.id, column), options_of, rows, column)
    return options_of(rows, column)


def options_of(rows: pd.DataFrame, column: str) -> dict[str, str]:
    """Return the values of a column, id -> label, sorted: devices by name, numbers by size."""
    if column == "device":
        names = rows[["device_id", "device"]].drop_duplicates().sort_values("device")
        return dict(zip(names["device_id"].astype(str), names["device"].astype(str), strict=True))
    present = rows[column].dropna().unique() if column in rows else []
    ordered = sorted(present, key=lambda value: (isinstance(value, str), value))
    ids = list(dict.fromkeys(as_ids(pd.Series(list(ordered), dtype=object))))
    return {each: value_words(column, each) for each in ids}


def as_ids(values: pd.Series) -> pd.Series:
    """Return values as they stand in the address: whole numbers without a decimal point."""
    return values.map(lambda value: value if isinstance(value, str) else f"{value:g}", na_action="ignore")


def _column(name: str) -> str:
    return "device_id" if name == "device" else name


def _within_macs(level: Level, rows: pd.DataFrame) -> pd.Series:
    macs = pd.to_numeric(rows["macs_m"]) if "macs_m" in rows else pd.Series(dtype=float)
    known = macs[macs > 0]
    if known.empty:
        return pd.Series(data=True, index=rows.index)
    bounds = {f"{power:.10g}": power for power in _POWERS if known.min() / 10 < power < known.max() * 10}
    low, high = widgets.select_range(
        t("Work (MACs)"),
        {each: f"{number(power, 1)} M" for each, power in bounds.items()},
        key_of(level, "macs"),
        help=t("Multiply-accumulates in millions. Rows without a known number stay in at full width."),
    )
    if [low, high] == [next(iter(bounds)), list(bounds)[-1]]:
        return pd.Series(data=True, index=rows.index)
    return macs.between(bounds[low], bounds[high])
