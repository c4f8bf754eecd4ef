"""Measurements of the reader's own: checked, shown beside the bundle's, packed, or said to be gone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.explore.carried_rows import forget_link
from app.i18n.formats import count, listing, literal, with_signs
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.measurements.levels import ANY, LEVELS, key_of
from app.measurements.rows import (
    BROUGHT,
    OWN_KEY,
    forget_own,
    keep_own,
    linked_levels,
    own_checks,
    own_levels_gone,
)
from app.ui.attend import attending
from app.ui.contribution_record import ask_record, offer_contribution
from app.ui.sent_files import contents_of, keep_name_only
from app.ui.tables import offer_csv
from app.ui.target_names import DELEGATE_NAMES
from app.url_state import own_file, widgets
from app.url_state.own_file import give_up, show_gone
from data.contribution.check import Checked
from data.contribution.deepen2023 import Conditions
from data.contribution.findings import ERROR
from data.contribution.reading import MAX_MEGABYTES, MAX_ROWS
from data.contribution.schema import schema, template
from data.workers import calls


def show_rows_gone() -> None:
    """Show this in place of a level's figures, with the ways to bring the rows again or go on without."""
    show_gone(
        t("**Measurements of your own** stood here beside the bundle’s. They are not here (any more)."),
        t("Bring them again, and level and filters are as before. Or go on with the bundle’s alone."),
    )
    with st.container(horizontal=True):
        st.button(
            t("Bring them again"),
            on_click=lambda: widgets.open_tab("section", t("Your measurements")),
            icon=":material/upload_file:",
        )
        _show_go_on()


def show_bring_again(levels: Sequence[str]) -> None:
    """Show this above the upload; `levels` are those that the rows were of, in words."""
    show_gone(
        t(
            "**Measurements of your own** ({levels}) stood beside the bundle’s. They are not here "
            "(any more).",
            levels=listing(list(levels)),
        ),
        t("Choose the file again below. Or go on with the bundle’s alone."),
    )
    _show_go_on()


def _show_go_on() -> None:
    st.button(
        t("Go on with the bundle’s alone"),
        key="go-on",
        on_click=give_up,
        args=(OWN_KEY,),
        icon=":material/arrow_forward:",
    )


DEEPEN: Final = "deepen"
DEEPEN_DEVICE: Final = "huawei-p40-pro"
"""The phone that most of these downloads are of."""
KINDS: Final = {
    "application": mark("Applications (CSV)"),
    "kernel": mark("Kernels (CSV)"),
    "board": mark("Boards (CSV)"),
    DEEPEN: mark("DeepEn2023 download (JSON)"),
}
_CHECK_KEY, _CLEARED_KEY = "yours-check", "yours-cleared"
_SEEN_KEY: Final = "yours-seen"
"""Session key: the id of the CSV that was checked, whose bytes are let go."""


def show_yours() -> None:
    """Show the whole section: what to bring, the upload, the findings, what is loaded, how to hand it in."""
    own_file.look_up(OWN_KEY, BROUGHT)
    above = st.container()
    st.markdown(
        t(
            "Bring a table of up to {rows} rows. It is read in memory and checked cell by cell; it is never "
            "stored, and gone when you clear it or close this tab. Nothing is used while any row is wrong.",
            rows=count(MAX_ROWS),
        )
    )
    titles = {kind: t(title) for kind, title in KINDS.items()}
    kind = widgets.segmented_control(t("What the rows are"), titles, "bring", wrap=True)
    left, right = st.columns([1, 1], gap="large")
    with left:
        _bring(kind)
    with right:
        _show_outcome()
    if gone := own_levels_gone():
        with above:
            show_bring_again([t(LEVELS[each].title) for each in sorted(gone)])
    show_loaded()


