"""Devices of the reader's own: in this session only, gone with it; a server's folder is for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.i18n.texts import t
from app.memo import APART

if TYPE_CHECKING:
    from predictors.energy.calibrated.device_file import OwnDevice

DEVICES: Final = "own_devices"
LINKED: Final = "own_devices_linked"
"""Ids of those that came with a link: figures of somebody else, which nobody checked."""
REPORTS: Final = "estimate_reports"
DERIVED: Final = "estimate_derived"
SHELF_PARTS: Final = "shelf_parts"
"""Where estimates of this session are kept: those made with other own devices no longer hold."""
MOST: Final = 20
"""Own devices of one session: more than anybody measures, few enough to list."""


def visitors() -> tuple[OwnDevice, ...]:
    """Return the devices that this session describes, in the order in which they came."""
    return tuple(st.session_state.get(DEVICES, {}).values()) if _has_session() else ()


def _has_session() -> bool:
    return get_script_run_ctx(suppress_warning=True) is not None


def linked() -> frozenset[str]:
    """Return the ids of the devices of this session that came with a link."""
    return frozenset(st.session_state.get(LINKED, ())) if _has_session() else frozenset()


def keep(device: OwnDevice, *, is_linked: bool = False) -> None:
    """Keep a device, in the place of an earlier one with this id; of too many the oldest goes.

    One that came with a link stays marked as such until it is forgotten.
    """
    from predictors.energy.calibrated.own_devices import ask_for_visitors

    if is_linked:
        st.session_state[LINKED] = linked() | {device.device_id}
    devices = dict(st.session_state.get(DEVICES, {}))
    if devices.get(device.device_id) == device:
        return
    devices[device.device_id] = device
    while len(devices) > MOST:
        del devices[next(iter(devices))]
    ask_for_visitors(visitors)
    _changed(devices)


def refuse_others_id(device: OwnDevice, edited: str = "") -> None:
    """Raise InputError DEVICE_FILE_ID where another device of this session has the id of this one.

    `edited` is the id of the device whose fields are open: it may be written in another way.
    """
    from predictors.errors import InputError

    other = next((each for each in visitors() if each.device_id == device.device_id != edited), None)
    if other is not None and (edited or other.name.strip() != device.name.strip()):
        raise InputError(
            "DEVICE_FILE_ID",
            "{device} would have the id {id}, which another device of this session has: {other}. Give one of "
            "them another name, or forget the other.",
            device=device.name,
            id=device.device_id,
            other=other.name,
        )


def forget(device_id: str) -> None:
    """Forget one device and everything that was estimated on it."""
    devices = dict(st.session_state.get(DEVICES, {}))
    if devices.pop(device_id, None) is not None:
        _changed(devices)


def forget_linked(device_id: str) -> None:
    """Forget a device that came with a link, since the reader brings one of this id."""
    if device_id in linked():
        forget(device_id)


def _changed(devices: dict[str, OwnDevice]) -> None:
    st.session_state[DEVICES] = devices
    st.session_state[LINKED] = linked() & devices.keys()
    for kept in (REPORTS, DERIVED, SHELF_PARTS, APART):
        st.session_state.pop(kept, None)
    if devices:
        st.session_state[APART] = {}


def names() -> dict[str, str]:
    """Return id -> name of every device of one's own, the server's first."""
    from predictors.energy.calibrated.own_devices import own_names

    return own_names()


def labels() -> dict[str, str]:
    """Return id -> name with whose it is: of a link, whose figures nobody checked, or one's own."""
    unchecked = linked()
    return {each: _marked(name, each not in unchecked) for each, name in names().items()}


def marked(device_id: str, name: str) -> str:
    """Return the name of a calibrated device with whose it is; one that is not here came with a link."""
    return _marked(name, device_id in names().keys() - linked())


def _marked(name: str, is_here: bool) -> str:
    if is_here:
        return t("{device} (yours)", device=name)
    return t("{device} (from a link, unchecked)", device=name)
