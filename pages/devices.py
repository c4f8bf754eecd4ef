"""Devices: which phone spends how much on AI, and one phone in detail."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from app import doors, state
from app.charts.base import CONFIG
from app.charts.score_bubbles import score_bubbles, without_speed
from app.errors import boundary
from app.formats import listing
from app.glossary import explain
from app.phone_scores import PhoneScores, answer, score_phones, score_table, why_printed_differs
from app.phone_view import show_phone
from app.shell import page

ANY = "any"
FILTERS = {"q": "", "class": ANY, "vendor": ANY, "has": ANY}
HAS_KERNELS, HAS_ALL = "single kernels", "every cell of the table"


def show_filters(table: pd.DataFrame) -> pd.DataFrame:
    """Show the filters and return the phones that pass them."""
    columns = st.columns([2, 1, 1, 1, 1], vertical_alignment="bottom")
    text = columns[0].text_input(
        "Search", key="q", bind="query-params", type="search", placeholder="Name, chip or accelerator"
    )
    market = _choice(columns[1], "Class", "class", sorted(table["market_class"].unique()))
    maker = _choice(columns[2], "Maker", "vendor", sorted(table["vendor"].unique()))
    has = _choice(columns[3], "Has measurements of", "has", [HAS_ALL, HAS_KERNELS])
    shown = table[
        table["searched"].str.contains((text or "").strip().lower(), regex=False)
        & table["market_class"].isin([market] if market != ANY else table["market_class"])
        & table["vendor"].isin([maker] if maker != ANY else table["vendor"])
        & _has(table, has)
    ]
    columns[4].markdown(f"{len(shown)} of {len(table)} devices")
    return shown


def _choice(column: st.delta_generator.DeltaGenerator, label: str, key: str, options: list[str]) -> str:
    state.warn_if_unknown(key, {option: option for option in [ANY, *options]}, label.lower())
    return str(column.selectbox(label, [ANY, *options], key=key, bind="query-params"))


def _has(table: pd.DataFrame, what: str) -> pd.Series:
    if what == HAS_KERNELS:
        return table["device_id"].isin(devices_with("kernel_measurements"))
    if what == HAS_ALL:
        return table["rows_used"] == table["rows_possible"]
    return pd.Series(data=True, index=table.index)


def devices_with(table_name: str) -> list[str]:
    """Return the ids of the devices that a table holds rows of."""
    coverage = doors.device_coverage()
    return list(coverage.loc[coverage["table_name"] == table_name, "device_id"])


def clear_filters() -> None:
    """Put every filter back to its start."""
    for key, start in FILTERS.items():
        st.session_state[key] = start


def show_overview(shown: pd.DataFrame, chosen: str) -> None:
    """Show the phones as a table and as a picture; a click in either selects one."""
    left, right = st.columns([5, 4], gap="small")
    with left:
        _table(shown)
    with right:
        _bubbles(shown, chosen)


def _table(shown: pd.DataFrame) -> None:
    ids = list(shown["device_id"])
    column = st.column_config
    st.dataframe(
        shown[["rank", "name", "pcs", "pcs_printed", "iecs", "iecs_printed", "ai_performance_score"]],
        hide_index=True,
        key="table",
        on_select=lambda: _select(ids, st.session_state["table"]["selection"]["rows"]),
        selection_mode="single-row",
        alt="Phones with their scores, best PCS first",
        column_config={
            "rank": column.NumberColumn("#", help="Rank by PCS", width=35),
            "name": column.TextColumn("Device", width=165),
            "pcs": column.ProgressColumn(
                "PCS",
                help=explain("PCS"),
                min_value=0,
                max_value=100,
                format="%.1f",
                color="primary",
                width=110,
            ),
            "pcs_printed": column.NumberColumn("printed", help=f"PCS {explain('as printed')}", width=62),
            "iecs": column.ProgressColumn(
                "IECS",
                help=explain("IECS"),
                min_value=0,
                max_value=250,
                format="%.0f",
                color="primary",
                width=110,
            ),
            "iecs_printed": column.NumberColumn("printed", help=f"IECS {explain('as printed')}", width=62),
            "ai_performance_score": column.NumberColumn(
                "Speed", help=explain("AI performance score"), format="%.0f", width=58
            ),
        },
    )


def _bubbles(shown: pd.DataFrame, chosen: str) -> None:
    ids = list(shown.dropna(subset=["ai_performance_score"])["device_id"])
    st.plotly_chart(
        score_bubbles(shown, chosen),
        config=CONFIG,
        key="bubbles",
        selection_mode="points",
        on_select=lambda: _select(ids, st.session_state["bubbles"]["selection"]["point_indices"]),
        alt=f"Phones by speed, PCS and IECS. {answer(shown)} The same figures are in the table.",
    )
    left_out = without_speed(shown)
    st.caption(
        "Size and number of a bubble: IECS. A click selects the phone."
        + (f" Without a speed score, so not in the picture: {listing(left_out)}." if left_out else "")
    )


def _select(ids: list[str], positions: list[int]) -> None:
    if positions and positions[0] < len(ids):
        st.session_state["device"] = ids[positions[0]]


def choose_phone(names: dict[str, str]) -> str:
    """Let one phone be chosen; returns its id."""
    return str(
        st.selectbox(
            "One device in detail",
            list(names),
            format_func=names.__getitem__,
            key="device",
            bind="query-params",
            width=320,
        )
    )


def show_phones(scores: tuple[PhoneScores, ...]) -> None:
    """Show everything: filters, answer, overview, and the chosen phone in detail."""
    names = {phone.device_id: phone.name for phone in scores}
    state.accept_ids("device", names, Path(__file__))
    state.warn_if_unknown("device", names, "device")
    shown = show_filters(searchable(score_table(scores, doors.devices())))
    # The choice is made below the overview but has to be known in it.
    overview, detail = st.container(), st.container()
    with detail:
        chosen = choose_phone(names)
        phone = next(phone for phone in scores if phone.device_id == chosen)
        with boundary("device detail"):
            show_phone(phone, f"among {len(scores)} phones, {len(doors.reference_dnns())} reference networks")
    with overview:
        if shown.empty:
            st.info("No device passes these filters. Widen one of them, or start over.")
            st.button("Clear the filters", on_click=clear_filters)
        else:
            st.markdown(answer(shown))
            show_overview(shown, chosen)
        st.caption(
            "Both scores are recomputed here from the printed measurements; “printed” is the number in the "
            f"paper. {why_printed_differs(scores)} The printed IECS follow an equation that could not be "
            "recovered."
        )


def searchable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with a column `searched`: what the search looks at, in lower case."""
    words = table[["name", "soc", "soc_vendor", "gpu", "ai_accelerator"]].fillna("")
    return table.assign(searched=words.agg(" ".join, axis=1).str.lower())


with page(
    "Which device spends how much on AI?",
    "**PCS** says how little of its thermal power budget (TDP) a phone draws while it runs AI, **IECS** "
    "how many inferences it gets out of a joule. Higher is better for both.",
):
    all_scores = score_phones(doors.devices(), doors.application_measurements(), doors.published_scores())
    if all_scores:
        show_phones(all_scores)
    else:
        st.info(
            "This bundle holds no measurements of phones. It was built without the sources whose "
            "publisher states no licence; `python -m data build` builds the full one."
        )
