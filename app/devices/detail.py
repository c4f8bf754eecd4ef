"""One device in detail, of any kind: what was measured, how it compares, what can be estimated on it."""

from __future__ import annotations

from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.spread import spread
from app.devices.facts import RECORDINGS, comparable, compare, conditions, device_rows
from app.devices.next_steps import can_be_estimated
from app.devices.today import show_today
from app.frame.navigation import PAGES
from app.i18n.formats import number, plain
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn, verbatim
from app.measurements.devices import kind_name
from app.measurements.levels import ANY, Level, key_of
from app.measurements.rows import as_csv, table_notes
from app.memo import kept_under
from app.ui.boundary import boundary
from app.ui.glossary import explain
from app.ui.lazy_section import folded
from app.ui.print_view import on_paper, picture_width, show_data
from app.ui.tables import TESTED, offer_csv, target_table
from app.url_state import widgets
from predictors.results.targets import Target

_FACTS: Final = {
    "soc": mark("Chip"),
    "cpu_cores": verbatim("CPU"),
    "gpu": verbatim("GPU"),
    "ai_accelerator": mark("Accelerator"),
    "tdp_w": verbatim("TDP (W)"),
    "battery_mah": mark("Battery (mAh)"),
}


def show_device(device_id: str) -> None:
    """Show a device without scores: its facts, how it compares, its conditions, its estimates."""
    device = bundle_cache.devices().set_index("device_id").loc[device_id]
    st.header(str(device["name"]), anchor=False)
    st.markdown(_facts(device))
    with boundary("comparison"):
        _show_comparison(device_id)
    show_background(device_id)


def show_background(device_id: str, *, is_folded: bool = False) -> None:
    """Show what every device has: conditions, known oddities, what can be estimated, where its rows are.

    Folded where there is much else to see; both take the longest of all to find out.
    """
    show_today(device_id)
    measured, estimated = t("What was measured, and how"), t("What can be estimated on it")
    if is_folded:
        folded(measured, "conditions", lambda: _show_conditions(device_id), icon=":material/fact_check:")
        folded(estimated, "targets", lambda: _show_targets(device_id), icon=":material/bolt:")
        return
    with boundary("conditions"):
        st.subheader(measured, anchor=False)
        _show_conditions(device_id)
    with boundary("targets"):
        st.subheader(estimated, anchor=False)
        _show_targets(device_id)


def _facts(device: pd.Series) -> str:
    facts = [t("{kind} by {maker}", kind=kind_name(str(device["kind"])), maker=device["vendor"])]
    for column, name in _FACTS.items():
        value = device.get(column)
        if value is not None and not pd.isna(value):
            facts.append(f"{t(name)}: {value if isinstance(value, str) else number(float(value))}")
    return " · ".join(facts)


def _show_comparison(device_id: str) -> None:
    places = comparable(device_id)
    if not places:
        st.info(
            t("No other device was measured on the same network or task, so there is nothing to compare."),
            icon=":material/info:",
        )
        return
    options = {place: tell(place) for place in places}
    chosen = widgets.selectbox(t("Compared on"), options, f"compare-{device_id}", width=420)
    comparison = compare(device_id, *places[chosen])
    st.markdown(comparison.sentence)
    st.plotly_chart(
        kept_under((device_id, chosen), spread, comparison.groups),
        width=picture_width(),
        config=CONFIG,
        key=f"chart-compare-{device_id}",
        alt=plain(comparison.sentence),
    )
    st.caption(t("★ this device. Diamond: median; line: smallest to largest; in brackets: runs."))


