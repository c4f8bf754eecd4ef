"""Behind "I have numbers": a few measured networks make a device of one's own, for this session.

Open a device that was described before: its two files, or a table of measured networks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import own_devices
from app.frame.carried_devices import carry_these, newly_taken
from app.i18n.formats import capital, lines, literal
from app.i18n.messages import tell
from app.i18n.texts import mark, t, verbatim
from app.ui.attend import attending
from app.ui.boundary import show_error
from app.ui.print_view import on_paper
from app.ui.sent_files import contents_of
from app.your_device.fit import show_fit
from app.your_device.networks import first_three, show_networks
from app.your_device.own_models import amounts_of_own
from app.your_device.typed_table import (
    COLUMNS,
    OFFERED,
    add_rows,
    convert,
    edit,
    is_filled,
    offer,
    put_table,
    read_typed,
)
from data.errors import JouleLensError
from data.messages import shortened
from data.workers import calls
from predictors.energy.calibrated.device_file import OwnDevice
from predictors.energy.calibrated.device_rows import PRECISIONS, MeasuredNetwork, MeasuredTable
from predictors.energy.calibrated.own_devices import KERNELS_HERE
from predictors.results.figures import METER_SCOPES, Scope

if TYPE_CHECKING:
    from predictors.energy.calibrated.checked import UnitSlip

MAX_MEGABYTES: Final = 4
"""Largest file that can be uploaded: the same limit as on the command line (`device_file.MOST_BYTES`)."""
FILES: Final = 2  # of one device
MOST_PASTED: Final = 200_000
"""Signs: 2,000 rows, the most that are read, of a hundred signs."""
SEEN, SEEN_PASTED, PASTED = "cal_files_seen", "cal_pasted_seen", "cal_pasted"
STALE: Final = "cal_pasted_stale"
"""Set where another device has taken the place of the pasted table: its field is emptied."""


def show_device_upload(put: Callable[[OwnDevice], None]) -> None:
    """Show the upload; what it holds goes to `put`, and what is wrong is told without any change."""
    if st.session_state.pop(STALE, False):  # the field can't be set any more once it is shown
        st.session_state[PASTED] = ""
    with st.expander(t("Open a device file or a table"), icon=":material/upload_file:"):
        files = st.file_uploader(
            t("NAME.toml with NAME.csv, or a CSV with model, precision and energy_mj"),
            type=["toml", "csv"],
            accept_multiple_files=True,
            max_upload_size=MAX_MEGABYTES,
            key="cal_files",
        )
        st.caption(tell(KERNELS_HERE))
        pasted = st.text_area(
            t("Or paste a table with these columns"),
            key=PASTED,
            max_chars=MOST_PASTED,
            placeholder="model;precision;energy_mj;latency_ms\nmobilenet-v2-0.35-96;fp32;14,5;3,4",
            help=t("From a spreadsheet, as CSV or as a table in Markdown. Cells may bear their unit."),
        )
        pair = st.empty()

    def put_files(device: OwnDevice) -> None:
        put(device)
        st.session_state[STALE] = True

    ids = [file.file_id for file in files]
    _open(ids, lambda: contents_of(files, FILES * MAX_MEGABYTES), SEEN, put_files)
    if ids and st.session_state.get(SEEN) == ids:
        _tell_pair(pair, [file.name for file in files])
    text = pasted[:MOST_PASTED]  # a field states its limit to the browser only
    _open([text] if text.strip() else [], lambda: [("pasted.csv", text.encode())], SEEN_PASTED, put)


def _tell_pair(place: DeltaGenerator, names: list[str]) -> None:
    """Say that files of different names were taken as one device, so that a wrong choice is seen."""
    from predictors.energy.calibrated.own_devices import names_differ

    if names_differ(names):
        told = literal(" + ".join(map(shortened, names)))
        place.caption(t("{files} are taken as one device, though their names differ.", files=told))


def _open(
    chosen: list[str],
    contents: Callable[[], list[tuple[str, bytes]]],
    seen: str,
    put: Callable[[OwnDevice], None],
) -> None:
    """Put what files or a pasted text hold into the fields, once; `seen` remembers which those were.

    What was taken away and chosen again counts once more: the fields may hold something else by then.
    """
    if not chosen:
        st.session_state.pop(seen, None)
    if not chosen or st.session_state.get(seen) == chosen:
        return
    from predictors.energy.calibrated.checked import checked
    from predictors.energy.calibrated.own_devices import device_of_files, refuse_taken_id

    try:
        sent = contents()
        with attending(t("Reading the device …")) as attend:
            device, table = calls.read_content(device_of_files, sent, attend=attend)
        refuse_taken_id(device.device_id)
        # Units are asked about where the figures stand in the table, with both readings as buttons.
        opened = checked(device, table, amounts_of_own, units_are_right=True)
        own_devices.forget_linked(opened.device_id)
        own_devices.refuse_others_id(opened)
    except JouleLensError as error:
        why = lines(tell(error.message))
        told = (
            t("This table is not used: {reason} What stands below is as it was.  \nCode: `{code}`",
              reason=why, code=error.code)
            if seen == SEEN_PASTED
            else t("These files are not used: {reason} What stands below is as it was.  \nCode: `{code}`",
                   reason=why, code=error.code)
        )  # fmt: skip
        st.error(told, icon=":material/error:")
        return
    put(opened)
    st.session_state[seen] = chosen


UNITS: Final = "cal_units_are_right"
OPENED: Final = "cal_opened"
"""The device of the files that were opened last: what its files say and the page has no field for."""
EDITED: Final = "cal_edited"
"""Id of the device that was made of the fields last."""
NAME, SCOPE = "cal_name", "cal_scope"
RUNTIME, IDLE, METER, KIND = "cal_runtime", "cal_idle", "cal_meter", "cal_kind"
KINDS: Final = {"board": mark("Board or computer"), "phone": mark("Phone")}


def show_numbers() -> None:
    """Show name, meter and table on the left, and what follows from them on the right."""
    left, right = (st.container(), st.container()) if on_paper() else st.columns([1, 1], gap="large")
    if (carried := newly_taken()) is not None:
        _put_other(carried)
    with left:
        show_device_upload(put)
        described = _describe()
        precision = str(st.session_state.get(OFFERED, "fp32"))
        st.markdown(
            t("**Measure three networks** (download, run, read the meter), and type the energies below:")
        )
        show_networks(precision)
        rows = edit(precision)
    device = None
    with right:
        if not is_filled(rows):
            _invite()
        elif (device := _checked(described, rows)) is not None:
            show_fit(device, add_rows)
    with left:
        _show_others(device)


def _show_others(shown: OwnDevice | None) -> None:
    """List the other devices of this session, under earlier names or of other files: open or forget each."""
    others = [each for each in own_devices.visitors() if shown is None or each.device_id != shown.device_id]
    if not others or on_paper():
        return
    st.markdown(t("**Other devices of this session**"))
    for each in others:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(literal(each.name))
            st.button(
                t("Open"),
                on_click=_put_other,
                args=(each,),
                icon=":material/edit:",
                key=f"cal_open_{each.device_id}",
                help=t("In the fields and the table above, in the place of what stands there."),
            )
            st.button(
                t("Forget"),
                on_click=own_devices.forget,
                args=(each.device_id,),
                icon=":material/delete:",
                key=f"cal_forget_{each.device_id}",
            )


def _put_other(device: OwnDevice) -> None:
    put(device)
    st.session_state[STALE] = True


def put(device: OwnDevice) -> None:
    """Put a device into the fields and the table, in the place of what stood there."""
    st.session_state[NAME] = device.name
    st.session_state[SCOPE] = _scope_of(device)
    st.session_state[RUNTIME] = device.runtime
    st.session_state[KIND] = device.kind
    st.session_state[METER] = device.meter
    st.session_state[IDLE] = device.idle_power_w
    st.session_state[OFFERED] = device.rows[0].precision
    st.session_state[OPENED] = device
    if device.device_id:  # a table alone goes on with the device of the fields
        st.session_state[EDITED] = device.device_id
    st.session_state.pop(UNITS, None)
    cells = [(row.model, row.precision, row.energy_mj, row.latency_ms) for row in device.rows]
    put_table(pd.DataFrame(cells, columns=list(COLUMNS)))


def _describe() -> OwnDevice:
    """Let the device be named and the measuring described; the rows come later."""
    first, second = st.columns(2)
    name = first.text_input(t("Name of the device"), key=NAME, max_chars=80, placeholder=t("My board"))
    runtime = second.text_input(
        t("Runtime"),
        key=RUNTIME,
        max_chars=40,
        placeholder="tflite-xnnpack",
        help=t("Its name becomes the delegate."),
    )
    scope = st.selectbox(  # over the whole width: half of it cuts its words
        t("What the meter saw"),
        [each.value for each in METER_SCOPES],
        format_func=lambda each: capital(tell(METER_SCOPES[Scope(each)])),
        key=SCOPE,
    )
    with st.container(horizontal=True):
        st.segmented_control(
            t("Precision of the networks to measure"),
            list(PRECISIONS),
            default="fp32",
            required=True,
            key=OFFERED,
            on_change=offer,
            help=t("Rows with figures stay as they are: a device may have both."),
        )
        kind = st.segmented_control(
            t("What it is"),
            KINDS,
            default="board",
            required=True,
            format_func=lambda each: t(KINDS[each]),
            key=KIND,
        )
    with st.expander(t("More about the measuring"), icon=":material/tune:"):
        meter = st.text_input(t("Meter"), key=METER, max_chars=200)
        idle = st.number_input(
            t("Idle power (W)"),
            value=None,
            min_value=0.0,
            key=IDLE,
            help=t("Power of the device while it does nothing."),
        )
    return OwnDevice(
        "",
        name=(name or "").strip() or t("My board"),
        scope=str(scope),
        kind=str(kind or "board"),
        meter=meter or "",
        runtime=(runtime or "").strip(),
        idle_power_w=idle or None,
    )


def _invite() -> None:
    st.info(
        t(
            "With the first number, every sample network gets an energy and a latency with a range; each "
            "further number narrows it. Three numbers predict the energy of other networks within 8 % in "
            "the median (known boards, each left out)."
        ),
        icon=":material/edit_note:",
    )
    st.button(t("Try it with example numbers"), on_click=_example, icon=":material/content_copy:")


def _example() -> None:
    """Fill in what was measured on a Raspberry Pi 4, as if it were the reader's board."""
    from predictors.energy.calibrated.calibration import known_figures

    precision = str(st.session_state.get(OFFERED, "fp32"))
    figures = known_figures("raspberry-pi-4", first_three(precision), precision)
    for of_another in (OPENED, SCOPE, RUNTIME, IDLE, METER, KIND, UNITS):
        st.session_state.pop(of_another, None)
    st.session_state[STALE] = True
    st.session_state[NAME] = t("Copy of {device}", device=verbatim("Raspberry Pi 4"))
    cells = [(model, precision, energy_mj, latency_ms) for model, energy_mj, latency_ms in figures]
    put_table(pd.DataFrame(cells, columns=list(COLUMNS)))


