"""Filters and tables over all devices: search, kind, maker, what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.devices.spelling import MOST_SIGNS, holds, plain
from app.i18n.formats import count
from app.i18n.texts import mark, t, tn
from app.measurements.devices import KINDS, catalogue
from app.ui.kept_tables import kept_table
from app.ui.print_view import SHEET_PX, on_paper
from app.ui.tables import readable
from app.url_state import widgets
from app.url_state.selections import clicked

ANY: Final = "any"
ALL_KINDS: Final = "all"
PHONES: Final = "phone"
HAS_KERNELS, HAS_ALL = "kernel_measurements", "every-cell"
MARKET_CLASSES: Final = {"flagship": mark("flagship"), "mid-range": mark("mid-range")}
MOST_ROWS: Final = 12
"""Longer tables scroll in themselves."""
TALL_PX: Final = 430  # twelve rows
FILTERS: Final = {"q": "", "class": ANY, "vendor": ANY, "has": ANY}


def kinds_of(devices: pd.DataFrame) -> dict[str, str]:
    """Return the kinds that there are and their headings, all devices last."""
    present = set(devices["kind"])
    return {kind: t(words) for kind, words in KINDS.items() if kind in present} | {
        ALL_KINDS: t("All devices")
    }


def settle_device(devices: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Decide what the address asks for before the choices of kind and device are made.

    A device opens its own kind and a kind its first device, unless the address asks for both. `devices` are
    in the order in which they are offered.
    """
    first = str(devices["device_id"].iloc[0])
    is_other, device = widgets.settle("device", names, first, t("device"))
    _, kind = widgets.settle("kind", kinds_of(devices), kind_of(devices, first), t("kind of device"))
    if kind is None and is_other:
        st.session_state["kind"] = kind_of(devices, device or first)
    # An address that is shown again within a visit, as by the way back, may name a kind alone.
    if kind is not None and device is None and (is_other or "device" not in st.query_params):
        st.session_state["device"] = of_kind(devices, kind)["device_id"].iloc[0]


def kind_of(devices: pd.DataFrame, device_id: str) -> str:
    """Return the kind of a device."""
    return str(dict(zip(devices["device_id"], devices["kind"], strict=True))[device_id])


def choose_kind(devices: pd.DataFrame) -> str:
    """Let the kind of device be chosen; returns its id. The usual one is that of the device in detail."""
    device_id = st.session_state.get("device", devices["device_id"].iloc[0])
    return widgets.segmented_control(
        t("Kind"),
        kinds_of(devices),
        "kind",
        usual=kind_of(devices, device_id),
        on_change=_first_of_kind,
        args=(devices,),
        label_visibility="collapsed",
        wrap=True,
    )


def _first_of_kind(devices: pd.DataFrame) -> None:
    """Show a device of the kind that was just chosen in detail; the one that is shown stays if it is one."""
    members = of_kind(devices, st.session_state["kind"])["device_id"]
    if len(members) and st.session_state.get("device") not in set(members):
        st.session_state["device"] = members.iloc[0]


