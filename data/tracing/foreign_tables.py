"""Tables whose rows are no samples yet: Perfetto's long ones, InfluxDB's annotated ones, oscilloscopes'."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final

from data.tracing.foreign_json import row, timed

_LONG: Final = re.compile(r'^"?ts"?,"?(?:name|track|counter_name)"?,"?value"?\s*$')
_RAIL: Final = re.compile(r"^power\.(?:rails\.)?.+|^batt\.(?:current|voltage|power).*")
_ANNOTATION: Final = re.compile(r'^"?#(?:group|datatype|default)')
_SCOPE: Final = re.compile(r"^X,(?:CH\d|MATH)[^\n]*,Start,Increment,?\s*$", re.IGNORECASE)


def cells_of(line: str) -> list[str]:
    """The cells of a line with commas."""
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        return line.split(",")


def perfetto_names(lines: list[str]) -> list[str]:
    """The power rails and battery counters of a table of Perfetto's counters; empty for any other table."""
    at = next((at for at, line in enumerate(lines) if line.strip()), None)
    if at is None or not _LONG.match(lines[at].strip().lower()):
        return []
    names = dict.fromkeys(cells[1] for line in lines[at + 1 :] if len(cells := cells_of(line)) == 3)
    return [name for name in names if _RAIL.match(name)]


def _heading(name: str) -> str:
    """A counter's heading with its unit: rails count microwatt seconds."""
    if name.startswith("power."):
        rail = name.removeprefix("power.").removeprefix("rails.").removesuffix("_uws")
        return f"{rail} energy (uWs)"
    return name


def from_perfetto(lines: Iterable[str], names: list[str]) -> Iterator[str]:
    """A row per stamp with the last value of each counter; before all have one, nothing."""
    yield row(["ts (ns)", *(_heading(name) for name in names)])
    values, stamp = dict[str, str](), ""
    begun = False
    for line in lines:
        cells = cells_of(line)
        if not begun or len(cells) != 3:
            begun = begun or bool(line.strip())
            yield ""
            continue
        if stamp and cells[0] != stamp and len(values) == len(names):
            yield row([stamp, *(values[name] for name in names)])
        else:
            yield ""
        stamp = cells[0]
        if cells[1] in names:
            values[cells[1]] = cells[2]
    if stamp and len(values) == len(names):
        yield row([stamp, *(values[name] for name in names)])


_GPU_TOP: Final = re.compile(r"^\s*Freq MHz\s[^,]*\bPower W(?:\s|$)")


def gpu_top_names(lines: list[str]) -> list[str]:
    """The columns of a table of intel_gpu_top, whose groups stand above them; empty for any other one."""
    at = next((at for at, line in enumerate(lines[:-1]) if _GPU_TOP.match(line)), None)
    if at is None:
        return []
    powers = {"gpu": "gpu power (W)", "pkg": "package power (W)"}
    return [powers.get(name, name) for name in lines[at + 1].split()]


def from_gpu_top(lines: Iterable[str], names: list[str]) -> Iterator[str]:
    """The rows below one heading; those of headings that come again are left out."""
    yield row(names)
    for line in lines:
        cells = line.split()
        yield row(cells) if len(cells) == len(names) and cells[0][:1].isdigit() else ""


def is_annotated(lines: list[str]) -> bool:
    """Whether a table carries the annotations of InfluxDB above its heading."""
    return any(_ANNOTATION.match(line) for line in lines[:5]) and any("_value" in line for line in lines[:10])


def from_annotated(lines: Iterable[str], names: list[str]) -> Iterator[str]:
    """The table without its annotations; the value is headed by the field it is of."""
    for line in lines:
        if _ANNOTATION.match(line):
            yield ""
            continue
        cells = cells_of(line)
        if "_value" in cells and "_time" in cells:
            field = names[0] if len(names) == 1 else "_value"
            renamed = {"_value": field, "_time": "time", "_start": "range begin", "_stop": "range end"}
            yield row(renamed.get(cell, cell) for cell in cells)
            continue
        yield line


def annotated_fields(lines: list[str]) -> list[str]:
    """The fields that the values of an annotated table are of."""
    tables = [cells_of(line) for line in lines if line.strip() and not _ANNOTATION.match(line)]
    heading = next((cells for cells in tables if "_value" in cells), [])
    if "_field" not in heading:
        return []
    at = heading.index("_field")
    return list(dict.fromkeys(cells[at] for cells in tables if len(cells) > at and cells[at] != "_field"))


def scope_units(lines: list[str]) -> list[str]:
    """The second line of an oscilloscope's table with start and increment; empty for any other table."""
    if len(lines) < 3 or not _SCOPE.match(lines[0]):
        return []
    units = cells_of(lines[1].rstrip(","))
    try:
        begin, step = float(units[-2]), float(units[-1])
    except (ValueError, IndexError):
        return []
    return units if begin == begin and step > 0 else []


def from_scope(lines: Iterable[str], units: list[str]) -> Iterator[str]:
    """Number of the sample -> its time from start and increment (s)."""
    begin, step = float(units[-2]), float(units[-1])
    channels: list[str] = []
    for at, line in enumerate(lines):
        cells = cells_of(line)
        if at == 0:
            channels = cells[1 : len(units) - 2]
            yield ""
        elif at == 1:
            headed = (f"{name} ({unit})" for name, unit in zip(channels, units[1:], strict=False))
            yield row(["time (s)", *headed])
        else:
            yield row(timed(cells[: 1 + len(channels)], begin, step)) if any(cells) else ""
