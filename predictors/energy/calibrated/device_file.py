"""One's own device as two readable files: `NAME.toml` says what it is, `NAME.csv` what was measured."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, TypeGuard

from data.inert_csv import csv_text
from data.messages import Message, joined
from data.plain_ids import hyphened
from data.plain_toml import read_plain_toml
from predictors.energy.calibrated.device_rows import (
    AMOUNTS,
    COLUMNS,
    NUMBERS,
    MeasuredNetwork,
    MeasuredTable,
    contradictions,
    read_table,
    sound_rows,
)
from predictors.energy.calibrated.table_cells import MOST
from predictors.errors import InputError, printable
from predictors.results.figures import METER_SCOPES

SCHEMA_VERSION: Final = 1
LATENCY_ONLY: Final = "latency-only"
SCOPES: Final[dict[str, Message]] = {
    **{scope.value: words for scope, words in METER_SCOPES.items()},
    LATENCY_ONLY: Message("no energy was measured"),
}
"""What the meter saw. Figures of different scopes are never ranked together."""
KINDS: Final = ("board", "phone")
"""A phone is predicted on its CPU only, with a wide range: the known systems are boards."""
MOST_BYTES: Final = 4_000_000
"""Most bytes of either file. 2,000 rows of 23 columns take less than 1 MB."""
NAME_LIMIT: Final = 80  # characters that fit into lists and file names


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """A device of the user's own: what it is, how it was measured, and the networks."""

    device_id: str
    name: str
    scope: str = "board-wall"
    meter: str = ""
    runtime: str = ""
    software: str = ""
    method: str = ""
    conditions: str = ""
    date: str = ""
    licence: str = ""
    kind: str = "board"
    idle_power_w: float | None = None
    threads: int | None = None
    rows: tuple[MeasuredNetwork, ...] = field(default=())
    kernels_beside: str = ""  # path of the device file beside which a fit of its own kernels lies

    def of(self, precision: str) -> tuple[MeasuredNetwork, ...]:
        """The rows in one precision."""
        return tuple(row for row in self.rows if row.precision == precision)


def device_id_of(name: str) -> str:
    """The id of a device: its name in lower case with hyphens, letters without their accents.

    Raises InputError DEVICE_FILE_NAME.
    """
    slug = hyphened(name)
    if not slug or max(len(name), len(slug)) > NAME_LIMIT:
        raise InputError(
            "DEVICE_FILE_NAME",
            "{name!r} makes no id for a device. Take a name of up to {limit} characters with "
            "letters from a to z or digits in it.",
            name=printable(name),
            limit=NAME_LIMIT,
        )
    return slug


def check_delegate(kind: str, runtime: str) -> None:
    """Raise InputError CALIBRATION_DELEGATE for NNAPI and GPU of a phone.

    On the known phones, predicting NNAPI from a few networks is 82 to 96 % off, since each phone sends other
    layers to other chips; no board says anything about a phone's GPU.
    """
    if kind == "phone" and re.search(r"nnapi|gpu|npu|dsp|opencl|vulkan", runtime.lower()):
        raise InputError(
            "CALIBRATION_DELEGATE",
            "{runtime} of a phone can't be predicted from a few networks: on the known phones that is 82 to "
            "96 % off. Measure its CPU with one thread, or measure the very network that you want to know.",
            runtime=printable(runtime),
        )


_TEXTS: Final = (
    "name", "kind", "scope", "meter", "runtime", "software", "method", "conditions", "date", "licence",
)  # fmt: skip


_OTHERS: Final = ("schema_version", "id", "idle_power_w", "threads")


def written(device: OwnDevice) -> tuple[str, str]:
    """The device as the texts of its two files (TOML, CSV)."""
    values = {"schema_version": str(SCHEMA_VERSION), "id": _quoted(device.device_id)}
    values |= {key: _quoted(getattr(device, key)) for key in _TEXTS}
    values |= {
        key: repr(value) for key in ("idle_power_w", "threads") if (value := getattr(device, key)) is not None
    }
    head = ["=".join((f"{key} ", f" {value}")) for key, value in values.items()]
    rows = []
    for row in device.rows:
        numbers = [getattr(row, column) for column in (*NUMBERS, "n")]
        amounts = row.amounts or ("",) * len(AMOUNTS)
        cells = [
            row.model,
            row.precision,
            *("" if number is None else number for number in numbers),
            *amounts,
        ]
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return "\n".join(head) + "\n", csv_text(COLUMNS, rows)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + on_one_line(escaped) + '"'