def _checked(described: OwnDevice, table: pd.DataFrame) -> OwnDevice | None:
    """The device, kept in this session; None, with the reason on the page, where something is wrong."""
    from predictors.energy.calibrated.checked import checked
    from predictors.energy.calibrated.device_file import check_delegate, device_id_of
    from predictors.energy.calibrated.own_devices import refuse_taken_id

    try:
        device_id = device_id_of(described.name)
        refuse_taken_id(device_id)
        check_delegate(described.kind, described.runtime)
        read = read_typed(table)
        described = replace(described, device_id=device_id, rows=read.rows)
        own_devices.refuse_others_id(described, str(st.session_state.get(EDITED, "")))
        described = _with_opened(described)
        read = replace(read, rows=described.rows)
        device = checked(described, read, amounts_of_own, units_are_right=bool(st.session_state.get(UNITS)))
    except JouleLensError as error:
        show_error(error.code, tell(error.message))
        if error.code == "CALIBRATION_UNIT":
            _ask_unit(described, read)
        return None
    own_devices.keep(device, is_linked=_is_of_link())
    st.session_state[EDITED] = device.device_id
    carry_these([device])
    return device


def _is_of_link() -> bool:
    """Whether what stands on the page began as a device that came with a link."""
    opened: OwnDevice | None = st.session_state.get(OPENED)
    return opened is not None and opened.device_id in own_devices.linked()


