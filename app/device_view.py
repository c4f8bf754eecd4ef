"""One device in detail, of any kind: what was measured, how it compares, what can be estimated on it."""

from __future__ import annotations

from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from app import doors
from app.charts.base import CONFIG
from app.charts.spread import spread
from app.device_facts import KINDS, RECORDING, comparable, compare, conditions, device_rows
from app.errors import boundary
from app.explore_data import table_notes
from app.explore_export import as_csv
from app.explore_levels import Level, key_of
from app.formats import number, plain, plural
from app.kept import kept
from app.navigation import PAGES
from app.target_table import target_table
from predictors.targets import Target

_FACTS: Final = {
    "soc": "Chip",
    "cpu_cores": "CPU",
    "gpu": "GPU",
    "ai_accelerator": "Accelerator",
    "tdp_w": "TDP (W)",
    "battery_mah": "Battery (mAh)",
}


def show_device(device_id: str) -> None:
    """Show a device without scores: its facts, how it compares, its conditions, its estimates."""
    device = doors.devices().set_index("device_id").loc[device_id]
    st.header(str(device["name"]), anchor=False)
    st.markdown(_facts(device))
    with boundary("comparison"):
        _show_comparison(device_id)
    show_background(device_id)


def show_background(device_id: str) -> None:
    """Show what every device has: conditions, known oddities, what can be estimated, where its rows are."""
    with boundary("conditions"):
        st.subheader("What was measured, and how", anchor=False)
        _show_conditions(device_id)
    with boundary("targets"):
        st.subheader("What can be estimated on it", anchor=False)
        _show_targets(device_id)


def _facts(device: pd.Series) -> str:
    facts = [f"{KINDS.get(str(device['kind']), str(device['kind'])).removesuffix('s')} by {device['vendor']}"]
    for column, name in _FACTS.items():
        value = device.get(column)
        if value is not None and not pd.isna(value):
            facts.append(f"{name}: {value if isinstance(value, str) else number(float(value))}")
    return " · ".join(facts)


def _show_comparison(device_id: str) -> None:
    places = comparable(device_id)
    if not places:
        st.info(
            "No other device was measured on the same network or task: there is nothing to compare it with.",
            icon=":material/info:",
        )
        return
    chosen = st.selectbox(
        "Compared on", list(places), key=f"compare-{device_id}", bind="query-params", width=420
    )
    comparison = compare(device_id, *places[str(chosen)])
    st.markdown(comparison.sentence)
    st.plotly_chart(
        kept(spread, comparison.groups),
        config=CONFIG,
        key=f"chart-compare-{device_id}",
        alt=plain(comparison.sentence),
    )
    st.caption("★ this device. Diamond: median; line: smallest to largest; in brackets: runs.")


def _show_conditions(device_id: str) -> None:
    table = conditions(device_id)
    if table.empty:
        st.info("This bundle holds no measurement of this device.", icon=":material/info:")
        return
    st.dataframe(table, hide_index=True, alt="What was measured on this device, and under which conditions")
    by_level = device_rows(device_id)
    notes = [
        note
        for level, own in by_level
        for note in (*table_notes(level), *(note for note in dict.fromkeys(own["note"]) if note))
    ]
    if notes:
        with st.expander(f"What is known about these figures ({len(set(notes))})"):
            st.markdown("\n".join(f"- {note}" for note in dict.fromkeys(notes)))
    with st.container(horizontal=True):
        for level, own in by_level:
            _show_links(level, own, device_id)
        if table["What"].str.startswith(RECORDING).any():
            _link("timelines", "Recordings in Timelines", {})


def _show_links(level: Level, own: pd.DataFrame, device_id: str) -> None:
    st.download_button(
        f"{level.title}, {plural(len(own), 'row')} (CSV)",
        partial(as_csv, own),
        file_name=f"joulelens-{device_id}-{level.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"rows-{device_id}-{level.id}",
        help="Every row of this device, unrounded, with source, licence, meter and corrections.",
    )
    query = {"level": level.title}
    if any(each.column == "device" for each in level.filters):
        query[key_of(level, "device")] = str(own["device"].iloc[0])
    for each in level.filters:
        if each.single:
            query[key_of(level, each.column)] = "any"
    _link("explore", f"{level.title} in Explore", query)


def _show_targets(device_id: str) -> None:
    targets = doors.targets_of(device_id)
    st.markdown(targets_words(targets))
    if not targets:
        return
    table = target_table(targets)
    st.dataframe(table, hide_index=True, alt="What can be estimated on this device, with the held-out error")
    if any(target.error_percent is not None for target in targets):
        # A plain address, in a tab of its own: both pages bind the parameter `device`, and a link within the
        # session would lose it on the way (Streamlit 1.67).
        st.link_button(
            "Estimate a model on this device",
            f"estimate?device={device_id}",
            icon=":material/bolt:",
            help="Opens in a new tab.",
        )


def targets_words(targets: tuple[Target, ...]) -> str:
    """Return what can be estimated on one device, in one sentence."""
    known = [target for target in targets if target.error_percent is not None]
    if not targets:
        return "Nothing: there are too few measurements to estimate another network from."
    if not known:
        return (
            f"Nothing yet: {plural(len(targets), 'combination')} measured, but too thinly to estimate from."
        )
    best = min(known, key=lambda target: target.error_percent or 0.0)
    return (
        f"The energy of any network that can be read, for {plural(len(known), 'combination')} of back end "
        f"and precision; the best one errs by {number(best.error_percent)} % on held-out measurements."
    )


def _link(slug: str, label: str, query: dict[str, str]) -> None:
    entry = next((each for each in PAGES if each.slug == slug), None)
    if entry is not None:
        st.page_link(entry.file, label=label, query_params=query, icon=entry.icon)
