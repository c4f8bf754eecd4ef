"""A recording of the reader's own: recognised, units and rails confirmed, read in memory, never stored."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, cast

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.i18n.formats import count, listing, literal, number
from app.i18n.messages import tell
from app.i18n.texts import t, tn, verbatim
from app.timelines.adjust import KEYS, reset
from app.timelines.by_hand import Given, offer_by_hand, recipe_by_hand, show_preview
from app.timelines.carried import show_carried
from app.timelines.choices import asked_here, chosen_layout, show_choices
from app.timelines.data import Timeline, timeline
from app.timelines.sample import LATE_S, LOG_NAME, TRACE_NAME, sample_inferences, sample_trace
from app.ui.attend import attending
from app.ui.boundary import offer_again, show_error
from app.ui.sent_files import moved
from app.url_state import own_file
from data.errors import JouleLensError
from data.tracing import InferenceLog, Layout, Reading
from data.tracing.layout import units_of
from data.tracing.rails import meaning_of
from data.tracing.recipe import Recipe, has_columns, written
from data.workers import calls

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

KEY: Final = "source"
"""Widget key: recordings of the bundle, or the reader's own."""
BUNDLED, OWN = "bundled", "own"
MAX_MB: Final = 200
MAX_LOG_MB: Final = 20  # half a million inferences
_LAYOUT, _READ, *_, _TRACE, _LOG, _PROFILE = own_file.HELD_ON["timelines"]
_BYTES: Final = (_TRACE, _LOG, _PROFILE)
_SAMPLE: Final = "own-sample"


def own_timeline(below: DeltaGenerator) -> Timeline | None:
    """Show upload, recognition and confirmation; return the recording once it is read.

    What the file leaves open is asked here, before any figure; what is certain of it is shown `below`.
    """
    above = st.container()
    st.markdown(
        t(
            "A recording of up to {size} MB, gzipped or not: Monsoon, tegrastats, jtop, INA or Yokogawa, or "
            "any table of time and power, or time, current and voltage. It is read in memory, never stored, "
            "and gone when you clear it or close this tab. Larger files: `{command}`.",
            size=MAX_MB,
            command=verbatim("python -m data trace FILE"),
        )
    )
    trace, log, profile = _files()
    if own_file.is_choice_gone(KEY, is_here=trace is not None):
        with above:
            show_carried()
            _show_gone()
    if trace is None:
        for key in (_READ, _LAYOUT, *_BYTES):
            st.session_state.pop(key, None)
        return None
    try:
        return _read(
            below, trace, log, profile, recipe_by_hand(trace, own_file.widget_key(KEY, "own-recipe"))
        )
    except JouleLensError as problem:
        show_error(problem.code, tell(problem.message))
        offer_again(problem.code, "own-again")
        offer_by_hand(problem.code, trace)
        return None


def _show_gone() -> None:
    own_file.show_gone(
        t("This page showed **a recording of your own** that is not here (any more): no figures."),
        t(
            "Choose the file again below, with its log if there was one: range and phases are as before. Or "
            "go on with the bundled recordings."
        ),
    )
    st.button(t("Go on with the bundled recordings"), on_click=_go_on, icon=":material/arrow_forward:")


def _go_on() -> None:
    st.session_state[KEY] = BUNDLED
    reset()
    for key in KEYS:  # no field took the range out of the address yet, which was one of another recording
        st.query_params.pop(key, None)


