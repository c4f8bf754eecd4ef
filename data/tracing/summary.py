"""The figures of a recording or of a range of it, for screen, command line and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.alignment import Alignment, align, given, placed_by
from data.tracing.idle import Idle
from data.tracing.inferences import InferenceLog
from data.tracing.layout import ENDED, HELD, LINE
from data.tracing.per_inference import LEVEL, PerInference, per_inference
from data.tracing.phases import Phase, find_phases, idle_level
from data.tracing.recording import Recording, Span

Floats = NDArray[np.float64]
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
    warnings: tuple[Message, ...] = ()

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
        placed = placed_by(recording, log, alignment)
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
    if placed is None:
        return Summary(span, idle, phases, alignment, None, 0, 0, recording.rule)
    found = per_inference(recording, placed, span, idle, alignment)
    return Summary(
        span,
        idle,
        phases,
        alignment,
        found.figures,
        placed.count,
        found.unplaced,
        recording.rule,
        found.warnings,
    )


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
        "clock_drift_ppm": 1e6 * alignment.drift if alignment else None,
        "clock_offset_second_s": alignment.second_s if alignment else None,
        "warnings": list(summary.warnings),
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
        "energy_per_inference_method": found.method,
        "samples_per_inference": found.samples_each,
        "edge_uncertainty_mj": found.edge_mj,
        "energy_above_idle_per_inference_mj": found.above_idle_mj,
        "energy_above_idle_per_inference_low_mj": found.above_low_mj,
        "energy_above_idle_per_inference_high_mj": found.above_high_mj,
        "latency_ms": found.latency_ms,
        "warm_up_inferences": found.warm_up,
        "energy_per_measured_inference_mj": found.measured_mean_mj,
        "inferences_in_gaps": found.in_gaps,
    }


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