def _with_opened(device: OwnDevice) -> OwnDevice:
    """The device with what the opened files say beyond the fields and columns of the page.

    How it was measured holds only while it is the device of the files: same name, same scope, and a figure
    that is still theirs. What a network amounts to holds on any device.
    """
    opened: OwnDevice | None = st.session_state.get(OPENED)
    if opened is None:
        return device
    known = {(row.model, row.precision): row for row in opened.rows}
    found = [(row, known.get((row.model, row.precision))) for row in device.rows]
    is_theirs = opened.name.strip() == device.name and _scope_of(opened) == device.scope
    same = [is_theirs and its is not None and _figures(its) == _figures(row) for row, its in found]
    rows = tuple(
        row if its is None else replace(its, line=row.line) if is_same else replace(row, amounts=its.amounts)
        for (row, its), is_same in zip(found, same, strict=True)
    )
    if not any(same):
        return replace(device, rows=rows)
    return replace(
        opened, device_id=device.device_id, name=device.name, scope=device.scope, kind=device.kind,
        meter=device.meter, runtime=device.runtime, idle_power_w=device.idle_power_w, rows=rows,
    )  # fmt: skip


def _figures(row: MeasuredNetwork) -> tuple[float | None, float | None]:
    return row.energy_mj, row.latency_ms


def _scope_of(opened: OwnDevice) -> str:
    """The scope that the field shows for a device of files."""
    return opened.scope if opened.scope in METER_SCOPES else Scope.BOARD_WALL.value


def _ask_unit(described: OwnDevice, table: MeasuredTable) -> None:
    """Let the reader say which of the two readings is right, unit by unit."""
    from predictors.energy.calibrated.checked import checked, unit_slips

    groups: dict[str, list[UnitSlip]] = {}
    for slip in unit_slips(checked(described, table, amounts_of_own, units_are_right=True)):
        groups.setdefault(tell(slip.unit), []).append(slip)
    with st.container(horizontal=True):
        for unit, slips in groups.items():
            st.button(
                t("These are {unit}: convert", unit=unit), on_click=convert, args=(slips,), type="primary"
            )
        st.button(t("The units are right: keep them"), on_click=_keep_units)


def _keep_units() -> None:
    st.session_state[UNITS] = True
