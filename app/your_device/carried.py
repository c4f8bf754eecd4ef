"""Scores of the reader's own device in the copied link: the figures of its labels, never the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from app.i18n.formats import literal, number
from app.i18n.texts import t
from app.label.address import read_address, score_query
from app.label.content import certainty_line
from app.label.facts import ScoreFacts
from app.ui.shared import carry
from data.errors import JouleLensError

PARAMETER: Final = "own_scores"
BETWEEN, PART, EMPTY = "~", "*", "-"
PARTS: Final = ("score", "v", "rows", "rank", "i")
"""Fields of a score after the name, as in the address of its label."""


def carry_scores(made: Sequence[ScoreFacts]) -> None:
    """Let the copied link carry these scores."""
    carry({PARAMETER: written(made)})


def written(made: Sequence[ScoreFacts]) -> str:
    """Return the scores of one device as the link holds them, its name first."""
    queries = [score_query(facts) for facts in made]
    name = queries[0]["own"].replace(BETWEEN, EMPTY)
    return BETWEEN.join([name, *(PART.join(query[part] for part in PARTS) for query in queries)])


def read(text: str) -> tuple[ScoreFacts, ...]:
    """Return what a link carries; nothing for none or what is not as it should be."""
    name, *scores = text.split(BETWEEN)
    found = []
    for score in scores[:2]:
        try:
            asked = read_address({"own": name} | dict(zip(PARTS, score.split(PART), strict=False)))
        except JouleLensError:
            return ()
        if isinstance(asked, ScoreFacts):
            found.append(asked)
    return tuple(found)


def show_carried() -> None:
    """Show the scores that the link carries, if it carries some."""
    found = read(str(st.query_params.get(PARAMETER, "")))
    if not found:
        return
    st.info(
        t(
            "These scores of **{device}** came with the link; nobody checked them. The table they were made "
            "from stayed where it was.",
            device=literal(found[0].device_name),
        ),
        icon=":material/link:",
    )
    for place, facts in zip(st.columns(2), found, strict=False):
        with place.container(border=True):
            st.metric(facts.score, number(facts.value))
            st.caption(certainty_line(facts))
