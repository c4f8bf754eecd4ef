"""Work on one network that several targets need: kept while its report is made, and only for that report.

Between threads nothing is shared but what a network carries itself, for its next report; it goes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar

Made = TypeVar("Made")
Carried: TypeAlias = "dict[tuple[str, int, Hashable], tuple[object, Any]]"
"""What was made of a subject, by kind of work, identity and key, with the subject: it keeps its identity."""
MOST_CARRIED: Final = 8
"""Results that a network carries: a handful of runtimes fuse it differently."""


@dataclass(slots=True)
class _Work:
    """What is known so far: lists by the kind of work, what was made, and what the network carries."""

    carried: Carried
    lists: dict[str, list[Any]] = field(default_factory=dict)
    made: Carried = field(default_factory=dict)


_OPEN: Final[ContextVar[_Work | None]] = ContextVar("shared_work", default=None)


@contextmanager
def shared_work(carried: Carried | None = None) -> Iterator[None]:
    """Keep what `notes` and `once` hand out until the end of the outermost block of this thread.

    `carried`: what a network carries, for `carried_once`.
    """
    if _OPEN.get() is not None:
        yield
        return
    token = _OPEN.set(_Work({} if carried is None else carried))
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
        known.made[place] = subject, make()
    made: Made = known.made[place][1]
    return made


def carried_once(kind: str, subject: object, make: Callable[[], Made], key: Hashable = None) -> Made:
    """Like `once`, for what the network of the block carries on to its next report, in any thread."""
    known = _OPEN.get()
    if known is None:
        return make()
    place = kind, id(subject), key
    found = known.carried.get(place)  # one look: another thread may clear it at any time
    if found is None:
        found = subject, make()
        if len(known.carried) >= MOST_CARRIED:
            known.carried.clear()
        known.carried[place] = found
    made: Made = found[1]
    return made
