"""One's own device as two readable files: `NAME.toml` says what it is, `NAME.csv` what was measured.

The table has a row per network and precision: `model` (a sample's or a board network's name, or a name of
one's own), `precision`, `energy_mj`, and where known `latency_ms`, `energy_sd_mj` and more. The columns that
begin with `amount_` hold what the network amounts to (`predictors.energy.boards.features.TERMS`), so that a
model of one's own is not needed again to read the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeGuard

from data.inert_csv import csv_text
from data.messages import Message
from data.plain_toml import read_plain_toml
from predictors.energy.boards.features import TERMS
from predictors.energy.calibrated.table_cells import MOST, TOO_MANY, positive, table_lines
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
"""A phone is foretold on its CPU only, with a wide range: the known systems are boards."""
PRECISIONS: Final = ("fp32", "int8")
NUMBERS: Final = (
    "energy_mj", "latency_ms", "energy_sd_mj", "energy_above_idle_mj", "avg_power_w", "idle_power_w",
    "latency_p90_ms", "energy_above_idle_low_mj", "energy_above_idle_high_mj",
)  # fmt: skip
AMOUNTS: Final = tuple(f"amount_{term}" for term in TERMS)
COLUMNS: Final = ("model", "precision", *NUMBERS, "n", *AMOUNTS)
MOST_ROWS: Final = 2_000
"""More rows than anybody measures by hand; it keeps a wrong file from holding the program."""
MOST_BYTES: Final = 4_000_000
"""Of either file: 2,000 rows of 23 columns take below 1 MB."""
NAME_LIMIT: Final = 80
MOST_SHOWN: Final = 20
"""Problems listed in one message; the rest is counted."""


@dataclass(frozen=True, slots=True)
class MeasuredNetwork:
    """One measured network; None where a figure was not measured. `amounts` in the order of TERMS."""

    model: str
    precision: str
    energy_mj: float | None = None
    latency_ms: float | None = None
    energy_sd_mj: float | None = None
    energy_above_idle_mj: float | None = None
    avg_power_w: float | None = None
    idle_power_w: float | None = None
    latency_p90_ms: float | None = None
    energy_above_idle_low_mj: float | None = None
    energy_above_idle_high_mj: float | None = None
    n: int | None = None
    amounts: tuple[float, ...] = ()
    line: int = field(default=0, compare=False)
    """Where the row stands in what it was read from; 0 if it was not read."""


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
    """The id of a device: its name in lower case with hyphens. Raises InputError DEVICE_FILE_NAME."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.strip().lower()).strip("-")
    if not slug or len(name) > NAME_LIMIT:
        raise InputError(
            "DEVICE_FILE_NAME",
            "{name!r} makes no id for a device. Take a name of up to {limit} characters with letters "
            "or digits in it.",
            name=printable(name),
            limit=NAME_LIMIT,
        )
    return slug


def check_delegate(kind: str, runtime: str) -> None:
    """Raise InputError CALIBRATION_DELEGATE for NNAPI and GPU of a phone.

    On the known phones, foretelling NNAPI from a few networks is 82 to 96 % off, since each phone sends other
    layers to other chips; no board says anything about a phone's GPU.
    """
    if kind == "phone" and re.search(r"nnapi|gpu|npu|dsp|opencl|vulkan", runtime.lower()):
        raise InputError(
            "CALIBRATION_DELEGATE",
            "{runtime} of a phone can't be foretold from a few networks: on the known phones that is 82 to "
            "96 % off. Measure its CPU with one thread, or measure the very network that you want to know.",
            runtime=printable(runtime),
        )


_TEXTS: Final = (
    "name", "kind", "scope", "meter", "runtime", "software", "method", "conditions", "date", "licence",
)  # fmt: skip


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
    return '"' + "".join(sign if sign.isprintable() else " " for sign in escaped) + '"'


