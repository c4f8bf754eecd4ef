"""Measurements of the reader's own: checked, shown beside the bundle's in this session, packed to hand in."""

from __future__ import annotations

import hashlib
from typing import Final

import pandas as pd
import streamlit as st

from app import doors
from app.explore_data import forget_own, keep_own, own_checks
from app.explore_levels import ANY, LEVELS, key_of
from app.formats import literal, plural
from data.contribution import Checked, check_csv
from data.contribution_deepen import Conditions, check_deepen
from data.contribution_findings import ERROR
from data.contribution_reading import MAX_MEGABYTES, MAX_ROWS
from data.contribution_schema import schema, template
from data.contribution_source import LICENCES, SourceRecord, contribution_zip, problems

DEEPEN: Final = "deepen"
KINDS: Final = {
    "application": "Applications (CSV)",
    "kernel": "Kernels (CSV)",
    "board": "Boards (CSV)",
    DEEPEN: "DeepEn2023 download (JSON)",
}
_CHECK_KEY, _CLEARED_KEY = "yours-check", "yours-cleared"


def show_yours() -> None:
    """Show the whole section: what to bring, the upload, the findings, what is loaded, how to hand it in."""
    st.markdown(
        f"Bring a table of up to {MAX_ROWS:,} rows. It is read in memory and checked cell by cell; it is "
        "never stored, and gone when you clear it or close this tab. Nothing is used while any row is wrong."
    )
    titles = {title: kind for kind, title in KINDS.items()}
    chosen = st.segmented_control(
        "What the rows are",
        list(titles),
        default=next(iter(titles)),
        required=True,
        key="bring",
        bind="query-params",
        wrap=True,
    )
    kind = titles[str(chosen)]
    left, right = st.columns([1, 1], gap="large")
    with left:
        _bring(kind)
    with right:
        _show_outcome()
    show_loaded()


def _bring(kind: str) -> None:
    conditions = _conditions() if kind == DEEPEN else None
    files = st.file_uploader(
        "JSON files or their zip" if kind == DEEPEN else "CSV file",
        type=["json", "zip"] if kind == DEEPEN else ["csv", "txt", "tsv"],
        accept_multiple_files=kind == DEEPEN,
        max_upload_size=MAX_MEGABYTES,
        key=f"upload-{kind}-{st.session_state.get(_CLEARED_KEY, 0)}",
    )
    if kind == DEEPEN:
        st.caption(
            "Kernel configurations, energies (mJ), powers (mW) and latencies (ms), each a file of kernel "
            "type, id and entry, as downloaded. They are joined by id."
        )
    else:
        st.download_button(
            "Example file",
            template(kind),
            file_name=f"{kind}-example.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="The column names and two rows to overwrite.",
        )
        with st.expander("Columns and units"):
            _show_schema(kind)
    given = files if isinstance(files, list) else [files] if files is not None else []
    _check(kind, {file.name: bytes(file.getbuffer()) for file in given}, conditions)


def _conditions() -> Conditions:
    devices = doors.devices()
    names = dict(zip(devices["device_id"], devices["name"], strict=True))
    known = list(names)
    start = known.index("huawei-p40-pro") if "huawei-p40-pro" in known else 0
    columns = st.columns(2)
    device = columns[0].selectbox(
        "Measured on",
        known,
        index=start,
        format_func=names.__getitem__,
        key="deepen-device",
        bind="query-params",
    )
    delegate = columns[1].selectbox(
        "Ran on", ["cpu", "cpu4", "gpu", "nnapi"], key="deepen-delegate", bind="query-params"
    )
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
    with st.spinner("Checking every row …"):
        if kind == DEEPEN:
            checked = check_deepen(contents, conditions)
        else:
            [(name, content)] = contents.items()
            checked = check_csv(content, kind, name)
    st.session_state[_CHECK_KEY] = (digest.hexdigest(), ", ".join(contents), checked)
    if checked.accepted:
        keep_own(checked)