def _bring(kind: str) -> None:
    conditions = _conditions() if kind == DEEPEN else None
    files = st.file_uploader(
        t("JSON files or their zip") if kind == DEEPEN else t("CSV file"),
        type=["json", "zip"] if kind == DEEPEN else ["csv", "txt", "tsv"],
        accept_multiple_files=kind == DEEPEN,
        max_upload_size=MAX_MEGABYTES,
        key=own_file.widget_key(OWN_KEY, f"upload-{kind}-{st.session_state.get(_CLEARED_KEY, 0)}"),
    )
    if kind == DEEPEN:
        st.caption(
            t(
                "Kernel configurations, energies (mJ), powers (mW) and latencies (ms), each a file of kernel "
                "type, id and entry, as downloaded. They are joined by id."
            )
        )
    else:
        offer_csv(
            t("Example file"),
            template(kind),
            f"{kind}-example.csv",
            help=t("The column names and two rows to overwrite."),
        )
        with st.expander(t("Columns and units")):
            _show_schema(kind)
    given = files if isinstance(files, list) else [files] if files is not None else []
    if kind == DEEPEN:
        _check(kind, dict(contents_of(given, MAX_MEGABYTES)), conditions)
    elif given and given[0].file_id != st.session_state.get(_SEEN_KEY):
        _check(kind, dict(contents_of(given, MAX_MEGABYTES)), None)
        st.session_state[_SEEN_KEY] = given[0].file_id
        keep_name_only(given[0])


def _conditions() -> Conditions:
    devices = bundle_cache.devices()
    names = dict(zip(devices["device_id"], devices["name"], strict=True))
    columns = st.columns(2)
    with columns[0]:
        device = widgets.selectbox(t("Measured on"), names, "deepen-device", usual=DEEPEN_DEVICE)
    with columns[1]:
        delegates = {delegate: t(name) for delegate, name in DELEGATE_NAMES.items()}
        delegate = widgets.selectbox(t("Ran on"), delegates, "deepen-delegate")
    return Conditions(device, delegate)


def _check(kind: str, contents: dict[str, bytes], conditions: Conditions | None) -> None:
    """Check new content once; the outcome is kept for the session, the content is not."""
    if not contents:
        return
    digest = hashlib.sha256(repr((kind, conditions)).encode())
    for name, content in contents.items():
        digest.update(name.encode() + hashlib.sha256(content).digest())
    before = st.session_state.get(_CHECK_KEY)
    if before is not None and before[0] == digest.hexdigest():
        return
    with attending(t("Checking every row …")) as attend:
        if kind == DEEPEN:
            checked = calls.check_deepen(contents, conditions, attend=attend)
        else:
            [(name, content)] = contents.items()
            checked = calls.check_csv(content, kind, name, attend=attend)
    st.session_state[_CHECK_KEY] = (digest.hexdigest(), ", ".join(contents), checked)
    if checked.accepted:
        keep_own(checked)


def _show_outcome() -> None:
    outcome = st.session_state.get(_CHECK_KEY)
    if outcome is None:
        st.info(t("The findings will stand here: every wrong cell with its row, its column and what to do."))
        return
    _, names, checked = outcome
    if checked.accepted:
        st.success(
            tn(
                "{file}: {n} row, which can be used. It now stands beside the bundle’s figures in this "
                "session, marked ★.",
                "{file}: {n} rows, all of them can be used. They now stand beside the bundle’s figures in "
                "this session, marked ★.",
                checked.rows_read,
                file=literal(names),
            ),
            icon=":material/check_circle:",
        )
    else:
        st.error(
            t(
                "{file}: {errors} in {rows}. Nothing of the file is used. Mend what is listed and upload it "
                "again.  \nCode: `{code}`",
                file=literal(names),
                errors=tn("{n} error", "{n} errors", checked.findings.errors),
                rows=tn("{n} row", "{n} rows", checked.rows_read),
                code="CONTRIBUTION_REFUSED",
            ),
            icon=":material/error:",
        )
    _show_findings(checked)


