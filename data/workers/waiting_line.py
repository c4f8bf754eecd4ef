"""The line before the worker processes: few work at once, some wait and are told, the rest is turned away.

Whoever waits or has work done passes `attend`, which is called several times a second. It may say something
to the visitor, and it raises when the visitor has gone: then the place, or the worker, is free at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from data.budgets import LONGEST_WAIT_S, MOST_WAITING, WORKERS_AT_ONCE
from data.errors import WorkError

Attend = Callable[[int], None]
"""Called with the number of others that are served before (0: at work now)."""
STEP_S: Final = 0.2
"""Time between two looks at whether the visitor is still there."""


def nobody(_before: int) -> None:
    """Attend to no one: the command line and the library wait."""


class WaitingLine:
    """Places at work and places in line; first come, first served."""

    def __init__(self, at_once: int = WORKERS_AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self.at_once = at_once
        self.most_waiting = most_waiting
        self._line: list[object] = []
        self._working = 0
        self._change = threading.Condition()

    @contextmanager
    def place(self, attend: Attend = nobody) -> Iterator[None]:
        """Wait for a place and hold it. Raises WorkError `BUSY`, and whatever `attend` raises."""
        self._enter(attend)
        try:
            yield
        finally:
            with self._change:
                self._working -= 1
                self._change.notify_all()

    @property
    def waiting(self) -> int:
        """How many are in line."""
        return len(self._line)

    def _enter(self, attend: Attend) -> None:
        ticket = object()
        with self._change:
            if len(self._line) >= self.most_waiting:
                raise _busy()
            self._line.append(ticket)
        end = time.monotonic() + LONGEST_WAIT_S
        try:
            while not self._is_in(ticket):
                if time.monotonic() > end:
                    raise _busy()
                # Outside of the lock: it talks to a visitor.
                attend(self._before(ticket))
        finally:
            with self._change:
                if ticket in self._line:
                    self._line.remove(ticket)
                self._change.notify_all()

    def _is_in(self, ticket: object) -> bool:
        """Whether it is the ticket's turn, after a moment at most; then it is at work."""
        with self._change:
            if not self._has_turn(ticket):
                self._change.wait(STEP_S)
            if not self._has_turn(ticket):
                return False
            self._line.remove(ticket)
            self._working += 1
            return True

    def _has_turn(self, ticket: object) -> bool:
        return self._working < self.at_once and self._line[0] is ticket

    def _before(self, ticket: object) -> int:
        with self._change:
            return self._working + self._line.index(ticket)


def _busy() -> WorkError:
    return WorkError(
        "BUSY", "Too many files and queries are being read at this moment. Try again in a minute."
    )


LINE: Final = WaitingLine()
"""The waiting line of this process."""
