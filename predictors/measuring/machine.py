"""The machine as it is while it measures: clocks, governor, other load, power source, versions."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.messages import Message
from predictors.measuring.sensors.sensor import read_word

CLOCK_CHANGE: Final = 0.1
"""Clocks that differ by more than a tenth between stretches: power then differs by about as much."""
SUSPENDED_S: Final = 0.5
"""The clock that goes on in sleep may run ahead of the other by this much before it was a sleep."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What the machine's counters say at one moment."""

    monotonic_s: float
    awake_and_asleep_s: float
    busy_s: float
    own_s: float
    mhz: float
    plugged: bool | None


def moment() -> Moment:
    """Read the machine's counters."""
    import psutil

    times = psutil.cpu_times()
    busy = sum(times) - times.idle - getattr(times, "iowait", 0.0)
    # Time of guests is counted twice in Linux' sum: once by itself and once as user time.
    busy -= getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return Moment(
        time.monotonic(), _with_sleep(), busy, time.process_time(), _mhz(),
        None if battery is None else bool(battery.power_plugged),
    )  # fmt: skip


def _with_sleep() -> float:
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(clock) if clock is not None else time.time()


def _mhz() -> float:
    import psutil

    try:
        found = psutil.cpu_freq()
    except (OSError, NotImplementedError, RuntimeError):  # virtual machines and containers without the files
        return 0.0
    return float(found.current) if found else 0.0


def other_load(before: Moment, after: Moment) -> float:
    """Cores that other programs kept busy, on average (0 to the number of cores)."""
    seconds = after.monotonic_s - before.monotonic_s
    others = (after.busy_s - before.busy_s) - (after.own_s - before.own_s)
    return max(0.0, others / seconds) if seconds > 0.0 else 0.0


def slept(before: Moment, after: Moment) -> bool:
    """Whether the machine was suspended in between."""
    awake = after.monotonic_s - before.monotonic_s
    return after.awake_and_asleep_s - before.awake_and_asleep_s - awake > SUSPENDED_S


def governor(sysfs: Path) -> str:
    """How the system chooses the clock of the first core; "" where it does not say."""
    return read_word(sysfs / "devices/system/cpu/cpu0/cpufreq/scaling_governor")[:40]


def governor_note(name: str) -> Message | None:
    """What to do about the clock's governor; None where it is fixed."""
    if name == "performance":
        return None
    if not name:
        return Message("The system does not say how it chooses its clocks (a virtual machine, or not Linux).")
    return Message(
        "The clocks are not fixed (governor {governor}). `sudo cpupower frequency-set -g performance` makes "
        "figures steadier.",
        governor=name,
    )


def software() -> str:
    """Runtime, system and processor, for the device file."""
    import onnxruntime

    system = f"{platform.system()} {platform.release()}"
    python = platform.python_version()
    return f"onnxruntime {onnxruntime.__version__}, Python {python}, {system}, {processor()}"


def processor() -> str:
    """The processor's name and number of cores."""
    name = platform.processor() or platform.machine()
    for line in read_word(Path("/proc/cpuinfo")).splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"model name", "Model"} and value.strip():
            name = value.strip()
            break
    return f"{name[:80]} ({os.cpu_count()} cores)"
