"""The timelines page: choose recordings, choose a range in three ways, read its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from app import doors, state
from app.charts.base import CONFIG
from app.charts.timeline import Band, Line, timeline
from app.colours import HUES, device_colour
from app.errors import boundary
from app.formats import literal, number
from app.navigation import ROOT
from app.timeline_adjust import adjusted, reset
from app.timeline_data import Timeline, bundled, bundled_timeline, rate_words
from app.timeline_own import own_timeline
from app.timeline_save import show_save
from app.timeline_words import SCALES, clock_words, figures, sentence
from data.tracing import Summary, as_json, min_max
from data.tracing.summary import over_range

BUNDLED, OWN = "Bundled recordings", "Your own"
FIRST_SAMPLE, FIRST_INFERENCE = "First sample", "First inference"
POINTS = 2000
MAX_LINES = 4
MARGIN = 0.05


@dataclass(frozen=True)
class View:
    """What is shown.

    Recordings on a common clock, the range on it (s), units, whether the picture zooms in.
    """

    lines: tuple[Timeline, ...]
    shifts_s: tuple[float, ...]
    start_s: float
    end_s: float
    scale: str
    zoomed: bool

    @property
    def main(self) -> Timeline:
        """The recording that the figures are of."""
        return self.lines[0]

    @property
    def whole(self) -> tuple[float, float]:
        """Begin and end (s) of all recordings on the common clock."""
        ends = [
            line.recording.duration_s - shift for line, shift in zip(self.lines, self.shifts_s, strict=True)
        ]
        return -max(self.shifts_s), max(ends)

    @property
    def window(self) -> tuple[float, float]:
        """Begin and end (s) of the picture."""
        low, high = self.whole
        if not self.zoomed or self.end_s <= self.start_s:
            return low, high
        margin = MARGIN * (self.end_s - self.start_s)
        return max(low, self.start_s - margin), min(high, self.end_s + margin)

    def summary(self, at: int = 0) -> Summary:
        """Figures of one recording over the range."""
        line, shift = self.lines[at], self.shifts_s[at]
        bounds = (self.start_s + shift, self.end_s + shift)
        return over_range(line.recording, bounds, line.idle, line.phases, line.alignment, line.placed)


def show_timelines() -> None:
    """Show everything: choice, figures, picture, adjustments, tables, saving."""
    titles = dict(zip(bundled()["trace_id"], bundled()["title"], strict=True))
    state.accept_ids("trace", titles, ROOT / "pages" / "timelines.py")
    controls, strip, picture, more = (st.container() for _ in range(4))
    with controls:
        base, others = _choose(titles)
    if base is None:
        return
    with more, st.expander("Adjust the clock and the phases"):
        line = adjusted(base)
    view = _view(line, others, controls)
    with strip, boundary("figures"):
        _show_figures(view)
    with picture, boundary("picture"):
        _show_picture(view)
    with more:
        with boundary("tables"):
            _show_tables(view)
        with st.expander("Keep this as a measurement of yours"), boundary("save"):
            show_save(line, view.summary())


def _choose(titles: dict[str, str]) -> tuple[Timeline | None, list[Timeline]]:
    """Let recordings be chosen; returns the main one and those laid over it."""
    left, middle, right = st.columns([2, 3, 3], vertical_alignment="bottom")
    source = left.segmented_control(
        "Recordings", [BUNDLED, OWN], default=BUNDLED, required=True, key="source", bind="query-params"
    )
    if source == OWN:
        main = own_timeline()
    elif not titles:
        st.info("This bundle holds no recordings. Bring one of your own.")
        return None, []
    else:
        state.warn_if_unknown("trace", titles, "recording")
        chosen = middle.selectbox(
            "Recording",
            list(titles),
            format_func=titles.__getitem__,
            key="trace",
            bind="query-params",
            on_change=reset,
        )
        main = bundled_timeline(chosen)
    if main is None:
        return None, []
    with middle if source == OWN else right:
        others = st.multiselect(
            "Lay over it",
            [trace_id for trace_id in titles if trace_id != main.trace_id],
            format_func=titles.__getitem__,
            key="with",
            bind="query-params",
            max_selections=MAX_LINES - 1,
            placeholder="Other recordings",
        )
    return main, [bundled_timeline(trace_id) for trace_id in others if trace_id != main.trace_id]


def _view(line: Timeline, others: list[Timeline], controls: st.delta_generator.DeltaGenerator) -> View:
    """Let clock, range and units be chosen."""
    with controls, st.container(horizontal=True, vertical_alignment="bottom"):
        clock = st.segmented_control(
            "Time counts from",
            [FIRST_SAMPLE, FIRST_INFERENCE],
            default=FIRST_SAMPLE,
            required=True,
            key="clock",
            bind="query-params",
            on_change=_whole_range,
            help="Recordings lie over each other at this moment.",
        )
        lines = (line, *others)
        shifts = tuple(each.anchor_s if clock == FIRST_INFERENCE else 0.0 for each in lines)
        low, high = 0.0 - shifts[0], line.recording.duration_s - shifts[0]
        given = [
            st.number_input(
                label,
                value=None,
                key=key,
                bind="query-params",
                placeholder=f"{end:.4g}",
                width=170,
                format="%0.4f",
                step=max((high - low) / 100, 1e-4),
            )
            for label, key, end in (("From (s)", "from", low), ("To (s)", "to", high))
        ]
        scale = st.segmented_control(
            "Units",
            list(SCALES),
            default=next(iter(SCALES)),
            required=True,
            key="unit",
            bind="query-params",
        )
        zoomed = st.toggle("Zoom to the range", key="zoom", bind="query-params")
    start, end = (low if given[0] is None else given[0]), (high if given[1] is None else given[1])
    start, end = sorted((min(max(start, low), high), min(max(end, low), high)))
    with controls:
        _show_buttons(line, shifts[0])
    return View(lines, shifts, start, end, str(scale), bool(zoomed))


def _show_buttons(line: Timeline, shift: float) -> None:
    """One button per phase: it sets the range."""
    with st.container(horizontal=True, gap="small"):
        st.button("Everything", key="phase-all", on_click=_whole_range, icon=":material/expand:")
        for at, phase in enumerate(line.phases):
            low, high = phase.start_s - shift, phase.end_s - shift
            st.button(
                f"{phase.name.capitalize()} {number(low)} to {number(high)} s",
                key=f"phase-{at}",
                on_click=set_range,
                args=(low, high),
                help=f"Found: {phase.why}.",
            )


def set_range(start_s: float, end_s: float) -> None:
    """Set the range (s on the common clock), inwards to a tenth of a millisecond."""
    st.session_state["from"] = round(start_s, 4)
    st.session_state["to"] = round(end_s, 4)


def _whole_range() -> None:
    st.session_state["from"] = None
    st.session_state["to"] = None


def _show_figures(view: View) -> None:
    summary = view.summary()
    with st.container(horizontal=True, gap="medium"):
        for figure in figures(summary, view.scale):
            st.metric(figure.label, figure.value, help=figure.how, width="content")
    st.markdown(sentence(summary, view.main.recording.span().energy_j, view.scale))


def _show_picture(view: View) -> None:
    watts, _ = SCALES[view.scale]
    shift = view.shifts_s[0]
    low, high = view.window
    drawn = [_line(each, view, at, POINTS // len(view.lines)) for at, each in enumerate(view.lines)]
    bands = [Band(each.name, each.start_s - shift, each.end_s - shift) for each in view.main.phases]
    chosen = (view.start_s, view.end_s) if (view.start_s, view.end_s) != view.whole else None
    key = f"chart-{view.main.trace_id}"
    st.plotly_chart(
        timeline(drawn, bands, (low, high), chosen, watts, view.main.idle.power_w),
        config=CONFIG,
        key=key,
        on_select=lambda: _dragged(key),
        selection_mode="box",
        alt=f"Power over time of {view.main.name}, with its phases. The figures are above, the table below.",
    )
    st.caption(
        f"{literal(view.main.name)}: {rate_words(view.main.recording)}. {clock_words(view.main)} "
        "Drag across the picture, press a phase or type two times. Dashed: idle power. Every peak and every "
        "dip is in the picture."
    )


def _line(each: Timeline, view: View, at: int, points: int) -> Line:
    shift = view.shifts_s[at]
    low, high = view.window
    times, powers = min_max(each.recording, low + shift, high + shift, points)
    return Line(each.name, _colour(view.lines, at), times - shift, powers)


def _colour(lines: Sequence[Timeline], at: int) -> str:
    """A recording's device colour, or another one where two recordings are of one device."""
    wanted = device_colour(lines[at].device_id)
    before = [_colour(lines, earlier) for earlier in range(at)]
    if wanted not in before:
        return wanted
    return next(hue for hue in HUES if hue not in before)


