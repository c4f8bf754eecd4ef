"""Recordings as the timelines page shows them: from the bundle or the reader's own, with clock and phases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from app import bundle_cache
from app.i18n.formats import count, with_signs
from app.i18n.messages import tell
from app.i18n.texts import in_language, language, mark, t, tn, verbatim
from app.memo import keeping
from data import queries
from data.tracing import Alignment, InferenceLog, Phase, Recording, log_of
from data.tracing.alignment import align, given, on_recording, placed_by
from data.tracing.idle import Idle
from data.tracing.phases import IDLE, INFERENCE, OTHER, WARM_UP, find_phases, idle_level
from data.tracing.profiles import Profile
from data.tracing.summary import Summary, over_range

MAX_PHASES = 24  # more would make an address that programs cut
FIRST: Final = verbatim("MobileNetV2")
"""The network whose recording the page opens with: known to most, and its inferences were logged."""
PHASE_TITLES: Final = {
    IDLE: mark("Idle"),
    WARM_UP: mark("Warm-up"),
    INFERENCE: mark("Inference"),
    OTHER: mark("Other load"),
}
"""Phase -> its name where it stands alone, in English."""


@dataclass(frozen=True)
class Timeline:
    """One recording on the page: its name, device, power, inference log, clock offset, phases, provenance.

    `log` is on its own clock; `placed` is the same on the recording's. `how` returns where the sample times
    come from, in the language of the moment; `scope` is what the meter saw; `network` the published name of
    what ran, where that is known.
    """

    trace_id: str
    name: str
    device_id: str
    recording: Recording
    log: InferenceLog | None
    alignment: Alignment | None
    idle: Idle
    phases: tuple[Phase, ...]
    how: Callable[[], str]
    scope: str
    source_id: str = ""
    profile: Profile | None = None
    network: str = ""

    @property
    def placed(self) -> InferenceLog | None:
        """The inferences in seconds from the first sample."""
        if self.log is None or self.alignment is None:
            return None
        return placed_by(self.recording, self.log, self.alignment)

    @property
    def anchor_s(self) -> float:
        """When inferences begin (s from the first sample), warm-up included; 0 where no phase says."""
        return next((phase.start_s for phase in self.phases if phase.name in (WARM_UP, INFERENCE)), 0.0)

    def summary(self, bounds: tuple[float | None, float | None] = (None, None)) -> Summary:
        """Figures between two times (s from the first sample), by default of everything."""
        return over_range(self.recording, bounds, self.idle, self.phases, self.alignment, self.placed)

    def with_offset(self, offset_s: float) -> Timeline:
        """The same with another clock offset (s), and with the phases that follow from it."""
        if self.log is None or self.alignment is None or offset_s == self.alignment.offset_s:
            return self
        placed = on_recording(self.recording, self.log, offset_s)
        idle, phases = idle_level(self.recording, placed), find_phases(self.recording, placed)
        return replace(self, alignment=given(offset_s), idle=idle, phases=phases)

    def with_phases(self, phases: Sequence[Phase]) -> Timeline:
        """The same with phases that the reader set."""
        return replace(self, phases=tuple(phases)) if phases else self


def timeline(
    name: str, recording: Recording, log: InferenceLog | None, *, trace_id: str = "own", device_id: str = "",
    how: Callable[[], str] = str, scope: str = "", source_id: str = "", profile: Profile | None = None,
    network: str = "",
) -> Timeline:  # fmt: skip
    """Put a recording on the page: clocks aligned, idle power and phases found."""
    alignment = align(recording, log) if log is not None else None
    placed = placed_by(recording, log, alignment) if log is not None and alignment else None
    idle, phases = idle_level(recording, placed), find_phases(recording, placed)
    return Timeline(
        trace_id,
        name,
        device_id,
        recording,
        log,
        alignment,
        idle,
        phases,
        how,
        scope,
        source_id,
        profile,
        network,
    )


@keeping
def bundled() -> pd.DataFrame:
    """Return the recordings of the bundle with a `title` for lists, a network that everybody knows first."""
    traces = queries.traces(bundle_cache.bundle())
    devices = bundle_cache.devices().set_index("device_id")["name"]
    names = traces["device_id"].map(devices).fillna(traces["device_id"])
    titles = names + ": " + traces["model"] + ", " + traces["conditions"].map(tell)
    named = traces.assign(title=titles, device=names, first=traces["model"] == FIRST)
    return named.sort_values(["first", "sample_rate_hz", "samples"], ascending=False, ignore_index=True)


def bundled_timeline(trace_id: str) -> Timeline:
    """Return one recording of the bundle, its clocks aligned."""
    with st.spinner(t("Reading the recording …")):
        return _bundled_timeline(trace_id, language())


def first_run_mj() -> float | None:
    """Return the energy of a run (mJ) of the recording that the page starts with; None without inferences."""
    line = _bundled_timeline(str(bundled()["trace_id"].iloc[0]), language())
    inferences = line.summary().inferences
    return None if inferences is None else inferences.mean_mj


@st.cache_resource(show_spinner=False, max_entries=16)
def _bundled_timeline(trace_id: str, code: str) -> Timeline:
    with in_language(code):  # of the title
        row = bundled().set_index("trace_id").loc[trace_id]
    samples = queries.trace_samples(bundle_cache.bundle(), trace_id)
    found = queries.trace_inferences(bundle_cache.bundle(), trace_id)
    recording = Recording.of(samples["time_s"].to_numpy(float), samples["power_w"].to_numpy(float))
    log = None
    if len(found):
        starts, ends = found["start_s"].to_numpy(float), found["end_s"].to_numpy(float)
        log = log_of(starts, ends, found["inference_index"].to_numpy(float))
    rebuilt = bool(samples["receipt_time_us"].notna().any())
    rate_hz = float(row["sample_rate_hz"])
    return timeline(
        str(row["title"]),
        recording,
        log,
        trace_id=trace_id,
        device_id=str(row["device_id"]),
        how=lambda: _times_words(rate_hz if rebuilt else None),
        scope=str(row["meter_scope"]),
        source_id=str(row["source_id"]),
        network=str(row["model"]),
    )


def _times_words(rebuilt_hz: float | None) -> str:
    """Where the times of the samples come from: rebuilt at a rate (Hz), or the meter's own for None."""
    if rebuilt_hz is None:
        return t("Sample times are the meter's own stamps.")
    return t(
        "Sample times are rebuilt: the file stamps the arrival of batches, the samples are evenly spaced at "
        "{rate} Hz.",
        rate=count(rebuilt_hz),
    )


