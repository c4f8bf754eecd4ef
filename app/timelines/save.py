"""Keep the range as a measurement.

A row of the schema for figures of one's own, checked and ready to hand in.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.i18n.formats import literal
from app.i18n.messages import tell
from app.i18n.texts import mark, t, verbatim
from app.measurements.rows import keep_own
from app.timelines.data import Timeline
from app.ui.tables import offer_csv
from app.ui.target_names import METERS
from data.contribution.check import Checked, check_csv
from data.contribution.schema import schema
from data.inert_csv import csv_text
from data.tracing import Summary

LEVELS: Final = {"application": mark("Application on a phone"), "board": mark("Network on a board")}
SCOPES: Final = ("whole-phone", "board-supply", "ac-wall", "dc-supply", "rail")


def measurement_csv(level: str, values: dict[str, object]) -> str:
    """Return one row of a level (`application`, `board`) as CSV text, in the columns of its schema."""
    names = [field.name for field in schema(level)]
    return csv_text(names, [{name: _cell(values.get(name)) for name in names}])


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return float(f"{value:.9g}") if isinstance(value, float) else value


def measured(summary: Summary, inferences: int, *, without_idle: bool) -> dict[str, object]:
    """Return the figures of a range per inference: energy (mJ), mean power (W), latency (ms), duration (s).

    With a log, energy and latency are those of the inferences themselves; `inferences` is used without one.
    """
    span, found = summary.span, summary.inferences
    if found is not None:
        energy = found.above_idle_mj if without_idle else found.mean_mj
        latency = found.latency_ms
    else:
        energy = (summary.above_idle_mj if without_idle else 1000.0 * span.energy_j) / inferences
        latency = 1000.0 * span.covered_s / inferences
    return {
        "energy_mj": energy,
        "avg_power_w": energy / latency if latency > 0 else None,
        "latency_ms": latency,
        "idle_power_w": summary.idle.power_w if summary.idle.seen else None,
        "duration_s": span.duration_s,
        "idle_included": not without_idle,
        "batch": 1,
    }


def show_save(line: Timeline, summary: Summary) -> None:
    """Show the form, the row, and the ways to use it."""
    st.caption(
        t(
            "One row in the format of “Your measurements” on the Explore page: energy per inference over the "
            "chosen range. Nothing is sent anywhere."
        )
    )
    level = str(
        st.segmented_control(
            t("Kind"),
            list(LEVELS),
            default=next(iter(LEVELS)),
            format_func=lambda each: t(LEVELS[each]),
            required=True,
            key="save-kind",
        )
    )
    values = _form(line, level)
    inferences = 1
    if summary.inferences is None:
        inferences = int(
            st.number_input(t("Inferences in the range"), min_value=1, value=1, key="save-count")
        )
    without = st.toggle(
        t("Without idle power"),
        key="save-without-idle",
        help=t("Leave out the power the idle device draws."),
    )
    row = measurement_csv(level, values | measured(summary, inferences, without_idle=bool(without)))
    checked = check_csv(row.encode(), level, "timeline.csv")
    if not checked.accepted:
        st.info(
            "\n".join(
                [t("Before the row can be used:"), *(f"- {_finding(each)}" for each in checked.findings)]
            )
        )
        return
    _show_ways(level, row, checked)


def _finding(finding: object) -> str:
    column, message = getattr(finding, "column", ""), tell(getattr(finding, "message", ""))
    return literal(f"{column}: {message}" if column else message)


def _form(line: Timeline, level: str) -> dict[str, object]:
    first, second = st.columns(2), st.columns(4)
    values: dict[str, object] = {
        "measurement_id": first[0].text_input(
            t("Identifier of the row"), "trace-001", key="save-id", max_chars=80
        ),
        "device_id": first[1].text_input(
            t("Device"),
            line.device_id,
            key=f"save-device-{line.trace_id}",
            placeholder="fairphone-5",
            max_chars=80,
        ),
        "model": second[0].text_input(t("Model"), key="save-model", max_chars=100),
        "delegate": second[1].text_input(t("Ran on"), "cpu", key="save-delegate", max_chars=60),
        "precision": second[2].selectbox(t("Precision"), ["fp32", "fp16", "int8"], key="save-precision"),
        "meter_scope": second[3].selectbox(
            t("The meter saw"),
            SCOPES,
            format_func=lambda scope: t(METERS.get(scope) or scope),
            index=SCOPES.index(line.scope) if line.scope in SCOPES else 0,
            key=f"save-scope-{line.trace_id}",
        ),
    }
    if level == "application":
        values["application"] = st.text_input(
            t("Application"),
            key="save-application",
            placeholder=verbatim("image classification"),
            max_chars=100,
        )
    return values


def _show_ways(level: str, row: str, checked: Checked) -> None:
    st.code(row, language=None, wrap_lines=True)
    with st.container(horizontal=True):
        offer_csv(t("Download the row"), row, f"joulelens-{level}.csv")
        st.button(
            t("Show it on the Explore page"),
            icon=":material/scatter_plot:",
            on_click=keep_own,
            args=(checked,),
        )
    st.caption(
        t(
            "On the Explore page, rows of yours stand beside the bundle’s in this session and can be handed "
            "in."
        )
    )
