"""Which pages are being made right now, so that work in the background waits until nobody does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LATEST_S: Final = 5.0
"""Background work waits no longer than this: a server that is never quiet still gets ready."""
POLL_S: Final = 0.05
"""Time between two looks; short beside the half second of quiet that is waited for."""

_change = threading.Condition()
_pages: Final[dict[str, float]] = {"running": 0.0, "sent": 0.0, "last_s": 0.0}


@contextmanager
def page_in_progress() -> Iterator[None]:
    """Count a page as being made while the block runs; background work waits for it."""
    with _change:
        _pages["running"] += 1
    try:
        yield
    finally:
        with _change:
            _pages["running"] -= 1
            _pages["sent"] += 1
            _pages["last_s"] = time.monotonic()
            _change.notify_all()


def wait_for_quiet(quiet_s: float, latest_s: float | None = None) -> None:
    """Return when the last page was sent `quiet_s` ago and none is being made, or after `latest_s`.

    None stands for LATEST_S.
    """
    with _change:
        _change.wait_for(lambda: _pages["sent"] > 0, timeout=LATEST_S)
    end = time.monotonic() + (LATEST_S if latest_s is None else latest_s)
    while (now := time.monotonic()) < end:
        if not _pages["running"] and now - _pages["last_s"] >= quiet_s:
            return
        time.sleep(min(POLL_S, quiet_s))
