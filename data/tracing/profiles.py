"""Profiler logs: how long each layer of a network takes, by ONNX Runtime, TFLite or TensorRT."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.blocks import Source, opened, read_bytes
from data.tracing.errors import Problems, TraceError
from data.tracing.inferences import InferenceLog, log_of

Floats = NDArray[np.float64]
MAX_BYTES: Final = 100_000_000  # thousands of runs of a network of 100 layers
MAX_LAYERS: Final = 20_000  # the largest profiled networks have some thousands
MOST: Final = 1e18
"""No clock and no count of a profile is as large: 1e18 microseconds are 30,000 years."""
FORMATS: Final = {
    "ort": Message("profile of ONNX Runtime"),
    "tflite": Message("operator profile of TFLite's benchmark_model"),
    "trtexec": Message("profile of trtexec"),
}
_US: Final = 1e-6
_NODE: Final = "_kernel_time"
_HOLDS_OTHERS: Final = frozenset({"If", "Loop", "Scan"})
"""Operators whose time is that of the nodes inside them, which the profile lists, too."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: its name, its operator, its time per inference (ms), how often it runs in one, and each time
    it ran (s on the profile's clock), where the profile says when."""

    name: str
    operator: str
    time_ms: float
    calls: float
    start_s: Floats
    end_s: Floats


@dataclass(frozen=True, slots=True)
class Profile:
    """The layers of a network in their order, how many inferences they are a mean of (0 where that is not
    said), the inferences themselves where the profile has them, and what has to be known of it."""

    format_id: str
    layers: tuple[Layer, ...]
    runs: int
    log: InferenceLog | None = None
    notes: tuple[Message, ...] = ()

    @property
    def time_ms(self) -> float:
        """Time of all layers in one inference (ms)."""
        return float(sum(layer.time_ms for layer in self.layers))


def read_profile(source: Source, name: str = Message("the profile")) -> Profile:
    """Read a profiler log; raises TraceError `PROFILE_UNKNOWN` or `PROFILE_EMPTY`."""
    with opened(source) as stream:
        text = read_bytes(stream, MAX_BYTES, Problems(), 1).decode("utf-8-sig", errors="replace")
    profile = _of_json(text) if text.lstrip()[:1] in {"[", "{"} else _tflite(text.splitlines())
    if profile is None:
        raise TraceError(
            "PROFILE_UNKNOWN",
            "{name} is no profile that can be read. Give the JSON of ONNX Runtime's profiling, the text or "
            "CSV of TFLite's benchmark_model with --enable_op_profiling, or the JSON of trtexec "
            "--exportProfile.",
            name=name,
        )
    if not profile.layers:
        raise TraceError(
            "PROFILE_EMPTY", "{name} lists no layer with a time. Profile at least one run.", name=name
        )
    return profile


def _of_json(text: str) -> Profile | None:
    events = _events(text)
    if any(event.get("cat") == "Node" or event.get("name") == "model_run" for event in events):
        return _ort(events)
    if any("averageMs" in event or "timeMs" in event for event in events):
        return _trtexec(events)
    return None


def _events(text: str) -> list[dict[str, Any]]:
    """The objects of a JSON list; those that are whole where the list ends in the middle."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = [_object(line) for line in text.splitlines()]
    if isinstance(found, dict):
        found = found.get("traceEvents", [])
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _object(line: str) -> object:
    try:
        return json.loads(line.strip().lstrip("[").rstrip(",]"))
    except (ValueError, RecursionError):
        return None


def _number(value: object) -> float:
    """A finite number that is not negative; 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MOST:
        return 0.0
    return float(value)


def _ort(events: Sequence[dict[str, Any]]) -> Profile:
    """Kernel times of ONNX Runtime; those of inferences while warming up are left out."""
    runs = [event for event in events if event.get("name") == "model_run"]
    runs.sort(key=lambda event: _number(event.get("ts")))
    begins = np.array([_number(event.get("ts")) * _US for event in runs])
    ends = begins + np.array([_number(event.get("dur")) * _US for event in runs])
    log = log_of(begins, ends) if len(runs) else None
    since_s = float(begins[~log.warm_up][0]) if log is not None and not log.warm_up.all() else 0.0
    count = int((begins >= since_s).sum()) if log is not None else 0
    found: dict[str, list[tuple[float, float]]] = {}
    operators: dict[str, str] = {}
    for event in events:
        name, start = str(event.get("name", "")), _number(event.get("ts")) * _US
        if event.get("cat") != "Node" or not name.endswith(_NODE) or start < since_s:
            continue
        plain = name.removesuffix(_NODE)
        if len(operators) >= MAX_LAYERS and plain not in operators:
            break
        arguments = event.get("args")
        operators[plain] = str(arguments.get("op_name", "")) if isinstance(arguments, dict) else ""
        found.setdefault(plain, []).append((start, start + _number(event.get("dur")) * _US))
    holders = [name for name, operator in operators.items() if operator in _HOLDS_OTHERS]
    layers = [_stamped(name, operators[name], spans, count) for name, spans in found.items()]
    kept = tuple(layer for layer in layers if layer.operator not in _HOLDS_OTHERS)
    note = Message(
        "{operators} hold other nodes of the list, so their own time is left out.",
        operators=", ".join(holders[:5]),
    )
    return Profile("ort", kept, count, log, (note,) if holders else ())


def _stamped(name: str, operator: str, spans: Iterable[tuple[float, float]], runs: int) -> Layer:
    table = np.array(sorted(spans), dtype=np.float64)
    runs = runs or 1
    lasting = float((table[:, 1] - table[:, 0]).sum())
    return Layer(name, operator, 1000.0 * lasting / runs, len(table) / runs, table[:, 0], table[:, 1])


_NEVER: Final = np.empty(0)


def _trtexec(events: Sequence[dict[str, Any]]) -> Profile:
    counts = [int(_number(event["count"])) for event in events if "count" in event]
    runs = counts[0] if counts else 0
    layers = []
    for event in events[: MAX_LAYERS + 1]:
        time_ms = _number(event.get("averageMs")) or _number(event.get("timeMs")) / max(1, runs)
        if "name" in event and time_ms > 0:
            layers.append(Layer(str(event["name"]), "", time_ms, 1.0, _NEVER, _NEVER))
    return Profile("trtexec", tuple(layers), runs)


_COUNT: Final = re.compile(r"\bcount=(\d{1,12})\b")


def _tflite(lines: Sequence[str]) -> Profile | None:
    """The first table of layers in run order after the regular runs begin, or the first one of the text."""
    begin = next((at for at, line in enumerate(lines) if "Regular Benchmark Runs" in line), 0)
    heads = [at for at in range(begin, len(lines)) if _columns(lines[at])]
    if not heads:
        return None
    columns, separator = _columns(lines[heads[0]]) or ({}, "\t")
    layers = []
    for line in lines[heads[0] + 1 :]:
        cells = [cell.strip() for cell in line.split(separator)]
        layer = _row(cells, columns)
        if layer is None:
            break
        layers.append(layer)
    sound = [each for each in layers if 0 <= each.time_ms < MOST and 0 <= each.calls < MOST]
    note = Message("{n:,} layers are left out: their time is no number.", n=len(layers) - len(sound))
    counts = [int(found[1]) for line in lines if (found := _COUNT.search(line))]
    notes = (note,) if len(sound) < len(layers) else ()
    return Profile("tflite", tuple(sound[:MAX_LAYERS]), counts[-1] if counts else 0, notes=notes)


def _columns(line: str) -> tuple[dict[str, int], str] | None:
    """Where a table of benchmark_model has operator, mean time, calls and name; None for another line."""
    separator = "\t" if "\t" in line else ","
    cells = [cell.strip().strip("[]").lower().replace("_", " ") for cell in line.split(separator)]
    columns = {cell: at for at, cell in enumerate(cells)}
    return (columns, separator) if {"node type", "avg ms", "name"} <= set(columns) else None


def _row(cells: Sequence[str], columns: dict[str, int]) -> Layer | None:
    try:
        time_ms = float(cells[columns["avg ms"]])
        calls = float(cells[columns["times called"]]) if "times called" in columns else 1.0
        name, operator = cells[columns["name"]], cells[columns["node type"]]
    except (ValueError, IndexError):
        return None
    return Layer(name.strip("[]") or operator, operator, time_ms, calls, _NEVER, _NEVER)
