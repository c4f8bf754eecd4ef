"""Logs whose lines are no table: tegrastats, and power analysers that write names beside values."""

from __future__ import annotations

import re
from typing import Final

_STAMP: Final = re.compile(
    r"\d\d-\d\d-\d{4} \d\d:\d\d:\d\d(?:\.\d+)?"  # tegrastats itself
    r"|\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\b[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d(?:\.\d+)?"  # ts, syslog
    r"|\b\d{9,10}(?:\.\d+)?\b"  # ts %.s
    r"|\d\d:\d\d:\d\d(?:\.\d+)?"
)
"""Stamps that tegrastats writes, or that `ts` and loggers put before its lines."""
_VALUE: Final = r"(-?\d+)(?:mW)?"
_TEGRA_RAIL: Final = re.compile(
    rf"\b([A-Z][A-Z0-9_]*) (?:{_VALUE}/{_VALUE}(?:/{_VALUE})?|(-?\d+)mW)(?![\dM%@/])(?=\s|$)"
)
_NOT_RAILS: Final = frozenset({"RAM", "SWAP", "IRAM", "EMC_FREQ", "GR3D_FREQ", "CPU_FREQ", "APE", "MTS"})
PTDAEMON: Final = re.compile(r"^Time,(?P<stamp>[^,]+),Watts,(?P<watts>[^,]*),(?:Volts|Amps),", re.IGNORECASE)


def tegra_rails(line: str) -> dict[str, float]:
    """Rails of one line of tegrastats and the power (mW) each draws now; empty for any other line.

    A rail is written as `VDD_IN 5830mW/5790mW` (now/mean), by older versions without the unit, by JetPack 7
    with the maximum as a third value, by some with one value only.
    """
    if "RAM " not in line and "mW" not in line:
        return {}
    found = _TEGRA_RAIL.findall(line)
    return {name: float(now or only) for name, now, _, _, only in found if name not in _NOT_RAILS}


def tegra_stamp(line: str) -> str:
    """The stamp before the first figure of a line of tegrastats; "" where there is none."""
    ahead = line.partition("RAM ")[0]
    rail = _TEGRA_RAIL.search(ahead)
    found = _STAMP.search(ahead[: rail.start()] if rail else ahead)
    return found.group(0) if found else ""


def tegra_cells(line: str, names: tuple[str, ...]) -> tuple[str, list[float | None]] | None:
    """Stamp ("" if none) and the power (mW) of each rail; None for a line without rails."""
    rails = tegra_rails(line)
    if not rails:
        return None
    return tegra_stamp(line), [rails.get(name) for name in names]


def ptdaemon_cells(line: str) -> tuple[str, list[float | None]] | None:
    """Stamp and power (W) of one line; None for a line without."""
    match = PTDAEMON.match(line)
    if match is None:
        return None
    try:
        return match.group("stamp").strip(), [float(match.group("watts"))]
    except ValueError:
        return match.group("stamp").strip(), [None]
