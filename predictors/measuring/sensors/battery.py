"""A laptop's battery: the whole machine, as long as it is unplugged.

`power_now` (microwatts), or `current_now` (microamperes) and `voltage_now` (microvolts), beside `status`
(Linux kernel documentation, ABI/testing/sysfs-class-power).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from data.messages import Message
from predictors.errors import InputError
from predictors.measuring.sensors.sensor import Integrated, Sensor, read_number, read_word

RATE_HZ: Final = 1.0
"""Controllers renew the reading every second at best, many every few seconds."""
POLL_S: Final = 0.25  # four times as often as the reading is renewed
ON_CHARGER: Final = Message(
    "The laptop is on its charger, so its battery does not see what the machine takes. Unplug it, wait a "
    "minute, then try again (or go on with --resume)."
)


def battery_sensors(sysfs: Path) -> Iterator[Sensor]:
    """The first battery that tells power, or current and voltage."""
    for folder in sorted((sysfs / "class" / "power_supply").glob("*")):
        if read_word(folder / "type") != "Battery" or read_word(folder / "scope") == "Device":
            continue
        if not _tells_power(folder):
            continue
        yield _sensor(folder)
        return


def _sensor(folder: Path) -> Sensor:
    on_charger = read_word(folder / "status") != "Discharging"
    return Sensor(
        "battery", f"battery {folder.name}", "whole-device", Message("nothing; the screen is in it too"),
        RATE_HZ, POLL_S, "about 0.1 W", lambda: Integrated(lambda: _watts(folder)),
        ON_CHARGER if on_charger else None, "MEASURE_ON_CHARGER" if on_charger else "",
    )  # fmt: skip


def _tells_power(folder: Path) -> bool:
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return "power_now" in names or {"current_now", "voltage_now"} <= names


def _watts(folder: Path) -> float:
    """Power now (W). Raises InputError MEASURE_ON_CHARGER, MEASURE_SENSOR_GONE."""
    if read_word(folder / "status") not in {"Discharging", ""}:
        raise InputError("MEASURE_ON_CHARGER", ON_CHARGER)
    if (folder / "power_now").exists():
        return abs(read_number(folder / "power_now")) / 1e6
    return abs(read_number(folder / "current_now")) * read_number(folder / "voltage_now") / 1e12
