"""Work on one network that several targets need: kept while its report is made, and only for that report.

Nothing is shared between threads, and nothing of a network stays when its report is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

_OPEN: Final[ContextVar[dict[str, list[Any]] | None]] = ContextVar("shared_work", default=None)


@contextmanager
def shared_work() -> Iterator[None]:
    """Keep what `notes` hands out until the end of the outermost block of this thread."""
    if _OPEN.get() is not None:
        yield
        return
    token = _OPEN.set({})
    try:
        yield
    finally:
        _OPEN.reset(token)


def notes(kind: str) -> list[Any]:
    """Return the list of what is known so far of one kind of work; outside of a block always a new one."""
    known = _OPEN.get()
    return [] if known is None else known.setdefault(kind, [])
