"""Every cell and every row of a contribution against its schema: types, ranges, units, ids, consistency."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from data.contribution.findings import ERROR, WARNING, Finding, Findings, shortened
from data.contribution.reading import TextRow
from data.contribution.schema import ID_COLUMN, MAX_TEXT, Field, configuration_of
from data.messages import Message

Value = str | float | int | bool | None

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+")
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FORMULA: Final = ("=", "+", "-", "@")
_YES_NO: Final = {"true": True, "false": False, "yes": True, "no": False}

UNIT_ERROR: Final = 9.0
"""Energy that differs from power x time by this factor was written in another unit."""
MISMATCH: Final = 1.3
"""From this factor on, the difference between energy and power x time is worth a word."""

_SMALLER_UNIT: Final = {"avg_power_w": "milliwatts", "idle_power_w": "milliwatts", "energy_mj": "microjoules",
                        "latency_ms": "microseconds"}  # fmt: skip


def check_rows(
    rows: Sequence[TextRow], fields: Sequence[Field], found: Findings, file: str = ""
) -> list[dict[str, Value]]:
    """Return every row with its cells converted (None where empty or wrong); findings go to `found`."""
    present = [each for each in fields if rows and each.name in rows[0].cells]
    converted: list[dict[str, Value]] = []
    seen: dict[str, int] = {}
    for row in rows:
        values = {each.name: _cell(row, each, found, file) for each in present}
        _check_id(row, values, seen, found, file)
        _check_kernel(row, values, found, file)
        for finding in consistency(values, str(row.line), file):
            found.add(finding)
        converted.append({each.name: values.get(each.name) for each in fields})
    return converted


def _cell(row: TextRow, field: Field, found: Findings, file: str) -> Value:
    text = row.cells[field.name]
    if not text:
        if field.needed:
            message = Message(
                "{name} is empty. Every row needs it: {meaning}.",
                name=field.name,
                meaning=field.meaning,
            )
            found.add(Finding("EMPTY_CELL", message, str(row.line), field.name, file=file))
        return None
    value, problem = _converted(text, field)
    if problem is not None:
        code, words = problem
        found.add(Finding(code, words, str(row.line), field.name, shortened(text), file=file))
    return value


Problem = tuple[str, str] | None


def _converted(text: str, field: Field) -> tuple[Value, Problem]:
    if field.kind == "yes/no":
        known = _YES_NO.get(text.lower())
        wrong = ("NOT_YES_OR_NO", Message("“{text}” is neither true nor false.", text=shortened(text)))
        return known, None if known is not None else wrong
    if field.kind == "text":
        problem = _text_problem(text, field)
        return (text if problem is None else None), problem
    return _number(text, field)


def _text_problem(text: str, field: Field) -> Problem:
    if len(text) > MAX_TEXT:
        return "TEXT_TOO_LONG", Message(
            "The text has {text:,} characters; at most {max_text} fit.", text=len(text), max_text=MAX_TEXT
        )
    if text.startswith(_FORMULA):
        message = Message(
            "“{text}” starts like a spreadsheet formula. Begin with a letter or digit.", text=shortened(text)
        )
        return "FORMULA", message
    if not text.isprintable():
        return "CONTROL_CHARACTER", Message("The text holds a line break or control character. Remove it.")
    if field.allowed and text not in field.allowed:
        return "UNKNOWN_WORD", Message(
            "“{text}” is none of {allowed}.", text=shortened(text), allowed=", ".join(field.allowed)
        )
    if field.name in ("device_id", "delegate") and not _NAME.fullmatch(text):
        message = Message(
            "“{text}” is not an identifier: lower-case letters, digits and single hyphens.",
            text=shortened(text),
        )
        return "NOT_AN_IDENTIFIER", message
    return None


def _number(text: str, field: Field) -> tuple[Value, Problem]:
    if not _NUMBER.fullmatch(text):
        return None, _not_a_number(text, field)
    value = float(text)
    if not math.isfinite(value):
        return None, ("OUT_OF_RANGE", Message("{text} is too large to be a figure.", text=shortened(text)))
    if field.kind == "integer" and not value.is_integer():
        return None, ("NOT_A_WHOLE_NUMBER", Message("{text} is not a whole number.", text=shortened(text)))
    problem = range_problem(value, field)
    if problem is not None:
        return None, problem
    return (int(value) if field.kind == "integer" else value), None


def _not_a_number(text: str, field: Field) -> Problem:
    quoted = shortened(text)
    if _GROUPED.fullmatch(text):
        return "COMMA_IN_NUMBER", Message(
            "“{quoted}” has a comma. Use a decimal point and no grouping.", quoted=quoted
        )
    if _DECIMAL_COMMA.fullmatch(text):
        return "DECIMAL_COMMA", Message(
            "“{quoted}” has a decimal comma. Write {replace}.", quoted=quoted, replace=text.replace(",", ".")
        )
    if field.unit in ("none", "1"):
        return "NOT_A_NUMBER", Message(
            "“{quoted}” is not a number. Write the figure alone, or nothing.", quoted=quoted
        )
    return "NOT_A_NUMBER", Message(
        "“{quoted}” is not a number. Write the figure in {unit} alone, or nothing.",
        quoted=quoted,
        unit=field.unit,
    )


def range_problem(value: float, field: Field) -> Problem:
    """Return why a number cannot be a figure of this column, or None."""
    unit = "" if field.unit in ("none", "1") else f" {field.unit}"
    if field.minimum is not None and value < field.minimum:
        return "OUT_OF_RANGE", Message(
            "{value:,g}{unit} is below {minimum:,g}{unit}.", value=value, unit=unit, minimum=field.minimum
        )
    if field.name == "energy_mj" and value == 0:
        return "OUT_OF_RANGE", Message("An energy of 0 mJ was not measured. Leave the row out.")
    if field.maximum is None or value <= field.maximum:
        return None
    smaller = _SMALLER_UNIT.get(field.name)
    message = Message(
        "{value:,g}{unit} is above {maximum:,g}{unit}.", value=value, unit=unit, maximum=field.maximum
    )
    if smaller:
        message = Message(
            "{above} Was it written in {smaller}? The column is in {unit}.",
            above=message,
            smaller=smaller,
            unit=field.unit,
        )
    return "OUT_OF_RANGE", message


def _check_id(
    row: TextRow, values: Mapping[str, Value], seen: dict[str, int], found: Findings, file: str
) -> None:
    identifier = values.get(ID_COLUMN)
    if not isinstance(identifier, str):
        return
    first = seen.setdefault(identifier, row.line)
    if first != row.line:
        message = Message(
            "“{identifier}” is also the id of row {first}. Give every row its own.",
            identifier=shortened(identifier),
            first=first,
        )
        found.add(
            Finding("DUPLICATE_ID", message, str(row.line), ID_COLUMN, shortened(identifier), file=file)
        )


def _check_kernel(row: TextRow, values: Mapping[str, Value], found: Findings, file: str) -> None:
    kernel = values.get("kernel")
    if not isinstance(kernel, str):
        return
    wanted = configuration_of(kernel)
    missing = [name for name in wanted if not row.cells.get(name)]
    if len(missing) == len(wanted):
        message = Message(
            "The {kernel} kernel has no configuration, so it cannot be placed by its work.", kernel=kernel
        )
        found.add(Finding("NO_CONFIGURATION", message, str(row.line), "kernel", kernel, WARNING, file))
        return
    for name in missing:
        message = Message(
            "A {kernel} kernel needs {name}. Fill it in, or leave {wanted} all empty.",
            kernel=kernel,
            name=name,
            wanted=", ".join(wanted),
        )
        found.add(Finding("INCOMPLETE_CONFIGURATION", message, str(row.line), name, file=file))


def consistency(values: Mapping[str, Value], row: str, file: str = "") -> list[Finding]:
    """Return what does not fit together in one row: energy against power x time, idle against mean power."""
    findings: list[Finding] = []
    energy, power = _float(values.get("energy_mj")), _float(values.get("avg_power_w"))
    latency, idle = _float(values.get("latency_ms")), _float(values.get("idle_power_w"))
    batch = _float(values.get("batch")) or 1.0
    if energy and power and latency and batch == 1.0:
        ratio = energy / (power * latency)
        if not 1 / MISMATCH <= ratio <= MISMATCH:
            severe = not 1 / UNIT_ERROR <= ratio <= UNIT_ERROR
            unit, check = Message("One of them is in another unit."), Message("Check the three figures.")
            message = Message(
                "{energy:,g} mJ is {ratio:,.3g} times {power:,g} W x {latency:,g} ms. {hint}",
                energy=energy,
                ratio=ratio,
                power=power,
                latency=latency,
                hint=unit if severe else check,
            )
            severity = ERROR if severe else WARNING
            findings.append(
                Finding("ENERGY_POWER_TIME", message, row, "energy_mj", f"{energy:g}", severity, file)
            )
    if idle and power and idle > power:
        message = Message(
            "The idle power of {idle:,g} W is above the mean power of {power:,g} W.", idle=idle, power=power
        )
        findings.append(Finding("IDLE_ABOVE_MEAN", message, row, "idle_power_w", f"{idle:g}", WARNING, file))
    return findings


def _float(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
