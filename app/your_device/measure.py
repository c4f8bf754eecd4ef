"""Measure this machine: where the server was started for it; elsewhere the command to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from app import own_devices
from app.charts.base import CONFIG
from app.charts.power_steps import live_power
from app.i18n.formats import count, literal
from app.i18n.messages import tell
from app.i18n.texts import mark, t, verbatim
from app.ui.boundary import show_error
from app.ui.print_view import picture_width, show_data
from app.your_device import measuring_job
from app.your_device.measure_kernels import show_kernel_progress, show_kernels, show_refused
from app.your_device.numbers import put
from data.errors import JouleLensError
from predictors.results.figures import METER_SCOPES, Scope

if TYPE_CHECKING:
    from predictors.measuring.record import Record
    from predictors.measuring.sensors.sensor import Sensor

NAME, NETWORKS, SECONDS, SENSOR, TAKEN = "ms_name", "ms_networks", "ms_seconds", "ms_sensor", "ms_taken"
GROUPS: Final = {
    "three": mark("three, from tiny to large"),
    "reference": mark("the twelve of PCS and IECS"),
    "samples": mark("all sample networks"),
}
POLL_S: Final = 1.0  # a step of measuring takes seconds
COMMANDS: Final = verbatim(
    "python -m predictors measure sensors\n"
    'python -m predictors measure networks --name "My laptop" --out devices'
)
METER_COMMANDS: Final = verbatim(
    'python -m predictors measure networks --sensor external --name "My board" --out devices\n'
    "python -m predictors measure join RECORDING.csv --log devices/my-board.measuring.json"
)


def show_measure() -> None:
    """Show the measuring of this machine, or the command that does it elsewhere."""
    if not measuring_job.is_allowed():
        _show_command()
        return
    job = measuring_job.current()
    if job is not None and job.is_running:
        _show_progress()
        return
    if job is not None:
        _show_ended(job)
    _show_start()


def _show_command() -> None:
    """The command for the reader's own machine: this server measures nothing."""
    st.markdown(
        t(
            "**A laptop, a Jetson or a Raspberry Pi measures itself**: install JouleLens on it, run this. "
            "It finds the sensor, runs three networks for a minute or two, and writes the two files of a "
            "device, which **I have numbers** opens."
        )
    )
    st.code(COMMANDS, language=None)
    st.markdown(t("With a meter on the cable, it runs a pattern that the recording is placed by afterwards:"))
    st.code(METER_COMMANDS, language=None)
    st.markdown(  # code in the faded text of a caption is too faint to read
        t(
            "On your own machine the page does the same with buttons: start it with `make run MEASURE=1`. A "
            "public server never measures."
        )
    )


def _show_start() -> None:
    """Let the measuring be described and begun."""
    from predictors.measuring.sensors.found import sensors

    found = sensors(measuring_job.sysfs())
    _show_sensors(found)
    first, second = st.columns(2)
    first.text_input(t("Name of the device"), key=NAME, max_chars=80, placeholder=t("My laptop"))
    second.selectbox(t("Networks"), GROUPS, format_func=lambda each: t(GROUPS[each]), key=NETWORKS)
    usable = [each.kind for each in found if each.problem is None]
    first.selectbox(
        t("Sensor"),
        ["auto", *usable, "none"],
        format_func=_sensor_name,
        key=SENSOR,
    )
    second.number_input(t("Seconds per network"), 2.0, 600.0, 10.0, key=SECONDS)
    st.button(t("Measure this machine"), type="primary", icon=":material/play_arrow:", on_click=_start)
    error = st.session_state.pop("ms_error", None)
    if error is not None:
        show_error(error.code, tell(error.message))


def _sensor_name(kind: str) -> str:
    return {"auto": t("the best there is"), "none": t("none, latencies alone")}.get(kind, kind)


def _show_sensors(found: list[Sensor]) -> None:
    if not found:
        st.info(
            t("This machine shows no sensor: latencies can be measured, energies not."),
            icon=":material/sensors_off:",
        )
        return
    table = pd.DataFrame(
        {
            t("Sensor"): [each.name for each in found],
            t("What it sees"): [tell(METER_SCOPES[Scope(each.scope)]) for each in found],
            t("not"): [tell(each.blind_to) for each in found],
            t("New values a second"): [each.rate_hz for each in found],
            t("Can be used"): [t("yes") if each.problem is None else tell(each.problem) for each in found],
        }
    )
    show_data(table, t("Sensors of this machine"))


