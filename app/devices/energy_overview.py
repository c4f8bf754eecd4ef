"""Boards, servers, accelerators and microcontrollers at a glance: energy of one network, scope by scope."""

from __future__ import annotations

from textwrap import shorten
from typing import Any, Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.device_bars import energy_bars
from app.charts.spread import summary
from app.i18n.formats import energy, latency, listing, literal, number, plain, power
from app.i18n.messages import tell
from app.i18n.texts import mark, t
from app.measurements.rows import bundled_rows, delegate_label, network_words
from app.memo import kept, kept_under
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.tables import readable
from app.ui.target_names import meter_name, short_device_name
from app.url_state import widgets
from app.url_state.selections import clicked

LEVELS_OF: Final = {
    "board": ("board", "edge"),
    "edge-server": ("board", "edge"),
    "accelerator": ("board", "edge"),
    "microcontroller": ("microcontroller",),
}
"""Kind of device -> the levels whose rows compare its devices."""
SUBJECT: Final = "subject"
"""Column of what was run: the network, of microcontrollers the task."""
SCENARIOS: Final = ("single-stream", "offline", "multi-stream")
"""Order of preference: where a device has several scenarios, the first of these is shown."""
SYSTEM: Final = ("delegate", "precision", "software", "power_mode", "submitter")
"""What makes a system, besides its device; shown in this order."""
KEYS: Final = ["device_id", "meter_scope", *SYSTEM, "scenario", "measured_in"]
COLUMNS: Final = [
    "device_id", "name", "meter_scope", "runs_on", "energy_mj", "low_mj", "high_mj", "avg_power_w",
    "latency_ms", "amount", "measured_in", "flagged",
]  # fmt: skip
LONGEST_SETUP: Final = 60
"""Signs of a system in a sentence; the table has all of it."""
NOT_RUN: Final = mark("not measured on it")


def subjects_of(kind: str) -> dict[str, str]:
    """Return what devices of a kind ran (network or task -> words), what most of them ran first."""
    return kept(_subjects, kind)


def _subjects(kind: str) -> dict[str, str]:
    if kind not in LEVELS_OF:
        return {}
    amounts = _rows_of(kind).groupby(SUBJECT)["device_id"].nunique()
    most = sorted(amounts.items(), key=lambda item: (-int(item[1]), str(item[0])))
    shared = [str(subject) for subject, amount in most if amount > 1] or [str(each) for each, _ in most]
    return {subject: network_words(tell(subject)) for subject in shared}


def _rows_of(kind: str) -> pd.DataFrame:
    devices = bundle_cache.devices()
    ids = devices.loc[devices["kind"] == kind, "device_id"]
    years = bundle_cache.sources().set_index("source_id")["measured_in"]
    parts = []
    for level in LEVELS_OF[kind]:
        rows = bundled_rows(level)
        rows = rows[rows["device_id"].isin(ids) & rows["energy_mj"].notna()] if len(rows) else rows
        if len(rows):
            columns = [*KEYS, "energy_mj", "avg_power_w", "latency_ms", "flagged", "origin", "source_id"]
            subject = rows["network"] if "network" in rows else rows["task"]
            parts.append(rows.reindex(columns=columns).astype(object).assign(**{SUBJECT: subject}))
    if not parts:
        return pd.DataFrame(columns=[*KEYS, SUBJECT])
    found = pd.concat(parts, ignore_index=True)
    figures = {name: found[name].astype(float) for name in ("energy_mj", "avg_power_w", "latency_ms")}
    measured_in = found["measured_in"].fillna(found["source_id"].map(years)).fillna("").astype(str)
    return found.assign(**figures, measured_in=measured_in, flagged=found["flagged"].astype(bool))


def energies_of(kind: str, subject: str) -> pd.DataFrame:
    """Return what a network or task takes on each device of a kind (COLUMNS), least first within a scope.

    The median of the runs of the system (back end, precision, software, power mode, who submitted it) that
    takes least, one row per device and scope of the meter; low and high are its smallest and largest run.
    One inference after another where a device was measured so.
    """
    return kept(_energies, kind, subject)


