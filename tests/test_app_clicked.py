"""What a click chose, also when it came late: the picture may have changed under it."""

from __future__ import annotations

import pytest
import streamlit as st

from app.url_state.selections import clicked


@pytest.mark.parametrize(
    ("places", "chosen"), [([1], "b"), ([2, 0], "c"), ([], None), ([3], None)],
    ids=["one", "the first of several", "taken back", "no longer drawn"],
)  # fmt: skip
def test_a_click_chooses_what_was_drawn_there(
    places: list[int], chosen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {"picture": {"selection": {"point_indices": places, "rows": [0]}}}
    monkeypatch.setattr(st, "session_state", state)
    assert clicked("picture", ["a", "b", "c"]) == chosen
    assert clicked("picture", ["a", "b", "c"], "rows") == "a"
