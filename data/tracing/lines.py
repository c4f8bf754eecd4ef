"""Logs whose lines are no table: tegrastats, and power analysers that write names beside values."""

from __future__ import annotations

import re
from typing import Final

TEGRA_STAMP: Final = re.compile(r"^(\d\d-\d\d-\d{4} \d\d:\d\d:\d\d(?:\.\d+)?)\s")
_TEGRA_RAIL: Final = re.compile(r"\b([A-Z][A-Z0-9_]*) (\d+)(?:mW)?/(\d+)(?:mW)?(?![\dM%@])(?=\s|$)")
_NOT_RAILS: Final = frozenset({"RAM", "SWAP", "IRAM", "EMC_FREQ", "GR3D_FREQ", "CPU_FREQ", "APE", "MTS"})
PTDAEMON: Final = re.compile(r"^Time,(?P<stamp>[^,]+),Watts,(?P<watts>[^,]*),(?:Volts|Amps),", re.IGNORECASE)


def tegra_rails(line: str) -> dict[str, float]:
    """Rails of one line of tegrastats and the power (mW) each draws now; empty for any other line.

    A rail is written as `VDD_IN 5830mW/5790mW` (now/mean), by older versions without the unit.
    """
    found = {name: float(now) for name, now, _ in _TEGRA_RAIL.findall(line) if name not in _NOT_RAILS}
    known = "RAM " in line or "mW" in line
    return found if known else {}


def tegra_cells(line: str, names: tuple[str, ...]) -> tuple[str, list[float | None]] | None:
    """Stamp ("" if none) and the power (mW) of each rail; None for a line without rails."""
    rails = tegra_rails(line)
    if not rails:
        return None
    stamp = TEGRA_STAMP.match(line)
    return (stamp.group(1) if stamp else ""), [rails.get(name) for name in names]


def ptdaemon_cells(line: str) -> tuple[str, list[float | None]] | None:
    """Stamp and power (W) of one line; None for a line without."""
    match = PTDAEMON.match(line)
    if match is None:
        return None
    try:
        return match.group("stamp").strip(), [float(match.group("watts"))]
    except ValueError:
        return match.group("stamp").strip(), [None]
