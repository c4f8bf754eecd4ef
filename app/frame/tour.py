"""The tour: four steps over four pages, for workshops and first visits. The step is in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from app.frame.navigation import PAGES, Entry
from app.i18n.texts import mark, t

PARAMETER: Final = "tour"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the page it is on (its slug) and what to look at and try there."""

    slug: str
    words: str

    @property
    def entry(self) -> Entry:
        """The page of the step."""
        return next(entry for entry in PAGES if entry.slug == self.slug)


STEPS: Final = (
    Step(
        "devices",
        mark(
            "Every phone and board that was measured, best first. PCS: how far below its power limit a phone "
            "stays while it runs AI. IECS: how much AI it does per unit of energy. Try it: choose another "
            "device, and see below which networks it was measured with."
        ),
    ),
    Step(
        "estimate",
        mark(
            "What would a network cost on a device you don't own? A sample is loaded; drop an ONNX file of "
            "your own in its place. Read the energy together with its interval, then look at the kernels: a "
            "few of them take most of it. Try it: change the device."
        ),
    ),
    Step(
        "compare",
        mark(
            "Two to six devices or models side by side. The verdict comes first: uses less, uses more, or "
            "cannot be told apart. Try it: add a device, and read under what conditions each was measured."
        ),
    ),
    Step(
        "timelines",
        mark(
            "A recorded power trace. Try it: drag over the picture, or press the button of a phase; the "
            "strip of figures gives energy, mean and peak power of just that part, and the energy of one "
            "inference."
        ),
    ),
)


def show_tour_button() -> None:
    """Show the way into the tour, unless it is under way."""
    if PARAMETER in st.query_params:
        return
    # No link: on the first page it would lead to itself, and be drawn as the page that is open.
    if st.button(t("Take the tour"), key="take-tour", icon=":material/tour:", type="tertiary"):
        st.switch_page(STEPS[0].entry.file, query_params=_query(1))


def show_tour(slug: str) -> None:
    """Show the step of the page that is open (its slug), if the address names a step.

    Not the address's own number: the browser's way back may leave that of the page one came from.
    """
    under_way = step_number(str(st.query_params.get(PARAMETER, ""))) is not None
    step = next((number for number, each in enumerate(STEPS, start=1) if each.slug == slug), None)
    if not under_way or step is None:
        return
    with st.container(border=True):
        st.markdown(
            t(
                "**Tour, step {step} of {steps}.** {words}",
                step=step,
                steps=len(STEPS),
                words=t(STEPS[step - 1].words),
            )
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            _show_ways(step)


def _show_ways(step: int) -> None:
    if step > 1:
        back = STEPS[step - 2].entry
        label = t("Back: {page}", page=t(back.title))
        st.page_link(back.file, label=label, icon=":material/arrow_back:", query_params=_query(step - 1))
    if step < len(STEPS):
        following = STEPS[step].entry
        label = t("Next: {page}", page=t(following.title))
        st.page_link(
            following.file, label=label, icon=":material/arrow_forward:", query_params=_query(step + 1)
        )
    st.button(t("End the tour"), key="end-tour", type="tertiary", on_click=_end)


def _query(step: int) -> dict[str, str]:
    return {PARAMETER: str(step)}


def _end() -> None:
    del st.query_params[PARAMETER]


def step_number(written: str) -> int | None:
    """Return the number of a step as an address writes it; None for anything else."""
    return int(written) if written in {str(number) for number in range(1, len(STEPS) + 1)} else None
