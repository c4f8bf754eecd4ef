"""Makes what costs time once for all readers: pictures, tables and comparisons of figures of the bundle.

What is made must depend on nothing but its arguments and the language. Nothing of a reader's own file goes
through here: what was made of the same arguments is handed out to everybody, and stays after its first
reader has gone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

import pandas as pd
import streamlit as st

from app.language import language

P = ParamSpec("P")
T = TypeVar("T")

MOST_KEPT: Final = 200
"""Results kept at a time, of all functions together; what nobody asked for the longest goes first."""


def kept(make: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Return `make(*arguments, **named)`, made once per language, function and content of the arguments.

    The result is shared, so it must not be changed: a picture, text or frozen value. A frame comes as a copy
    that may be changed. Of frames with 50,000 rows and more, Streamlit looks at a sample only: use
    `kept_under`. Raises what `make` raises, which is not kept.
    """
    return kept_under((arguments, named), make, *arguments, **named)


def kept_under(key: object, make: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Like `kept`, but `key` alone tells arguments apart: for some that take long to look at."""
    name = f"{make.__module__}.{make.__qualname__}"
    made = _made(name, language(), key, lambda: make(*arguments, **named))
    if isinstance(made, pd.DataFrame):
        # pandas copies the columns that are written to, and only those.
        return cast("T", made.copy(deep=False))
    return cast("T", made)


def keeping(make: Callable[P, T]) -> Callable[P, T]:
    """Let every call of a function go through `kept`.

    Other than Streamlit's cache of data it does not write results down and read them again, which for a
    page with a hundred look-ups takes longer than the page.
    """

    @wraps(make)
    def answer(*arguments: P.args, **named: P.kwargs) -> T:
        return kept(make, *arguments, **named)

    return answer


@st.cache_resource(show_spinner=False, max_entries=MOST_KEPT)
def _made(name: str, code: str, key: Any, _make: Callable[[], Any]) -> Any:
    return _make()