def _show_findings(checked: Checked) -> None:
    if not checked.findings.kept:
        return
    findings = checked.findings
    st.dataframe(
        pd.DataFrame(
            {
                "": t("error") if finding.severity == ERROR else t("note"),
                t("Row"): finding.row,
                t("Column"): finding.column,
                t("What and what to do"): tell(finding.message),
                t("Value"): finding.value,
                t("Code"): finding.code,
            }
            for finding in findings
        ),
        hide_index=True,
        height=min(330, 40 + 36 * len(findings.kept)),
        alt=t("Findings by row and column"),
        column_config={t("What and what to do"): st.column_config.TextColumn(width="large")},
    )
    if findings.left_out:
        st.caption(tn("And {n} more.", "And {n} more.", findings.left_out))


def _show_schema(level: str) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                t("Column"): each.name,
                t("Needed"): t("yes") if each.needed else "",
                t("Unit"): "" if each.unit in ("none", "1") else each.unit,
                t("Meaning"): tell(each.meaning),
                t("Values"): ", ".join(each.allowed) or _range(each.minimum, each.maximum),
            }
            for each in schema(level)
        ),
        hide_index=True,
        alt=t("Columns and units of the table: {kind}", kind=t(KINDS[level])),
    )


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return t("{low} to {high}", low=with_signs(f"{low:,g}"), high=with_signs(f"{high:,g}"))


def show_loaded() -> None:
    """Show what is loaded, with a way to look at it, to hand it in and to let go of it."""
    loaded = own_checks()
    if not loaded:
        return
    st.header(t("In this session"), anchor=False)
    for level_id, checked in loaded.items():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                tn(
                    "**{level}:** {n} row from a link",
                    "**{level}:** {n} rows from a link",
                    len(checked.rows),
                    level=t(LEVELS[level_id].title),
                )
                if level_id in linked_levels()
                else tn(
                    "**{level}:** {n} row of yours",
                    "**{level}:** {n} rows of yours",
                    len(checked.rows),
                    level=t(LEVELS[level_id].title),
                )
            )
            st.button(
                t("Show beside the bundle’s"),
                key=f"look-{level_id}",
                on_click=_look,
                args=(level_id,),
                icon=":material/scatter_plot:",
            )
            st.button(
                t("Clear"),
                key=f"clear-{level_id}",
                on_click=_clear,
                args=(level_id,),
                icon=":material/delete:",
            )
    # Whose measurements those of a link are, nobody here can say.
    mine = {level_id: checked for level_id, checked in loaded.items() if level_id not in linked_levels()}
    if mine:
        with st.expander(t("Hand them in: figures and source record as one file")):
            _show_form(mine)


def _look(level_id: str) -> None:
    """Turn to the level of these rows, with no row filtered out."""
    level = LEVELS[level_id]
    widgets.open_tab("section", t("Figures"))
    st.session_state["level"] = level.id
    for each in level.filters:
        st.session_state[key_of(level, each.column)] = ANY if each.single else []


def _clear(level_id: str) -> None:
    if level_id in linked_levels():
        forget_link()
    forget_own(level_id)
    st.session_state.pop(_CHECK_KEY, None)
    # Another key makes another, empty uploader; the old one would hand its file in again.
    st.session_state[_CLEARED_KEY] = st.session_state.get(_CLEARED_KEY, 0) + 1


def _show_form(loaded: dict[str, Checked]) -> None:
    st.caption(
        t("The record says who measured what and how, like those of the bundle. Nothing is sent anywhere.")
    )
    level_id = st.selectbox(
        t("Rows"), list(loaded), format_func=lambda each: t(LEVELS[each].title), key="hand-in-level"
    )
    record = replace(
        ask_record(
            "hand-in-",
            t("Meter and its rate, what it saw, software and version, number of runs, temperature"),
        ),
        notes=st.text_input(t("Notes (may stay empty)"), key="hand-in-notes", max_chars=1000),
    )
    offer_contribution(record, loaded[level_id], level_id, icon=":material/folder_zip:", type="primary")
