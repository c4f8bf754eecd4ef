"""The conditions of what is compared: what differs in sight, what is the same one click away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app.compare.conditions import differing_conditions, shared_conditions
from app.compare.tables import show_side_by_side, show_table
from app.compare.words import conditions_sentence
from app.i18n.texts import tn
from app.ui.lazy_section import folded


def show_conditions_of(
    facts: Mapping[str, Sequence[str]], labels: Sequence[str], alt: str, key: str, more: str = ""
) -> None:
    """Show conditions (name in English -> one text per label). `more` follows the sentence about them."""
    st.markdown(f"{conditions_sentence(facts)} {more}".rstrip())
    differing, shared = differing_conditions(facts, labels), shared_conditions(facts)
    if len(differing):
        show_side_by_side(differing, alt, fixed=1)
    if len(shared):
        title = tn("{n} condition that is the same", "{n} conditions that are the same", len(shared))
        folded(title, key, lambda: show_table(shared, title))