def _files() -> tuple[Given | None, Given | None, Given | None]:
    left, right, third = st.columns(3)
    kinds = ["csv", "txt", "log", "tsv", "dat", "json", "jsonl", "gz"]
    with left:
        trace = st.file_uploader(
            t("Power over time"),
            type=kinds,
            max_upload_size=MAX_MB,
            key=own_file.widget_key(KEY, "own-trace"),
        )
    with right:
        log = st.file_uploader(
            t("Inference log (optional)"),
            type=kinds,
            max_upload_size=MAX_LOG_MB,
            key=own_file.widget_key(KEY, "own-log"),
            help=t(
                "CSV with the columns {columns}.",
                columns=verbatim("inference_index, start_us, end_us, duration_us"),
            ),
        )
    with third:
        profile = st.file_uploader(
            t("Profiler log (optional)"),
            type=["json", "txt", "log", "csv"],
            max_upload_size=MAX_LOG_MB,
            key=own_file.widget_key(KEY, "own-profile"),
            help=t(
                "How long each layer takes: the profile of ONNX Runtime, of TFLite's `{tflite}`, or of "
                "`{tensorrt}`.",
                tflite=verbatim("benchmark_model --enable_op_profiling=true"),
                tensorrt=verbatim("trtexec --exportProfile"),
            ),
        )
    if trace is not None:
        st.session_state.pop(_SAMPLE, None)
        return _given(trace, _TRACE), _given(log, _LOG), _given(profile, _PROFILE)
    with st.container(horizontal=True):
        if st.session_state.get(_SAMPLE):
            st.button(t("Clear the sample"), on_click=_sample, args=(False,), icon=":material/delete:")
        else:
            st.button(t("Try a sample"), on_click=_sample, args=(True,), icon=":material/science:")
        st.download_button(t("Sample recording"), sample_trace(), TRACE_NAME, on_click="ignore")
        st.download_button(t("Sample log"), sample_inferences(), LOG_NAME, on_click="ignore")
    if not st.session_state.get(_SAMPLE):
        return None, None, None
    st.caption(
        t(
            "This sample is made up: idle, forty inferences of 40 ms, idle; the log's clock is {late} s "
            "behind.",
            late=number(LATE_S, 2),
        )
    )
    return (
        Given(TRACE_NAME, "sample", io.BytesIO(sample_trace())),
        Given(LOG_NAME, "sample", io.BytesIO(sample_inferences())),
        None,
    )


def _sample(on: bool) -> None:
    st.session_state[_SAMPLE] = on
    reset()


def _given(file: UploadedFile | None, slot: str) -> Given | None:
    if file is None:
        st.session_state.pop(slot, None)
        return None
    return Given(file.name, file.file_id, moved(file, slot))


def _read(
    below: DeltaGenerator, trace: Given, log: Given | None, profile: Given | None, recipe: Recipe | None
) -> Timeline | None:
    found = _recognised(trace, recipe)
    mark = trace.mark if recipe is None else f"{trace.mark}-{abs(hash(recipe))}"
    chosen = chosen_layout(found, mark)
    open_questions = chosen.assumed or chosen.notes or chosen.doubts
    with st.container() if open_questions else below:
        layout, rails = _confirm(chosen, mark)
    if layout is None:
        return None
    if has_columns(layout):
        below.download_button(
            t("Save the recipe of these columns"), written(layout, rails), "recipe.toml", on_click="ignore"
        )
    marks = tuple(each.mark if each else "" for each in (log, profile))
    key = (trace.mark, marks, rails, layout.assumed, repr(layout.clock), repr(layout.rails))
    kept = st.session_state.get(_READ)
    if kept is None or kept[0] != key:
        with attending(t("Reading every sample …")) as attend:
            reading = calls.read_trace(
                trace.stream, attend=attend, name=trace.name, layout=layout, rails=rails
            )
            layers = calls.read_profile(profile.stream, profile.name, attend=attend) if profile else None
            entries = calls.read_inferences(log.stream, log.name, attend=attend) if log else None
            if entries is None and layers is not None:
                entries = layers.log
            line = timeline(
                trace.name,
                reading.recording,
                entries,
                trace_id=f"own-{trace.mark}",
                how=lambda: _how(reading),
                profile=layers,
            )
        if kept is not None and not _only_a_log_more(kept[0], key):
            reset()
        st.session_state[_READ] = kept = (key, line, reading, entries)
    if recipe is not None:
        show_preview(kept[2])
    show_choices(kept[2].doubts, layout, mark)
    _show_problems(kept[2], kept[3])
    return kept[1]


def _only_a_log_more(before: tuple[object, ...], now: tuple[object, ...]) -> bool:
    """Whether a reading differs from the one before by a log where there was none, so ranges stay."""
    return not any(cast("tuple[str, ...]", before[1])) and (before[0], *before[2:]) == (now[0], *now[2:])


def _recognised(trace: Given, recipe: Recipe | None) -> Layout:
    """The layout of the file, found once."""
    known = st.session_state.get(_LAYOUT)
    if known is None or known[0] != (trace.mark, recipe):
        with attending(t("Looking at the first lines …")) as attend:
            found = calls.open_trace(trace.stream, trace.name, attend=attend, recipe=recipe)
        st.session_state[_LAYOUT] = known = ((trace.mark, recipe), found)
    return known[1]


def _how(reading: Reading) -> str:
    return t(
        "{format}, {rails}; {clock}.",
        format=tell(reading.layout.title),
        rails=" + ".join(reading.rails),
        clock=tell(reading.clock_note),
    )


