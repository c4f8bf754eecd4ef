"""The edges of inferences: where power rises and falls beside them, by laying all of them over each other.

A meter that samples points sees of one edge only that it lies between two samples. The edges of many
inferences lie at all distances from the samples beside them, so that together they show where power changes
to a part of a step. A meter that averages blurs its edges instead; there what lies well within an inference
is sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.tracing.chance import NORMAL, Deviation, inflation, together

Floats = NDArray[np.float64]

REACH: Final = 1.5
"""Steps on either side of an edge that are looked at: an edge is in its place to within one."""
FEWEST_SAMPLES: Final = 16
"""Fewer samples beside all edges do not place them better than the samples of each."""
MEAN_TO_DEVIATION: Final = 1.2533
"""Deviation of a normal distribution over its mean distance from the middle: the root of pi / 2."""


EVEN: Final = 0.4 / NORMAL
"""The middle 80 % of a uniform distribution reach 0.4 of its length to either side; here as a deviation."""
CLUMPED: Final = 3.0
"""Samples that lie by chance leave so many times log(n) / n of their range empty once in n^2 times.

Where more is empty, meter and inferences keep step, and all edges are in doubt by it together.
"""


@dataclass(frozen=True, slots=True)
class Correction:
    """Energy (J) to add to the integral so that edges lie where they are, and its standard error (J)."""

    energy_j: float
    error_j: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where power crosses half its height: `shift_s` after the logged edges, known to `gap_s`.

    That is the distance of the samples beside it. Single edges deviate from it by `jitter_s`; `clumped` says
    that the samples lie at few distances from the edges only.
    """

    shift_s: float
    gap_s: float
    jitter_s: float
    clumped: bool


def corrected(
    samples: tuple[Floats, Floats], starts: Floats, ends: Floats, base_w: float, step_s: float
) -> Correction | None:
    """What straight lines between points miss at the edges of inferences; None where too few are seen.

    `base_w` is idle power (W). The error is that of where the edges lie: all of them together, to the
    distance of two samples laid over each other; each of them, by how many samples lie on the wrong side.
    """
    times, power = samples
    inner = np.clip(np.searchsorted(times, 0.5 * (starts + ends)), 0, len(times) - 1)
    level = power[inner] - base_w
    reach = REACH * step_s
    places = [
        place_of(samples, edges, base_w + 0.5 * level, sign, reach)
        for edges, sign in ((starts, 1.0), (ends, -1.0))
    ]
    if any(place is None for place in places):
        return None
    found = [place for place in places if place is not None]
    height, count = float(np.mean(np.abs(level))), len(starts)
    variance = sum((count * EVEN * each.gap_s) ** 2 + count * each.jitter_s**2 for each in found)
    error = height * float(np.sqrt(variance))
    alone = height * step_s * float(np.sqrt(2.0 * count / 12.0))
    if any(each.clumped for each in found):
        return Correction(0.0, max(error, alone))
    if error > alone:
        return Correction(0.0, alone)
    moved = [_moved(samples, edges + each.shift_s) for edges, each in zip((starts, ends), found, strict=True)]
    return Correction(sum(moved), error)


