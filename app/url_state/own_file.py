"""Files of the reader's own in the address: that there was one, never what was in it.

A file lives in its session only. The address says that figures come from one, so that a session without it
(the server was started again, the page was out of reach for too long, somebody else opened a copied address)
says so, instead of showing other figures in its place.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Final

import streamlit as st

from app.i18n.texts import t
from app.url_state import widgets

OWN: Final = "own"
"""What the address holds for a file of the reader's own where nothing else names it."""
CODE: Final = "OWN_FILE_GONE"
"""Error code: the address names an uploaded file that this session does not have (any more)."""
HELD_ON: Final = {
    "timelines": (
        "own-layout",
        "own-read",
        "own-head",
        "own-doubts",
        "lens-held",
        "layers-held",
        "own-trace-bytes",
        "own-log-bytes",
        "own-profile-bytes",
    ),
    "estimate": ("two_upload",),
}
"""Page -> session keys of large data that was read from the reader's own file."""
READABLE_PX: Final = 760
"""Width of a message and its ways out where nothing else is on a page (pixels)."""


def is_gone(key: str, *, is_here: bool) -> bool:
    """Whether the address says `key=own` and the session lacks the file; writes that while the file is here.

    Once per run of a page. A file that the reader took back in this session is not gone.
    """
    return bool(gone(key, {OWN}, {OWN} if is_here else set()))


def gone(key: str, known: Collection[str], here: Collection[str]) -> set[str]:
    """Return which of `known` things of the reader's own the address says are shown and the session lacks.

    `here` are those that it has; the address then names both. Like `is_gone`, for several under one key.
    """
    look_up(key, known)
    missing = set(st.session_state.get(_state(key), ())) - set(here)
    st.session_state[_state(key)] = missing
    widgets.take(key, {each: each for each in known}, "", t("file of your own"))
    widgets.put(key, sorted(missing | set(here)))
    return missing


def look_up(key: str, known: Collection[str] = (OWN,), *, has_widget: bool = False) -> None:
    """Note which of `known` the address newly asks for at `key`. For what comes before `gone` on a page."""
    asked = widgets.newly_asked(key, has_widget=has_widget)
    if asked is None:
        return
    found = {each for each in asked if each in known}
    if found and not st.session_state.get(_state(key)):
        st.session_state[_suffix(key)] = f"-{secrets.token_hex(4)}"
    st.session_state[_state(key)] = found


def look_up_choice(key: str, own: str) -> None:
    """Note whether the address, rather than the reader, chooses `own` at `key`. Call before its widget."""
    look_up(key, {own}, has_widget=True)


def widget_key(key: str, name: str) -> str:
    """Return the key of a file widget `name`, for the file that the address speaks of at `key`.

    The browser goes on showing the name of a file in its widget when the session that had the file is gone. A
    session that lacks it takes another widget, which is empty. Call after the address was looked at.
    """
    return name + str(st.session_state.get(_suffix(key), ""))


def is_choice_gone(key: str, *, is_here: bool) -> bool:
    """Whether the address chose the file at `key` (see `look_up_choice`) and the session lacks it."""
    if is_here:
        give_up(key)
    return bool(st.session_state.get(_state(key)))


def give_up(key: str) -> None:
    """Go on without what is gone."""
    st.session_state[_state(key)] = set()


def show_gone(what: str, advice: str) -> None:
    """Say `what` is gone, why, and what to do (`advice`), with the code; both are whole sentences."""
    st.warning(
        t(
            "{what} What you bring is never stored: it goes when the session ends (the server was started "
            "again, or this page was out of reach for some minutes), and a copied address does not hold it.  "
            "\n{advice}  \nCode: `{code}`",
            what=what,
            advice=advice,
            code=CODE,
        ),
        icon=":material/history:",
    )


def let_go_elsewhere(slug: str) -> None:
    """Let go of what was read from files for other pages than `slug`: their widgets dropped the files."""
    for page, keys in HELD_ON.items():
        if page != slug:
            for key in keys:
                st.session_state.pop(key, None)


def _state(key: str) -> str:
    return f"gone:{key}"


def _suffix(key: str) -> str:
    return f"file-widget:{key}"
