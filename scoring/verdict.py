"""Whether two things differ, in words: "uses less", "uses more" or "cannot be told apart".

One rule for all. The quantity is the logarithm of a ratio, so that 30 mJ against 20 mJ counts as much as 3 J
against 2 J. An interval is put around it that holds the true ratio 8 in 10 times; two things are told apart
when the whole interval lies on one side of 1. Numbers in, verdict out; swapping the two sides turns the
verdict round and changes nothing else.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from scoring.errors import ScoringError

LEVEL: Final = 0.8
"""Share of cases in which an interval holds the true ratio."""
Z_80: Final = 1.2815515655446004
"""Standard normal quantile that leaves 10 % on either side."""
RESAMPLES: Final = 1000  # draws: 100 of them lie beyond each end of an 80 % interval
_SEED: Final = 20231  # everyone gets the same interval

Cell: TypeAlias = tuple[str, ...]
"""What was measured, without the device: (network, delegate), or (network, precision, delegate)."""


class Verdict(StrEnum):
    """How the first of two compares with the second."""

    LOWER = "lower"
    HIGHER = "higher"
    ALIKE = "cannot be told apart"

    @property
    def turned(self) -> Verdict:
        """The verdict with the two sides swapped."""
        return {Verdict.LOWER: Verdict.HIGHER, Verdict.HIGHER: Verdict.LOWER}.get(self, self)


@dataclass(frozen=True, slots=True)
class Noise:
    """How much a repeated measurement of one device may differ, as standard deviations of the logarithm.

    `own`: every cell for itself. `shared`: all cells of the device together (meter, software, unit), which
    no number of cells averages out.
    """

    own: float
    shared: float = 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """First over second: `ratio` with its 80 % interval `low`..`high`, from `cells` cells in `groups`."""

    ratio: float
    low: float
    high: float
    cells: int = 1
    groups: int = 1

    @property
    def verdict(self) -> Verdict:
        """LOWER or HIGHER where the interval leaves out 1, else ALIKE."""
        if self.high < 1.0:
            return Verdict.LOWER
        return Verdict.HIGHER if self.low > 1.0 else Verdict.ALIKE


def compare_values(
    first: float, second: float, log_sds: tuple[float, float], shared: float = 0.0
) -> Difference:
    """Compare two positive values (same unit) whose logarithms err with standard deviations `log_sds`.

    `shared` is the correlation of the two errors (-1 to 1): var = a² + b² - 2 * shared * a * b. Raises
    ScoringError `INVALID_VALUE`.
    """
    one, other = log_sds
    variance = one**2 + other**2 - 2.0 * shared * one * other
    return _around(_log_ratio(first, second), Z_80 * math.sqrt(max(variance, 0.0)))


def compare_cells(
    first: Mapping[Cell, float],
    second: Mapping[Cell, float],
    noises: tuple[Noise, Noise],
    group_of: Callable[[Cell], Hashable] = lambda cell: cell[0],
) -> Difference | None:
    """Compare two devices by the cells both have (positive values in the same unit); None without any.

    The ratio is the geometric mean over common cells. Its interval joins two parts in quadrature: how far the
    mean moves when whole groups of cells (those of one network) are drawn anew with replacement, at least
    the cells' own noise; and the noise that the cells of a device share. Raises ScoringError
    `INVALID_VALUE`.
    """
    common = sorted(set(first) & set(second))
    if not common:
        return None
    groups: dict[Hashable, list[float]] = {}
    for cell in common:
        groups.setdefault(group_of(cell), []).append(_log_ratio(first[cell], second[cell]))
    mean = math.fsum(value for values in groups.values() for value in values) / len(common)
    below, above = _resampled(list(groups.values()), mean)
    one, other = noises
    own = Z_80 * math.hypot(one.own, other.own) / math.sqrt(len(common))
    shared = Z_80 * math.hypot(one.shared, other.shared)
    return Difference(
        math.exp(mean),
        math.exp(mean - math.hypot(max(below, own), shared)),
        math.exp(mean + math.hypot(max(above, own), shared)),
        len(common),
        len(groups),
    )


def log_sd(low: float, high: float) -> float:
    """Return the standard deviation of the logarithm that an 80 % interval stands for.

    Raises ScoringError `INVALID_VALUE` unless 0 < low <= high.
    """
    if not 0.0 < low <= high < math.inf:
        raise ScoringError(
            "INVALID_VALUE",
            "An interval from {low:g} to {high:g} cannot be compared: both ends have to be above "
            "0, the lower one first. Check the estimate it belongs to.",
            low=low,
            high=high,
        )
    return math.log(high / low) / (2.0 * Z_80)


def _log_ratio(first: float, second: float) -> float:
    for value in (first, second):
        if not (math.isfinite(value) and value > 0.0):
            raise ScoringError(
                "INVALID_VALUE",
                "{value:g} cannot be compared: only numbers above 0 can. Leave out what was not measured.",
                value=value,
            )
    return math.log(first) - math.log(second)


def _around(mean: float, half: float) -> Difference:
    return Difference(math.exp(mean), math.exp(mean - half), math.exp(mean + half))


def _resampled(groups: Sequence[Sequence[float]], mean: float) -> tuple[float, float]:
    """Return how far below and above the mean the 10 % and 90 % points of resampled means lie (>= 0)."""
    if len(groups) < 2:
        return 0.0, 0.0
    sums = [math.fsum(values) for values in groups]
    counts = [len(values) for values in groups]
    # A seed of its own: the same figures give the same words at every visit.
    draw = random.Random(_SEED)  # noqa: S311 - resampling, not cryptography
    places = range(len(groups))
    means = []
    for _ in range(RESAMPLES):
        drawn = draw.choices(places, k=len(groups))
        means.append(math.fsum(sums[place] for place in drawn) / sum(counts[place] for place in drawn))
    means.sort()
    cut = round(RESAMPLES * (1.0 - LEVEL) / 2.0)
    return max(mean - means[cut], 0.0), max(means[RESAMPLES - 1 - cut] - mean, 0.0)
