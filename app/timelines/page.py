"""The timelines page: choose recordings, choose a range in three ways, read its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.timeline import Band, Line, timeline
from app.i18n.formats import capital, literal, number, with_signs
from app.i18n.messages import tell
from app.i18n.texts import mark, t
from app.memo import kept_under
from app.timelines.adjust import adjusted, asked_phases, asked_range, reset, strange_phases
from app.timelines.carried import carry_recording
from app.timelines.data import Timeline, bundled, bundled_timeline, by_meter, phase_title
from app.timelines.layers import show_layers
from app.timelines.lens import show_lens
from app.timelines.own import BUNDLED, KEY, OWN, own_timeline
from app.timelines.save import show_save
from app.timelines.source import show_source
from app.timelines.words import SCALE_TITLES, SCALES, figures, sentence
from app.ui.boundary import boundary
from app.ui.colours import HUES, device_colour
from app.ui.lazy_section import folded
from app.ui.print_view import picture_width, show_data
from app.ui.shared import offer_table
from app.ui.tables import offer_csv
from app.ui.target_names import meter_name
from app.url_state import own_file, widgets
from data.inert_csv import frame_csv
from data.tracing import Summary, as_json, min_max

RECORDINGS: Final = {BUNDLED: mark("Bundled recordings"), OWN: mark("Your own")}
FIRST_SAMPLE, FIRST_INFERENCE = "first-sample", "first-inference"
CLOCKS: Final = {FIRST_SAMPLE: mark("First sample"), FIRST_INFERENCE: mark("First inference")}
POINTS = 2000  # twice the pixels of a picture, so every peak is drawn
MAX_LINES = 4  # recordings at once; more curves hide each other
MARGIN = 0.05  # of the range, shown on both sides of it
RANGE: Final = "range"
"""Where a phase's name stands in the table for the chosen range."""


@dataclass(frozen=True)
class View:
    """The recordings and the range that the page shows.

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
    def main_span(self) -> tuple[float, float]:
        """Begin and end (s) of the main recording on the common clock."""
        return -self.shifts_s[0], self.main.recording.duration_s - self.shifts_s[0]

    @property
    def whole(self) -> tuple[float, float]:
        """Begin and end (s) of all recordings on the common clock."""
        ends = [
            line.recording.duration_s - shift for line, shift in zip(self.lines, self.shifts_s, strict=True)
        ]
        return -max(self.shifts_s), max(ends)

    @property
    def chosen(self) -> tuple[float, float] | None:
        """Begin and end (s) of the chosen range; None for all."""
        return None if (self.start_s, self.end_s) == self.whole else (self.start_s, self.end_s)

    @property
    def window(self) -> tuple[float, float]:
        """Begin and end (s) of the picture."""
        low, high = self.whole
        if not self.zoomed or self.end_s <= self.start_s:
            return low, high
        margin = MARGIN * (self.end_s - self.start_s)
        return max(low, self.start_s - margin), min(high, self.end_s + margin)

    @cached_property
    def main_summary(self) -> Summary:
        """Figures of the main recording over the range: several parts of the page tell of them."""
        return self.summary(0)

    def summary(self, at: int) -> Summary:
        """Figures of one recording over the range."""
        line, shift = self.lines[at], self.shifts_s[at]
        return line.summary((self.start_s + shift, self.end_s + shift))


def show_timelines() -> None:
    """Show everything: which recording, figures and curve, then what changes them, an inference, tables."""
    titles = dict(zip(bundled()["trace_id"], bundled()["title"], strict=True))
    # The curve stands before what changes its range, and its figures before the curve.
    choice, strip, picture, controls, more = (st.container() for _ in range(5))
    with choice:
        base = _choose(titles, controls)
    if base is None:
        return
    with choice:
        strange_phases(base)
    with controls:
        others = _overlaid(base, titles)
    with more, st.expander(t("Adjust the clock and the phases")):
        line = adjusted(base)
    view = _view(line, others, controls)
    with strip, boundary("figures"):
        _show_figures(view)
    with picture, boundary("picture"):
        _show_picture(view)
    with more:
        network = None
        with boundary("lens"):
            network = show_lens(line, view.main_summary, view.scale)
        with boundary("layers"):
            show_layers(line, view.main_summary, network)
        with boundary("tables"):
            _show_tables(view)
        title = t("Keep this as a measurement of yours")
        folded(title, "save", lambda: show_save(line, view.main_summary), is_form=True)


def _choose(titles: dict[str, str], below: st.delta_generator.DeltaGenerator) -> Timeline | None:
    """Let a recording be chosen; what is certain of one's own stands `below` the curve."""
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        own_file.look_up_choice(KEY, OWN)
        source = widgets.segmented_control(t("Recordings"), _in_words(RECORDINGS), KEY, on_change=reset)
    if source == OWN:
        return own_timeline(below)
    own_file.give_up(KEY)
    if not titles:
        st.info(t("This bundle holds no recordings. Bring one of your own."))
        return None
    with right:
        chosen = widgets.selectbox(t("Recording"), titles, "trace", on_change=reset)
    return bundled_timeline(chosen)


