"""Tables below a header of settings, as Tektronix, Siglent, Keysight and LabVIEW write them: the settings say
what the columns are, so the heading is written anew from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from data.tracing.foreign_json import row, timed

_MOST_SETTINGS: Final = 100  # lines of settings that meters write above their heading
_LVM: Final = "labview measurement"


@dataclass(frozen=True, slots=True)
class Header:
    """A header of settings: line (from 0) of the heading, its new text, the separator of the rows, and for
    rows that are numbered the seconds between two (0 where they have a time)."""

    at: int
    heading: str
    separator: str
    step_s: float


def header_of(lines: list[str]) -> Header | None:
    """The settings above a table; None for any other file."""
    start = [line.strip().strip('"') for line in lines[:_MOST_SETTINGS]]
    labview = _labview(start)
    if labview is not None:
        return labview
    separator = ";" if 2 * sum(";" in line for line in start) > len(start) else ","
    for known in (_tektronix, _siglent, _keysight):
        found = known([line.replace(";", ",") if separator == ";" else line for line in start])
        if found is not None and separator == ";" and not found.step_s:
            return replace(found, heading=found.heading.replace(",", ";"), separator=";")
        if found is not None:
            return found
    return None


def _setting(lines: list[str], name: str, separator: str = ",") -> list[str] | None:
    """The values of a setting, without quotes; None where it is not there."""
    for line in lines:
        cells = [cell.strip().strip('"') for cell in line.split(separator)]
        if cells[0].lower().replace("_", " ") == name:
            return [cell for cell in cells[1:] if cell]
    return None


def _tektronix(lines: list[str]) -> Header | None:
    units = _setting(lines, "vertical units")
    at = next((at for at, line in enumerate(lines) if re.match(r'"?TIME"?,', line, re.IGNORECASE)), None)
    if units is None or at is None:
        return None
    names = [cell.strip().strip('"') for cell in lines[at].split(",")][1:]
    time = (_setting(lines, "horizontal units") or ["s"])[0]
    return Header(at, row([f"time ({time})", *_united(names, units)]), ",", 0.0)


def _siglent(lines: list[str]) -> Header | None:
    at = next((at for at, line in enumerate(lines) if re.match(r"second,", line, re.IGNORECASE)), None)
    if at is None or not at or not lines[at - 1].lower().startswith("source,"):
        return None
    names = lines[at - 1].split(",")[1:]
    units = [cell.partition(":")[2] for cell in _setting(lines, "vertical units") or []]
    return Header(at, row(["time (s)", *_united(names, units or lines[at].split(",")[1:])]), ",", 0.0)


_AVERAGE: Final = re.compile(r"^(volt|curr|power)\s", re.IGNORECASE)
_AVERAGES: Final = {"volt": "V", "curr": "A", "power": "W"}


def _keysight(lines: list[str]) -> Header | None:
    """A data log of the N6700 family: samples are numbered, the interval (s) stands above them."""
    interval = _setting(lines, "sample interval")
    at = next((at for at, line in enumerate(lines) if re.match(r"sample,", line, re.IGNORECASE)), None)
    if interval is None or at is None:
        return None
    names = [cell.strip() for cell in lines[at].split(",")][1:]
    units = [_AVERAGES[found[1].lower()] if (found := _AVERAGE.match(name)) else "" for name in names]
    try:
        step_s = float(interval[0])
    except ValueError:
        return None
    return Header(at, row(["time (s)", *_united(names, units)]), ",", step_s) if step_s > 0 else None


def _labview(lines: list[str]) -> Header | None:
    if not lines or not lines[0].lower().startswith(_LVM):
        return None
    named = _setting(lines, "separator", "\t") or _setting(lines, "separator") or ["Tab"]
    separator = "," if named[0].lower() == "comma" else "\t"
    at = next((at for at, line in enumerate(lines) if line.startswith(f"X_Value{separator}")), None)
    if at is None:
        return None
    names = [cell for cell in lines[at].split(separator)[1:] if cell and cell != "Comment"]
    units = _setting(lines, "y unit label", separator) or []
    return Header(at, separator.join(["time (s)", *_united(names, units)]), separator, 0.0)


def _united(names: list[str], units: list[str]) -> list[str]:
    """Names with their units, those without one as they are."""
    return [
        f"{name} ({units[at]})" if at < len(units) and units[at] else name for at, name in enumerate(names)
    ]


def below_header(lines: Iterable[str], header: Header) -> Iterator[str]:
    """The table with its new heading; numbered rows get the time (s) they were taken at."""
    for at, line in enumerate(lines):
        if at < header.at:
            yield ""
        elif at == header.at:
            yield header.heading
        elif header.step_s and line.strip():
            yield ",".join(timed(line.split(","), 0.0, header.step_s))
        else:
            yield line