def place_of(
    samples: tuple[Floats, Floats], edges: Floats, half_w: Floats, sign: float, reach_s: float
) -> Place | None:
    """Where power passes `half_w` (W) beside logged edges, upwards (sign 1) or downwards (-1).

    None where too few samples lie within reach (s).
    """
    times, power = samples
    at = np.searchsorted(times, edges)[:, None] + np.arange(-2, 2)
    known = (at >= 0) & (at < len(times))
    at = np.clip(at, 0, len(times) - 1)
    off = times[at] - edges[:, None]
    known &= np.abs(off) <= reach_s
    after = (sign * (power[at] - half_w[:, None]) > 0)[known]
    off = off[known]
    if len(off) < FEWEST_SAMPLES:
        return None
    order = np.argsort(off)
    off, after = off[order], after[order]
    wrong = np.concatenate([[0], np.cumsum(after)]) + (len(after) - after.sum())
    wrong -= np.concatenate([[0], np.cumsum(~after)])
    # Of equal places the middle one: wrong[k] counts the samples on the wrong side with k before the edge.
    best = np.flatnonzero(wrong == wrong.min())
    cut = int(best[len(best) // 2])
    if not 0 < cut < len(off):
        return None
    range_s, empty = float(off[-1] - off[0]), float(np.diff(off).max())
    clumped = empty > CLUMPED * np.log(len(off)) / len(off) * range_s
    jitter = MEAN_TO_DEVIATION * float(wrong.min()) * range_s / len(off)
    gap = empty if clumped else float(off[cut] - off[cut - 1])
    return Place(0.5 * float(off[cut - 1] + off[cut]), gap, jitter, clumped)


def _moved(samples: tuple[Floats, Floats], edges: Floats) -> float:
    """Energy (J) of steps at the edges less that of straight lines between the samples beside them."""
    times, power = samples
    after = np.searchsorted(times, edges)
    inside = (after > 0) & (after < len(times))
    after, edges = after[inside], edges[inside]
    middle = 0.5 * (times[after - 1] + times[after])
    return float(np.sum((power[after - 1] - power[after]) * (edges - middle)))


GUARD_STEPS: Final = 1.0
"""Samples nearer to an edge than a step hold part of what lies beyond it."""


@dataclass(frozen=True, slots=True)
class Inner:
    """Energy (J) of inferences by the samples well within them, its standard error (J), and how many of those
    an inference has."""

    energy_j: float
    error: Deviation
    samples_each: float


def by_inner_samples(samples: tuple[Floats, Floats], starts: Floats, ends: Floats, step_s: float) -> Inner:
    """Energy of inferences whose surroundings draw something else: level times length.

    What lies beside an edge takes the level of the outermost inner sample. The error holds the noise of the
    samples, and how far the outermost ones are from the rest, which is how far those beyond them may be.
    """
    times, power = samples
    first = np.searchsorted(times, starts + GUARD_STEPS * step_s)
    last = np.searchsorted(times, ends - GUARD_STEPS * step_s, side="right")
    seen = last - first >= 1
    if not seen.any():
        return Inner(float("nan"), Deviation(float("inf")), 0.0)
    first, last, lasting = first[seen], last[seen], (ends - starts)[seen]
    count = last - first
    total = np.concatenate([[0.0], np.cumsum(power)])
    level = (total[last] - total[first]) / count
    outer = 0.5 * (power[first] + power[last - 1])
    edge = np.minimum(1.0, 2.0 * GUARD_STEPS * step_s / lasting)
    apart = lasting * edge * (outer - level)
    noise = _noise(power, first, last)
    weight = (1.0 - edge) / count
    spread = (count - 2) * weight**2 + 2.0 * (weight + 0.5 * edge) ** 2
    chance = noise**2 * float(np.sum(lasting**2 * np.where(count > 1, spread, 1.0)))
    shape = float(np.sum(apart)) ** 2 / 3.0
    scale = float(np.sum(ends - starts) / np.sum(lasting))
    energy = scale * float(np.sum(lasting * level + apart))
    return Inner(energy, Deviation(scale * float(np.sqrt(chance + shape))), float(np.median(count)))


FEWEST_LEVEL: Final = 8
"""Samples within inferences that a mean power and its deviation need."""
MISPLACED: Final = 0.25
"""Where so much of the reach beside edges is on the wrong side, the log is not in its place."""


def by_points(samples: tuple[Floats, Floats], starts: Floats, ends: Floats, base_w: float) -> Inner | None:
    """Energy of inferences shorter than a few steps of a meter that samples points: mean power times length,
    by the samples that the log says lie in one.

    None where the samples do not follow the log, whose clock then is not told well enough.
    """
    times, power = samples
    reach = 0.5 * min(float(np.median(starts[1:] - ends[:-1])), float(np.median(ends - starts)))
    high = power[power > 0.5 * (base_w + float(np.quantile(power, 0.9)))]
    if reach <= 0 or len(high) < FEWEST_LEVEL:
        return None
    half = np.full(len(starts), 0.5 * (base_w + float(np.median(high))))
    rise, fall = (place_of(samples, each, half, sign, reach) for each, sign in ((starts, 1.0), (ends, -1.0)))
    if rise is None or fall is None or max(rise.jitter_s, fall.jitter_s) > MISPLACED * reach:
        return None
    begin, end = starts + rise.shift_s, ends + fall.shift_s
    near = 0.5 * max(rise.gap_s, fall.gap_s)
    at = np.clip(np.searchsorted(begin, times, side="right") - 1, 0, len(begin) - 1)
    inside = power[(times > begin[at] + near) & (times < end[at] - near)]
    if len(inside) < FEWEST_LEVEL:
        return None
    seconds, level = float(np.sum(end - begin)), float(inside.mean())
    deviation = inside - level
    spread = np.sqrt(inflation(deviation) * float(np.sum(deviation**2)) / (len(inside) - 1) / len(inside))
    count = len(starts)
    places = sum((count * EVEN * each.gap_s) ** 2 + count * each.jitter_s**2 for each in (rise, fall))
    edges = (level - base_w) * float(np.sqrt(places))
    error = together((Deviation(float(spread) * seconds, len(inside) - 1.0), Deviation(edges)))
    energy = (level - base_w) * seconds + base_w * float(np.sum(ends - starts))
    return Inner(energy, error, np.inf)


def _noise(power: Floats, first: NDArray[np.int64], last: NDArray[np.int64]) -> float:
    """Deviation (W) of single samples, from the differences of neighbours within one inference."""
    middle = (first + last) // 2
    pairs = middle[last - first >= 2]
    if len(pairs) < 2:
        return 0.0
    return float(np.sqrt(0.5 * np.mean((power[pairs] - power[pairs - 1]) ** 2)))
