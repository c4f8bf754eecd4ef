"""Devices of the reader's own in the copied link: what was measured on them, so that others have them too.

A device lives in its session only. Its networks with their figures fit into an address, and everything that a
page says of it follows from them. Whoever opens such a link is told that nobody checked the figures.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

import streamlit as st

from app import own_devices
from app.i18n.formats import listing, literal
from app.i18n.messages import tell
from app.i18n.texts import t, tn
from app.ui.shared import carry, leave_out, shared
from data.errors import JouleLensError
from data.inert_csv import csv_text

if TYPE_CHECKING:
    from predictors.energy.calibrated.device_file import OwnDevice
    from predictors.energy.calibrated.device_rows import MeasuredNetwork

PARAMETER: Final = "own_device"
VERSION: Final = "2"
"""Version of the format of the link. A link of another version is not read."""
BETWEEN, PART, CELL, AMOUNT = "|", "~", "*", "_"
"""Separators between devices, parts of a device, cells of a row, and amounts of work of a network."""
HEAD: Final = ("name", "scope", "kind", "runtime", "meter", "idle_power_w")
"""Fields of a device that come before its rows."""
MOST_SIGNS: Final = 6_000
"""Most characters of all devices in a link: longer addresses are cut by some mail and chat programs."""
CHECKED_BY: Final = 8
"""Characters of the checksum. Without it, a link that was cut would be read wrongly, `120` as `12`."""
MOST_TAKEN: Final = 5
"""Devices taken from one link; more do not fit into one."""
TAKEN, NEW, REFUSED = "carried-taken", "carried-new", "carried-refused"
SHOWS_ALL: Final = {"estimate": {"everywhere", "devices"}, "compare": {"shelf", "limits"}}
"""Page -> its views (`view=`) that show every device, without naming it in the address."""


def carry_devices(page: str) -> None:
    """Let the copied link carry the devices of the reader's own that a page (its slug) shows."""
    devices = {each.device_id: each for each in own_devices.visitors()}
    if not devices or PARAMETER in shared().carried:
        return
    asked = st.query_params.to_dict()
    shows_all = asked.get("view") in SHOWS_ALL.get(page, set())
    named = {part for key in asked for value in st.query_params.get_all(key) for part in value.split("/")}
    carry_these(device for id_, device in devices.items() if shows_all or id_ in named)


def carry_these(devices: Iterable[OwnDevice]) -> None:
    """Let the copied link carry these devices; one that is too long for a link is named in the strip."""
    texts: list[str] = []
    for device in devices:
        text = written(device)
        if len(in_address(BETWEEN.join([*texts, text]))) > MOST_SIGNS:
            leave_out(
                t(
                    "{device}: too many figures for a link. Send the two files of the device, from “Your "
                    "device”.",
                    device=literal(device.name),
                )
            )
        else:
            texts.append(text)
    if texts:
        carry({PARAMETER: BETWEEN.join(texts)})


def written(device: OwnDevice) -> str:
    """Return a device as the link holds it."""
    head = [_text(getattr(device, name)) for name in HEAD]
    return sealed(PART.join([*head, *map(_row, device.rows)]))


def in_address(text: str) -> str:
    """Return a text as the browser writes it into an address (`URLSearchParams`)."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def sealed(body: str) -> str:
    """Return what is told of a device with version and checksum before it."""
    return PART.join([VERSION, f"{zlib.crc32(body.encode()):0{CHECKED_BY}x}", body])


def _text(value: object) -> str:
    from predictors.errors import printable

    if isinstance(value, float):
        return f"{value:.7g}"
    return re.sub(r"[|~*]", "-", printable(str(value), 80)) if value else ""


def _row(row: MeasuredNetwork) -> str:
    from predictors.energy.calibrated.device_rows import NUMBERS

    numbers = [getattr(row, name) for name in (*NUMBERS, "n")]
    cells = [_text(row.model), row.precision, *("" if each is None else f"{each:.7g}" for each in numbers)]
    amounts = "" if _is_known(row) else AMOUNT.join(f"{each:.9g}" for each in row.amounts)
    return CELL.join([*cells, amounts]).rstrip(CELL)


def _is_known(row: MeasuredNetwork) -> bool:
    """Whether every copy of this project knows the network's amounts of work."""
    from predictors.energy.calibrated.calibration import amounts_of

    try:
        return tuple(amounts_of(replace(row, amounts=()), None)) == row.amounts
    except JouleLensError:
        return False


