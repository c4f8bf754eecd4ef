"""The power chip of a Raspberry Pi 5: `vcgencmd pmic_read_adc` prints current and voltage of its outputs.

Lines such as `VDD_CORE_A current(7)=2.1A` and `VDD_CORE_V volt(15)=0.86V`; the power of all pairs is summed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Final

from data.messages import Message
from predictors.errors import InputError
from predictors.measuring.sensors.sensor import Integrated, Sensor

LINE: Final = re.compile(r"(\S+)_([AV])\s+(?:current|volt)\(\d+\)=(-?[\d.]+)[AV]")
COMMAND: Final = "vcgencmd"
POLL_S: Final = 0.2
"""Every reading starts a program (some 10 ms of one core), so five a second are enough."""
TIMEOUT_S: Final = 5.0  # a healthy vcgencmd answers within milliseconds


def pmic_sensors() -> Iterator[Sensor]:
    """The chip's outputs added up, where the command is there and answers."""
    if shutil.which(COMMAND) is None:
        return
    problem, code = None, ""
    try:
        watts()
    except InputError as error:
        problem, code = error.message, error.code
    blind = Message("the 5 V input itself: USB, fan and losses of the chip (together some 0.6 W and more)")
    yield Sensor(
        "pmic", "Raspberry Pi 5 PMIC", "rail", blind, 1.0 / POLL_S, POLL_S, "about 1 mA per output",
        lambda: Integrated(watts), problem, code,
    )  # fmt: skip


def watts() -> float:
    """Power of all outputs now (W). Raises InputError MEASURE_SENSOR_GONE, MEASURE_NO_RIGHT."""
    try:
        found = subprocess.run(
            [COMMAND, "pmic_read_adc"], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise InputError(
            "MEASURE_SENSOR_GONE", "vcgencmd does not answer any more. Start it by hand, then use --resume."
        ) from None
    power = power_of(found.stdout)
    if power is None:
        raise InputError(
            "MEASURE_NO_RIGHT",
            "vcgencmd tells no currents. On a Raspberry Pi 5 add yourself to its group with `sudo usermod "
            "-aG video $USER` and log in again; older boards have no such sensor.",
        )
    return power


def power_of(text: str) -> float | None:
    """Power (W) of what the command prints: current times voltage of every pair; None without a pair."""
    values = {(name, unit): float(number) for name, unit, number in LINE.findall(text)}
    pairs = [value * values[name, "V"] for (name, unit), value in values.items()
             if unit == "A" and (name, "V") in values]  # fmt: skip
    return sum(pairs) if pairs else None
