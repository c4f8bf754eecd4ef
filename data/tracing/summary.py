"""The figures of a recording or of a range of it, for screen, command line and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.alignment import Alignment, align, on_recording
from data.tracing.inferences import InferenceLog
from data.tracing.layout import ENDED, HELD, LINE
from data.tracing.phases import Idle, Phase, find_phases, idle_level
from data.tracing.recording import Recording, Span

Floats = NDArray[np.float64]
LEVEL: Final = 0.8
METHOD: Final = Message(
    "trapezoidal integral over the sample times: power is a straight line between neighbouring samples; gaps "
    "are counted and add no energy"
)
METHODS: Final = {
    LINE: METHOD,
    HELD: Message("each value is held until the next one"),
    ENDED: Message("each value is the mean power over the time that ends with it"),
}
"""How energy is summed, by what power is between two samples."""


@dataclass(frozen=True, slots=True)
class PerInference:
    """Energy of single inferences (mJ): how many, mean, spread, and how well the mean is known.

    `low_mj` to `high_mj` holds eight in ten inferences; `mean_low_mj` to `mean_high_mj` is the 80 %
    interval of the mean over repetitions. `above_idle_mj` is the mean without the idle power over the same
    time.
    """

    count: int
    warm_up: int
    mean_mj: float
    median_mj: float
    low_mj: float
    high_mj: float
    std_mj: float
    mean_low_mj: float
    mean_high_mj: float
    above_idle_mj: float
    latency_ms: float
    measured_mean_mj: float
    in_gaps: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A range of a recording in figures: the span, idle power, phases, clock offset, inferences."""

    span: Span
    idle: Idle
    phases: tuple[Phase, ...]
    alignment: Alignment | None
    inferences: PerInference | None
    log_count: int
    unplaced: int
    rule: str = LINE

    @property
    def above_idle_mj(self) -> float:
        """Energy above idle (mJ): that of the range without the idle power over the time it covers."""
        return 1000.0 * (self.span.energy_j - self.idle.power_w * self.span.covered_s)


def summarise(
    recording: Recording,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    log: InferenceLog | None = None,
    offset_s: float | None = None,
) -> Summary:
    """Figures of a range, by default of everything; times in s from the first sample.

    `log` is on its own clock; `offset_s` (to be added to it) is found by alignment unless given. Idle power
    and phases are those of the whole recording.
    """
    alignment = placed = None
    if log is not None:
        alignment = align(recording, log) if offset_s is None else given(offset_s)
        placed = on_recording(recording, log, alignment.offset_s)
    idle = idle_level(recording, placed)
    phases = find_phases(recording, placed)
    return over_range(recording, (start_s, end_s), idle, phases, alignment, placed)


def over_range(
    recording: Recording,
    bounds_s: tuple[float | None, float | None],
    idle: Idle,
    phases: tuple[Phase, ...],
    alignment: Alignment | None = None,
    placed: InferenceLog | None = None,
) -> Summary:
    """Figures of a range where idle power, phases and clock offset are known already.

    `placed` is the inference log on the recording's clock.
    """
    span = recording.span(*bounds_s)
    inferences, unplaced = None, 0
    if placed is not None:
        inferences, unplaced = per_inference(recording, placed, span, idle.power_w)
    count = placed.count if placed else 0
    return Summary(span, idle, phases, alignment, inferences, count, unplaced, recording.rule)


def given(offset_s: float) -> Alignment:
    """The alignment of an offset (s) that somebody set."""
    return Alignment(offset_s, float("nan"), True, Message("offset as given"))


def energies_mj(recording: Recording, log: InferenceLog) -> tuple[Floats, Floats]:
    """Energy (mJ) of each inference and the share of its time that has samples.

    `log` is on the recording's clock.
    """
    edges = np.concatenate([log.start_s, log.end_s])
    energy, covered, _ = recording.until(edges).reshape(3, 2, log.count)
    lasting = log.end_s - log.start_s
    share = np.divide(covered[1] - covered[0], lasting, out=np.ones(log.count), where=lasting > 0)
    return 1000.0 * (energy[1] - energy[0]), share