def _overlaid(main: Timeline, titles: dict[str, str]) -> list[Timeline]:
    """Let recordings be laid over the main one."""
    others = widgets.multiselect(
        t("Overlay"),
        {trace_id: title for trace_id, title in titles.items() if trace_id != main.trace_id},
        "with",
        max_selections=MAX_LINES - 1,
        placeholder=t("Other recordings"),
    )
    return [bundled_timeline(trace_id) for trace_id in others if trace_id != main.trace_id]


def _view(line: Timeline, others: list[Timeline], controls: st.delta_generator.DeltaGenerator) -> View:
    """Let clock, range and units be chosen."""
    with controls, st.container(horizontal=True, vertical_alignment="bottom"):
        clock = widgets.segmented_control(
            t("Time counts from"),
            _in_words(CLOCKS),
            "clock",
            on_change=_whole_range,
            help=t("Recordings lie over each other at this moment."),
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
                placeholder=with_signs(f"{end:.4g}"),
                width=170,
                format="%0.4f",
                step=max((high - low) / 100, 1e-4),
            )
            for label, key, end in ((t("From (s)"), "from", low), (t("To (s)"), "to", high))
        ]
        scale = widgets.segmented_control(t("Units"), _in_words(SCALE_TITLES), "unit")
        zoomed = st.toggle(t("Zoom to the range"), key="zoom", bind="query-params")
    with controls:
        start, end = asked_range(given, low, high)
        _show_buttons(line, shifts[0])
    return View(lines, shifts, start, end, scale, bool(zoomed))


def _show_buttons(line: Timeline, shift: float) -> None:
    """One button per phase: it sets the range."""
    with st.container(horizontal=True, gap="small"):
        st.button(t("Everything"), key="phase-all", on_click=_whole_range, icon=":material/expand:")
        for at, phase in enumerate(line.phases):
            low, high = phase.start_s - shift, phase.end_s - shift
            st.button(
                t(
                    "{phase} {low} to {high} s",
                    phase=phase_title(phase.name),
                    low=number(low),
                    high=number(high),
                ),
                key=f"phase-{at}",
                on_click=set_range,
                args=(low, high),
                help=t("Found: {how}.", how=literal(tell(phase.why))),
            )


def set_range(start_s: float, end_s: float) -> None:
    """Set the range (s on the common clock), inwards to a tenth of a millisecond."""
    st.session_state["from"] = round(start_s, 4)
    st.session_state["to"] = round(end_s, 4)


def _whole_range() -> None:
    st.session_state["from"] = None
    st.session_state["to"] = None


def _show_figures(view: View) -> None:
    summary = view.main_summary
    if st.session_state.get(KEY) == OWN:
        carry_recording(summary)
    with st.container(horizontal=True, gap="medium"):
        for figure in figures(summary, view.scale):
            st.metric(figure.label, figure.value, help=figure.how, width="content")
    st.markdown(sentence(summary, view.main.recording.span().energy_j, view.scale))
    for warning in summary.warnings:
        st.caption(f":material/warning: {literal(tell(warning))}")
    offer_table(_on_screen(pd.DataFrame([_row(view.main, summary, RANGE)])))


