"""The range that a field or the address asks for: what of it the recording does not have is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from app.i18n.formats import listing, with_signs
from app.i18n.texts import t
from app.timelines.adjust import NAMES, PHASES, asked_phases
from app.timelines.data import MAX_PHASES, Timeline, phases_from, phases_text
from app.url_state.widgets import name_unknown
from data.tracing import Phase

ROUNDING_S: Final = 1e-4
"""Times are written to so much, and phases set by hand may end a thousandth of the recording after it."""
SHARE: Final = 0.001


def asked_range(given: Sequence[float | None], low_s: float, high_s: float) -> tuple[float, float]:
    """Return begin and end (s), in order, of a range from two fields; the recording is `low_s` to `high_s`.

    A time outside of it is named and counts as not given: cut off at an end it would make a range of nothing.
    """
    slack = ROUNDING_S + SHARE * (high_s - low_s)
    outside = [each for each in given if each is not None and not low_s - slack <= each <= high_s + slack]
    if outside:
        _say_outside(outside, low_s, high_s)
    begin, end = (None if each in outside else each for each in given)
    times = (low_s if begin is None else begin, high_s if end is None else end)
    start, stop = sorted(min(max(each, low_s), high_s) for each in times)
    return start, stop


def _say_outside(times_s: Sequence[float], low_s: float, high_s: float) -> None:
    named = [with_signs(f"{each:.6g}") for each in times_s]
    st.warning(
        t(
            "The range asks for {times} s, which this recording does not have: it goes from {low} to {high} "
            "s. The page shows the range without it: enter another time, or empty the field.  \n"
            "Code: `{code}`",
            times=listing(named),
            low=with_signs(f"{low_s:.4g}"),
            high=with_signs(f"{high_s:.4g}"),
            code="time-outside",
        ),
        icon=":material/link_off:",
    )


def strange_phases(line: Timeline) -> None:
    """Name the phases of the address that make no sense for a recording, and take them out of it."""
    asked = [part for part in asked_phases().split(",") if part]
    strange = [part for part in asked if not _phases(part, line)]
    if strange:
        name_unknown([*strange, *asked[MAX_PHASES:]], t("phase"))
        kept = _phases(",".join(asked), line)
        st.query_params.pop(PHASES, None)
        if kept:
            st.query_params[PHASES] = phases_text(kept)


def _phases(text: str, line: Timeline) -> list[Phase]:
    return phases_from(text, NAMES, line.recording.duration_s)