def per_inference(
    recording: Recording, log: InferenceLog, span: Span, idle_w: float
) -> tuple[PerInference | None, int]:
    """Figures over the inferences that lie wholly within a span.

    And how many of the log lie outside the recording.
    """
    slack = 1e-6
    placed = (log.start_s >= -slack) & (log.end_s <= recording.duration_s + slack)
    inside = placed & (log.start_s >= span.start_s - slack) & (log.end_s <= span.end_s + slack)
    energy, share = energies_mj(recording, log)
    whole = inside & (share > 0.999)
    unplaced = int((~placed).sum())
    if not whole.any():
        return None, unplaced
    values, lasting = energy[whole], (log.end_s - log.start_s)[whole]
    measured = energy[whole & ~log.warm_up]
    low, median, high = np.quantile(values, [0.5 - LEVEL / 2, 0.5, 0.5 + LEVEL / 2])
    std = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    half = 1.2816 * std / np.sqrt(len(values))  # 80 % of a normal distribution
    mean = float(values.mean())
    figures = PerInference(
        count=int(whole.sum()),
        warm_up=int((whole & log.warm_up).sum()),
        mean_mj=mean,
        median_mj=float(median),
        low_mj=float(low),
        high_mj=float(high),
        std_mj=std,
        mean_low_mj=mean - float(half),
        mean_high_mj=mean + float(half),
        above_idle_mj=mean - 1000.0 * idle_w * float(lasting.mean()),
        latency_ms=1000.0 * float(lasting.mean()),
        measured_mean_mj=float(measured.mean()) if len(measured) else float("nan"),
        in_gaps=int((inside & ~whole).sum()),
    )
    return figures, unplaced


def as_json(summary: Summary, recording: Recording) -> dict[str, Any]:
    """The figures as plain values with the unit in each name; numbers that are not known are None."""
    span, idle = summary.span, summary.idle
    figures: dict[str, Any] = {
        "start_s": span.start_s,
        "end_s": span.end_s,
        "duration_s": span.duration_s,
        "samples": span.samples,
        "energy_mj": 1000.0 * span.energy_j,
        "avg_power_mw": 1000.0 * span.avg_power_w,
        "peak_power_mw": 1000.0 * span.peak_w,
        "idle_power_mw": 1000.0 * idle.power_w,
        "idle_seen": idle.seen,
        "idle_method": idle.why,
        "energy_above_idle_mj": summary.above_idle_mj,
        "clock_offset_s": summary.alignment.offset_s if summary.alignment else 0.0,
        "clock_offset_method": summary.alignment.note if summary.alignment else Message("no inference log"),
        "integration": METHODS[summary.rule],
        "gaps": span.gaps,
        "gap_s": span.gap_s,
        "covered_s": span.covered_s,
        "gap_limit_s": recording.gap_limit_s,
        "energy_if_gaps_bridged_mj": 1000.0 * span.bridged_j,
        "phases": [
            {"name": p.name, "start_s": p.start_s, "end_s": p.end_s, "why": p.why} for p in summary.phases
        ],
    }
    if summary.alignment is not None:
        figures |= _inferences_json(summary)
    return {key: _known(value) for key, value in figures.items()}


def _inferences_json(summary: Summary) -> dict[str, Any]:
    found = summary.inferences
    alignment = summary.alignment
    figures: dict[str, Any] = {
        "clock_offset_found": alignment.found if alignment else False,
        "clock_offset_explained": alignment.explained if alignment else None,
        "inferences": found.count if found else 0,
        "inferences_in_log": summary.log_count,
        "inferences_outside_trace": summary.unplaced,
        "energy_per_inference_mj": found.mean_mj if found else None,
    }
    if found is None:
        return figures
    return figures | {
        "energy_per_inference_median_mj": found.median_mj,
        "energy_per_inference_low_mj": found.low_mj,
        "energy_per_inference_high_mj": found.high_mj,
        "energy_per_inference_std_mj": found.std_mj,
        "energy_per_inference_mean_low_mj": found.mean_low_mj,
        "energy_per_inference_mean_high_mj": found.mean_high_mj,
        "interval_level": LEVEL,
        "energy_above_idle_per_inference_mj": found.above_idle_mj,
        "latency_ms": found.latency_ms,
        "warm_up_inferences": found.warm_up,
        "energy_per_measured_inference_mj": found.measured_mean_mj,
        "inferences_in_gaps": found.in_gaps,
    }


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