def _start() -> None:
    name = st.session_state[NAME].strip() or t("My laptop")
    try:
        measuring_job.start(
            name, st.session_state[NETWORKS], st.session_state[SENSOR], st.session_state[SECONDS]
        )
    except JouleLensError as error:
        st.session_state["ms_error"] = error
    st.session_state.pop(TAKEN, None)


@st.fragment(run_every=POLL_S)
def _show_progress() -> None:
    """How far it is, as it goes; the whole page is shown anew once it has ended."""
    job = measuring_job.current()
    if job is None or not job.is_running:
        st.rerun()
        return
    if job.part == measuring_job.KERNELS:
        show_kernel_progress(job)
        return
    record = job.record()
    done, total = (record.progress.get(key, 0) for key in ("done", "total")) if record else (0, 0)
    left_s = record.progress.get("left_s") if record else None
    words = t("{done} of {total} stretches", done=count(int(done)), total=count(int(total)))
    if left_s is not None:
        words += " · " + t("about {seconds} s left", seconds=count(round(left_s)))
    st.progress(min(1.0, done / total) if total else 0.0, text=words if total else t("Warming up …"))
    st.button(t("Cancel; keep what is complete"), on_click=measuring_job.cancel, icon=":material/stop:")
    if record is not None:
        _show_record(record)


def _show_record(record: Record) -> None:
    """The power curve and the figures so far."""
    from predictors.measuring.device import row_of

    if record.curve:
        curve = pd.DataFrame(record.curve, columns=["seconds", "watts", "network"])
        curve["seconds"] -= curve["seconds"].min()
        alt = t("Power while the networks run, over time. The figures are in the table.")
        st.plotly_chart(live_power(curve), config=CONFIG, width=picture_width(), key="ms_curve", alt=alt)
    keys = dict.fromkeys(each.network for each in record.stretches if each.n)
    rows = [row for key in keys if (row := row_of(record, key)) is not None]
    if rows:
        table = pd.DataFrame(
            {
                t("Network"): [row.model for row in rows],
                t("Precision"): [row.precision for row in rows],
                t("Energy (mJ)"): [row.energy_mj for row in rows],
                t("above idle (mJ)"): [row.energy_above_idle_mj for row in rows],
                t("from (mJ)"): [row.energy_above_idle_low_mj for row in rows],
                t("to (mJ)"): [row.energy_above_idle_high_mj for row in rows],
                t("Power (W)"): [row.avg_power_w for row in rows],
                t("Latency (ms)"): [row.latency_ms for row in rows],
            }
        )
        show_data(table, t("What was measured so far"))


def _show_ended(job: measuring_job.Job) -> None:
    """What came out, and the way to the device and its scores."""
    from predictors.energy.calibrated.own_devices import read_device_files

    complaint = job.complaint()
    if complaint:
        st.warning(literal(complaint), icon=":material/warning:")
        st.button(t("Go on measuring"), on_click=_resume, icon=":material/resume:")
    show_refused(job)
    record = job.record()
    toml, table = job.files()
    if record is None or not toml.is_file() or not table.is_file():
        return
    for note in record.notes:
        st.caption(tell(note))
    _show_record(record)
    device = read_device_files(toml)
    if any(row.energy_mj is not None for row in device.rows):
        st.button(
            t("Take {device} to its estimates and scores", device=literal(device.name)),
            on_click=_take, args=(job,), type="primary", icon=":material/arrow_forward:",
        )  # fmt: skip
    for path in (toml, table):
        st.download_button(
            path.name, path.read_bytes(), file_name=path.name, on_click="ignore", icon=":material/download:",
            key=f"ms_{path.suffix}",
        )  # fmt: skip
    show_kernels(job)
    st.divider()


def _resume() -> None:
    try:
        measuring_job.resume()
    except JouleLensError as error:
        st.session_state["ms_error"] = error


def _take(job: measuring_job.Job) -> None:
    """Put the device into the fields behind "I have numbers", and open that door."""
    from predictors.energy.calibrated.own_devices import read_device_files

    device = read_device_files(job.files()[0])
    own_devices.forget_linked(device.device_id)
    try:
        own_devices.refuse_others_id(device)
    except JouleLensError as error:
        st.session_state["ms_error"] = error
        return
    put(device)
    st.session_state["door"] = "numbers"
