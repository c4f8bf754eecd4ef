"""Caches slow results of the recording on screen while the reader looks at other parts of the page."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def held(slot: str, of: tuple[Any, ...], key: Hashable, make: Callable[[], T]) -> T:
    """Return `make()`, made anew only when other objects (`of`, looked at by identity) or another `key` come.

    One result per slot and session: a key of `app.url_state.own_file.HELD_ON`, so that it goes with the file.
    Raises what `make` raises, which is not kept.
    """
    last = st.session_state.get(slot)
    if last is None or last[1] != key or any(a is not b for a, b in zip(last[0], of, strict=True)):
        st.session_state[slot] = last = (of, key, make())
    found: T = last[2]
    return found