def _show_outcome() -> None:
    outcome = st.session_state.get(_CHECK_KEY)
    if outcome is None:
        st.info("The findings will stand here: every wrong cell with its row, its column and what to do.")
        return
    _, names, checked = outcome
    if checked.accepted:
        st.success(
            f"{literal(names)}: {plural(checked.rows_read, 'row')}, all of them can be used. They now stand "
            "beside the bundle’s figures in this session, marked ★.",
            icon=":material/check_circle:",
        )
    else:
        st.error(
            f"{literal(names)}: {plural(checked.findings.errors, 'error')} in "
            f"{plural(checked.rows_read, 'row')}. Nothing of the file is used. Mend what is listed and "
            "upload it again.  \nCode: `contribution-refused`",
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
                "": "error" if finding.severity == ERROR else "note",
                "Row": finding.row,
                "Column": finding.column,
                "What and what to do": finding.message,
                "Value": finding.value,
                "Code": finding.code,
            }
            for finding in findings
        ),
        hide_index=True,
        height=min(330, 40 + 36 * len(findings.kept)),
        alt="Findings by row and column",
        column_config={"What and what to do": st.column_config.TextColumn(width="large")},
    )
    if findings.left_out:
        st.caption(f"And {findings.left_out:,} more.")


def _show_schema(level: str) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "Column": each.name,
                "Needed": "yes" if each.needed else "",
                "Unit": "" if each.unit in ("none", "1") else each.unit,
                "Meaning": each.meaning,
                "Values": ", ".join(each.allowed) or _range(each.minimum, each.maximum),
            }
            for each in schema(level)
        ),
        hide_index=True,
        alt=f"Columns of the {level} table",
    )


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:,g} to {high:,g}"


def show_loaded() -> None:
    """Show what is loaded, with a way to look at it, to hand it in and to let go of it."""
    loaded = own_checks()
    if not loaded:
        return
    st.subheader("In this session", anchor=False)
    for level_id, checked in loaded.items():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{LEVELS[level_id].title}:** {plural(len(checked.rows), 'row')} of yours")
            st.button(
                "Show beside the bundle’s",
                key=f"look-{level_id}",
                on_click=_look,
                args=(level_id,),
                icon=":material/scatter_plot:",
            )
            st.button(
                "Clear", key=f"clear-{level_id}", on_click=_clear, args=(level_id,), icon=":material/delete:"
            )
    with st.expander("Hand them in: figures and source record as one file"):
        _show_form(loaded)


def _look(level_id: str) -> None:
    """Turn to the level of these rows, with no row filtered out."""
    level = LEVELS[level_id]
    st.session_state["section"], st.session_state["level"] = "Figures", level.title
    for each in level.filters:
        st.session_state[key_of(level, each.column)] = ANY if each.single else []


def _clear(level_id: str) -> None:
    forget_own(level_id)
    st.session_state.pop(_CHECK_KEY, None)
    # Another key makes another, empty uploader; the old one would hand its file in again.
    st.session_state[_CLEARED_KEY] = st.session_state.get(_CLEARED_KEY, 0) + 1


def _show_form(loaded: dict[str, Checked]) -> None:
    st.caption(
        "The record says who measured what and how, like those of the bundle. Nothing is sent anywhere."
    )
    level_id = st.selectbox(
        "Rows", list(loaded), format_func=lambda each: LEVELS[each].title, key="hand-in-level"
    )
    columns = st.columns(2)
    record = SourceRecord(
        title=columns[0].text_input("Title", key="hand-in-title", max_chars=200),
        authors=columns[1].text_input("Who measured", key="hand-in-authors", max_chars=200),
        url=columns[0].text_input(
            "Address of the source", key="hand-in-url", placeholder="https://", max_chars=200
        ),
        licence=str(columns[1].selectbox("Licence of the figures", LICENCES, key="hand-in-licence")),
        method=st.text_area(
            "How it was measured",
            key="hand-in-method",
            placeholder="Meter and its rate, what it saw, software and version, number of runs, temperature",
            max_chars=2000,
        ),
        notes=st.text_input("Notes (may stay empty)", key="hand-in-notes", max_chars=1000),
    )
    missing = problems(record)
    if missing:
        st.markdown("Before the file can be made:\n" + "\n".join(f"- {words}" for words in missing))
        return
    st.download_button(
        "Download contribution",
        contribution_zip(record, loaded[level_id]),
        file_name=f"{record.source_id}-{level_id}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        type="primary",
    )
