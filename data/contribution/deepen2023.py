"""Import of the DeepEn2023 download: JSON files of kernel configurations, energy, power and latency by id.

Each file is a dictionary kernel type -> id -> entry, as published: an entry holds `config` (HW,
CIN, COUT, KERNEL_SIZE, STRIDES, POOL_STRIDES, CIN1 .. CIN4) or one or more of `energy` (mJ), `power` (mW) and
`latency` (ms), as text or number, also as "12.3 +- 0.4". Files are joined by kernel type and id. They may be
given as they are or in zip files.
"""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from data.contribution.check import Checked
from data.contribution.checks import Value, consistency, range_problem
from data.contribution.findings import WARNING, Finding, Findings, shortened
from data.contribution.reading import MAX_MEGABYTES, MAX_ROWS, too_large
from data.contribution.schema import ID_COLUMN, Field, configuration_of, schema
from data.messages import Message

MAX_MEMBERS: Final = 200
"""Files read from one zip."""

KERNEL_NAMES: Final = {
    "addrelu": "add-relu",
    "bnrelu": "bn-relu",
    "channelshuffle": "channel-shuffle",
    "channel_shuffle": "channel-shuffle",
    "globalavgpool": "global-avgpool",
    "global-avg-pool": "global-avgpool",
    "dwconv-bn-relu6": "dwconv-bn-relu",
    "conv-bn-relu6": "conv-bn-relu",
}
"""Spellings of kernel types in the download, besides those of the bundle; "++" is read as "-"."""

_CONFIG: Final = {
    "HW": "input_hw", "CIN": "c_in", "COUT": "c_out", "KERNEL_SIZE": "kernel_size", "KS": "kernel_size",
    "STRIDES": "stride", "S": "stride", "POOL_STRIDES": "pool_stride",
    "CIN1": "c_in1", "CIN2": "c_in2", "CIN3": "c_in3", "CIN4": "c_in4",
}  # fmt: skip
_QUANTITIES: Final = {
    "energy": ("energy_mj", 1.0),
    "power": ("avg_power_w", 0.001),
    "latency": ("latency_ms", 1.0),
}
_SPREAD: Final = re.compile(r"\s*\+-.*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the files do not say: on what, with which delegate and precision, and what the meter saw."""

    device_id: str = "huawei-p40-pro"
    delegate: str = "cpu"
    precision: str = "fp32"
    meter_scope: str = "whole-phone"
    idle_included: bool = True


@dataclass(slots=True)
class _Joined:
    found: Findings = field(default_factory=Findings)
    rows: dict[tuple[str, str], dict[str, Value]] = field(default_factory=dict)
    configured: set[tuple[str, str]] = field(default_factory=set)


def check_deepen(files: Mapping[str, bytes], conditions: Conditions | None = None) -> Checked:
    """Check and join the files (name -> content) of a DeepEn2023 download. Never raises for their content.

    Errors keep everything out. Warnings do not: kernels without a configuration, configurations without a
    figure (left out and counted), and rows whose energy, power and latency do not fit together (kept as
    filed and flagged), because the published files hold such rows.
    """
    joined = _Joined()
    for name, content in _unpacked(files, joined.found).items():
        _join(name, content, joined)
    fields = {each.name: each for each in schema("kernel")}
    rows, flagged = _finished(joined, fields, conditions or Conditions())
    if not rows and not joined.found.errors:
        message = Message("No kernel with an energy was found. Add the file with the energies by id.")
        joined.found.add(Finding("NO_ROWS", message))
    kept = tuple(rows) if joined.found.errors == 0 else ()
    return Checked("kernel", kept, joined.found, len(joined.rows), frozenset(flagged))


def _unpacked(files: Mapping[str, bytes], found: Findings) -> dict[str, bytes]:
    plain: dict[str, bytes] = {}
    for name, content in files.items():
        refused = too_large(len(content), name)
        if refused is not None:
            found.add(refused)
        elif content.startswith(b"PK\x03\x04"):
            plain |= _members(name, content, found)
        else:
            plain[name] = content
    return plain


def _members(name: str, content: bytes, found: Findings) -> dict[str, bytes]:
    """JSON files of a zip, read into memory only; what unpacks to too much is refused before it is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [each for each in archive.infolist() if _is_figure(each.filename)]
            if (
                len(entries) > MAX_MEMBERS
                or sum(each.file_size for each in entries) > MAX_MEGABYTES * 1_000_000
            ):
                message = Message(
                    "The zip holds more than {max_members} JSON files or {max_megabytes} MB. Split it.",
                    max_members=MAX_MEMBERS,
                    max_megabytes=MAX_MEGABYTES,
                )
                found.add(Finding("TOO_LARGE", message, file=name))
                return {}
            return {f"{name}/{each.filename}": archive.read(each) for each in entries}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        message = Message(
            "The zip is damaged, encrypted or of an unusual kind. Unpack it and give the JSON files."
        )
        found.add(Finding("NOT_A_ZIP", message, file=name))
        return {}


def _is_figure(path: str) -> bool:
    last = path.rsplit("/", 1)[-1]
    return last.lower().endswith(".json") and not last.startswith(".") and "__MACOSX" not in path


class _Repeated(ValueError):
    """A key is there twice in one JSON object."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    counts = Counter(key for key, _ in pairs)
    repeated = [key for key, times in counts.items() if times > 1]
    if repeated:
        raise _Repeated(repeated[0])
    return dict(pairs)


def _place_of(problem: ValueError | RecursionError) -> Message:
    """Where or why JSON ends; Python reads no whole number of more than 4,300 digits."""
    if isinstance(problem, json.JSONDecodeError):
        return Message("line {line}", line=problem.lineno)
    return (
        Message("nested too deeply") if isinstance(problem, RecursionError) else Message("a number too long")
    )


def _join(name: str, content: bytes, joined: _Joined) -> None:
    try:
        tree = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_unique)
    except _Repeated as problem:
        message = Message("“{key}” is there twice in one object. Keep one.", key=shortened(str(problem)))
        joined.found.add(Finding("DUPLICATE_ID", message, shortened(str(problem)), file=name))
        return
    except UnicodeDecodeError:
        joined.found.add(Finding("ENCODING", Message("The file is not UTF-8. Save it as UTF-8."), file=name))
        return
    except (ValueError, RecursionError) as problem:
        place = _place_of(problem)
        message = Message(
            "The file is not JSON ({place}). Give the files as they were downloaded.", place=place
        )
        joined.found.add(Finding("NOT_JSON", message, file=name))
        return
    if not isinstance(tree, dict) or not tree or not all(isinstance(each, dict) for each in tree.values()):
        message = Message(
            "The file is no dictionary of kernel type, id and entry. See docs/your-measurements.md."
        )
        joined.found.add(Finding("NOT_DEEPEN", message, file=name))
        return
    for kernel, entries in tree.items():
        _join_kernel(name, str(kernel), entries, joined)