def read_device(toml_text: str, csv_text: str) -> OwnDevice:
    """A device from the texts of its files.

    Raises InputError DEVICE_FILE_DAMAGED, DEVICE_FILE_NEWER, DEVICE_FILE_NAME, or CALIBRATION_ROWS naming
    every row that is wrong.
    """
    head = _head(toml_text)
    version = head.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _damaged(Message("schema_version is missing"))
    if version > SCHEMA_VERSION:
        raise InputError(
            "DEVICE_FILE_NEWER",
            "The device file is of version {found}; this copy of JouleLens reads up to {known}. Update "
            "JouleLens, or write the file again with this one.",
            found=version,
            known=SCHEMA_VERSION,
        )
    for key in _TEXTS:
        if not isinstance(head.get(key, ""), str):
            raise _damaged(Message("{key} is no text", key=key))
    name = head.get("name", "")
    if head.get("scope", "board-wall") not in SCOPES:
        raise _damaged(Message("scope is none of {known}", known=", ".join(SCOPES)))
    if head.get("kind", "board") not in KINDS:
        raise _damaged(Message("kind is none of {known}", known=", ".join(KINDS)))
    texts = {key: head[key][:1000] for key in _TEXTS if key in head and key != "name"}
    idle, threads = head.get("idle_power_w"), head.get("threads")
    if idle is not None and not (_is_number(idle) and 0.0 < idle <= MOST):
        raise _damaged(Message("idle_power_w is no power in watts"))
    if threads is not None and not (
        isinstance(threads, int) and not isinstance(threads, bool) and threads > 0
    ):
        raise _damaged(Message("threads is no whole number from 1 on"))
    device_id = device_id_of(name)
    if head.get("id", device_id) != device_id:
        raise _damaged(
            Message(
                "id is {found}, but the name makes {made}",
                found=printable(str(head["id"]), 90),
                made=device_id,
            )
        )
    check_delegate(texts.get("kind", "board"), texts.get("runtime", ""))
    return OwnDevice(
        device_id=device_id,
        name=name,
        **texts,
        idle_power_w=None if idle is None else float(idle),
        threads=threads,
        rows=read_rows(csv_text, latency_alone=True),
    )


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _head(toml_text: str) -> Mapping[str, Any]:
    try:
        return read_plain_toml(toml_text.lstrip("\ufeff"))
    except ValueError as error:
        raise _damaged(printable(str(error), 160)) from None


def _damaged(what: str) -> InputError:
    return InputError(
        "DEVICE_FILE_DAMAGED",
        "The device file can't be used: {what}. Mend it, or write it anew with `python -m predictors "
        "calibrate`.",
        what=what,
    )


def read_rows(
    csv_text: str, *, first_line: int = 1, latency_alone: bool = False
) -> tuple[MeasuredNetwork, ...]:
    """Measured networks from a table whose heading is the line `first_line` of what people see.

    `latency_alone`: rows without an energy are taken, as `measure` writes them without a sensor.

    Raises InputError INPUT_COLUMNS, INPUT_EMPTY, CALIBRATION_ROWS.
    """
    headings, lines = table_lines(csv_text)
    lacking = [column for column in ("model", "precision") if column not in headings]
    if lacking or not {"energy_mj", "latency_ms"} & set(headings):
        raise InputError(
            "INPUT_COLUMNS",
            "The table needs the columns model, precision and energy_mj (latency_ms and energy_sd_mj are "
            "welcome); it has {headings}. Name the columns so, with commas between.",
            headings=printable(", ".join(headings) or "none", 200),
        )
    rows: list[MeasuredNetwork] = []
    problems: list[Message] = []
    for line, cells, too_many in lines:
        number = line - 1 + first_line
        if len(rows) >= MOST_ROWS:
            raise InputError(
                "CALIBRATION_ROWS",
                "The table has more than {limit:,} rows. Keep one row per network and precision.",
                limit=MOST_ROWS,
            )
        row, wrong = _row(cells, latency_alone) if not too_many else (None, [TOO_MANY])
        problems += [Message("Row {number}: {problem}", number=number, problem=each) for each in wrong]
        if row is not None:
            rows.append(replace(row, line=number))
    problems += _contradictions(rows)
    if problems:
        raise rows_error(problems)
    if not rows:
        raise InputError("INPUT_EMPTY", "The table has no rows. Add a row per measured network.")
    return tuple(_without_repeats(rows))


