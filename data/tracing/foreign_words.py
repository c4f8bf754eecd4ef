"""Logs that name each value in their lines, as small boards print them ("Power: 2500 mW"), with or without a
stamp before it; and objects of JSON behind words, as plugs publish them over MQTT."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from data.tracing.foreign_json import row
from data.tracing.stamps import stamp_format
from data.tracing.units import measure_of

_STAMP: Final = re.compile(
    r"^\s*\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d\d:\d\d:\d\d(?:\.\d+)?)\]?(?:\s*->|\s*:|\s)?\s*"
)
_PAIR: Final = re.compile(
    r"'?([A-Za-z][A-Za-z0-9_ /()-]{0,40}?)'?\s*(?::\s*Sending state|[:=])\s*"
    r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([munkµ]?(?:[WAVJ]|Wh|[Ww]atts?|[Vv]olts?|[Aa]mps?))?(?![A-Za-z0-9])"
)
_BEHIND: Final = re.compile(r"^[^{}\"]*[=:>\s](\{\".*\})\s*$")
_POINT: Final = re.compile(
    r"^[^ ,=]+(?P<tags>(?:,[^ ,=]+=[^ ,]+)*) "
    r"(?P<fields>[^ =,]+=[^ ,]+(?:,[^ =,]+=[^ ,]+)*) (?P<time>\d{10,19})$"
)
"""A point in InfluxDB's line protocol: what it is of, its tags, its fields, its time."""
_STAMP_LINE: Final = re.compile(r"^\s*(\d{9,13}(?:\.\d+)?|\d{4}-\d\d-\d\d[T ][\d:.,]+\S*)\s*$")
_SHARE: Final = 0.8
"""So many lines have to be of one kind for the log to be."""
_SHARE_BELOW: Final = 0.3
"""The same below stamps that stand alone: reports of a system (dumpsys, sensors) hold other lines, too."""
_FEWEST: Final = 3  # lines; two alike may be chance
_TAGGED: Final = re.compile(r"^\[[A-Z]{1,2}\]\[[\w.:]+\]:?\s*")
"""Level and place of a message, as ESPHome writes them."""


def stamp_alone(line: str) -> str | None:
    """The stamp of a line that holds nothing else; None for any other line."""
    found = _STAMP_LINE.match(line)
    if found:
        return found[1]
    return line.strip() if stamp_format(line) else None


def is_behind_words(lines: list[str]) -> bool:
    """Whether most lines end with an object of JSON behind words, such as an MQTT topic."""
    filled = [line for line in lines if line.strip()]
    found = sum(_BEHIND.match(line) is not None for line in filled)
    return found >= _FEWEST and found >= _SHARE * len(filled)


def object_behind(line: str) -> str:
    """The object of a line, with the stamp before it where it holds none; the line itself where it has
    none."""
    found, stamp = _BEHIND.match(line), _STAMP.match(line)
    if found is None:
        return line
    if stamp is None or _is_stamped(found[1]):
        return found[1]
    return f'{{"time": "{stamp[1]}", {found[1][1:]}'


def _is_stamped(text: str) -> bool:
    """Whether an object says its time itself."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return True
    named = (measure_of(key) for key in found if not isinstance(found[key], dict | list))
    return any(known is not None and known.quantity == "time" for known in named)


def _pairs(line: str) -> tuple[str, list[tuple[str, str]]]:
    """The stamp of a line ("" for none), and each name with its unit and its value."""
    stamp = _STAMP.match(line)
    rest = _TAGGED.sub("", line[stamp.end() :] if stamp else line)
    found = [
        (f"{name.strip()} ({unit})" if unit else name.strip(), value)
        for name, value, unit in _PAIR.findall(rest)
    ]
    return (stamp[1] if stamp else ""), found


def worded(lines: list[str]) -> list[str]:
    """The names of a log that names its values in every line; empty for any other file."""
    below = sum(stamp_alone(line) is not None for line in lines) >= _FEWEST
    filled = [
        line for line in lines if line.strip() and not stamp_alone(line) and _STAMP.sub("", line).strip()
    ]
    parsed = [_pairs(line) for line in filled]
    having = [found for _, found in parsed if found]
    if len(having) < _FEWEST or len(having) < (_SHARE_BELOW if below else _SHARE) * len(filled):
        return []
    names = list(dict.fromkeys(name for found in having for name, _ in found))
    kinds = {measure.quantity for name in names if (measure := measure_of(name)) is not None}
    electric = "power" in kinds or {"current", "voltage"} <= kinds or "energy" in kinds
    repeats = len(names) * _FEWEST <= sum(map(len, having))
    stamped = below or any(stamp for stamp, _ in parsed)
    if not electric or not repeats:
        return []
    return (["time"] if stamped else []) + names


def from_words(lines: Iterable[str], names: list[str]) -> Iterator[str]:
    """A row as soon as a name comes again, with the stamp of its first value."""
    yield row(names)
    values: dict[str, str] = {}
    above = ""
    for line in lines:
        alone = stamp_alone(line)
        stamp, found = ("", []) if alone else _pairs(line)
        if values and (alone or any(name in values for name, _ in found)):
            yield row(values.get(name) for name in names)
            values = {}
        else:
            yield ""
        above = alone or above
        if found and (stamp or above) and "time" in names:
            values.setdefault("time", stamp or above)
        values |= {name: value for name, value in found if name in names}
    if values:
        yield row(values.get(name) for name in names)


def point_fields(lines: list[str]) -> list[str]:
    """The fields of points in InfluxDB's line protocol; empty for any other file."""
    filled = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    found = [point for line in filled if (point := _POINT.match(line))]
    if len(found) < _FEWEST or len(found) < _SHARE * len(filled):
        return []
    return list(dict.fromkeys(name for point in found for name in _fields(point)))


def _fields(point: re.Match[str]) -> dict[str, str]:
    """Name -> value of a point's fields; whole numbers end with an i there."""
    pairs = (pair.partition("=")[::2] for pair in point["fields"].split(","))
    return {name: value.removesuffix("i") for name, value in pairs}


def from_points(lines: Iterable[str], names: list[str]) -> Iterator[str]:
    """A row per point; its tags say whose it is."""
    yield row(["time", "channel", *names])
    for line in lines:
        point = _POINT.match(line.strip())
        if point is None:
            yield ""
            continue
        fields = _fields(point)
        yield row([point["time"], point["tags"].lstrip(","), *(fields.get(name) for name in names)])
