"""Filters and tables over all devices: search, kind, maker, what was measured."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from app import doors, state
from app.device_facts import KINDS, catalogue, comparable, compare
from app.formats import energy, plural, rounded

ANY: Final = "any"
ALL_KINDS: Final = "All devices"
PHONES: Final = KINDS["phone"]
HAS_KERNELS, HAS_ALL = "single kernels", "every cell of the table"
FILTERS: Final = {"q": "", "class": ANY, "vendor": ANY, "has": ANY}


def kinds_of(devices: pd.DataFrame) -> list[str]:
    """Return the headings of the kinds that there are, all devices last."""
    present = set(devices["kind"])
    return [*(words for kind, words in KINDS.items() if kind in present), ALL_KINDS]


def start_kind(devices: pd.DataFrame, page_file: Path) -> None:
    """Let an address that names only a device open the kind that the device is of; reloads `page_file`."""
    asked = state.asked_for("device")
    if asked is None or state.asked_for("kind") is not None or "kind" in st.session_state:
        return
    named = devices[(devices["name"] == asked) | (devices["device_id"] == asked)]
    if len(named) and named["kind"].iloc[0] != "phone":
        query = st.query_params.to_dict() | {"kind": KINDS[str(named["kind"].iloc[0])]}
        st.switch_page(page_file, query_params=query)


def choose_kind(devices: pd.DataFrame) -> str:
    """Let the kind of device be chosen; phones first."""
    kinds = kinds_of(devices)
    state.warn_if_unknown("kind", {kind: kind for kind in kinds}, "kind of device")
    return str(
        st.segmented_control(
            "Kind",
            kinds,
            default=kinds[0],
            required=True,
            key="kind",
            bind="query-params",
            on_change=_first_of_kind,
            args=(devices,),
            label_visibility="collapsed",
            wrap=True,
        )
    )


def _first_of_kind(devices: pd.DataFrame) -> None:
    """Show a device of the kind that was just chosen in detail.

    A device that nobody asked for is not in the address: it gives way to the first of the new kind, which is
    the one that the address then opens.
    """
    members = of_kind(devices, st.session_state["kind"])["device_id"]
    asked = "device" in st.query_params and st.session_state.get("device") in set(members)
    if len(members) and not asked:
        st.session_state["device"] = members.iloc[0]


def of_kind(devices: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the devices of a kind, by its heading."""
    return devices if kind == ALL_KINDS else devices[devices["kind"].map(KINDS) == kind]


