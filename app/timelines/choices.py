"""What a file leaves open: both readings side by side with their energies, and which of them is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from app.i18n.formats import energy, literal, number
from app.i18n.messages import tell
from app.i18n.texts import t
from data.tracing.doubts import Judged, otherwise
from data.tracing.layout import Layout

TAKEN, OTHER = "taken", "other"
_HELD: Final = "own-doubts"
"""The doubts of a file as it was first read: (what was read, doubts)."""


def chosen_layout(layout: Layout, mark: str) -> Layout:
    """The layout with the readings that the reader chose of what is in doubt."""
    for each in _held(mark):
        if st.session_state.get(_key(each, mark)) == OTHER:
            layout = otherwise(layout, each.doubt) or layout
    return layout


def asked_here(layout: Layout) -> frozenset[str]:
    """Headings whose unit is asked about by showing both readings, so not by the list of units."""
    return frozenset(
        str(doubt.why.values.get("heading", "")) for doubt in layout.doubts if otherwise(layout, doubt)
    )


def show_choices(doubts: Sequence[Judged], layout: Layout, mark: str) -> None:
    """Ask about every doubt that has two readings; say the others."""
    held = _held(mark)
    new = [each for each in doubts if all(each.doubt != known.doubt for known in held)]
    st.session_state[_HELD] = (mark, (*held, *(each for each in new if otherwise(layout, each.doubt))))
    for each in new:
        if otherwise(layout, each.doubt) is None:
            st.warning(literal(tell(each.text)), icon=":material/warning:")
    for each in st.session_state[_HELD][1]:
        _ask(each, mark)


def _held(mark: str) -> tuple[Judged, ...]:
    known = st.session_state.get(_HELD)
    return known[1] if known is not None and known[0] == mark else ()


def _key(each: Judged, mark: str) -> str:
    return f"own-doubt-{mark}-{each.doubt.code}-{each.doubt.why.values.get('heading', '')}"


def _ask(each: Judged, mark: str) -> None:
    with st.container(border=True):
        st.markdown(f":material/help: {literal(tell(each.doubt.why))}")
        words = {
            TAKEN: _reading(each.doubt.chosen, each.energy_j, each.duration_s),
            OTHER: _reading(each.doubt.other, each.other_energy_j, each.other_duration_s),
        }
        st.radio(
            t("How it is read"),
            [TAKEN, OTHER],
            key=_key(each, mark),
            format_func=words.__getitem__,
            horizontal=True,
        )


def _reading(as_what: str, energy_j: float, duration_s: float) -> str:
    return t(
        "as {what}: {energy} in {duration} s",
        what=literal(tell(as_what)),
        energy=energy(1000.0 * energy_j),
        duration=number(duration_s),
    )
