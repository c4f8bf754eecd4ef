"""Makes what costs time once for all readers: pictures, tables and comparisons of figures of the bundle.

What is made must depend on nothing but its key and the language. Nothing of a reader's own file goes
through here: what was made under a key is handed out to everybody, and stays after its first reader has gone.

Streamlit's own caches look at the content of every argument, and one of them writes results down and reads
them again: for a page with thirty frames, that takes longer than the rest of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

import pandas as pd

from app.language import language

P = ParamSpec("P")
T = TypeVar("T")

MOST_KEPT: Final = 400
"""Results kept at a time, of all functions together; what nobody asked for the longest goes first."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A result by what tells it apart from others; how it is made does not.

    `make` is taken out to be called: the cache keeps this object, and must not keep the arguments as well.
    """

    function: str
    language: str
    key: Hashable
    make: list[Callable[[], Any]] = field(compare=False)


def kept(make: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Return `make(*arguments, **named)`, made once per language, function and arguments.

    Arguments have to be hashable: ids rather than frames, tuples rather than lists (TypeError otherwise). The
    result is shared, so it must not be changed: a picture, text or frozen value. A frame or dictionary comes
    as a copy that may be changed. Raises what `make` raises, which is not kept.
    """
    return kept_under((arguments, tuple(sorted(named.items()))), make, *arguments, **named)


def kept_under(key: Hashable, make: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Like `kept`, but `key` alone tells results apart, and arguments may be anything."""
    name = f"{make.__module__}.{make.__qualname__}"
    made = _made(_Wanted(name, language(), key, [lambda: make(*arguments, **named)]))
    if isinstance(made, pd.DataFrame):
        # pandas copies the columns that are written to, and only those.
        return cast("T", made.copy(deep=False))
    return cast("T", dict(made)) if isinstance(made, dict) else cast("T", made)


def keeping(make: Callable[P, T]) -> Callable[P, T]:
    """Let every call of a function go through `kept`."""

    @wraps(make)
    def answer(*arguments: P.args, **named: P.kwargs) -> T:
        return kept(make, *arguments, **named)

    return answer


@lru_cache(maxsize=MOST_KEPT)
def _made(wanted: _Wanted) -> Any:
    return wanted.make.pop()()