def phase_title(name: str) -> str:
    """Return a phase's name as a heading, in the reader's language."""
    return t(PHASE_TITLES.get(name, name))


def phases_text(phases: Sequence[Phase]) -> str:
    """Return phases as they stand in the address: idle*0*1.08,warm-up*1.08*1.59."""
    return ",".join(f"{each.name}*{each.start_s:.6g}*{each.end_s:.6g}" for each in phases)


def phases_from(text: str, names: Sequence[str], duration_s: float) -> list[Phase]:
    """Return the phases of an address, those that make sense: known names, in order, within the recording."""
    phases = []
    for part in text.split(",")[:MAX_PHASES]:
        name, _, bounds = part.partition("*")
        low, _, high = bounds.partition("*")
        start, end = _number(low), _number(high)
        if name in names and start is not None and end is not None and 0 <= start < end <= duration_s * 1.001:
            phases.append(Phase(name, start, end, mark("set by hand")))
    return sorted(phases, key=lambda each: each.start_s)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def rate_words(recording: Recording) -> str:
    """Return how many samples, how often and how long, in words."""
    rate = 1.0 / recording.step_s if recording.step_s > 0 else 0.0
    if not rate:
        return tn("{n} sample, at one time", "{n} samples, all at one time", recording.samples)
    return tn(
        "{n} sample, {rate} per second, over {seconds} s",
        "{n} samples, {rate} per second, over {seconds} s",
        recording.samples,
        rate=with_signs(f"{rate:,.4g}"),
        seconds=with_signs(f"{recording.duration_s:,.4g}"),
    )


def by_meter(lines: Sequence[Timeline]) -> list[list[int]]:
    """Return the places of the recordings of one meter together, those of the first one first.

    What one meter saw is not what another saw, so they share no axis.
    """
    found: dict[str, list[int]] = {}
    for at, each in enumerate(lines):
        found.setdefault(each.scope, []).append(at)
    return list(found.values())