def _join_kernel(name: str, spelled: str, entries: Mapping[str, Any], joined: _Joined) -> None:
    kernel = _kernel_name(spelled)
    allowed = next(each for each in schema("kernel") if each.name == "kernel").allowed
    if kernel not in allowed:
        message = Message(
            "“{spelled}” is no kernel type. Known are {allowed}.",
            spelled=shortened(spelled),
            allowed=", ".join(allowed),
        )
        joined.found.add(Finding("UNKNOWN_WORD", message, shortened(spelled), "kernel", file=name))
        return
    for identifier, entry in entries.items():
        if len(joined.rows) >= MAX_ROWS:
            joined.found.add(
                Finding(
                    "TOO_MANY_ROWS",
                    Message("There are more than {max_rows:,} kernels.", max_rows=MAX_ROWS),
                    file=name,
                )
            )
            return
        place = Message("{kernel} / {identifier}", kernel=kernel, identifier=shortened(str(identifier)))
        if not isinstance(entry, dict) or not set(entry) & {"config", *_QUANTITIES}:
            message = Message("The entry holds none of config, energy, power, latency.")
            joined.found.add(Finding("NOT_DEEPEN", message, place, file=name))
            continue
        row = joined.rows.setdefault((kernel, str(identifier)), {})
        for column, value in _figures(entry, place, name, joined.found).items():
            _put(row, column, value, place, name, joined.found)
        if isinstance(entry.get("config"), dict):
            joined.configured.add((kernel, str(identifier)))


def _kernel_name(spelled: str) -> str:
    word = spelled.strip().lower().replace("++", "-").replace("_", "-")
    return KERNEL_NAMES.get(word, word)


def _figures(entry: Mapping[str, Any], place: str, name: str, found: Findings) -> dict[str, Value]:
    figures: dict[str, Value] = {}
    for key, (column, factor) in _QUANTITIES.items():
        if key in entry:
            value = _number(entry[key])
            if value is None:
                message = Message("“{given}” is not a number.", given=shortened(str(entry[key])))
                found.add(Finding("NOT_A_NUMBER", message, place, key, shortened(str(entry[key])), file=name))
            else:
                figures[column] = value * factor
    config = entry.get("config")
    for key, raw in (config if isinstance(config, dict) else {}).items():
        target = _CONFIG.get(str(key).upper())
        number = None if raw is None or raw == "" else _number(raw)
        if target is None or raw is None or raw == "":
            continue
        if number is None or not number.is_integer():
            message = Message("“{raw}” is not a whole number.", raw=shortened(str(raw)))
            found.add(Finding("NOT_A_WHOLE_NUMBER", message, place, target, shortened(str(raw)), file=name))
        else:
            figures[target] = int(number)
    return figures


