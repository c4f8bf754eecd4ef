"""Phases of a recording: idle, warm-up, inference, other load.

From the inference log, or from the levels of power.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.idle import GUARD_S, Idle, idle_beside
from data.tracing.inferences import InferenceLog
from data.tracing.levels import two_levels
from data.tracing.recording import Recording

Floats = NDArray[np.float64]

IDLE, WARM_UP, INFERENCE, OTHER = "idle", "warm-up", "inference", "other load"
CELLS: Final = 400  # as many as the picture has room for
MIN_CELLS: Final = 40  # with fewer, two levels fit any noise
SEPARATE: Final = 0.7
"""Share of variance that two levels have to explain; the best split of mere noise explains 0.64."""
RATIO: Final = 1.15  # of high to low power; below, idle of a busy system looks like work
MIN_SHARE: Final = 0.01  # of the recording; shorter stretches join their neighbour


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of time (s from the first sample) with its name, and how it was found."""

    name: str
    start_s: float
    end_s: float
    why: str

    @property
    def duration_s(self) -> float:
        """Its length."""
        return self.end_s - self.start_s


def _levels(recording: Recording) -> tuple[Floats, Floats]:
    """Edges (s) of even cells and the mean power (W) in each; gaps carry the power before them."""
    # Not finer than a tenth of a second, where there is time enough: bursts of background work are no phases.
    wanted = int(np.clip(recording.duration_s / GUARD_S, MIN_CELLS, CELLS))
    cells = max(1, min(recording.samples // 2, wanted))
    edges, means = recording.cells(cells)
    known = np.flatnonzero(np.isfinite(means))
    if not len(known):
        return edges, np.full(cells, recording.power_at(0.0))
    return edges, means[known[np.clip(np.searchsorted(known, np.arange(cells), "right") - 1, 0, None)]]


def _split(means: Floats) -> float | None:
    """The power (W) between idle and active; None when there are no two clear levels."""
    threshold, share = two_levels(means)
    if share < SEPARATE:
        return None
    low, high = means[means <= threshold], means[means > threshold]
    if not len(high):  # two neighbouring numbers have none between them
        return None
    return threshold if high.mean() > RATIO * max(low.mean(), 1e-12) else None


def idle_level(recording: Recording, log: InferenceLog | None = None) -> Idle:
    """Idle power: the mean away from the inferences, or the lowest clear level of power, or the least
    twentieth.

    `log` is on the recording's clock. The second and third kind say so in `why`.
    """
    if log is not None and log.count:
        found = idle_beside(recording, log)
        if found is not None:
            return found
    _, means = _levels(recording)
    threshold = _split(means)
    if threshold is None:
        low = float(np.quantile(means, 0.05))
        return Idle(
            low, False, Message("no idle phase was found: the lowest twentieth of the power is taken")
        )
    idle = means <= threshold
    inner = _split(means[idle]) if idle.sum() > 10 else None
    if inner is not None:
        idle = means <= inner
    # Cells on the way up or down are half active: idle ones have idle neighbours.
    sure = idle & np.concatenate([[True], idle[:-1]]) & np.concatenate([idle[1:], [True]])
    chosen = sure if sure.any() else idle
    power = float(means[chosen].mean())
    return Idle(power, True, Message("mean of the lowest clear level of power"))


def find_phases(recording: Recording, log: InferenceLog | None = None) -> tuple[Phase, ...]:
    """Phases in order without overlap, covering the whole recording; `log` is on the recording's clock."""
    if recording.duration_s <= 0:
        return ()
    if log is not None and log.count:
        phases = _from_log(recording, log)
        if phases:
            return phases
    return _from_levels(recording)


def _from_log(recording: Recording, log: InferenceLog) -> tuple[Phase, ...]:
    end = recording.duration_s
    warm = log.warm_up
    measured = np.flatnonzero(~warm)
    first = float(log.start_s[0])
    begins = float(log.start_s[measured[0]]) if len(measured) else float(log.end_s[-1])
    last = float(log.end_s.max())
    rough = [
        Phase(IDLE, 0.0, first, Message("before the first inference of the log")),
        Phase(WARM_UP, first, begins, log.warm_up_note),
        Phase(INFERENCE, begins, last, Message("from the first to the last inference of the log")),
        Phase(IDLE, last, end, Message("after the last inference of the log")),
    ]
    cut = [Phase(p.name, max(0.0, p.start_s), min(end, p.end_s), p.why) for p in rough]
    return tuple(_named(recording, phase, first, last) for phase in cut if phase.duration_s > 0)


def _named(recording: Recording, phase: Phase, first: float, last: float) -> Phase:
    """An idle phase by its right name: where power stays up beside the inferences, something else runs."""
    beside = [recording.span(0.0, first), recording.span(last, recording.duration_s)]
    lows = [span.avg_power_w for span in beside if span.covered_s > 0]
    if phase.name != IDLE or not lows:
        return phase
    halfway = 0.5 * (min(lows) + recording.span(first, last).avg_power_w)
    if recording.span(phase.start_s, phase.end_s).avg_power_w <= halfway:
        return phase
    return Phase(OTHER, phase.start_s, phase.end_s, Message("power stays up {why}", why=phase.why))


def _from_levels(recording: Recording) -> tuple[Phase, ...]:
    edges, means = _levels(recording)
    threshold = _split(means)
    if threshold is None:
        return (Phase(INFERENCE, 0.0, recording.duration_s, Message("power has one level only")),)
    runs = _runs(means > threshold)
    highs = [run for run in runs if run[2]]
    if not highs:
        return (Phase(INFERENCE, 0.0, recording.duration_s, Message("power rises for moments only")),)
    longest = max(highs, key=lambda run: run[1] - run[0])
    idle = idle_level(recording).power_w
    active = idle + 0.25 * (threshold - idle)
    found: list[Phase] = []
    for begin, end, high in runs:
        if high:
            name = WARM_UP if end <= longest[0] else INFERENCE
            why = (
                Message("high power, before the longest such stretch")
                if name == WARM_UP
                else Message("high power")
            )
            found.append(Phase(name, float(edges[begin]), float(edges[end]), why))
        else:
            found += _low_parts(edges, means, begin, end, active if begin < longest[0] else np.inf)
    return _joined(found)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int, bool]]:
    """Stretches of equal flags as (begin, end, flag); those under 1 % of the whole join the one before."""
    least = max(2, round(MIN_SHARE * len(flags)))
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(flags)) + 1, [len(flags)]])
    runs: list[tuple[int, int, bool]] = []
    for begin, end in itertools.pairwise(cuts):
        flag = bool(flags[begin])
        if runs and (end - begin < least or runs[-1][2] == flag):
            runs[-1] = (runs[-1][0], int(end), runs[-1][2])
        else:
            runs.append((int(begin), int(end), flag))
    return runs


def _low_parts(edges: Floats, means: Floats, begin: int, end: int, active: float) -> list[Phase]:
    """A low stretch: what stands out of idle before the inferences is warm-up (loading the model)."""
    parts = []
    for low, high, raised in _runs(means[begin:end] > active):
        name = WARM_UP if raised else IDLE
        why = (
            Message("raised power before the inferences, as while loading")
            if raised
            else Message("low power")
        )
        parts.append(Phase(name, float(edges[begin + low]), float(edges[begin + high]), why))
    return parts


def _joined(phases: list[Phase]) -> tuple[Phase, ...]:
    """Neighbours of one name as one phase."""
    joined: list[Phase] = []
    for phase in phases:
        if joined and joined[-1].name == phase.name:
            joined[-1] = Phase(phase.name, joined[-1].start_s, phase.end_s, joined[-1].why)
        else:
            joined.append(phase)
    return tuple(joined)
