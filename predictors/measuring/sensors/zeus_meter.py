"""Apple chips and graphics processors through zeus, where a person has installed it (`pip install zeus`).

zeus 0.16 (Apache-2.0): `get_soc().get_total_energy_consumption()` has fields in millijoules,
`get_gpus().get_instant_power_usage(index)` is in milliwatts.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any, Final

from data.messages import Message
from predictors.errors import InputError
from predictors.measuring.sensors.sensor import Integrated, Meter, Sensor

SOC_PARTS: Final = ("cpu_total_mj", "dram_mj", "gpu_mj", "ane_mj")
"""What an Apple chip counts; parts that this one lacks are None."""
POLL_S: Final = 0.05  # at least twice as often as readings are renewed


def zeus_sensors() -> Iterator[Sensor]:
    """An Apple chip, and all graphics processors together; nothing without zeus."""
    if importlib.util.find_spec("zeus") is None:
        return
    for find in (_apple, _graphics):
        try:
            yield from find()
        except (ImportError, RuntimeError, ValueError, OSError):
            continue  # zeus raises these where the driver it asks is missing: then there is no such sensor


def _apple() -> Iterator[Sensor]:
    from zeus.device.soc import get_soc

    soc = get_soc()
    if "cpu_total_mj" in soc.get_available_metrics():
        yield Sensor(
            "zeus-soc", "Apple chip (zeus)", "package", Message("screen, disk, board and power supply"),
            20.0, POLL_S, "1 mJ", lambda: _Counted(lambda: _soc_mj(soc)),
        )  # fmt: skip


def _graphics() -> Iterator[Sensor]:
    from zeus.device import get_gpus

    graphics = get_gpus()
    numbers = range(len(graphics))
    if numbers:
        name = " + ".join(graphics.get_name(each) for each in numbers)
        yield Sensor(
            "zeus-gpu", f"{name} (zeus)", "rail", Message("everything beside the graphics card"),
            10.0, POLL_S, "1 mW",
            lambda: _watched(lambda: sum(graphics.get_instant_power_usage(each) for each in numbers) / 1e3),
        )  # fmt: skip


def _soc_mj(soc: Any) -> float:
    found = soc.get_total_energy_consumption()
    return float(sum(getattr(found, part, None) or 0 for part in SOC_PARTS))


def _watched(watts: Callable[[], float]) -> Meter:
    return Integrated(lambda: _asked(watts))


def _asked(read: Callable[[], float]) -> float:
    try:
        return float(read())
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(
            "MEASURE_SENSOR_GONE",
            "The sensor can't be read any more ({file}: {reason}). Connect it or load its driver again, then "
            "go on with --resume.",
            file="zeus",
            reason=str(error)[:200],
        ) from None


class _Counted:
    """A count of millijoules from where it stood at first."""

    def __init__(self, read_mj: Callable[[], float]) -> None:
        self._read_mj, self._first_mj = read_mj, _asked(read_mj)

    def joules(self) -> float:
        return (_asked(self._read_mj) - self._first_mj) / 1e3
