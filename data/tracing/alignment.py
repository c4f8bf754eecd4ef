"""The offset between two clocks: that of the power samples and that of the inference log.

The log says when the device was busy. Where it is laid over the power at the right place, power is high in
it and low beside it; so the offset is the one for which "busy or not" explains most of the power's
variance. It is looked for by cross-correlation on an even grid, then refined on the exact integral.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.inferences import InferenceLog
from data.tracing.recording import Recording

Floats = NDArray[np.float64]

GRID: Final = 2**18
NEAR_S: Final = 5.0
"""Clocks of one set-up are rarely further apart; another place has to fit better by a lot to be believed."""

NEAR_ENOUGH: Final = 0.8
MIN_SHARE: Final = 0.05
MIN_OVERLAP: Final = 0.5
REFINE: Final = 40
EQUAL: Final = 0.999
FLAT: Final = 0.005


@dataclass(frozen=True, slots=True)
class Alignment:
    """`offset_s` has to be added to the log's clock to put it on the recording's clock.

    `explained` is the share (0 to 1) of the power's variance that "busy or not" explains there; `found` is
    False where no offset does it well, and the offset is then 0 (clocks that share their zero) or puts the
    log's begin at the recording's. `note` says it in words.
    """

    offset_s: float
    explained: float
    found: bool
    note: str


def shares_zero(recording: Recording, log: InferenceLog) -> bool:
    """Whether log and recording count time from the same zero: their spans lie within a minute."""
    start, end = recording.origin_s, recording.origin_s + recording.duration_s
    return bool(log.end_s[-1] > start - 60.0 and log.start_s[0] < end + 60.0)


def on_recording(recording: Recording, log: InferenceLog, offset_s: float) -> InferenceLog:
    """The log in seconds from the recording's first sample, with `offset_s` added to its clock."""
    return log.shifted(offset_s - recording.origin_s)


def align(recording: Recording, log: InferenceLog) -> Alignment:
    """Find the offset between the clocks; needs power that differs between busy and idle."""
    shared = shares_zero(recording, log)
    base = 0.0 if shared else recording.origin_s - float(log.start_s[0])
    local = on_recording(recording, log, base)
    failed = Alignment(base, 0.0, False, _not_found(shared))
    if recording.duration_s <= 0 or recording.samples < 8:
        return failed
    step = max(recording.duration_s / GRID, recording.step_s)
    lags, scores = _scores(recording, local, step)
    best = _best(lags, scores, near=shared)
    if best is None:
        return failed
    low, high = _plateau(lags, scores, best)
    if shared and high - low > max(3 * step, FLAT * float(local.end_s.max() - local.start_s.min())):
        return _nearest(low, high, float(scores[best]))
    lag, score = _refined(recording, local, float(lags[best]), step)
    if score < MIN_SHARE:
        return failed
    sign = Message("added to") if base + lag >= 0 else Message("taken from")
    note = Message(
        "found by laying the inferences over the power: busy or not explains {share:.0f} % of its "
        "variation, and {offset:.3g} s {sign} the log's clock does so best",
        share=100.0 * score,
        offset=abs(base + lag),
        sign=sign,
    )
    return Alignment(base + lag, score, True, note)


def _plateau(lags: Floats, scores: Floats, best: int) -> tuple[float, float]:
    """The shifts (s) around the best one that fit as well as it does."""
    worse = np.flatnonzero(scores < EQUAL * scores[best])
    at = int(np.searchsorted(worse, best))
    first = int(worse[at - 1]) + 1 if at else 0
    last = int(worse[at]) - 1 if at < len(worse) else len(lags) - 1
    return float(lags[first]), float(lags[last])


def _nearest(low: float, high: float, score: float) -> Alignment:
    """The alignment where power stays up beside the inferences, so that a whole range of shifts fits."""
    lag = min(max(0.0, low), high)
    note = Message(
        "any offset between {low:.3g} and {high:.3g} s fits equally well, since power stays up beside the "
        "inferences; the smallest is taken",
        low=low,
        high=high,
    )
    return (
        Alignment(lag, score, score >= MIN_SHARE, note)
        if score >= MIN_SHARE
        else Alignment(0.0, score, False, _not_found(shared=True))
    )


def _not_found(shared: bool) -> str:
    if shared:
        return Message(
            "power does not tell where the inferences are, so the clocks are taken as they are: adjust it "
            "by hand"
        )
    return Message(
        "power does not tell where the inferences are, so the log is put at the recording's start: adjust "
        "it by hand"
    )


