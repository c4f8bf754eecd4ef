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

    Between two new readings it stands still, however often it is asked: so one that has stopped is noticed.
    A new reading counts for the time that a renewal takes, the time before it for the reading that held: a
    controller that renews every few seconds tells of the seconds before, and a coarse one is renewed many
    times without a change. Nobody tells how long a renewal takes, but two changes have at least one between
    them, so it is the shortest time between two; one poll as long as that is not known.
    """

    def __init__(self, watts: Callable[[], float]) -> None:
        self._watts, self._total = watts, 0.0
        self._polled = self._changed = time.monotonic()
        self._last = watts()
        self._renewal_s: float | None = None
        self._has_changed = False

    def joules(self) -> float:
        """Energy since the first reading (J), up to the newest reading that differed from the one before."""
        now, power = time.monotonic(), self._watts()
        if power != self._last:
            held_s = now - self._changed
            if self._has_changed:  # before the first change, the time began anywhere within a renewal
                self._renewal_s = min(held_s, self._renewal_s or held_s)
            new_s = now - self._polled if self._renewal_s is None else self._renewal_s
            self._total += self._last * (held_s - new_s) + power * new_s
            self._changed, self._last, self._has_changed = now, power, True
        self._polled = now
        return self._total
