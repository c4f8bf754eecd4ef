"""RAPL: the energy counters of Intel and AMD processors, as Linux shows them under /sys/class/powercap.

A zone's `energy_uj` counts microjoules and starts anew after `max_energy_range_uj`; `name` is `package-0`,
`dram`, `core` and so on (Linux kernel documentation, power/powercap/powercap).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.messages import Message
from predictors.errors import InputError
from predictors.measuring.sensors.sensor import MOST_WATTS, Sensor, read_number, read_word

RATE_HZ: Final = 1000.0
"""Intel renews the counters about once a millisecond (Software Developer's Manual, volume 3, 16.10)."""
POLL_S: Final = 0.02  # a counter wraps after a minute; a finer curve costs power itself


@dataclass(frozen=True, slots=True)
class Zone:
    """One counter: its folder and name."""

    folder: Path
    name: str


def rapl_sensors(sysfs: Path) -> Iterator[Sensor]:
    """The processor packages as one sensor, and the memory beside it where it is counted."""
    zones = [Zone(folder, read_word(folder / "name")) for folder in _folders(sysfs)]
    packages = [zone for zone in zones if zone.name.startswith("package")]
    memory = [zone for zone in zones if zone.name == "dram"]
    if packages:
        blind = Message("board, disk, screen and power supply")
        blind = blind if memory else Message("memory chips, board, disk, screen and power supply")
        yield _sensor("rapl", packages, blind)
    if memory:
        yield _sensor("rapl-dram", memory, Message("everything but the memory chips"))


def _folders(sysfs: Path) -> list[Path]:
    # The same zone stands in several places of the tree; the class folder lists each once, with colons.
    return sorted((sysfs / "class" / "powercap").glob("*rapl:*"))


def _sensor(kind: str, zones: Sequence[Zone], blind: Message) -> Sensor:
    readable = all(os.access(zone.folder / "energy_uj", os.R_OK) for zone in zones)
    problem = None if readable else Message(
        "The energy counter of the processor may only be read by root. Allow it until the next start with "
        "`sudo chmod a+r /sys/class/powercap/*rapl:*/energy_uj`, then try again."
    )  # fmt: skip
    name = "RAPL " + " + ".join(zone.name for zone in zones)
    return Sensor(
        kind, name, "package", blind, RATE_HZ, POLL_S, "61 uJ (0.06 mJ)", lambda: Counters(zones), problem,
        "" if readable else "MEASURE_NO_RIGHT",
    )  # fmt: skip


class Counters:
    """Several counters added up, each followed over its wrap-around."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._paths = [zone.folder / "energy_uj" for zone in zones]
        self._ranges = [_range_uj(zone.folder) for zone in zones]
        self._last = [read_number(path) for path in self._paths]
        self._when, self._total_uj = time.monotonic(), 0.0

    def joules(self) -> float:
        """Energy of all counters since they were opened (J)."""
        now = time.monotonic()
        most_uj = 1e6 * MOST_WATTS * max(now - self._when, 1.0)
        for at, path in enumerate(self._paths):
            value = read_number(path)
            self._total_uj += grown(self._last[at], value, self._ranges[at], most_uj)
            self._last[at] = value
        self._when = now
        return self._total_uj / 1e6


def _range_uj(folder: Path) -> float:
    try:
        return read_number(folder / "max_energy_range_uj")
    except InputError:
        return 0.0


def grown(before: float, after: float, span: float, most: float) -> float:
    """How much a counter that starts anew at `span` has grown; raises InputError MEASURE_SENSOR_JUMPED
    where neither going on nor starting anew gives less than `most`."""
    step = after - before if after >= before else after - before + span
    if 0.0 <= step <= most:
        return step
    raise InputError(
        "MEASURE_SENSOR_JUMPED",
        "The energy counter jumped from {before:,.0f} to {after:,.0f}, more than the machine can draw and no "
        "wrap-around. Something has reset it; the stretch is measured again.",
        before=before,
        after=after,
    )
