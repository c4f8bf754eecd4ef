"""One model on every device: dots with intervals, the figures as a table, and who is missing and why."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import doors
from app.charts.base import CONFIG
from app.charts.device_intervals import LOG_FROM, device_intervals
from app.estimate_frames import missing_frame, target_frame, target_id
from app.estimate_model import Choice, Model, is_ready, report_for_all
from app.estimate_targets import is_thin, target_label, without_precision
from app.estimate_words import devices_sentence
from app.formats import listing, literal, plain, plural
from app.glossary import explain
from predictors.report import ModelReport


def show_devices(model: Model, choice: Choice) -> None:
    """Show the model on every device that was measured in the chosen precision."""
    report = _estimated(model, choice.precision)
    targets = target_frame(report, target_label)
    missing = missing_frame((*report.not_estimated, *without_precision(choice.precision)), target_label)
    sentence = devices_sentence(targets)
    st.markdown(
        f"{literal(sentence)} Estimated in {choice.precision}: {len(targets)} of "
        f"{len(targets) + len(missing)} devices and delegates."
    )
    if not targets.empty:
        _picture(targets, choice, sentence)
        _table(targets)
    _missing(missing)


def _estimated(model: Model, precision: str) -> ModelReport:
    if is_ready(model, Choice("", "", precision)):
        return report_for_all(model, precision)
    wanted = sum(target.precision == precision and not is_thin(target) for target in doors.targets())
    where = plural(wanted, "device and delegate", "devices and delegates")
    with st.spinner(f"Estimating on {where} (slowest the first time) …", show_time=True):
        return report_for_all(model, precision)


def _picture(targets: pd.DataFrame, choice: Choice, sentence: str) -> None:
    ids = [(row.device_id, row.delegate) for row in targets.itertuples()]
    st.plotly_chart(
        device_intervals(targets, target_id(choice.device_id, choice.delegate)),
        config=CONFIG,
        key="device_intervals",
        selection_mode="points",
        on_select=lambda: _pick(ids),
        alt=f"Energy per inference on every device. {plain(sentence)} Same figures in the table.",
    )
    logarithmic = targets["energy_mj_high"].max() >= LOG_FROM * targets["energy_mj_low"].min()
    st.caption(
        "Whiskers: 8 in 10 times within. Diamond: the chosen device; a click on a dot chooses another one. "
        "Phones were measured whole at the battery, boards whole at the wall socket, Jetson TX2 at one "
        f"rail of the module only.{' The axis is logarithmic.' if logarithmic else ''}"
    )


def _pick(ids: list[tuple[str, str]]) -> None:
    positions = st.session_state["device_intervals"]["selection"]["point_indices"]
    if positions and positions[0] < len(ids):
        st.session_state["device"], st.session_state["delegate"] = ids[positions[0]]


def _table(targets: pd.DataFrame) -> None:
    number = st.column_config.NumberColumn(format="%.3g")
    table = pd.DataFrame(
        {
            "Device": targets["label"],
            "Energy (mJ)": targets["energy_mj"],
            "Low (mJ)": targets["energy_mj_low"],
            "High (mJ)": targets["energy_mj_high"],
            "Latency (ms)": targets["latency_ms"],
            "Power (W)": targets["power_w"],
            "Obtained": targets["evidence"],
            "Kernels": targets["kernels"],
            "Approximated": targets["approximated"],
            "Without a figure": targets["unsupported"],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        alt="Energy, latency and power on every device, lowest energy first",
        column_config={
            **{name: number for name in table.columns if "(" in name},
            "Obtained": st.column_config.TextColumn(help=explain("predicted", "transferred", "approximated")),
        },
    )


def _missing(missing: pd.DataFrame) -> None:
    if missing.empty:
        return
    heading = (
        f"{plural(len(missing), 'device and delegate', 'devices and delegates')} without a figure, and why"
    )
    with st.expander(heading, icon=":material/block:"):
        st.markdown("\n".join(missing_lines(missing)))


def missing_lines(missing: pd.DataFrame) -> list[str]:
    """Return the reasons as lines of a list, each with the devices it holds for and how many these are."""
    return [
        f"- **{literal(listing(list(members['label'])))}** ({len(members)}): {literal(str(reason))} "
        f"Code: `{code}`"
        for (reason, code), members in missing.groupby(["reason", "code"], sort=False)
    ]
