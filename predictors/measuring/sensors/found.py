"""Which sensors this machine has, and which one to take."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from data.messages import Message
from predictors.errors import InputError
from predictors.measuring.sensors.battery import battery_sensors
from predictors.measuring.sensors.jetson import jetson_sensors
from predictors.measuring.sensors.pmic import pmic_sensors
from predictors.measuring.sensors.rapl import rapl_sensors
from predictors.measuring.sensors.sensor import Sensor
from predictors.measuring.sensors.zeus_meter import zeus_sensors

SYSFS: Final = Path("/sys")
KINDS: Final = ("auto", "rapl", "jetson", "pmic", "battery", "zeus", "external", "none")
AUTO: Final = ("jetson", "pmic", "rapl", "battery", "zeus-soc")
"""The order of `auto`: whole boards before packages, fast ones before slow ones. A graphics processor's own
sensor is never taken by itself: networks run on the processor here."""


def sensors(sysfs: Path = SYSFS) -> list[Sensor]:
    """Every sensor of this machine, usable or not. `sysfs` stands for /sys."""
    own = [*jetson_sensors(sysfs), *rapl_sensors(sysfs), *battery_sensors(sysfs)]
    if sysfs == SYSFS:
        # These two ask programs and libraries of this machine, which another tree knows nothing of.
        own += [*pmic_sensors(), *zeus_sensors()]
    return own


def choose(kind: str, sysfs: Path = SYSFS) -> Sensor | None:
    """The sensor of `--sensor`; None for `external`, `none`, and for `auto` on a machine without any.

    Raises InputError MEASURE_NO_SENSOR where the one asked for is not there; its own code where it is there
    and can't be used. `auto` takes the first that can be used, and tells why none can if all are barred.
    """
    if kind in {"external", "none"}:
        return None
    found = sensors(sysfs)
    if kind == "auto":
        return _first_usable(found)
    for sensor in found:
        if sensor.kind == kind or (kind == "zeus" and sensor.kind.startswith("zeus")):
            sensor.require()
            return sensor
    raise InputError(
        "MEASURE_NO_SENSOR",
        "This machine has no sensor of the kind {kind}; it has: {found}. Take one of these, `--sensor "
        "external` with a meter on the cable, or `--sensor none` for latencies alone.",
        kind=kind,
        found=", ".join(each.kind for each in found) or Message("none"),
    )


def _first_usable(found: list[Sensor]) -> Sensor | None:
    known = sorted((each for each in found if each.kind in AUTO), key=lambda each: AUTO.index(each.kind))
    usable = [sensor for sensor in known if sensor.problem is None]
    if known and not usable:
        known[0].require()
    return usable[0] if usable else None