def _confirm(layout: Layout, mark: str) -> tuple[Layout | None, tuple[str, ...]]:
    """Let rails and assumed units be confirmed; None until they are."""
    with st.container(border=True):
        st.markdown(t("Recognised as **{format}**.", format=literal(tell(layout.title))))
        for note in layout.notes:
            st.warning(literal(tell(note)), icon=":material/warning:")
        rails = st.pills(
            t("Rails that are added up"),
            list(layout.names),
            selection_mode="multi",
            default=list(layout.whole),
            key=f"own-rails-{mark}",
            format_func=_rail_words,
        )
        _show_glossary(layout)
        units = _ask_units(layout, mark)
        if not rails:
            st.info(t("Choose at least one rail."))
            return None, ()
        confirmed = layout.with_units(units)
        said = literal(listing(confirmed_words(confirmed, layout)))
        question = t("The file does not name every unit. These are right: {units}.", units=said)
        if said and not st.checkbox(question, key=f"own-units-{mark}"):
            return None, ()
    return confirmed, tuple(name for name in layout.names if name in rails)


def confirmed_words(confirmed: Layout, layout: Layout) -> list[str]:
    """Return the units that are asked for, as they are now set: "power in mW"."""
    now = {each.heading: each.unit for rail in confirmed.rails for each in rail.channels}
    left = asked_here(layout)
    asked = [
        each
        for rail in layout.rails
        for each in rail.channels
        if not each.stated and each.heading not in left
    ]
    words = [t("“{column}” in {unit}", column=each.heading, unit=tell(now[each.heading])) for each in asked]
    if not layout.clock.stated and layout.clock.heading not in left:
        words.append(
            t("time in {unit}", unit=tell(confirmed.clock.unit))
            if layout.clock.kind == "number"
            else t("one line per second")
        )
    return list(dict.fromkeys(words))


def _ask_units(layout: Layout, mark: str) -> dict[str, str]:
    """One choice per column whose unit had to be assumed."""
    left = asked_here(layout)
    asked = {
        each.heading: (each.quantity, each.unit)
        for rail in layout.rails
        for each in rail.channels
        if not each.stated and each.heading not in left
    }
    if not layout.clock.stated and layout.clock.kind == "number" and layout.clock.heading not in left:
        asked[layout.clock.heading] = ("time", layout.clock.unit)
    if not asked:
        return {}
    columns = st.columns(max(2, min(4, len(asked))))
    chosen = {}
    for at, (heading, (quantity, unit)) in enumerate(asked.items()):
        options = list(units_of(quantity))
        chosen[heading] = columns[at % len(columns)].selectbox(
            t("Unit of “{column}”", column=literal(heading)),
            options,
            index=options.index(unit),
            key=f"own-unit-{mark}-{heading}",
        )
    return chosen


def _rail_words(name: str) -> str:
    meaning = tell(meaning_of(name).title)
    return f"{name}: {meaning}" if meaning else name


def _show_glossary(layout: Layout) -> None:
    with st.popover(t("What the rails are"), icon=":material/menu_book:"):
        st.dataframe(
            pd.DataFrame(
                {
                    t("Rail"): name,
                    t("What it is"): tell(meaning_of(name).title) or t("not known here"),
                    t("In it"): tell(meaning_of(name).meaning),
                    t("Says"): meaning_of(name).source,
                }
                for name in layout.names
            ),
            hide_index=True,
            alt=t("The rails of this file in plain words"),
        )
        if len(layout.whole) > 1:
            st.caption(t("Together they make the whole module: {rails}.", rails=" + ".join(layout.whole)))


def _show_problems(reading: Reading, log: InferenceLog | None) -> None:
    for note in reading.notes:
        st.warning(literal(tell(note)), icon=":material/warning:")
    found = [*reading.problems, *(log.problems if log else ())]
    if not found:
        st.caption(
            tn(
                "{n} sample read, no line left out.",
                "{n} samples read, no line left out.",
                reading.recording.samples,
            )
        )
        return
    with st.expander(
        t(
            "{samples} samples read; {kinds}, {lines}",
            samples=count(reading.recording.samples),
            kinds=tn("{n} kind of problem", "{n} kinds of problems", len(found)),
            lines=tn("{n} line left out", "{n} lines left out", reading.skipped_lines),
        )
    ):
        st.dataframe(
            pd.DataFrame(
                {
                    t("Line"): each.line,
                    t("Lines in all"): each.count,
                    t("What"): tell(each.message),
                    t("Code"): each.code,
                }
                for each in found
            ),
            hide_index=True,
            alt=t("What was wrong with the file, by line"),
            column_config={t("What"): st.column_config.TextColumn(width="large")},
        )