def of_kind(devices: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the devices of a kind."""
    return devices if kind == ALL_KINDS else devices[devices["kind"] == kind]


def search_devices(table: pd.DataFrame) -> pd.DataFrame:
    """Show the search and return the rows whose `searched` holds what was typed."""
    text = st.text_input(
        t("Search"),
        key="q",
        bind="query-params",
        type="search",
        max_chars=MOST_SIGNS,
        placeholder=t("Phone, maker or chip"),
    )
    return table[_found(table["searched"], (text or "")[:MOST_SIGNS])]


def _found(searched: pd.Series, text: str) -> pd.Series:
    """Which rows hold a text, as it was typed or with other spaces ("redmi note 8" is "Redmi Note8")."""
    as_typed = searched.str.contains(text.strip().lower(), regex=False)
    asked = plain(text)
    return as_typed | searched.map(lambda words: holds(plain(words), asked))


def show_filters(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Show the filters of a kind behind a button and return the rows that pass them.

    Columns: device_id, vendor; for phones also market_class, rows_used, rows_possible.
    """
    active = sum(st.session_state.get(key, start) != start for key, start in FILTERS.items() if key != "q")
    name = t("Filters ({n})", n=active) if active else t("Filters")
    shown = table
    with st.popover(name, icon=":material/filter_list:", width="stretch"):
        if kind == PHONES:
            classes = {each: market_class(each) for each in sorted(table["market_class"].dropna().unique())}
            market = _choice(t("Class"), "class", classes)
            shown = shown if market == ANY else shown[shown["market_class"] == market]
        makers = {each: each for each in sorted(table["vendor"].unique())}
        maker = _choice(t("Maker"), "vendor", makers)
        shown = shown if maker == ANY else shown[shown["vendor"] == maker]
        has = _choice(t("Has measurements of"), "has", _has_options(table, kind))
        return shown[_has(shown, has)]


def amount_words(shown: int, total: int) -> str:
    """Return how many devices are shown: "8 of 9 devices"."""
    return tn("{shown} of {n} device", "{shown} of {n} devices", total, shown=count(shown))


def market_class(name: str) -> str:
    """Return the class a phone is sold in, in words."""
    return t(MARKET_CLASSES[name]) if name in MARKET_CLASSES else name


def _choice(label: str, key: str, options: Mapping[str, str]) -> str:
    return widgets.selectbox(label, {ANY: t("any"), **options}, key)


def _has_options(table: pd.DataFrame, kind: str) -> dict[str, str]:
    if kind == PHONES:
        return {HAS_ALL: t("every cell of the table"), HAS_KERNELS: t("single kernels")}
    coverage = bundle_cache.device_coverage()
    present = coverage.loc[coverage["device_id"].isin(table["device_id"]), "table_name"]
    return {str(name): bundle_cache.title(str(name)) for name in dict.fromkeys(present)}


def _has(table: pd.DataFrame, what: str) -> pd.Series:
    if what == HAS_ALL:
        return table["rows_used"] == table["rows_possible"]
    if what == ANY:
        return pd.Series(data=True, index=table.index)
    coverage = bundle_cache.device_coverage()
    return table["device_id"].isin(coverage.loc[coverage["table_name"] == what, "device_id"])


def clear_filters() -> None:
    """Put every filter back to its start."""
    for key, start in FILTERS.items():
        st.session_state[key] = start


def show_all(device_id: str) -> None:
    """Widen the kind to all devices, keeping the search, with one that it found in detail."""
    st.session_state["kind"] = ALL_KINDS
    st.session_state["device"] = device_id


def offer_other_kinds(kind: str) -> None:
    """Say so when the search also finds devices of other kinds, with a way to them."""
    text = str(st.session_state.get("q") or "").strip()
    if not text or kind == ALL_KINDS:
        return
    devices = catalogue()
    others = devices[_found(devices["searched"], text) & (devices["kind"] != kind)]
    if len(others):
        with st.container(horizontal=True, vertical_alignment="center"):
            found = tn(
                "The search also finds {n} device of another kind.",
                "The search also finds {n} devices of other kinds.",
                len(others),
            )
            st.markdown(found, width="content")
            label = t("Show it") if len(others) == 1 else t("Show them")
            st.button(label, on_click=show_all, args=(others["device_id"].iloc[0],), key="show-all")


def devices_sentence(table: pd.DataFrame) -> str:
    """Return which of these devices has the most measurements (columns name, rows)."""
    row = table.sort_values("rows", ascending=False).iloc[0]
    return tn(
        "{device} has the most measurements: {n} row.",
        "{device} has the most measurements: {n} rows.",
        int(row["rows"]),
        device=row["name"],
    )


def show_table(table: pd.DataFrame) -> None:
    """Show the devices as a table that sorts by any column; a click selects one."""
    headings = {
        "name": t("Device"),
        **({"kind_words": t("Kind")} if table["kind"].nunique() > 1 else {}),
        "vendor": t("Maker"),
        "soc": t("Chip"),
        "rows": t("Rows"),
        "measured": t("What was measured"),
    }
    shown = table[[name for name in headings if name in table and table[name].notna().any()]]
    alt = t("Devices with what was measured on them")
    if on_paper():
        _print_table(shown, headings, alt)
        return
    ids = list(table["device_id"])
    st.dataframe(
        kept_table((tuple(ids), tuple(shown)), lambda: readable(shown)),
        hide_index=True,
        key="table",
        height="content" if len(table) <= MOST_ROWS else TALL_PX,
        on_select=lambda: _select(ids),
        selection_mode="single-cell",
        placeholder="",
        alt=alt,
        column_config=dict(headings),
    )


def _print_table(shown: pd.DataFrame, headings: Mapping[str, str], alt: str) -> None:
    """Show what fits on a sheet, as words, whose lines break."""
    words = {"rows": count}
    columns = {
        headings[name]: ["" if pd.isna(value) else words.get(name, str)(value) for value in shown[name]]
        for name in ("name", "rows", "measured")
        if name in shown
    }
    with st.container(width=SHEET_PX):
        st.table(pd.DataFrame(columns), hide_index=True, alt=alt)


def _select(ids: list[str]) -> None:
    if device_id := clicked("table", ids, "cells"):
        st.session_state["device"] = device_id
