"""The offset between two clocks: that of the power samples and that of the inference log.

The log says when the device was busy. Where it is laid over the power at the right place, power is high in
it and low beside it; so the offset is the one for which "busy or not" explains most of the power's
variance. It is looked for by cross-correlation on an even grid, then refined on the exact integral.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from data.tracing.drift import Drift, drift_of, drifted, edges_of_power, leaves_its_edges
from data.tracing.inferences import InferenceLog
from data.tracing.recording import Recording

Floats = NDArray[np.float64]

GRID: Final = 2**18  # cells of the search: an hour in steps of 14 ms
NEAR_S: Final = 5.0
"""Clocks of one set-up are rarely further apart; another place has to fit better by a lot to be believed."""

NEAR_ENOUGH: Final = 0.8  # share of the best score from which a place near 0 s is preferred
MIN_SHARE: Final = 0.05  # of the variation that the best place has to explain to be believed
MIN_OVERLAP: Final = 0.5  # of the log inside the recording; with less another place always fits
REFINE: Final = 40  # steps to either side, each round 20 times finer
EQUAL: Final = 0.999  # of the best score: places that rounding alone tells apart
FLAT: Final = 0.005  # of the log's length: a wider top of the score places nothing
PREFERRED: Final = 0.9
"""Equal clocks are kept where they explain nine tenths of what the best place does."""
COMES_CLOSE: Final = 0.6
"""A second place that explains so much of what the best does is named."""
RESOLVED: Final = 2.0
"""Samples per inference from which inferences are laid over the power one by one; else block by block."""
COARSE: Final = 10.0
"""With fewer samples per inference one inference looks like the next, so the log may be off by a few."""
FAINT: Final = 0.05
"""Inferences without pauses have no pattern: busy or not then varies by less than this."""
PATTERN: Final = 4
"""Periods over which power is averaged to take its slow part out, so that the pattern of inferences stays."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """`offset_s` has to be added to the log's clock to put it on the recording's clock.

    `explained` is the share (0 to 1) of the power's variance that "busy or not" explains there; `found` is
    False where no offset does it well, and the offset is then 0 (clocks that share their zero) or puts the
    log's begin at the recording's. `note` says it in words. `drift` is how much faster the recording's clock
    runs (1e-6 is a second in twelve days), from the log's first inference on. `error_s` is how far off the
    offset may be, `second_s` another place that comes close, `given` says that somebody set the offset.
    """

    offset_s: float
    explained: float
    found: bool
    note: str
    drift: float = 0.0
    error_s: float = 0.0
    second_s: float | None = None
    given: bool = False


def given(offset_s: float) -> Alignment:
    """The alignment of an offset (s) that somebody set."""
    return Alignment(offset_s, float("nan"), True, Message("offset as given"), given=True)


def shares_zero(recording: Recording, log: InferenceLog) -> bool:
    """Whether log and recording count time from the same zero: their spans lie within a minute."""
    start, end = recording.origin_s, recording.origin_s + recording.duration_s
    return bool(log.end_s[-1] > start - 60.0 and log.start_s[0] < end + 60.0)


def on_recording(recording: Recording, log: InferenceLog, offset_s: float) -> InferenceLog:
    """The log in seconds from the recording's first sample, with `offset_s` added to its clock."""
    return log.shifted(offset_s - recording.origin_s)


def placed_by(recording: Recording, log: InferenceLog, alignment: Alignment) -> InferenceLog:
    """The log in seconds from the recording's first sample, its offset and drift put right."""
    placed = on_recording(recording, log, alignment.offset_s)
    return drifted(placed, alignment.drift) if alignment.drift else placed


