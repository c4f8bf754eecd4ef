"""Makes what costs time once for all readers: pictures, tables and comparisons of figures of the bundle.

What is made must depend on nothing but its key and the language. Nothing of a reader's own file goes
through here: what was made under a key is handed out to everybody, and stays after its first reader has gone.
A reader who has described a device of their own sees other lists of devices than everybody: the results
made for them are kept in their session only.

Streamlit's own caches look at the content of every argument, and one of them writes results down and reads
them again: for a page with thirty frames, that takes longer than the rest of the page.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar, cast

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.i18n.texts import language
from predictors.energy.calibrated.own_folder import stamp

P = ParamSpec("P")
T = TypeVar("T")

MOST_KEPT: Final = 150
"""Results of one function that are kept at a time; what nobody asked for the longest goes first. Those of
others stay: however many pictures of one kind addresses ask for, what takes long is not made anew."""


@dataclass(slots=True)
class _Place:
    """Cache slot. Empty until computed; concurrent callers wait on the lock."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    made: tuple[Any, ...] = ()


Shelves: TypeAlias = dict[str, OrderedDict[Hashable, _Place]]
_shelves: Final[Shelves] = {}
APART: Final = "results_apart"
"""Session key: the shelves of a session that keeps its results apart."""
_looking: Final = threading.Lock()


def kept(make: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Return `make(*arguments, **named)`, made once per language, function and arguments.

    Arguments have to be hashable: ids rather than frames, tuples rather than lists (TypeError otherwise). The
    result is shared, so it must not be changed: a picture, text or frozen value. A frame or dictionary comes
    as a copy that may be changed. Raises what `make` raises, which is not kept.
    """
    return kept_under((arguments, tuple(sorted(named.items()))), make, *arguments, **named)


def kept_under(key: Hashable, make: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Like `kept`, but `key` alone tells results apart, and arguments may be anything."""
    return kept_without_words((language(), key), make, *arguments, **named)


def kept_without_words(key: Hashable, make: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Like `kept_under`, for results that are the same in every language."""
    place = _place(_name(make), _whole(key))
    if not place.made:
        with place.lock:
            # After an error there still is nothing, and the next one in line tries.
            if not place.made:
                place.made = (_settled(make(*arguments, **named)),)
    made = place.made[0]
    if isinstance(made, pd.DataFrame):
        # pandas copies the columns that are written to, and only those.
        return cast("T", made.copy(deep=False))
    return cast("T", dict(made)) if isinstance(made, dict) else cast("T", made)


def _settled(made: T) -> T:
    """Let every picture in a result put itself into words for the browser once, instead of at every showing.

    Plotly copies all of a picture for that, which takes longer than the rest of showing it. The copy may be
    shared, since a kept picture is not changed and Streamlit only reads it.
    """
    if isinstance(made, tuple):
        for each in made:
            _settled(each)
    elif hasattr(made, "to_plotly_json"):
        _describe_once(made)
    return made


def _describe_once(picture: Any) -> None:
    described = picture.to_dict()
    picture.to_dict = lambda: described
    # It is shown by its description alone: what that was made of would hold every point a second time.
    picture.data, picture.layout = (), None


def is_kept_without_words(key: Hashable, make: Callable[..., Any]) -> bool:
    """Whether a result of `kept_without_words` is there now: false again once it had to make room."""
    whole = _whole(key)  # it looks at the folder of the server, which may be slow: not while others wait
    with _looking:
        shelf = _shelves_here().get(_name(make))
        place = None if shelf is None else shelf.get(whole)
        return place is not None and bool(place.made)


def _whole(key: Hashable) -> Hashable:
    """The key with the device files of the server's folder: lists of devices and figures follow them."""
    return told_apart(key), stamp()


def _name(make: Callable[..., Any]) -> str:
    return f"{make.__module__}.{make.__qualname__}"


def told_apart(key: Hashable) -> Hashable:
    """Return a key in which 1, 1.0 and True differ, as 0.0 and -0.0 do: Python takes each for the other."""
    if isinstance(key, tuple | frozenset):
        parts = tuple(map(told_apart, key))
        return type(key), parts if isinstance(key, tuple) else frozenset(parts)
    if isinstance(key, bool | int | float):
        return type(key), repr(key)
    return key


def keeping(make: Callable[P, T]) -> Callable[P, T]:
    """Let every call of a function go through `kept`."""

    @wraps(make)
    def answer(*arguments: P.args, **named: P.kwargs) -> T:
        return kept(make, *arguments, **named)

    return answer


def _place(name: str, key: Hashable) -> _Place:
    """Return the place of a result of the function `name`, which then is the last to go."""
    with _looking:
        shelf = _shelves_here().setdefault(name, OrderedDict())
        place = shelf.get(key)
        if place is None:
            place = shelf[key] = _Place()
        shelf.move_to_end(key)
        while len(shelf) > MOST_KEPT:
            shelf.popitem(last=False)
        return place


def is_apart() -> bool:
    """Whether results of this session are its own: it has a device of its own."""
    return get_script_run_ctx(suppress_warning=True) is not None and APART in st.session_state


def _shelves_here() -> Shelves:
    return _apart() if is_apart() else _shelves


def _apart() -> Shelves:
    shelves: Shelves = st.session_state[APART]
    return shelves
