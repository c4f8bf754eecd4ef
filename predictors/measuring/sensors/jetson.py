"""INA3221 power monitors of Jetson boards, as the Linux driver shows them under hwmon.

A chip has up to three channels: `inN_label` names the rail, `inN_input` is its voltage (mV), `currN_input`
its current (mA) (Linux kernel documentation, hwmon/ina3221). `VDD_IN` is the input of the whole module.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.messages import Message
from predictors.measuring.sensors.sensor import Integrated, Sensor, read_number, read_word

RATE_HZ: Final = 10.0
"""The driver's default averages 64 conversions of all channels: about 0.1 s for a new value."""
POLL_S: Final = 0.05  # twice as often as the reading is renewed
WHOLE: Final = ("VDD_IN", "POM_5V_IN", "5V_IN", "VDD_IN_5V0")
"""Names of the rail that carries everything, by board (NVIDIA's developer guides)."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One rail: voltage (mV) and current (mA) files."""

    name: str
    volts: Path
    amperes: Path

    def watts(self) -> float:
        """Power now (W). Raises InputError MEASURE_SENSOR_GONE."""
        return read_number(self.volts) * read_number(self.amperes) / 1e6


def jetson_sensors(sysfs: Path) -> Iterator[Sensor]:
    """The input of the whole board where it is measured, else the rails added up."""
    channels = [
        channel
        for folder in sorted((sysfs / "class" / "hwmon").glob("hwmon*"))
        if read_word(folder / "name").startswith("ina3221")
        for channel in _channels(folder)
    ]
    if not channels:
        return
    whole = [channel for channel in channels if channel.name.upper() in WHOLE]
    chosen = whole[:1] or channels
    scope = "board-input" if whole else "rail"
    blind = Message("carrier board and power supply") if whole else Message("every rail that is not listed")
    readable = all(os.access(path, os.R_OK) for each in chosen for path in (each.volts, each.amperes))
    problem = None if readable else Message(
        "The INA3221 may not be read by this user. Run `sudo chmod a+r /sys/class/hwmon/hwmon*/*_input` and "
        "try again."
    )  # fmt: skip
    name = "INA3221 " + " + ".join(channel.name for channel in chosen)
    yield Sensor(
        "jetson", name, scope, blind, RATE_HZ, POLL_S, "about 5 mW at 5 V",
        lambda: Integrated(lambda: sum(channel.watts() for channel in chosen)), problem,
        "" if readable else "MEASURE_NO_RIGHT",
    )  # fmt: skip


def _channels(folder: Path) -> Iterator[Channel]:
    for label in sorted(folder.glob("in*_label")):
        number = label.name.removeprefix("in").removesuffix("_label")
        volts, amperes = folder / f"in{number}_input", folder / f"curr{number}_input"
        # Sums of shunts have a label and no current.
        if volts.exists() and amperes.exists():
            yield Channel(read_word(label), volts, amperes)