def _dragged(key: str) -> None:
    boxes = st.session_state[key]["selection"]["box"]
    if boxes and len(boxes[0].get("x", ())) == 2:
        low, high = sorted(float(each) for each in boxes[0]["x"])
        set_range(low, high)


def _show_tables(view: View) -> None:
    rows = [_row(each, view.summary(at), "range") for at, each in enumerate(view.lines)]
    for phase in view.main.phases:
        shift = view.shifts_s[0]
        part = View(
            (view.main,), (shift,), phase.start_s - shift, phase.end_s - shift, view.scale, zoomed=False
        )
        rows.append(_row(view.main, part.summary(), phase.name))
    table = pd.DataFrame(rows)
    with st.expander("The same as a table: the range in every recording, and every phase"):
        st.dataframe(
            _on_screen(table),
            hide_index=True,
            placeholder="",
            alt="Figures of the range in each recording and of each phase",
        )
        st.download_button(
            "Download CSV",
            table.to_csv(index=False),
            file_name="joulelens-timeline.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="These rows, unrounded, with how each was obtained.",
        )
    _show_source(view.main)


HEADINGS: Final = {
    "part": "Part",
    "start_s": "From (s)",
    "end_s": "To (s)",
    "energy_mj": "Energy (mJ)",
    "avg_power_mw": "Mean power (mW)",
    "peak_power_mw": "Peak (mW)",
    "samples": "Samples",
    "energy_above_idle_mj": "Above idle (mJ)",
    "idle_power_mw": "Idle power (mW)",
    "inferences": "Inferences",
    "energy_per_inference_mj": "Each inference (mJ)",
    "gaps": "Gaps",
    "recording": "Recording",
}
"""Columns of the table on screen; the file holds more."""


