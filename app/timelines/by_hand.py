"""A table read by columns that the reader chose, here or in a recipe, and what they make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Final, cast

import streamlit as st

from app.i18n.formats import count, energy, number, power
from app.i18n.texts import t, verbatim
from app.timelines.mapping import mapped
from app.ui.attend import attending
from app.ui.sent_files import contents_of
from data.tracing import Reading
from data.tracing.head import HeadColumn
from data.tracing.recipe import Recipe, recipe_of
from data.workers import calls

_HEAD: Final = "own-head"
MAX_RECIPE_MB: Final = 1  # the least the uploader can state; a recipe has some hundred bytes
_HELPED: Final = (
    "NO_TIME_COLUMN", "NO_POWER_COLUMN", "COLUMNS_DO_NOT_FIT", "TIME_STANDS_STILL", "RUNS_NOT_SAMPLES",
    "NO_SAMPLES", "RAILS_OVERLAP",
)  # fmt: skip
"""Refusals of a table whose columns the reader can choose instead."""


@dataclass(frozen=True)
class Given:
    """The files of the reader: name, an id that changes with the content, and the open bytes."""

    name: str
    mark: str
    stream: IO[bytes]


def _key(trace: Given) -> str:
    return f"own-by-hand-{trace.mark}"


def offer_by_hand(code: str, trace: Given) -> None:
    """After a refusal: a way to choose the columns, where that helps and is not done already."""
    if code in _HELPED and not st.session_state.get(_key(trace)):
        st.button(
            t("Choose the columns by hand"),
            on_click=_choose,
            args=(_key(trace),),
            icon=":material/table_edit:",
        )


def _choose(key: str) -> None:
    st.session_state[key] = True


def recipe_by_hand(trace: Given, recipe_key: str) -> Recipe | None:
    """How the columns are read, where the reader says it: chosen here, or a recipe; raises TraceError."""
    by_hand = _key(trace)
    with st.expander(t("Columns by hand"), expanded=bool(st.session_state.get(by_hand))):
        st.markdown(
            t(
                "Choose here which column is time, power, current, voltage or energy, in which unit, and "
                "which rows are added up; or give a recipe that was saved. A recipe also works as "
                "`{command}`.",
                command=verbatim("python -m data trace FILE --recipe RECIPE"),
            )
        )
        if st.toggle(t("Choose the columns here"), key=by_hand):
            recipe = mapped(_head(trace), trace.mark)
            if recipe is None:
                st.stop()
            return recipe
        given = st.file_uploader(
            t("Recipe (optional)"),
            type=["toml"],
            max_upload_size=MAX_RECIPE_MB,
            key=recipe_key,
        )
    if given is None:
        return None
    [(name, content)] = contents_of([given], MAX_RECIPE_MB)
    return recipe_of(content.decode("utf-8", "replace"), name)


def _head(trace: Given) -> tuple[HeadColumn, ...]:
    """The columns of the file with their first cells, read once."""
    known = st.session_state.get(_HEAD)
    if known is None or known[0] != trace.mark:
        with attending(t("Looking at the first lines …")) as attend:
            found = calls.head_of(trace.stream, trace.name, attend=attend)
        st.session_state[_HEAD] = known = (trace.mark, found)
    return cast("tuple[HeadColumn, ...]", known[1])


def show_preview(reading: Reading) -> None:
    """Show the result of the chosen columns: energy, duration, mean power."""
    span = reading.recording.span()
    st.success(
        t(
            "With these columns: {energy} in {duration} s, {power} on average, {samples} samples.",
            energy=energy(1000.0 * span.energy_j),
            duration=number(span.duration_s),
            power=power(span.avg_power_w),
            samples=count(span.samples),
        ),
        icon=":material/table_edit:",
    )