def rows_error(problems: Sequence[Message]) -> InputError:
    """The error that lists what is wrong, row by row."""
    shown: dict[str, Message] = {f"p{at}": each for at, each in enumerate(problems[:MOST_SHOWN])}
    if len(problems) > MOST_SHOWN:
        shown["more"] = Message("and {count:,} more", count=len(problems) - MOST_SHOWN)
    # A list of messages is a message of messages, so that each is told in the reader's language.
    lines = "\n".join(f"- {{{name}}}" for name in shown)
    listed = Message(lines, **shown)
    return InputError(
        "CALIBRATION_ROWS",
        "The measurements can't be used as they are:\n{problems}\nMend these rows; the others are fine.",
        problems=listed,
    )


def _row(cells: Mapping[str, str], latency_alone: bool) -> tuple[MeasuredNetwork | None, list[Message]]:
    problems: list[Message] = []
    numbers = {column: positive(cells, column, problems) for column in (*NUMBERS, "n")}
    model, precision = cells.get("model", ""), cells.get("precision", "").lower()
    if not model:
        problems.append(Message("model is empty. Name a sample, or give the path of a file."))
    if precision not in PRECISIONS:
        problems.append(
            Message("precision is {given!r}; it has to be fp32 or int8.", given=printable(precision))
        )
    if numbers["energy_mj"] is None and "energy_mj" not in _wrong_columns(problems):
        problems += [] if latency_alone and numbers["latency_ms"] else _without_energy(cells, numbers)
    if problems:
        return None, problems
    count = numbers.pop("n")
    amounts = _amounts(cells, problems)
    row = MeasuredNetwork(model, precision, n=None if count is None else int(count), amounts=amounts)
    known: dict[str, Any] = {name: numbers[name] for name in NUMBERS}
    row = replace(row, **known)
    return (None if problems else row), problems


def _wrong_columns(problems: Sequence[Message]) -> set[str]:
    return {str(problem.values.get("column", "")) for problem in problems}


def _without_energy(cells: Mapping[str, str], numbers: Mapping[str, float | None]) -> list[Message]:
    if "energy_mj" not in cells and numbers["latency_ms"] is not None:
        return []  # a table of latencies only, as `measure` writes it without a sensor
    if numbers["latency_ms"] is not None:
        return [Message("there is a latency but no energy. Give both, or leave the row out.")]
    return [Message("energy_mj is empty. Give the energy of one inference in millijoules.")]


def _amounts(cells: Mapping[str, str], problems: list[Message]) -> tuple[float, ...]:
    texts = [cells.get(column, "") for column in AMOUNTS]
    if not any(texts):
        return ()
    try:
        amounts = tuple(float(text) for text in texts)
    except ValueError:
        amounts = (math.nan,)
    if not all(math.isfinite(amount) and 0.0 <= amount < 1e9 for amount in amounts):
        problems.append(
            Message("the amount_ columns hold no numbers from 0 on. Empty them, or take the file as written.")
        )
    return amounts


SAME_WITHIN: Final = 0.02
"""Two values of one network within 2 % are one measurement taken twice; boards repeat within 1 to 3 %."""


def _contradictions(rows: Sequence[MeasuredNetwork]) -> list[Message]:
    """The same network twice with different values."""
    first: dict[tuple[str, str], MeasuredNetwork] = {}
    problems = []
    for row in rows:
        known = first.setdefault((row.model, row.precision), row)
        for column in ("energy_mj", "latency_ms"):
            one, two = getattr(known, column), getattr(row, column)
            if one is not None and two is not None and abs(math.log(one / two)) > SAME_WITHIN:
                problems.append(
                    Message(
                        "Rows {first} and {second}: {model} ({precision}) stands twice, with {column} "
                        "{one:g} and {two:g}. Keep one.",
                        first=known.line,
                        second=row.line,
                        model=printable(row.model),
                        precision=row.precision,
                        column=column,
                        one=one,
                        two=two,
                    )
                )
    return problems


def _without_repeats(rows: Sequence[MeasuredNetwork]) -> list[MeasuredNetwork]:
    return list({(row.model, row.precision): row for row in reversed(rows)}.values())[::-1]


def with_amounts(row: MeasuredNetwork, amounts: Sequence[float]) -> MeasuredNetwork:
    """The row with what its network amounts to."""
    return replace(row, amounts=tuple(float(amount) for amount in amounts))
