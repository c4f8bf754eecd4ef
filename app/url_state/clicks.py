"""What a click in a picture or a table chose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

import streamlit as st

Id = TypeVar("Id")


def clicked(
    key: str, ids: Sequence[Id], what: Literal["point_indices", "rows"] = "point_indices"
) -> Id | None:
    """Return which of `ids`, in the order they are drawn, was clicked in the picture or table at `key`.

    None where nothing is clicked any more, or what is no longer drawn. For callbacks of `on_select`.
    """
    places = st.session_state[key]["selection"][what]
    return ids[places[0]] if places and places[0] < len(ids) else None
