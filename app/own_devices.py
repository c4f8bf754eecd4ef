"""Devices of the reader's own: in this session only, gone with it; a server's folder is for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.memo import APART

if TYPE_CHECKING:
    from predictors.energy.calibrated.device_file import OwnDevice

DEVICES: Final = "own_devices"
REPORTS: Final = "estimate_reports"
DERIVED: Final = "estimate_derived"
SHELF_PARTS: Final = "shelf_parts"
"""Where estimates of this session are kept: those made with other own devices no longer hold."""
MOST: Final = 20
"""Own devices of one session: more than anybody measures, few enough to list."""


def visitors() -> tuple[OwnDevice, ...]:
    """Return the devices that this session describes, in the order in which they came."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ()
    return tuple(st.session_state.get(DEVICES, {}).values())


def keep(device: OwnDevice) -> None:
    """Keep a device, in the place of an earlier one with this id; of too many the oldest goes."""
    from predictors.energy.calibrated.own_devices import ask_for_visitors

    devices = dict(st.session_state.get(DEVICES, {}))
    if devices.get(device.device_id) == device:
        return
    devices[device.device_id] = device
    while len(devices) > MOST:
        del devices[next(iter(devices))]
    ask_for_visitors(visitors)
    _changed(devices)


def forget(device_id: str) -> None:
    """Forget one device and everything that was estimated on it."""
    devices = dict(st.session_state.get(DEVICES, {}))
    if devices.pop(device_id, None) is not None:
        _changed(devices)


def _changed(devices: dict[str, OwnDevice]) -> None:
    st.session_state[DEVICES] = devices
    for kept in (REPORTS, DERIVED, SHELF_PARTS, APART):
        st.session_state.pop(kept, None)
    if devices:
        st.session_state[APART] = {}


def names() -> dict[str, str]:
    """Return id -> name of every device of one's own, the server's first."""
    from predictors.energy.calibrated.own_devices import own_names

    return own_names()
