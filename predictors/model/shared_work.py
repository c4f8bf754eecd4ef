"""Work on one network that several targets need: kept while its report is made, and only for that report.

Nothing is shared between threads, and nothing of a network stays when its report is done.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

Made = TypeVar("Made")


@dataclass(slots=True)
class _Work:
    """What is known so far: lists by the kind of work, and what was made of a subject, with that subject."""

    lists: dict[str, list[Any]] = field(default_factory=dict)
    made: dict[tuple[str, int, Hashable], tuple[object, Any]] = field(default_factory=dict)


_OPEN: Final[ContextVar[_Work | None]] = ContextVar("shared_work", default=None)


@contextmanager
def shared_work() -> Iterator[None]:
    """Keep what `notes` and `once` hand out until the end of the outermost block of this thread."""
    if _OPEN.get() is not None:
        yield
        return
    token = _OPEN.set(_Work())
    try:
        yield
    finally:
        _OPEN.reset(token)


def notes(kind: str) -> list[Any]:
    """Return the list of what is known so far of one kind of work; outside of a block always a new one."""
    known = _OPEN.get()
    return [] if known is None else known.lists.setdefault(kind, [])


def once(kind: str, subject: object, make: Callable[[], Made], key: Hashable = None) -> Made:
    """Return `make()`, made once within a block for this very `subject`, kind of work and key.

    Outside of a block it is made every time.
    """
    known = _OPEN.get()
    if known is None:
        return make()
    place = kind, id(subject), key
    if place not in known.made:
        known.made[place] = subject, make()  # keeping the subject keeps its identity its own
    made: Made = known.made[place][1]
    return made