def align(recording: Recording, log: InferenceLog) -> Alignment:
    """Find offset and drift between the clocks; needs power that differs between busy and idle."""
    shared = shares_zero(recording, log)
    base = 0.0 if shared else recording.origin_s - float(log.start_s[0])
    local = on_recording(recording, log, base)
    failed = Alignment(base, 0.0, False, _not_found(shared))
    if recording.duration_s <= 0 or recording.samples < 8:  # nothing to tell busy from idle by
        return failed
    lasting = float(np.median(local.end_s - local.start_s))
    resolved = recording.step_s * RESOLVED <= lasting
    laid = local if resolved else _stretches(local, 3.0 * recording.step_s)
    step = max(recording.duration_s / GRID, recording.step_s)
    lags, scores = _scores(recording, laid, step)
    if resolved:
        scores = scores + _pattern_scores(recording, laid, step, lags)
    best = _best(lags, scores, near=shared)
    if best is None:
        return failed
    low, high = _plateau(lags, scores, best)
    if shared and high - low > max(3 * step, FLAT * float(local.end_s.max() - local.start_s.min())):
        return _nearest(low, high, float(scores[best]))
    lag, score = _refined(recording, laid, float(lags[best]), step)
    if resolved and lasting < COARSE * recording.step_s:
        lag, score = _of_neighbours(recording, laid, (lag, score), step)
    if score < MIN_SHARE:
        return failed
    second = _second(lags, scores, best, float(local.end_s.max() - local.start_s.min()))
    found = Alignment(base + lag, score, True, "", error_s=0.5 * recording.step_s)
    if shared:
        found = _or_equal(recording, laid, found, resolved)
    placed = on_recording(recording, log, found.offset_s)
    drift = drift_of(recording, placed) if resolved else Drift(0.0, 0.0)
    if leaves_its_edges(recording, placed, drift):
        drift = Drift(0.0, 0.0)
    found = replace(
        found,
        offset_s=found.offset_s + drift.start_s,
        drift=drift.rate,
        second_s=found.second_s if second is None else base + second,
    )
    return replace(found, note=_found_words(found))


def _found_words(found: Alignment) -> Message:
    """How the offset was found, in words."""
    values = {"share": 100.0 * found.explained, "offset": abs(found.offset_s)}
    if found.offset_s == 0.0:
        words = Message(
            "the clocks are taken as equal: there, busy or not explains {share:.0f} % of the power's "
            "variation",
            share=values["share"],
        )
    elif found.offset_s > 0:
        words = Message(
            "found by laying the inferences over the power: busy or not explains {share:.0f} % of its "
            "variation, and {offset:.3g} s added to the log's clock does so best",
            **values,
        )
    else:
        words = Message(
            "found by laying the inferences over the power: busy or not explains {share:.0f} % of its "
            "variation, and {offset:.3g} s taken from the log's clock does so best",
            **values,
        )
    if found.drift:
        words = Message(
            "{words}; the clocks drift apart by {drift:.3g} millionths, which is put right",
            words=words,
            drift=1e6 * found.drift,
        )
    if found.second_s is not None:
        words = Message(
            "{words}; another place, at {second:.4g} s, comes close: check it",
            words=words,
            second=found.second_s,
        )
    return words


def _stretches(log: InferenceLog, pause_s: float) -> InferenceLog:
    """The log with inferences joined whose pause a slow meter cannot see."""
    latest = np.maximum.accumulate(log.end_s)
    begins = np.flatnonzero(np.concatenate([[True], log.start_s[1:] - latest[:-1] > pause_s]))
    ends = np.concatenate([latest[begins[1:] - 1], latest[-1:]])
    return replace(log, start_s=log.start_s[begins], end_s=ends, warm_up=log.warm_up[begins])