def _picture(view: View, bands: Sequence[Band], places: Sequence[int], idle_w: float | None) -> Any:
    watts, _ = SCALES[view.scale]
    drawn = [_line(view.lines[at], view, at, POINTS // len(view.lines)) for at in places]
    return timeline(drawn, bands, view.window, view.chosen, watts, idle_w)


def _bands(view: View) -> tuple[Band, ...]:
    shift = view.shifts_s[0]
    return tuple(Band(each.name, each.start_s - shift, each.end_s - shift) for each in view.main.phases)


def _show_picture(view: View) -> None:
    parts = by_meter(view.lines)
    for number_of_part, places in enumerate(parts):
        if len(parts) > 1:
            scope = view.lines[places[0]].scope
            meter = capital(meter_name(scope)) if scope else t("meter not stated")
            st.markdown(f"**{meter}**")
        _show_part(view, places, is_main=number_of_part == 0)
    st.caption(
        t(
            "Drag across the picture, press a phase or type two times. Dashed: idle power. Every peak and "
            "every dip is in the picture."
        )
    )


def _show_part(view: View, places: Sequence[int], *, is_main: bool) -> None:
    """Show the recordings of one meter; phases and idle power are those of the main recording."""
    bands = _bands(view) if is_main else ()
    # The idle power goes with the clock, also where the phases are the reader's and stay.
    idle_w = view.main.idle.power_w if is_main else None
    lines = [view.lines[at] for at in places]
    key = f"chart-{lines[0].trace_id}"
    # Phases that a reader named and set by hand are their own, and so is the picture of them.
    if all(each.source_id for each in lines) and not asked_phases():
        traces = tuple(each.trace_id for each in lines)
        drawn_of = traces, view.shifts_s, view.window, view.chosen, view.scale, bands, idle_w
        figure = kept_under(drawn_of, _picture, view, bands, places, idle_w)
    else:
        figure = _picture(view, bands, places, idle_w)
    st.plotly_chart(
        figure,
        config=CONFIG,
        width=picture_width(),
        key=key,
        on_select=lambda: _dragged(key, view.main_span),
        selection_mode="box",
        alt=t(
            "Power over time of {recording}, with its phases. The figures are above, the table below.",
            recording=lines[0].name,
        ),
    )


def _line(each: Timeline, view: View, at: int, points: int) -> Line:
    shift = view.shifts_s[at]
    low, high = view.window
    times, powers = min_max(each.recording, low + shift, high + shift, points)
    return Line(each.name, _colour(view.lines, at), times - shift, powers, each.scope)


def _colour(lines: Sequence[Timeline], at: int) -> str:
    """A recording's device colour, or another one where two recordings are of one device."""
    wanted = device_colour(lines[at].device_id)
    before = [_colour(lines, earlier) for earlier in range(at)]
    if wanted not in before:
        return wanted
    return next(hue for hue in HUES if hue not in before)


def _dragged(key: str, span: tuple[float, float]) -> None:
    """Set the range to what was dragged over; a drag past an end of the recording (s) means that end."""
    boxes = st.session_state[key]["selection"]["box"]
    if boxes and len(boxes[0].get("x", ())) == 2:
        low, high = sorted(min(max(float(each), span[0]), span[1]) for each in boxes[0]["x"])
        set_range(low, high)


def _show_tables(view: View) -> None:
    title = t("The same as a table: the range in every recording, and every phase")
    folded(title, "tables", lambda: _table(view))
    show_source(view.main)


def _table(view: View) -> None:
    rows = [_row(each, view.summary(at), RANGE) for at, each in enumerate(view.lines)]
    for phase in view.main.phases:
        shift = view.shifts_s[0]
        part = View(
            (view.main,), (shift,), phase.start_s - shift, phase.end_s - shift, view.scale, zoomed=False
        )
        rows.append(_row(view.main, part.main_summary, phase.name))
    table = pd.DataFrame(rows)
    alt = t("Figures of the range in each recording and of each phase")
    show_data(_on_screen(table), alt, placeholder="")
    offer_csv(
        t("Download CSV"),
        lambda: frame_csv(table),
        "joulelens-timeline.csv",
        help=t("These rows, unrounded, with how each was obtained."),
    )


HEADINGS: Final = {
    "part": mark("Part"),
    "start_s": mark("From (s)"),
    "end_s": mark("To (s)"),
    "energy_mj": mark("Energy (mJ)"),
    "avg_power_mw": mark("Mean power (mW)"),
    "peak_power_mw": mark("Peak (mW)"),
    "samples": mark("Samples"),
    "energy_above_idle_mj": mark("Above idle (mJ)"),
    "idle_power_mw": mark("Idle power (mW)"),
    "inferences": mark("Inferences"),
    "energy_per_inference_mj": mark("Each inference (mJ)"),
    "gaps": mark("Gaps"),
    "recording": mark("Recording"),
}
"""Columns of the table on screen; the file holds more."""


def _on_screen(table: pd.DataFrame) -> pd.DataFrame:
    """The table with headings and numbers for people; columns that tell nothing left out."""
    filled = [name for name in HEADINGS if table[name].notna().any()]
    if table["recording"].nunique() == 1:
        filled.remove("recording")
    shown = table[filled].assign(
        part=[t("Range") if name == RANGE else phase_title(name) for name in table["part"]]
    )
    return shown.rename(columns=_in_words(HEADINGS))


def _in_words(titles: dict[str, str]) -> dict[str, str]:
    return {key: t(title) for key, title in titles.items()}


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
