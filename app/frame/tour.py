"""The tour: four steps over four pages, each pointing at something. The step is in the address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import streamlit as st

from app.frame.navigation import PAGES, Entry
from app.frame.share import BROWSER
from app.i18n.texts import mark, t, verbatim

PARAMETER: Final = "tour"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the page it is on (its slug), what to try there, and where that is (a selector)."""

    slug: str
    words: str
    target: str

    @property
    def entry(self) -> Entry:
        """The page of the step."""
        return next(entry for entry in PAGES if entry.slug == self.slug)


PICTURE, FIGURE = verbatim('[data-testid="stPlotlyChart"]'), verbatim('[data-testid="stMetric"]')
"""What a step may point at: the first picture of a page, or its first figure."""
STEPS: Final = (
    Step(
        "devices",
        mark("Devices that were measured, best first. **Try it:** choose another one."),
        PICTURE,
    ),
    Step(
        "estimate",
        mark(
            "What one run of a network costs, and how sure that is. **Try it:** change the device, or drop a "
            "model file of your own."
        ),
        FIGURE,
    ),
    Step(
        "compare",
        mark("The verdict comes first: less, more, or cannot be told apart. **Try it:** add a device."),
        PICTURE,
    ),
    Step(
        "timelines",
        mark("A recorded run. **Try it:** drag over the curve to read energy and power of that part."),
        PICTURE,
    ),
)


def show_tour_button() -> None:
    """Show the way into the tour, unless it is under way."""
    if PARAMETER in st.query_params:
        return
    # No link: on the first page it would lead to itself, and be drawn as the page that is open.
    if st.button(t("Tour"), key="take-tour", icon=":material/tour:", type="tertiary"):
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
    _pointer()(data={"target": STEPS[step - 1].target, "step": str(step)}, key="tour-pointer", height=0)


def _show_ways(step: int) -> None:
    if step > 1:
        back = STEPS[step - 2].entry
        label = t("Back: {page}", page=t(back.title))
        st.page_link(back.place, label=label, icon=":material/arrow_back:", query_params=_query(step - 1))
    if step < len(STEPS):
        following = STEPS[step].entry
        label = t("Next: {page}", page=t(following.title))
        st.page_link(
            following.place, label=label, icon=":material/arrow_forward:", query_params=_query(step + 1)
        )
    st.button(t("End the tour"), key="end-tour", type="tertiary", on_click=_end)


@lru_cache(maxsize=1)
def _pointer() -> Any:
    script = (BROWSER / "pointer.js").read_text(encoding="utf-8")
    return st.components.v2.component("tour_pointer", js=script)


def _query(step: int) -> dict[str, str]:
    return {PARAMETER: str(step)}


def _end() -> None:
    del st.query_params[PARAMETER]


def step_number(written: str) -> int | None:
    """Return the number of a step as an address writes it; None for anything else."""
    return int(written) if written in {str(number) for number in range(1, len(STEPS) + 1)} else None
