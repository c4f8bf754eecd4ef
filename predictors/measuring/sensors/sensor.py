"""What every sensor says about itself, and how its energy is read: a count of joules that only grows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from data.messages import Message
from predictors.errors import InputError, printable

MOST_WATTS: Final = 2_000.0
"""No package, board or laptop draws more. A counter that implies more has jumped and not wrapped."""


class Meter(Protocol):
    """An open sensor."""

    def joules(self) -> float:
        """Energy since the meter was opened (J).

        Raises InputError MEASURE_SENSOR_GONE, MEASURE_SENSOR_JUMPED, MEASURE_ON_CHARGER.
        """


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor of this machine: its kind (the word of `--sensor`), what it sees, and how finely.

    `scope` is one of `METER_SCOPES`. `rate_hz` is how often its value is renewed as far as its maker
    says, `poll_s` how often it is worth reading. `problem` says why it can't be used now and what to do.
    """

    kind: str
    name: str
    scope: str
    blind_to: Message
    rate_hz: float
    poll_s: float
    resolution: str
    open: Callable[[], Meter]
    problem: Message | None = None
    code: str = ""

    def require(self) -> None:
        """Raise InputError with the code and the reason where the sensor can't be used."""
        if self.problem is not None:
            raise InputError(self.code, self.problem)


def read_number(path: Path) -> float:
    """The number in a small file of the system. Raises InputError MEASURE_SENSOR_GONE."""
    try:
        return float(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise InputError(
            "MEASURE_SENSOR_GONE",
            "The sensor can't be read any more ({file}: {reason}). Connect it or load its driver again, then "
            "go on with --resume.",
            file=printable(path.name),
            reason=getattr(error, "strerror", None) or Message("no number in it"),
        ) from None


def read_word(path: Path) -> str:
    """The text of a small file of the system; "" where it can't be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


class Integrated:
    """A count of joules from readings of power (W) that grows, as a counter, where the reading is a new one.

    Between two new readings it stands still, however often it is asked: so a controller that renews its
    reading every few seconds gets longer stretches, and one that has stopped is noticed.
    """

    def __init__(self, watts: Callable[[], float]) -> None:
        self._watts, self._total = watts, 0.0
        self._when, self._last = time.monotonic(), watts()

    def joules(self) -> float:
        """Energy since the first reading (J): a new reading is that of the time since the one before."""
        now, power = time.monotonic(), self._watts()
        if power != self._last:
            self._total += power * (now - self._when)
            self._when, self._last = now, power
        return self._total
