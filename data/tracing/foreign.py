"""Logs that are no table, turned into one while they are read: a line stays a line, so that line numbers
hold.

Each translator yields one line per line of the log (an empty one where it has nothing to say yet).
"""

from __future__ import annotations

import codecs
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final

from data.tracing.foreign_headers import below_header, header_of
from data.tracing.foreign_json import flat, from_document, looks_like_a_document, row
from data.tracing.foreign_perf import counted, events_of, from_perf
from data.tracing.foreign_tables import (
    annotated_fields,
    from_annotated,
    from_gpu_top,
    from_perfetto,
    from_scope,
    gpu_top_names,
    is_annotated,
    perfetto_names,
    scope_units,
)
from data.tracing.foreign_words import (
    from_points,
    from_words,
    is_behind_words,
    object_behind,
    point_fields,
    stamp_alone,
    worded,
)

HEAD_BYTES: Final = 65_536  # what is looked at to recognise a foreign file
_FRACTION: Final = re.compile(r"(\d\d:\d\d:\d\d),(\d{3,9})(?=[+\-Z,\s]|$)")
_PMIC: Final = re.compile(
    r"^\s*(?:(.*\S)\s+)?(\w+)_([AV])\s+(?:current|volt)\(\d+\)=([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)[AV]\s*$"
)
_MACOS_START: Final = re.compile(r"\*\*\* Sampled system activity \(.*\) \((\d+(?:\.\d+)?)ms elapsed\)")
_MACOS_POWER: Final = re.compile(
    r"^(?:(CPU|GPU|ANE|DRAM|Combined|Package) Power|Intel energy model derived (package) power)"
    r"(?: \([^)]*\))?: (\d+(?:\.\d+)?) ?(m?W)"
)


@dataclass(frozen=True, slots=True)
class Translation:
    """A way to turn a log into a table: its format, and what makes lines of lines."""

    format_id: str
    lines: Callable[[Iterable[str]], Iterator[str]]


class _Lines(io.RawIOBase):
    """The bytes of translated lines, as a file that is read from front to back."""

    def __init__(self, lines: Iterator[str]) -> None:
        super().__init__()
        self._lines, self._rest = lines, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; empty at the end."""
        while len(self._rest) < size or size < 0:
            line = next(self._lines, None)
            if line is None:
                break
            self._rest += (line + "\n").encode()
        given, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return given


def translated(stream: IO[bytes]) -> tuple[IO[bytes], str | None]:
    """The stream itself, or the table made of it, with the id of the format where it is one."""
    try:
        start = stream.read(HEAD_BYTES)
        stream.seek(0)
    except (OSError, EOFError, zlib.error):  # damaged: the reader of blocks says so
        stream.seek(0)
        return stream, None
    encoding = _encoding(start)
    text = start.decode(encoding or "utf-8", errors="replace")
    found = _translation(text)
    if found is None and encoding is None and not _has_bare_returns(start):
        return stream, None
    lines = (line.rstrip("\r\n") for line in codecs.getreader(encoding or "utf-8")(stream, "replace"))
    made = found.lines(lines) if found else lines
    return _Lines(made), (found.format_id or None) if found else None  # type: ignore[return-value]


def _has_bare_returns(start: bytes) -> bool:
    """Whether lines end with a carriage return alone, as old programs write them."""
    return b"\r" in start and b"\n" not in start


def _encoding(start: bytes) -> str | None:
    """UTF-16 or UTF-32 with or without its mark; None for anything that is read as it is."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = start[:2000:2], start[1:2000:2]
    if len(start) > 8 and odd.count(0) > 0.9 * len(odd) and not even.count(0):
        return "utf-16-le"
    if len(start) > 8 and even.count(0) > 0.9 * len(even) and not odd.count(0):
        return "utf-16-be"
    return None


def _translation(text: str) -> Translation | None:
    lines = text.splitlines()[:200]
    if any(counted(line) for line in lines):
        return Translation("perf", lambda rest: from_perf(rest, events_of(lines)))
    if looks_like_a_document(text):
        return Translation("json", from_document)
    if sum(line.lstrip().startswith("{") for line in lines) * 2 > len(lines) and lines:
        keys = _keys(lines)
        return Translation("json-lines", lambda rest: _from_json(rest, keys)) if keys else None
    found = _table_translation(lines)
    if found is not None:
        return found
    if sum(_PMIC.match(line) is not None for line in lines) >= 2:
        return Translation("pmic", lambda rest: _from_pmic(rest, _pmic_rails(lines)))
    if any(_MACOS_START.search(line) for line in lines):
        whole = _macos_names(lines)
        return Translation("powermetrics", lambda rest: _from_macos(rest, whole))
    if any(_PLIST_LENGTH.match(line) for line in lines):
        known = {each[1]: None for line in lines if (each := _PLIST_POWER.match(line.strip()))}
        return Translation("powermetrics", lambda rest: _from_plist(rest, list(known)))
    if is_behind_words(lines):
        keys = _keys([object_behind(line) for line in lines])
        return Translation("json-lines", lambda rest: _from_json(map(object_behind, rest), keys))
    fields = point_fields(lines)
    if fields:
        return Translation("generic", lambda rest: from_points(rest, fields))
    names = worded(lines)
    if names:
        return Translation("generic", lambda rest: from_words(rest, names))
    if _splits_fractions(lines):
        return Translation("", lambda rest: (_FRACTION.sub(r"\1.\2", line) for line in rest))
    return None