def _energies(kind: str, subject: str) -> pd.DataFrame:
    rows = _rows_of(kind)
    rows = rows[rows[SUBJECT] == subject]
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = _first_scenario(rows)
    groups = summary(rows, KEYS, "energy_mj")
    others = rows.groupby(KEYS, dropna=False, sort=False)[["avg_power_w", "latency_ms"]].median()
    groups = groups.merge(others.reset_index(), on=KEYS, how="left")
    best = groups.drop_duplicates(["device_id", "meter_scope"])
    names = bundle_cache.devices().set_index("device_id")["name"]
    return best.assign(
        name=[short_device_name(str(names[each])) for each in best["device_id"]],
        runs_on=[_runs_on(row) for row in best.to_dict("records")],
        energy_mj=best["median"],
        low_mj=best["low"],
        high_mj=best["high"],
    )[COLUMNS]


def _first_scenario(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep of each device and scope the rows of one scenario."""
    places = {name: place for place, name in enumerate(SCENARIOS)}
    order = rows["scenario"].map(places).fillna(len(SCENARIOS))
    return rows[order == order.groupby([rows["device_id"], rows["meter_scope"]]).transform("min")]


def _runs_on(row: dict[Any, Any]) -> str:
    scenario = "" if row["scenario"] == SCENARIOS[0] else row["scenario"]
    parts = [delegate_label(str(row["delegate"])), *(row[name] for name in SYSTEM[1:]), scenario]
    return ", ".join(tell(str(each)) for each in parts if not pd.isna(each) and each)


def choose_subject(kind: str, place: DeltaGenerator) -> str:
    """Let the network or task be chosen; returns it, "" where devices of this kind have none in common."""
    options = subjects_of(kind)
    if not options:
        return ""
    with place:
        return widgets.selectbox(t("Network or task"), options, "network", noun=t("network"))


def energy_sentence(rows: pd.DataFrame, chosen: str, subject: str) -> str:
    """Return what one inference takes on the chosen device, and who takes least and most in each scope.

    `rows` has COLUMNS. Devices whose meters saw different things are never ranked together.
    """
    own = rows[rows["device_id"] == chosen]
    words = network_words(tell(subject))
    sentences = [
        t(
            "One inference of {subject} takes **{energy}** on **{device}** ({runs_on}; {scope}).",
            subject=words,
            energy=energy(row["energy_mj"]),
            device=row["name"],
            runs_on=literal(shorten(row["runs_on"], LONGEST_SETUP, placeholder=" …")),
            scope=meter_name(str(row["meter_scope"])),
        )
        for row in own.to_dict("records")
    ]
    if own.empty:
        sentences.append(t("The chosen device was not measured on {subject}.", subject=words))
    for scope, part in rows.groupby("meter_scope", sort=False):
        if len(part) > 1:
            least, most = part.iloc[0], part.iloc[-1]
            figures = {
                "total": len(part),
                "least": least["name"],
                "low": energy(least["energy_mj"]),
                "most": most["name"],
                "high": energy(most["energy_mj"]),
            }
            sentences.append(
                t(
                    "Of {total} measured so, {least} takes the least, {low}, and {most} the most, {high}.",
                    **figures,
                )
                if set(own["meter_scope"]) == {scope}
                else t(
                    "Of {total} measured ({scope}), {least} takes the least, {low}, and {most} the most, "
                    "{high}.",
                    scope=meter_name(str(scope)),
                    **figures,
                )
            )
    return " ".join(sentences)


def show_energies(devices: pd.DataFrame, rows: pd.DataFrame, chosen: str) -> None:
    """Show a bar per device, scope by scope, and a table of all `devices` (of the list); a click selects."""
    shown = rows[rows["device_id"].isin(devices["device_id"])]
    left, right = (st.container(), st.container()) if on_paper() else st.columns([5, 6], gap="small")
    with left:
        _show_bars(shown, chosen)
    with right:
        _show_table(devices, shown, chosen)
    st.caption(
        t(
            "Median of the runs with the software that takes least, one inference after another where it "
            "was measured so. Thin lines: smallest to largest run. Bars of different meters are never on "
            "one axis. A click selects."
        )
    )


def _show_bars(shown: pd.DataFrame, chosen: str) -> None:
    if shown.empty:
        st.info(t("None of these devices was measured on it."))
    for scope, part in shown.groupby("meter_scope", sort=False):
        ids = list(part["device_id"])
        key = f"bars-{scope}-{chosen}"
        name = meter_name(str(scope))
        st.markdown(t("**What the meter saw: {scope}**", scope=name))
        figures = listing([f"{row['name']} {energy(row['energy_mj'])}" for row in part.to_dict("records")])
        st.plotly_chart(
            kept_under((tuple(ids), tuple(part["energy_mj"]), chosen), energy_bars, part, chosen),
            config=CONFIG,
            width=picture_width(),
            key=key,
            selection_mode="points",
            on_select=lambda key=key, ids=ids: _select(clicked(key, ids)),
            alt=t(
                "Energy per inference, {scope}, least first: {figures}.", scope=name, figures=plain(figures)
            ),
        )


def table_rows(devices: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row per device and scope, measured ones first, then the devices without a figure."""
    facts = devices[["device_id", "soc", "rows", "measured"]]
    measured = rows.merge(facts, on="device_id", how="left")
    rest = devices[~devices["device_id"].isin(rows["device_id"])]
    rest = rest.assign(name=[short_device_name(str(each)) for each in rest["name"]], runs_on=t(NOT_RUN))
    parts = [each for each in (measured, rest[[name for name in measured if name in rest]]) if len(each)]
    found = pd.concat(parts, ignore_index=True)
    scopes = [meter_name(str(each)) if isinstance(each, str) else "" for each in found["meter_scope"]]
    return found.assign(scope=scopes)


def _show_table(devices: pd.DataFrame, rows: pd.DataFrame, chosen: str) -> None:
    table = table_rows(devices, rows)
    headings = {
        "name": t("Device"), "energy_mj": "mJ", "avg_power_w": "W", "latency_ms": "ms",
        "runs_on": t("Runs on"), "scope": t("The meter saw"), "measured_in": t("Measured in"),
        "soc": t("Chip"), "rows": t("Rows"), "measured": t("What was measured"),
    }  # fmt: skip
    alt = t("Devices with their energy per inference, and what was measured on them")
    shown = table[[name for name in headings if table[name].notna().any()]]
    if on_paper():
        _print(table, headings, alt)
        return
    ids, key = list(table["device_id"]), f"table-{chosen}"
    names = [
        f"▸ {row['name']}" if row["device_id"] == chosen else row["name"] for row in table.to_dict("records")
    ]
    st.dataframe(
        readable(shown.assign(name=names)),
        hide_index=True,
        key=key,
        on_select=lambda: _select(clicked(key, ids, "cells")),
        selection_mode="single-cell",
        placeholder="",
        alt=alt,
        column_config={
            **{name: st.column_config.Column(words) for name, words in headings.items()},
            "name": st.column_config.TextColumn(headings["name"], width=160, pinned=True),
            "energy_mj": st.column_config.NumberColumn("mJ", help=t("Energy per inference."), width=70),
            "avg_power_w": st.column_config.NumberColumn("W", help=t("Average power."), width=74),
            "latency_ms": st.column_config.NumberColumn("ms", help=t("Latency."), width=60),
        },
    )


def _print(table: pd.DataFrame, headings: dict[str, str], alt: str) -> None:
    """Show what fits on a sheet, as words, whose lines break."""
    words = table.assign(
        energy_mj=[_text(each, energy) for each in table["energy_mj"]],
        avg_power_w=[_text(each, power) for each in table["avg_power_w"]],
        latency_ms=[_text(each, latency) for each in table["latency_ms"]],
        rows=[number(each) for each in table["rows"]],
    )
    columns = ["name", "energy_mj", "avg_power_w", "latency_ms", "runs_on", "scope"]
    print_table(words[columns].rename(columns=headings), alt, [headings[each] for each in columns])


def _text(value: float, written: Any) -> str:
    return "" if pd.isna(value) else str(written(value))


def _select(device_id: str | None) -> None:
    if device_id:
        st.session_state["device"] = device_id