def _show_conditions(device_id: str) -> None:
    table = conditions(device_id)
    if table.empty:
        st.info(t("This bundle holds no measurement of this device."), icon=":material/info:")
        return
    headings = {
        "what": t("What"),
        "rows": t("Rows"),
        "runs_on": t("Runs on"),
        "precision": t("Precision"),
        "software": t("Software"),
        "meter": t("The meter saw"),
        "idle": t("Idle power"),
        "odd": t("Doubtful"),
        "source": t("Source"),
        "when": t("Measured in"),
    }
    if on_paper():
        st.markdown("\n".join(_condition_words(row, headings) for row in table.to_dict("records")))
    else:
        with st.container(key="wide-table-conditions"):
            st.table(
                table[list(headings)].rename(columns=headings),
                border="horizontal",
                hide_index=True,
                alt=t("What was measured on this device, and under which conditions"),
            )
    by_level = device_rows(device_id)
    notes = [
        note
        for level, own in by_level
        for note in (*table_notes(level), *(note for note in dict.fromkeys(own["note"]) if note))
    ]
    if notes:
        title = t("What is known about these figures ({amount})", amount=len(set(notes)))
        with st.expander(title, expanded=on_paper()):
            st.markdown("\n".join(f"- {t(note)}" for note in dict.fromkeys(notes)))
    with st.container(horizontal=True, vertical_alignment="center"):
        for level, own in by_level:
            _show_links(level, own, device_id)
        if (table["level"] == RECORDINGS).any():
            _link("timelines", t("Recordings in Timelines"), {})


def _condition_words(row: dict[str, str], headings: dict[str, str]) -> str:
    """Return one condition as an item of a list, whose lines break where a table would be cut."""
    facts = [f"{words}: {row[name]}" for name, words in headings.items() if name != "what" and row[name]]
    return f"- **{row['what']}.** {'; '.join(facts)}."


def _show_links(level: Level, own: pd.DataFrame, device_id: str) -> None:
    offer_csv(
        tn("{level}, {n} row (CSV)", "{level}, {n} rows (CSV)", len(own), level=t(level.title)),
        partial(as_csv, own),
        f"joulelens-{device_id}-{level.id}.csv",
        key=f"rows-{device_id}-{level.id}",
        help=t("Every row of this device, unrounded, with source, licence, meter and corrections."),
    )
    query = {"level": level.id}
    if any(each.column == "device" for each in level.filters):
        query[key_of(level, "device")] = device_id
    for each in level.filters:
        if each.single:
            query[key_of(level, each.column)] = ANY
    _link("explore", t("{level} in Explore", level=t(level.title)), query)


def _show_targets(device_id: str) -> None:
    targets = bundle_cache.targets_of(device_id)
    st.markdown(
        targets_words(targets),
        help=explain("measured", "predicted", "transferred", "unsupported") if targets else None,
    )
    if not targets:
        return
    alt = t("What can be estimated on this device, with the held-out error")
    if on_paper():
        show_data(target_table(targets), alt)
    else:
        with st.container(key="wide-table-targets"):
            st.table(target_table(targets), border="horizontal", hide_index=True, alt=alt)
    if can_be_estimated(device_id):
        _link("estimate", t("Estimate a model on this device"), {"device": device_id})


def targets_words(targets: tuple[Target, ...]) -> str:
    """Return what can be estimated on one device, in one sentence."""
    known = [target for target in targets if target.error_percent is not None]
    if not targets:
        return t("Nothing: there are too few measurements to estimate another network from.")
    if not known:
        return tn(
            "Nothing yet: {n} combination was measured, but too thinly to estimate from.",
            "Nothing yet: {n} combinations were measured, but too thinly to estimate from.",
            len(targets),
        )
    # Errors of single kernels are smaller than those of networks: they are shown where there are no others.
    whole = [target for target in known if target.tested == "networks"]
    best = min(whole or known, key=lambda target: target.error_percent or 0.0)
    return tn(
        "The energy of any network that can be read, for {n} combination of back end and precision; it errs "
        "by {error} % in the median on measurements held out ({tested}).",
        "The energy of any network that can be read, for {n} combinations of back end and precision; the "
        "best one errs by {error} % in the median on measurements held out ({tested}).",
        len(known),
        error=number(best.error_percent),
        tested=t(TESTED[best.tested]),
    )


def _link(slug: str, label: str, query: dict[str, str]) -> None:
    entry = next((each for each in PAGES if each.slug == slug), None)
    if entry is not None:
        st.page_link(entry.place, label=label, query_params=query, icon=entry.icon)
