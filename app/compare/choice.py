"""Comparing two to six of a kind: how many, and what to start from while there are too few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from app.i18n.texts import t

LEAST: Final = 2
MOST: Final = 6  # direct labels stay readable up to six series


def show_invitation(words: str, examples: Mapping[str, Sequence[str]], key: str) -> None:
    """Say what is missing, and offer comparisons (name -> ids) that a click puts into the choice at `key`."""
    st.info(words, icon=":material/compare_arrows:")
    with st.container(horizontal=True):
        for name, ids in examples.items():
            st.button(t(name), key=f"example_{ids[1]}", on_click=_choose, args=(key, list(ids)))


def _choose(key: str, ids: list[str]) -> None:
    st.session_state[key] = ids