def _on_screen(table: pd.DataFrame) -> pd.DataFrame:
    """The table with headings for people and three significant digits; empty columns left out."""
    filled = [name for name in HEADINGS if table[name].notna().any()]
    rounded = table[filled].map(lambda value: number(value) if isinstance(value, float) else value)
    return rounded.rename(columns=HEADINGS)


def _row(line: Timeline, summary: Summary, part: str) -> dict[str, object]:
    """Figures of one recording over one part, as they stand in the file."""
    values = as_json(summary, line.recording)
    wanted = (
        "start_s", "end_s", "energy_mj", "avg_power_mw", "peak_power_mw", "samples", "energy_above_idle_mj",
        "idle_power_mw", "inferences", "energy_per_inference_mj", "energy_per_inference_low_mj",
        "energy_per_inference_high_mj", "gaps", "gap_s", "clock_offset_s", "integration", "idle_method",
    )  # fmt: skip
    return (
        {"recording": line.name, "part": part}
        | {key: values.get(key) for key in wanted}
        | {"source_id": line.source_id or "yours"}
    )


def _show_source(line: Timeline) -> None:
    if not line.source_id:
        return
    source = doors.sources().set_index("source_id").loc[line.source_id]
    # Not a caption: a link in its faded text would be too faint to read.
    st.markdown(
        f"Source: [{source['source_title']}]({source['url']}), {source['authors']}. The meter saw: "
        f"{line.scope}. {source['method']}. Licence: {source['licence']}."
    )
