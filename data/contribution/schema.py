"""What a contributed table of measurements looks like, per level: columns, units, ranges, which are needed.

Quantities are those of the dictionary, so that a contribution has the names and units of the bundle. Ranges
of power and energy are narrower where the bundle's are wide because it also holds servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from data.dictionary import Column, column
from data.messages import Message

LEVELS: Final = ("application", "kernel", "board")
TABLES: Final = {
    "application": "application_measurements",
    "kernel": "kernel_measurements",
    "board": "board_runs",
}
"""The bundle's table beside which the rows of a level appear."""

MAX_TEXT: Final = 200
"""Longest text of one cell, in characters."""

ID_COLUMN: Final = "measurement_id"

_CONFIGURATION: Final = (
    "input_hw", "c_in", "c_out", "kernel_size", "stride", "pool_stride", "c_in1", "c_in2", "c_in3", "c_in4",
)  # fmt: skip

_COMMON: Final = (
    "device_id", "delegate", "precision", "software", "batch", "energy_mj", "avg_power_w", "latency_ms",
    "meter_scope", "idle_included",
)  # fmt: skip

_OWN: Final[dict[str, tuple[str, ...]]] = {
    "application": ("application", "model"),
    "kernel": ("kernel", *_CONFIGURATION),
    "board": (
        "model",
        "task",
        "macs_m",
        "params_m",
        "idle_power_w",
        "duration_s",
        "accuracy_percent",
        "scenario",
    ),
}

_NEEDED: Final = frozenset(
    {ID_COLUMN, "device_id", "delegate", "precision", "energy_mj", "meter_scope", "idle_included",
     "application", "model", "kernel"}
)  # fmt: skip
"""Columns that have to be there and filled in every row, on the levels that have them."""

_ELSEWHERE: Final = {"macs_m": "networks", "params_m": "networks"}
"""Columns that the level's own table does not have, with the table that describes them."""

_RANGES: Final[dict[str, tuple[float, float]]] = {
    "avg_power_w": (0.0, 300.0),
    "energy_mj": (0.0, 1e6),
    "latency_ms": (0.0, 1e7),
    "batch": (1.0, 4096.0),
    "macs_m": (0.0, 1e7),
}

CONFIGURATION_OF: Final[dict[str, tuple[str, ...]]] = {
    "conv-bn-relu": ("input_hw", "c_in", "c_out", "kernel_size", "stride"),
    "dwconv-bn-relu": ("input_hw", "c_in", "kernel_size", "stride"),
    "avgpool": ("input_hw", "c_in", "kernel_size", "stride"),
    "maxpool": ("input_hw", "c_in", "kernel_size", "stride"),
    "fc": ("c_in", "c_out"),
    "concat": ("input_hw", "c_in1", "c_in2"),
}
"""Configuration that a kernel type needs; every other type needs input_hw and c_in."""

_ANY_TYPE: Final = ("input_hw", "c_in")


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a contribution: `kind` is text, number, integer or yes/no; the range is inclusive."""

    name: str
    kind: str
    unit: str
    meaning: str
    needed: bool
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()


_KINDS: Final = {
    "VARCHAR": "text",
    "DOUBLE": "number",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "BOOLEAN": "yes/no",
}

_ID: Final = Field(
    ID_COLUMN,
    "text",
    "none",
    Message("Your own identifier of this row; no two rows may share one"),
    needed=True,
)


def configuration_of(kernel: str) -> tuple[str, ...]:
    """Return the columns that describe one kernel of this type."""
    return CONFIGURATION_OF.get(kernel, _ANY_TYPE)


def schema(level: str) -> tuple[Field, ...]:
    """Return the columns of one level (`application`, `kernel`, `board`) in the order they are written."""
    return (_ID, *(_field(level, name) for name in (*_COMMON[:3], *_OWN[level], *_COMMON[3:])))


def _field(level: str, name: str) -> Field:
    known = _known(level, name)
    low, high = _RANGES.get(name, (known.minimum, known.maximum))
    needed = name in _NEEDED
    meaning = Message(known.meaning.split(", key of")[0])
    if name == "device_id":
        meaning = Message(
            "Identifier of the device: one of this bundle, or a new one in lower case with hyphens "
            "(fairphone-5)"
        )
    if name == "delegate":
        meaning = Message("{meaning}. A lower-case name of your own is fine", meaning=meaning)
    return Field(
        name,
        _KINDS[known.type],
        known.unit,
        meaning.split("; the source")[0],
        needed,
        low,
        high,
        _allowed(known),
    )


def _known(level: str, name: str) -> Column:
    return column(_ELSEWHERE.get(name, TABLES[level]), name)


def _allowed(known: Column) -> tuple[str, ...]:
    # The delegates of the published phones are not the only ones there are.
    return () if known.name == "delegate" else known.allowed


def template(level: str) -> str:
    """Return an example file of one level as CSV text: the column names and two valid rows."""
    names = [each.name for each in schema(level)]
    lines = [",".join(names)]
    lines += [",".join(row.get(name, "") for name in names) for row in _EXAMPLES[level]]
    return "\n".join(lines) + "\n"


_PHONE: Final = {
    "device_id": "fairphone-5",
    "delegate": "cpu",
    "precision": "fp32",
    "software": "TensorFlow Lite 2.14",
    "batch": "1",
    "meter_scope": "whole-phone",
    "idle_included": "true",
}
_BOARD: Final = _PHONE | {
    "device_id": "raspberry-pi-5",
    "delegate": "tflite-xnnpack",
    "meter_scope": "ac-wall",
    "idle_power_w": "3.2",
    "scenario": "single-stream",
    "duration_s": "600",
    "task": "image classification",
}

_EXAMPLES: Final[dict[str, tuple[dict[str, str], dict[str, str]]]] = {
    "application": (
        _PHONE | {"measurement_id": "run-001", "application": "image classification", "model": "MobileNetV2",
                  "energy_mj": "81.4", "avg_power_w": "2.35", "latency_ms": "34.6"},
        _PHONE | {"measurement_id": "run-002", "application": "image classification", "model": "MobileNetV2",
                  "delegate": "gpu", "energy_mj": "37.9", "avg_power_w": "2.71", "latency_ms": "14.0"},
    ),
    "kernel": (
        _PHONE | {"measurement_id": "k-001", "kernel": "conv-bn-relu", "input_hw": "56", "c_in": "64",
                  "c_out": "128", "kernel_size": "3", "stride": "1", "energy_mj": "38.2",
                  "avg_power_w": "2.2", "latency_ms": "17.4"},
        _PHONE | {"measurement_id": "k-002", "kernel": "fc", "c_in": "1024", "c_out": "1000",
                  "energy_mj": "0.71", "avg_power_w": "1.9", "latency_ms": "0.374"},
    ),
    "board": (
        _BOARD | {"measurement_id": "b-001", "model": "mobilenet-v2-1.0-224", "macs_m": "300.8",
                  "params_m": "3.5", "energy_mj": "61.5", "avg_power_w": "7.1", "latency_ms": "8.66"},
        _BOARD | {"measurement_id": "b-002", "model": "mobilenet-v2-1.0-224", "precision": "int8",
                  "macs_m": "300.8", "params_m": "3.5", "energy_mj": "32.7", "avg_power_w": "6.6",
                  "latency_ms": "4.95"},
    ),
}  # fmt: skip