def on_one_line(text: str) -> str:
    """A text as a device file holds it: a space in the place of every sign that cannot be printed."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def read_device(toml_text: str, csv_text: str) -> OwnDevice:
    """A device from the texts of its files.

    Raises what `read_described` raises, and InputError CALIBRATION_ROWS naming every row that is wrong.
    """
    device, table = read_described(toml_text, csv_text)
    return replace(device, rows=sound_rows(table))


def read_described(toml_text: str, csv_text: str) -> tuple[OwnDevice, MeasuredTable]:
    """What a device is, without its rows, and its table as far as it can be read.

    Raises InputError DEVICE_FILE_NEWER, DEVICE_FILE_NAME, CALIBRATION_DELEGATE, what `read_table` raises, and
    DEVICE_FILE_DAMAGED naming all that is wrong in both files.
    """
    head = _head(toml_text)
    version = head.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _damaged([Message("schema_version is missing, or no whole number from 1 on")])
    if version > SCHEMA_VERSION:
        raise InputError(
            "DEVICE_FILE_NEWER",
            "The device file is of version {found}; this copy of JouleLens reads up to {known}. Update "
            "JouleLens, or write the file again with this one.",
            found=version,
            known=SCHEMA_VERSION,
        )
    table = read_table(csv_text, latency_alone=True)
    problems = [
        *_of_keys(head),
        *_of_texts(head),
        *_of_numbers(head),
        *_of_name(head),
        *_of_scope(head, table),
    ]
    if problems:
        rows = [each.text for each in (*table.problems, *contradictions(table.rows))]
        raise _damaged([*problems, *rows])
    texts = {key: head[key][:1000] for key in _TEXTS if key in head and key != "name"}
    check_delegate(texts.get("kind", "board"), texts.get("runtime", ""))
    name, idle = head.get("name", ""), head.get("idle_power_w")
    device = OwnDevice(
        device_id=device_id_of(name),
        name=name,
        **texts,
        idle_power_w=None if idle is None else float(idle),
        threads=head.get("threads"),
    )
    return device, table


def _of_keys(head: Mapping[str, Any]) -> list[Message]:
    """Keys that nothing is read from: a slip in one would leave what it stands for at its usual value."""
    unknown = [key for key in head if key not in {*_TEXTS, *_OTHERS}]
    known = ", ".join((*_TEXTS, *_OTHERS))
    return [Message("{key} is none of {known}", key=printable(key, 60), known=known) for key in unknown]


def _of_scope(head: Mapping[str, Any], table: MeasuredTable) -> list[Message]:
    """Whether a file that says that no energy was measured holds one."""
    row = next((row for row in table.rows if row.energy_mj is not None), None)
    if row is None or head.get("scope") != LATENCY_ONLY:
        return []
    return [Message("scope is {scope}, but row {row} has an energy", scope=LATENCY_ONLY, row=row.line)]


def _of_texts(head: Mapping[str, Any]) -> list[Message]:
    """What is wrong with the texts of the head."""
    problems = [
        Message("{key} is no text", key=key) for key in _TEXTS if not isinstance(head.get(key, ""), str)
    ]
    for key, usual, known in (("scope", "board-wall", tuple(SCOPES)), ("kind", "board", KINDS)):
        given = head.get(key, usual)
        if isinstance(given, str) and given not in known:
            problems.append(Message("{key} is none of {known}", key=key, known=", ".join(known)))
    return problems


def _of_numbers(head: Mapping[str, Any]) -> list[Message]:
    """What is wrong with the numbers of the head."""
    idle, threads, problems = head.get("idle_power_w"), head.get("threads"), list[Message]()
    if idle is not None and not (_is_number(idle) and 0.0 < idle <= MOST):
        problems.append(Message("idle_power_w is no power in watts"))
    if threads is not None and not (
        isinstance(threads, int) and not isinstance(threads, bool) and threads > 0
    ):
        problems.append(Message("threads is no whole number from 1 on"))
    return problems


def _of_name(head: Mapping[str, Any]) -> list[Message]:
    """Whether the id is that of the name. Raises InputError DEVICE_FILE_NAME for a name that makes none."""
    name = head.get("name", "")
    if not isinstance(name, str):
        return []
    device_id = device_id_of(name)
    # Files were written when a letter with an accent still became a hyphen.
    earlier = re.sub(r"[^a-z0-9]+", "-", name.strip().lower()).strip("-")
    if head.get("id", device_id) in (device_id, earlier):
        return []
    found = printable(str(head["id"]), 90)
    return [Message("id is {found}, but the name makes {made}", found=found, made=device_id)]


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _head(toml_text: str) -> Mapping[str, Any]:
    try:
        head = read_plain_toml(toml_text.lstrip("\ufeff"))
    except ValueError as error:
        raise _damaged([printable(str(error), 160)]) from None
    # TOML has dates of its own, which people write without quotation marks.
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in head.items()}


def _damaged(problems: list[Message] | list[str]) -> InputError:
    return InputError(
        "DEVICE_FILE_DAMAGED",
        "The device file can't be used: {what}. Mend it, or write it anew with `python -m predictors "
        "calibrate`.",
        what=joined(problems, "; "),
    )