def _table_translation(lines: list[str]) -> Translation | None:
    names = perfetto_names(lines)
    if names:
        return Translation("perfetto", lambda rest: from_perfetto(rest, names))
    if is_annotated(lines):
        fields = annotated_fields(lines)
        return Translation("", lambda rest: from_annotated(rest, fields))
    columns = gpu_top_names(lines)
    if columns:
        return Translation("", lambda rest: from_gpu_top(rest, columns))
    units = scope_units(lines)
    if units:
        return Translation("scope", lambda rest: from_scope(rest, units))
    header = header_of(lines)
    return Translation("scope", lambda rest: below_header(rest, header)) if header else None


def _splits_fractions(lines: list[str]) -> bool:
    """Whether stamps with a comma before the fraction make one cell more than there are headings."""
    stamped = [line for line in lines[1:] if _FRACTION.search(line)]
    if not stamped or ";" in stamped[-1] or "\t" in stamped[-1] or '"' in stamped[-1]:
        return False
    return stamped[-1].count(",") == lines[0].count(",") + len(_FRACTION.findall(stamped[-1]))


_PLIST_LENGTH: Final = re.compile(r"^<key>elapsed_ns</key><integer>(\d+)</integer>")
_PLIST_POWER: Final = re.compile(r"^<key>(cpu|gpu|ane|combined)_power</key><(?:real|integer)>([\d.]+)<")


def _from_plist(lines: Iterable[str], names: list[str]) -> Iterator[str]:
    """Rows of power (mW) from the property lists that macOS powermetrics writes one after the other."""
    yield row(["time_s", *(f"{name.upper()} power (mW)" for name in names)])
    passed, values, begun = 0.0, dict[str, str](), False
    for line in lines:
        bare = line.strip().lstrip("\0")
        length, power = _PLIST_LENGTH.match(bare), _PLIST_POWER.match(bare)
        if length:
            passed += 1e-9 * float(length[1])
        if power:
            values.setdefault(power[1], power[2])
        if bare == "</plist>" and values:
            if not begun:  # the first one is a mean from 0 on
                yield row(["0", *(values.get(name) for name in names)])
                begun = True
            yield row([f"{passed:.6f}", *(values.get(name) for name in names)])
            values = {}
        else:
            yield ""


def _object(line: str) -> dict[str, object]:
    try:
        return flat(json.loads(line.strip().rstrip(",")))
    except (ValueError, RecursionError):
        return {}


def _keys(lines: list[str]) -> list[str]:
    keys: dict[str, None] = {}
    for line in lines:
        keys |= dict.fromkeys(_object(line))
    return list(keys)[:500]


def _from_json(lines: Iterable[str], keys: list[str]) -> Iterator[str]:
    """The heading comes before the first object, on its line, so line numbers are one greater."""
    yield row(keys)
    for line in lines:
        values = _object(line)
        yield row(values.get(key) for key in keys) if values else line.strip("[]{} ")


def _pmic_rails(lines: list[str]) -> list[str]:
    """Names that have both a current and a voltage."""
    seen: dict[str, set[str]] = {}
    for line in lines:
        if found := _PMIC.match(line):
            seen.setdefault(found[2], set()).add(found[3])
    return [name for name, kinds in seen.items() if kinds == {"A", "V"}]


def _from_pmic(lines: Iterable[str], rails: list[str]) -> Iterator[str]:
    """A row of the power of all rails with current and voltage, each time they have been read once."""
    yield "timestamp,total power (W)"
    stamp, values, stamped = "", dict[str, float](), False
    for line in lines:
        found = _PMIC.match(line)
        time = stamp_alone(line) if found is None else None
        again = found is not None and f"{found[2]}_{found[3]}" in values
        if (time or again) and values:
            yield row([stamp, _pmic_power(values, rails)])
            values = {}
        else:
            yield ""
        if time:
            stamp, stamped = time, True
        if found:
            if found[1] and not values:  # put before each line, by `ts` say
                stamp, stamped = found[1], True
            values[f"{found[2]}_{found[3]}"] = float(found[4])
    if values:
        yield row([stamp if stamped else "", _pmic_power(values, rails)])


def _pmic_power(values: dict[str, float], rails: list[str]) -> str:
    parts = [(values.get(f"{name}_A"), values.get(f"{name}_V")) for name in rails]
    if not parts or any(amps is None or volts is None for amps, volts in parts):
        return ""
    return f"{sum(amps * volts for amps, volts in parts if amps is not None and volts is not None):.9g}"


def _macos_names(lines: list[str]) -> list[str]:
    """The powers that samples name; what holds all others comes first, and the parts of a package go."""
    names = dict.fromkeys(_macos_name(found) for line in lines if (found := _MACOS_POWER.match(line)))
    whole = next((name for name in ("Combined", "Package") if name in names), None)
    return [name for name in names if whole is None or name == whole or whole == "Combined"]


def _macos_name(found: re.Match[str]) -> str:
    return found[1] or "Package"


def _from_macos(lines: Iterable[str], names: list[str]) -> Iterator[str]:
    """A row per sample: its power is the mean over the time that ended with it."""
    yield row(["time_s", *(f"{name} power (mW)" for name in names)])
    passed, length, values, begun = 0.0, 0.0, dict[str, float](), False
    for line in lines:
        start, power = _MACOS_START.search(line), _MACOS_POWER.match(line)
        if start and values:
            if not begun:  # the first one is a mean from 0 on
                yield row(["0", *(values.get(name) for name in names)])
                begun = True
            yield row([f"{passed:.6f}", *(values.get(name) for name in names)])
            values = {}
        if start:
            length = float(start[1]) / 1000.0
            passed += length
        if power:
            values[_macos_name(power)] = float(power[3]) * (1.0 if power[4] == "mW" else 1000.0)
    if values:
        yield row([f"{passed:.6f}", *(values.get(name) for name in names)])