def _busy(log: InferenceLog, step: float) -> tuple[Floats, float]:
    """Share of each grid cell that is busy, and the time (s) of the first cell."""
    begin = np.floor(float(log.start_s.min()) / step) * step
    cells = int(np.ceil((float(log.end_s.max()) - begin) / step)) + 1
    edges = begin + step * np.arange(cells + 1)
    # Busy time until each edge, exact also where many inferences fall into one cell.
    ends, starts = np.sort(log.end_s), np.sort(log.start_s)
    ended = np.concatenate([[0.0], np.cumsum(ends)])
    begun = np.concatenate([[0.0], np.cumsum(starts)])
    done = np.searchsorted(ends, edges, side="right")
    open_ = np.searchsorted(starts, edges, side="right")
    busy = ended[done] - begun[open_] + (open_ - done) * edges
    return np.clip(np.diff(busy) / step, 0.0, 1.0), begin


def _scores(recording: Recording, log: InferenceLog, step: float) -> tuple[Floats, Floats]:
    """Every shift (s) of the log on the grid, and the variance explained there (0 where not usable)."""
    cells = max(8, int(np.ceil(recording.duration_s / step)))
    power = recording.means(np.arange(cells + 1, dtype=np.float64) * step)
    known = np.isfinite(power)
    if not known.any():
        return np.zeros(1), np.zeros(1)
    deviation = np.where(known, power - power[known].mean(), 0.0)
    total = float(np.sum(deviation**2))
    busy, begin = _busy(log, step)
    size = 1 << int(np.ceil(np.log2(len(deviation) + len(busy))))
    spectrum = np.conj(np.fft.rfft(busy, size))

    def correlated(signal: Floats) -> Floats:
        return np.asarray(np.fft.irfft(np.fft.rfft(signal, size) * spectrum, size))

    above, inside = correlated(deviation), correlated(known.astype(np.float64))
    places = np.arange(size)
    shift = np.where(places < len(deviation), places, places - size) * step - begin
    usable = (above > 0) & (inside >= MIN_OVERLAP * busy.sum()) & (inside < known.sum() - 0.5)
    outside = np.maximum(known.sum() - inside, 0.5)
    explained = above**2 / np.maximum(inside, 1e-9) * known.sum() / outside / max(total, 1e-300)
    order = np.argsort(shift)
    return shift[order], np.where(usable, explained, 0.0)[order]


def _best(lags: Floats, scores: Floats, *, near: bool) -> int | None:
    """The place of the best shift; one within NEAR_S if it is nearly as good. None if there is none."""
    if not len(scores) or scores.max() <= 0:
        return None
    best = int(np.argmax(scores))
    close = np.where(np.abs(lags) <= NEAR_S, scores, 0.0)
    if near and close.max() >= NEAR_ENOUGH * scores[best]:
        return int(np.argmax(close))
    return best


def _refined(recording: Recording, log: InferenceLog, lag: float, step: float) -> tuple[float, float]:
    """The best shift near a grid point, finer than the grid, and the share it explains."""
    width = step
    score = 0.0
    for _ in range(2):
        lags = lag + width * np.linspace(-1.0, 1.0, 2 * REFINE + 1)
        scores = _exact(recording, log, lags)
        # Of equals the middle one: an idle pause around the inferences leaves a range of shifts.
        top = np.flatnonzero(scores >= scores.max() * (1 - 1e-9))
        lag, score = float(lags[top[len(top) // 2]]), float(scores.max())
        width /= REFINE / 2
    return lag, score


def _exact(recording: Recording, log: InferenceLog, lags: Floats) -> Floats:
    """Share of variance between busy and idle time for each shift, from the exact integrals."""
    chosen = np.unique(np.linspace(0, log.count - 1, min(log.count, 500)).astype(int))
    starts, ends = log.start_s[chosen], log.end_s[chosen]
    edges = np.concatenate(
        [(starts[None, :] + lags[:, None]).ravel(), (ends[None, :] + lags[:, None]).ravel()]
    )
    energy, covered, _ = recording.until(edges).reshape(3, 2, len(lags), len(chosen))
    busy_j, busy_s = (energy[1] - energy[0]).sum(axis=1), (covered[1] - covered[0]).sum(axis=1)
    whole = recording.span()
    scale = log.count / len(chosen)
    busy_s = np.minimum(busy_s * scale, 0.999 * whole.covered_s)
    idle_s = whole.covered_s - busy_s
    mean = whole.avg_power_w
    above = busy_j * scale - busy_s * mean
    between = above**2 / np.maximum(busy_s, 1e-12) * whole.covered_s / np.maximum(idle_s, 1e-12)
    variance = _variance(recording, mean) * whole.covered_s
    return np.asarray(np.where(above > 0, between / max(variance, 1e-300), 0.0))


def _variance(recording: Recording, mean: float) -> float:
    """Variance of the samples' power (W^2)."""
    total = sum(float(np.sum((power - mean) ** 2)) for _, power in recording.pieces())
    return total / recording.samples