def _pattern_scores(recording: Recording, log: InferenceLog, step: float, lags: Floats) -> Floats:
    """How well the pattern of inferences and pauses fits the quick part of power at each shift (0 to 1).

    A load without that pattern fits nowhere, however strong it is.
    """
    period = float(np.median(np.diff(log.start_s))) if log.count > 2 else 0.0
    width = round(PATTERN * period / step)
    if width < 4 * PATTERN // 2 or log.count < 8:  # too few samples or inferences for a pattern
        return np.zeros(len(lags))
    cells = max(8, int(np.ceil(recording.duration_s / step)))
    power = recording.means(np.arange(cells + 1, dtype=np.float64) * step)
    quick = _quick(np.where(np.isfinite(power), power, np.nanmean(power)), width)
    busy, begin = _busy(log, step)
    pattern = _quick(busy, width)
    if float(np.std(pattern[width:-width] if len(pattern) > 3 * width else pattern)) < FAINT:
        return np.zeros(len(lags))
    size = 1 << int(np.ceil(np.log2(len(quick) + len(pattern))))

    def correlated(signal: Floats, with_: Floats) -> Floats:
        return np.asarray(np.fft.irfft(np.fft.rfft(signal, size) * np.conj(np.fft.rfft(with_, size)), size))

    together = correlated(quick, pattern)
    local = np.maximum(correlated(quick**2, np.ones(len(pattern))), 1e-3 * float(np.sum(quick**2)) + 1e-300)
    share = np.where(together > 0, together**2 / local / max(float(np.sum(pattern**2)), 1e-300), 0.0)
    places = np.arange(size)
    shift = np.where(places < len(quick), places, places - size) * step - begin
    order = np.argsort(shift)
    return np.asarray(np.interp(lags, shift[order], np.clip(share, 0.0, 1.0)[order]))


def _quick(signal: Floats, width: int) -> Floats:
    """A signal without its mean over `width` cells."""
    edge = width // 2
    padded = np.pad(signal, (edge, width - 1 - edge), mode="edge")
    total = np.cumsum(np.concatenate([[0.0], padded]))
    return np.asarray(signal - (total[width:] - total[:-width]) / width)


def _second(lags: Floats, scores: Floats, best: int, length_s: float) -> float | None:
    """Another shift (s) that fits nearly as well and hardly overlaps the best one; None without one."""
    away = np.abs(lags - lags[best]) > max(0.7 * length_s, 2.0 * float(lags[1] - lags[0]))
    if not away.any():
        return None
    others = np.where(away, scores, 0.0)
    other = int(np.argmax(others))
    return float(lags[other]) if others[other] >= COMES_CLOSE * scores[best] else None


def _or_equal(recording: Recording, log: InferenceLog, found: Alignment, resolved: bool) -> Alignment:
    """Equal clocks instead of an offset that is hardly better, or that only one edge of the block wants."""
    equal = float(_exact(recording, log, np.zeros(1))[0])
    error = max(found.error_s, abs(found.offset_s))  # the clocks may be apart by what fits a little better
    kept = replace(found, offset_s=0.0, explained=equal, second_s=found.offset_s, error_s=error)
    if equal >= PREFERRED * found.explained and abs(found.offset_s) <= 1.5 * recording.step_s:
        return replace(kept, second_s=None)
    period = float(np.median(np.diff(log.start_s))) if log.count > 1 else 0.0
    if not resolved or abs(found.offset_s) > period:
        return found
    rise, fall = edges_of_power(recording, log, period)
    slack = max(2.0 * recording.step_s, 0.15 * float(np.median(log.end_s - log.start_s)))
    wants = abs(rise - found.offset_s) <= slack and abs(fall - found.offset_s) <= slack
    nearer = abs(rise - found.offset_s) + abs(fall - found.offset_s) < abs(rise) + abs(fall)
    wants = wants and nearer  # within the samples' distance both may fit: then equal clocks are kept
    covered = rise <= slack and fall >= -slack
    return kept if covered and not wants else found


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


def _not_found(shared: bool) -> Message:
    if shared:
        return Message(
            "power does not tell where the inferences are, so the clocks are taken as they are: adjust it "
            "by hand"
        )
    return Message(
        "power does not tell where the inferences are, so the log is put at the recording's start: adjust "
        "it by "
        "hand"
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


def _of_neighbours(
    recording: Recording, log: InferenceLog, found: tuple[float, float], step: float
) -> tuple[float, float]:
    """The best shift, and the share it explains, of one found and those a few inferences off."""
    period = float(np.median(np.diff(log.start_s))) if log.count > 2 else 0.0
    if period <= 0:
        return found
    shifts = found[0] + period * np.array([-2.0, -1.0, 1.0, 2.0])
    best = int(np.argmax(_exact(recording, log, shifts)))
    other = _refined(recording, log, float(shifts[best]), step)
    return max(found, other, key=lambda each: each[1])


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
