"""`perf stat` at intervals, in all its ways to write: for people, with -x, with -j, per socket."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from data.tracing.foreign_json import row

_PLACE: Final = r"(?P<place>(?:[SDNC]\d+[-\w]*|CPU\d+)\s+(?:\d+\s+)?)?"
_PEOPLE: Final = re.compile(
    rf"^\s*(?P<time>\d+[.,]\d+)\s+{_PLACE}(?P<joules>[\d.,]+|<not counted>)\s+Joules\s+(?P<event>\S+)"
)
_CELLS: Final = re.compile(
    r"^\s*(?P<time>\d+[.,]\d+)(?P<sep>[,;|\t])(?:(?P<place>[SDNC]\d+[-\w]*|CPU\d+)(?P=sep)(?:\d+(?P=sep))?)?"
    r"(?P<joules>\d+(?:[.,]\d+)?)(?P=sep)Joules(?P=sep)(?P<event>[^,;|\t]+)"
)


@dataclass(frozen=True, slots=True)
class Count:
    """Joules of one event at one stamp (s), as text with a point."""

    time: str
    joules: str
    event: str


def counted(line: str) -> Count | None:
    """The counted figure of one line; None for another line."""
    if line.lstrip().startswith("{"):
        return _of_json(line)
    found = _PEOPLE.match(line) or _CELLS.match(line)
    if found is None:
        return None
    place = (found["place"] or "").split()
    event = " ".join([found["event"].strip(), *place[:1]])
    return Count(found["time"].replace(",", "."), _point(found["joules"]), event)


def _point(number: str) -> str:
    """A number with a point: the last sign is the decimal one where both stand, or where it is alone and
    not followed by three digits before another."""
    if "." in number and "," in number:
        thousands = "," if number.rfind(".") > number.rfind(",") else "."
        return number.replace(thousands, "").replace(",", ".")
    return number.replace(",", ".")


def _of_json(line: str) -> Count | None:
    try:
        found = json.loads(line.strip().rstrip(","))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("unit") != "Joules" or "interval" not in found:
        return None
    places = [str(found[key]) for key in ("socket", "cpu", "core", "node", "die") if key in found]
    event = " ".join([str(found.get("event", "")), *places])
    return Count(str(found["interval"]), str(found.get("counter-value", "")), event)


def events_of(lines: Iterable[str]) -> list[str]:
    """The events of the first lines, in their order."""
    return list(dict.fromkeys(count.event for line in lines if (count := counted(line))))


def _name(event: str) -> str:
    name, _, place = event.partition(" ")
    name = name.strip("/").split("/")[-1].removeprefix("energy-")
    return f"{name} {place} energy (J)" if place else f"{name} energy (J)"


def from_perf(lines: Iterable[str], events: list[str]) -> Iterator[str]:
    """Time and the joules of each event since the row before; the first interval begins at 0."""
    yield row(["time_s", *(_name(event) for event in events)])
    yield row(["0", *("0" for _ in events)])
    stamp, values = "", dict[str, str]()
    for line in lines:
        count = counted(line)
        if count is None:
            continue
        if stamp and count.time != stamp:
            yield row([stamp, *(values.get(event, "") for event in events)])
            values = {}
        stamp = count.time
        values[count.event] = count.joules
    if stamp:
        yield row([stamp, *(values.get(event, "") for event in events)])