def read(text: str) -> OwnDevice:
    """Return a device that a link holds. Raises InputError, as its files would."""
    from predictors.energy.calibrated.checked import resolved
    from predictors.energy.calibrated.device_file import read_device
    from predictors.energy.calibrated.device_rows import COLUMNS
    from predictors.energy.calibrated.own_devices import refuse_taken_id
    from predictors.errors import InputError

    body = text[len(sealed("")) :]
    parts = body.split(PART)
    if not text.startswith(VERSION + PART) or len(parts) <= len(HEAD):
        raise InputError(
            "LINK_DEVICE", "The link holds no device that can be read. Ask for a new link, or for its files."
        )
    if text != sealed(body):
        raise InputError(
            "LINK_DEVICE",
            "The device in the link is not whole: some programs cut long links. Ask for a new link, or for "
            "its files.",
        )
    head = dict(zip(HEAD, parts, strict=False))
    told = [f"{name} = {_quoted(value)}" for name, value in head.items() if value and name != "idle_power_w"]
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", head["idle_power_w"]):
        told.append(f"idle_power_w = {float(head['idle_power_w'])}")
    rows = [dict(zip(COLUMNS, _cells(row), strict=False)) for row in parts[len(HEAD) :]]
    device = read_device("\n".join(["schema_version = 1", *told]) + "\n", csv_text(COLUMNS, rows))
    refuse_taken_id(device.device_id)
    return resolved(device)


def _cells(row: str) -> list[str]:
    from predictors.energy.calibrated.device_rows import AMOUNTS, COLUMNS

    cells = row.split(CELL)
    cells += [""] * (len(COLUMNS) - len(AMOUNTS) + 1 - len(cells))
    return [*cells[:-1], *cells[-1].split(AMOUNT)]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def take_carried() -> None:
    """Keep the devices that the address holds in this session, each once: who forgets one is rid of it.

    A device of the session's own stays as it is, whatever a link says of one of its name, and none has to go
    for one of a link.
    """
    asked = str(st.query_params.get(PARAMETER, ""))[:MOST_SIGNS]
    if not asked:
        return
    taken: dict[str, str] = st.session_state.setdefault(TAKEN, {})
    for text in asked.split(BETWEEN)[:MOST_TAKEN]:
        if not text or text in taken:
            continue
        taken[text] = ""
        try:
            taken[text] = _take(read(text))
        except JouleLensError as error:
            st.session_state[REFUSED] = (error.code, tell(error.message))
    while len(taken) > own_devices.MOST:
        del taken[next(iter(taken))]


def _take(device: OwnDevice) -> str:
    """Keep a device that is not here yet; returns the name of what came with the link.

    Raises InputError LINK_DEVICE where none fits, DEVICE_FILE_ID where another one here has its id.
    """
    from predictors.errors import InputError

    own_devices.refuse_others_id(device)
    here = {each.device_id for each in own_devices.visitors()}
    if device.device_id in here:
        return device.name if device.device_id in own_devices.linked() else ""
    if len(here) >= own_devices.MOST:
        raise InputError(
            "LINK_DEVICE",
            "{device} of the link is not taken: this session has {most} devices already. Open the link "
            "in a new tab.",
            device=device.name,
            most=own_devices.MOST,
        )
    own_devices.keep(device, is_linked=True)
    st.session_state[NEW] = device
    return device.name


def newly_taken() -> OwnDevice | None:
    """Return the device that just came with a link, once."""
    device: OwnDevice | None = st.session_state.pop(NEW, None)
    return device


def show_carried() -> None:
    """Say which devices came with the address that is open, and what could not be read of it."""
    if PARAMETER not in st.query_params:
        return
    refused = st.session_state.pop(REFUSED, None)
    if refused is not None:
        st.warning(
            t("{message}  \nCode: `{code}`", message=literal(refused[1]), code=refused[0]),
            icon=":material/link_off:",
        )
    asked = str(st.query_params.get(PARAMETER, ""))[:MOST_SIGNS].split(BETWEEN)
    names = [name for text in asked if (name := st.session_state.get(TAKEN, {}).get(text))]
    if names:
        st.info(
            tn(
                "**{devices}** came with the link: somebody’s own measurements, which nobody checked. It is "
                "in this session only.",
                "**{devices}** came with the link: somebody’s own measurements, which nobody checked. They "
                "are in this session only.",
                len(names),
                devices=listing([literal(name) for name in names]),
            ),
            icon=":material/link:",
        )