def show_filters(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Show the filters of a kind and return the rows that pass them.

    Columns: device_id, vendor, searched; for phones also market_class, rows_used, rows_possible.
    """
    columns = st.columns([2, 1, 1, 1, 1] if kind == PHONES else [3, 1, 1, 1], vertical_alignment="bottom")
    text = columns[0].text_input(
        "Search",
        key="q",
        bind="query-params",
        type="search",
        placeholder="Name, maker, chip or accelerator",
    )
    shown = table[table["searched"].str.contains((text or "").strip().lower(), regex=False)]
    if kind == PHONES:
        market = _choice(columns[1], "Class", "class", sorted(table["market_class"].dropna().unique()))
        shown = shown if market == ANY else shown[shown["market_class"] == market]
    maker = _choice(columns[-3], "Maker", "vendor", sorted(table["vendor"].unique()))
    shown = shown if maker == ANY else shown[shown["vendor"] == maker]
    has = _choice(columns[-2], "Has measurements of", "has", _has_options(table, kind))
    shown = shown[_has(shown, has)]
    columns[-1].markdown(f"{len(shown)} of {plural(len(table), 'device')}")
    return shown


def _choice(column: st.delta_generator.DeltaGenerator, label: str, key: str, options: list[str]) -> str:
    state.warn_if_unknown(key, {option: option for option in [ANY, *options]}, label.lower())
    return str(column.selectbox(label, [ANY, *options], key=key, bind="query-params"))


def _has_options(table: pd.DataFrame, kind: str) -> list[str]:
    if kind == PHONES:
        return [HAS_ALL, HAS_KERNELS]
    coverage = doors.device_coverage()
    present = coverage.loc[coverage["device_id"].isin(table["device_id"]), "table_name"]
    return [doors.title(str(name)) for name in dict.fromkeys(present)]


def _has(table: pd.DataFrame, what: str) -> pd.Series:
    coverage = doors.device_coverage()
    if what == HAS_ALL:
        return table["rows_used"] == table["rows_possible"]
    if what == ANY:
        return pd.Series(data=True, index=table.index)
    name = "kernel_measurements" if what == HAS_KERNELS else None
    of_table = coverage["table_name"].map(lambda each: each == name or doors.title(str(each)) == what)
    return table["device_id"].isin(coverage.loc[of_table, "device_id"])


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
    text = str(st.session_state.get("q") or "").strip().lower()
    if not text or kind == ALL_KINDS:
        return
    devices = catalogue()
    others = devices[
        devices["searched"].str.contains(text, regex=False) & (devices["kind"].map(KINDS) != kind)
    ]
    if len(others):
        with st.container(horizontal=True, vertical_alignment="center"):
            found = plural(len(others), "device")
            st.markdown(f"The search also finds {found} of other kinds.", width="content")
            label = f"Show {'it' if len(others) == 1 else 'them'}"
            st.button(label, on_click=show_all, args=(others["device_id"].iloc[0],), key="show-all")


def with_energy(table: pd.DataFrame, kind: str) -> tuple[pd.DataFrame, str]:
    """Return the table with the energy (mJ) of what most of its devices ran, and what that is ("" if none).

    It is the median of a device's best back end, among those measured with a meter of the same kind.
    """
    if kind == ALL_KINDS or table.empty:
        return table, ""
    subjects = [dict(comparable(device_id)) for device_id in table["device_id"]]
    shared = pd.Series([subject for each in subjects for subject in each]).value_counts()
    if shared.empty:
        return table, ""
    subject = str(sorted(shared[shared == shared.max()].index)[0])
    compared = {
        device_id: compare(device_id, *places[subject])
        for device_id, places in zip(table["device_id"], subjects, strict=True)
        if subject in places
    }
    usual = Counter(each.meters for each in compared.values()).most_common(1)[0][0]
    best = {
        device_id: rounded(each.groups.loc[each.groups["device_id"] == device_id, "median"].min())
        for device_id, each in compared.items()
        if each.meters == usual
    }
    figures = table.assign(energy_mj=table["device_id"].map(best))
    return figures.sort_values("energy_mj", kind="stable", ignore_index=True), subject


def devices_sentence(table: pd.DataFrame, subject: str) -> str:
    """Return what the table says: who takes least and most on what most devices ran."""
    measured = table.dropna(subset=["energy_mj"]) if "energy_mj" in table else table.iloc[:0]
    if measured.empty:
        rows = table.sort_values("rows", ascending=False).iloc[0]
        return f"{rows['name']} has the most measurements: {int(rows['rows']):,} rows."
    ordered = measured.sort_values("energy_mj")
    least, most = ordered.iloc[0], ordered.iloc[-1]
    one = f"On **{subject}**, **{least['name']}** takes {energy(least['energy_mj'])} per inference"
    if len(ordered) == 1:
        return f"{one}."
    return (
        f"{one}, the least of {len(ordered)} measured on it; {most['name']} takes the most, "
        f"{energy(most['energy_mj'])}."
    )


def show_table(table: pd.DataFrame, subject: str) -> None:
    """Show the devices as a table that sorts by any column; a click selects one."""
    ids = list(table["device_id"])
    columns = [
        "name",
        *(["kind_words"] if table["kind"].nunique() > 1 else []),
        "vendor",
        "soc",
        "energy_mj",
        "rows",
        "measured",
    ]
    column = st.column_config
    st.dataframe(
        table[[name for name in columns if name in table and table[name].notna().any()]],
        hide_index=True,
        key="table",
        height=min(430, 40 + 33 * max(1, len(table))),
        on_select=lambda: _select(ids),
        selection_mode="single-row",
        placeholder="",
        alt="Devices with what was measured on them",
        column_config={
            "name": column.TextColumn("Device", width=230),
            "kind_words": column.TextColumn("Kind", width=110),
            "vendor": column.TextColumn("Maker", width=130),
            "soc": column.TextColumn("Chip", width=110),
            "energy_mj": column.NumberColumn(
                f"Energy on {subject} (mJ)",
                width=210,
                help="Median of the best back end; single stream on boards. Lower is better.",
            ),
            "rows": column.NumberColumn("Rows", width=70),
            "measured": column.TextColumn("What was measured", width="large"),
        },
    )


def _select(ids: list[str]) -> None:
    positions = st.session_state["table"]["selection"]["rows"]
    if positions and positions[0] < len(ids):
        st.session_state["device"] = ids[positions[0]]
