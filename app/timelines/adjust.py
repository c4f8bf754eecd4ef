"""Set the clock offset and the phases by hand; what is set stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from app.i18n.formats import listing, literal, number, with_signs
from app.i18n.messages import tell
from app.i18n.texts import t
from app.timelines.data import MAX_PHASES, Timeline, phase_title, phases_from, phases_text
from app.url_state.widgets import name_unknown
from data.tracing import Phase
from data.tracing.phases import IDLE, INFERENCE, OTHER, WARM_UP

ROUNDING_S: Final = 1e-4
"""Times are written to so much, and phases set by hand may end a thousandth of the recording after it."""
SHARE: Final = 0.001  # of the range: what rounding in an address may move an end by


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
            code="TIME_OUTSIDE",
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


NAMES = (IDLE, WARM_UP, INFERENCE, OTHER)
KEYS = ("from", "to", "offset")
PHASES = "phases"
NETWORK = "network"
"""Widget key: the network that ran. Another recording resets it, since it has another network."""
LONGEST_PHASE = 40
"""Signs of one phase in the address: a name and two times of six digits, with what separates them."""


def reset() -> None:
    """Forget range, offset, phases and the network that ran: another recording is shown."""
    for key in KEYS:
        st.session_state[key] = None
    # Not to None: a selection that is gone begins with what is usual for the recording.
    st.session_state.pop(NETWORK, None)
    for key in (NETWORK, PHASES):
        st.query_params.pop(key, None)


def adjusted(line: Timeline) -> Timeline:
    """Show the fields and return the recording with what they hold."""
    shifted = _offset(line)
    known = phases_from(asked_phases(), NAMES, line.recording.duration_s)
    shown = shifted.with_phases(known)
    _edit(shown)
    return shown


def asked_phases() -> str:
    """Return the phases of the address as they stand there, as many as a recording may have."""
    return str(st.query_params.get(PHASES, ""))[: MAX_PHASES * LONGEST_PHASE]


def _offset(line: Timeline) -> Timeline:
    if line.alignment is None:
        st.caption(t("This recording has no log of inferences, so there is one clock only."))
        return line
    found = line.alignment
    offset = st.number_input(
        t("Offset of the inference clock (s)"),
        value=None,
        key="offset",
        bind="query-params",
        placeholder=with_signs(f"{found.offset_s:.4f}"),
        format="%0.4f",
        step=0.001,
        width=260,
        help=t("Added to the times of the inference log. Empty: the offset that was found."),
    )
    st.caption(t("Found: {offset} s, {how}.", offset=number(found.offset_s), how=literal(tell(found.note))))
    return line if offset is None else line.with_offset(float(offset))


def _edit(line: Timeline) -> None:
    table = pd.DataFrame(
        {
            "name": [each.name for each in line.phases],
            "start_s": [each.start_s for each in line.phases],
            "end_s": [each.end_s for each in line.phases],
            "why": [tell(each.why) for each in line.phases],
        }
    )
    column = st.column_config
    edited = st.data_editor(
        table,
        key=f"phase-table-{hash(phases_text(line.phases))}",
        hide_index=True,
        num_rows="dynamic",
        disabled=["why"],
        column_config={
            "name": column.SelectboxColumn(
                t("Phase"),
                options=list(NAMES),
                required=True,
                format_func=lambda name: phase_title(str(name)),
            ),
            "start_s": column.NumberColumn(
                t("Begins (s from the first sample)"), format="%.4f", min_value=0.0
            ),
            "end_s": column.NumberColumn(t("Ends (s)"), format="%.4f", min_value=0.0),
            "why": t("How it was found"),
        },
    )
    with st.container(horizontal=True):
        if st.button(t("Use these phases"), disabled=edited.equals(table)):
            use(edited, line)
        if st.button(t("Back to those that were found"), disabled=PHASES not in st.query_params):
            st.query_params.pop(PHASES, None)
            st.rerun()


def use(edited: pd.DataFrame, line: Timeline) -> None:
    """Put the phases of the table into the address, or say what is wrong with them."""
    rows = edited.dropna(subset=["name", "start_s", "end_s"]).head(MAX_PHASES)
    text = phases_text(
        [
            Phase(str(r.name_), float(r.start_s), float(r.end_s), "")
            for r in rows.rename(columns={"name": "name_"}).itertuples()
        ]
    )
    if len(phases_from(text, NAMES, line.recording.duration_s)) != len(rows) or not len(rows):
        st.warning(
            t(
                "Each phase has to begin before it ends, within the recording. Mend the table and try "
                "again.  \nCode: `{code}`",
                code="PHASE_OUTSIDE",
            ),
            icon=":material/warning:",
        )
        return
    st.query_params[PHASES] = text
    st.rerun()