def _number(raw: object) -> float | None:
    """A finite number from a number or text; the spread after "+-" is left out."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        value = float(_SPREAD.sub("", raw) if isinstance(raw, str) else raw)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _put(row: dict[str, Value], column: str, value: Value, place: str, name: str, found: Findings) -> None:
    present = row.setdefault(column, value)
    if present != value:
        message = Message(
            "{column} is {value} here and {present} in a file before. Give each figure once.",
            column=column,
            value=value,
            present=present,
        )
        found.add(Finding("DUPLICATE_ID", message, place, column, str(value), file=name))


def _finished(
    joined: _Joined, fields: Mapping[str, Field], conditions: Conditions
) -> tuple[list[dict[str, Value]], set[str]]:
    rows: list[dict[str, Value]] = []
    flagged: set[str] = set()
    unmeasured: Counter[str] = Counter()
    unconfigured: Counter[str] = Counter()
    spoken_for: dict[str, str] = {}
    for (kernel, identifier), values in joined.rows.items():
        if not _has_energy(values):
            unmeasured[kernel] += 1
            continue
        row = {name: values.get(name) for name in fields} | _fixed(conditions)
        row |= {ID_COLUMN: identifier, "kernel": kernel}
        if spoken_for.setdefault(identifier, kernel) != kernel:
            row[ID_COLUMN] = f"{identifier} ({kernel})"
        place = f"{kernel} / {shortened(identifier)}"
        if _check(row, place, fields, joined.found):
            flagged.add(str(row[ID_COLUMN]))
        if any(row.get(name) is None for name in configuration_of(kernel)):
            unconfigured[kernel] += 1
        rows.append(row)
    _say_counts(unmeasured, unconfigured, joined)
    return rows, flagged


def _has_energy(values: dict[str, Value]) -> bool:
    """Whether an energy is known; where only power and latency are, their product is it, as published."""
    power, latency = values.get("avg_power_w"), values.get("latency_ms")
    if values.get("energy_mj") is None and isinstance(power, float) and isinstance(latency, float):
        values["energy_mj"] = power * latency
    return values.get("energy_mj") is not None


def _fixed(conditions: Conditions) -> dict[str, Value]:
    return {
        "device_id": conditions.device_id,
        "delegate": conditions.delegate,
        "precision": conditions.precision,
        "software": "TensorFlow Lite",
        "batch": 1,
        "meter_scope": conditions.meter_scope,
        "idle_included": conditions.idle_included,
    }


def _check(row: Mapping[str, Value], place: str, fields: Mapping[str, Field], found: Findings) -> bool:
    """Report what is out of range or does not fit together; True when the row is kept but doubtful."""
    doubtful = False
    for name, each in fields.items():
        value = row.get(name)
        if each.kind not in ("number", "integer") or not isinstance(value, int | float):
            continue
        problem = range_problem(float(value), each)
        if problem is not None:
            tolerated = name in ("avg_power_w", "latency_ms")
            doubtful = doubtful or tolerated
            severity = WARNING if tolerated else "error"
            found.add(Finding(problem[0], problem[1], place, name, f"{value:g}", severity))
    for finding in consistency(row, place):
        doubtful = True
        words = Message("{message} The row is kept as filed, and marked.", message=finding.message)
        found.add(Finding(finding.code, words, place, finding.column, finding.value, WARNING))
    return doubtful


def _say_counts(unmeasured: Counter[str], unconfigured: Counter[str], joined: _Joined) -> None:
    totals = Counter(kernel for kernel, _ in joined.rows)
    for kernel, count in unmeasured.items():
        message = Message(
            "{count:,} of {total:,} kernels have no energy and are left out.",
            count=count,
            total=totals[kernel],
        )
        joined.found.add(Finding("NO_ENERGY", message, kernel, severity=WARNING))
    for kernel, count in unconfigured.items():
        message = Message(
            "{count:,} of {total:,} kernels have no full configuration: no place by work.",
            count=count,
            total=totals[kernel],
        )
        joined.found.add(Finding("NO_CONFIGURATION", message, kernel, severity=WARNING))
