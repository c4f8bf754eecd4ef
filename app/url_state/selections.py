"""A choice of several that takes one line: a button that says what is chosen, the choices folded behind it.

Streamlit's own field for several choices writes white on the theme's accent, which no accent allows on a dark
ground (4.5:1 as text and under white at once), and its button to clear is smaller than 24 pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeVar

import streamlit as st

from app.i18n.formats import literal
from app.i18n.texts import t, tn

Id = TypeVar("Id")


def clicked(
    key: str, ids: Sequence[Id], what: Literal["point_indices", "rows", "cells"] = "point_indices"
) -> Id | None:
    """Return which of `ids`, in the order they are drawn, was clicked in the picture or table at `key`.

    Of a cell (row and column) the row counts.

    None where nothing is clicked any more, or what is no longer drawn. For callbacks of `on_select`.
    """
    places = st.session_state[key]["selection"][what]
    if not places:
        return None
    place = places[0][0] if what == "cells" else places[0]
    return ids[place] if place < len(ids) else None


MOST_NAMED: Final = 3
"""Up to so many chosen names stand on the button."""


def folded_pills(
    label: str,
    ids: Sequence[str],
    *,
    key: str,
    format_func: Callable[[str], str],
    max_selections: int | None = None,
    placeholder: str = "",
    help: str | None = None,
) -> list[str]:
    """Show the button and, behind it, a pill for each id, named by `format_func`; returns the chosen ids.

    The choice is in the session as `key`. With `max_selections`, the one chosen first gives way to one more.
    `placeholder` stands on the button while nothing is chosen.
    """
    chosen = [format_func(each) for each in st.session_state.get(key, [])]
    words = f"**{literal(label)}:** {literal(_summary(chosen, len(ids), placeholder))}"
    with st.popover(words, key=f"{key}-folded", width="stretch", help=help):
        if max_selections is not None and max_selections < len(ids):
            st.caption(tn("At most {n}.", "At most {n}: the one chosen first gives way.", max_selections))
        return st.pills(
            label,
            ids,
            selection_mode="multi",
            format_func=format_func,
            key=key,
            label_visibility="collapsed",
            on_change=_keep_the_last,
            args=(key, max_selections),
        )


def _summary(chosen: Sequence[str], of: int, placeholder: str) -> str:
    if not chosen:
        return placeholder or t("none")
    if len(chosen) <= MOST_NAMED:
        return ", ".join(chosen)
    return t("{chosen} of {all}", chosen=len(chosen), all=of)


def _keep_the_last(key: str, most: int | None) -> None:
    if most is not None and len(st.session_state[key]) > most:
        st.session_state[key] = st.session_state[key][-most:]
