"""From stretches of power to energy per inference above idle, with the range that their scatter gives.

Every round has one stretch per network, with idle stretches before, between and after the rounds. A network's
energy per inference above idle is (power - idle) x time per inference, averaged over its rounds. Power that
drifts (heat) is taken out as one common slope over all stretches. The range is Student's t on the scatter of
the rounds and of idle, with the degrees of freedom of Welch and Satterthwaite (Welch 1947).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

IDLE: Final = ""
"""The name under which stretches stand in which nothing ran."""
OTHER_LOAD_CORES: Final = 0.1
"""Other programs that keep more than a tenth of a core busy: at 5 W a core that is half a watt."""
ASKED_PERCENT: Final = 2.0
"""Relative standard error (%) of the energy above idle that a network is measured for."""
HIGH_QUANTILE: Final = 0.9
"""Ranges hold 8 of 10 true values: one in ten lies above."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which one network ran in a loop, or nothing (`network` is IDLE then).

    `middle_s` on the monotonic clock, mean power in watts (None: no sensor), what reading in steps does to it
    (W), inferences, and quantiles of the
    latency in ms (evenly from the fastest to the slowest) by the wall clock and, with one thread, by the
    time that the thread had a core.
    """

    network: str
    round: int
    middle_s: float
    seconds: float
    watts: float | None = None
    reading_error_w: float = 0.0
    n: int = 0
    latencies_ms: tuple[float, ...] = ()
    thread_ms: tuple[float, ...] = ()
    cpu_s: float = 0.0
    other_load: float = 0.0
    mhz: float = 0.0
    run: int = 0
    """Counts how often the measuring was begun anew: idle of one run says little about another."""


@dataclass(frozen=True, slots=True)
class NetworkEnergy:
    """What was measured of one network, per inference (mJ); the range is that of the energy above idle."""

    energy_mj: float
    energy_sd_mj: float
    above_idle_mj: float
    low_mj: float
    high_mj: float
    error_percent: float
    avg_power_w: float
    idle_power_w: float


def network_energy(stretches: Sequence[Stretch], network: str) -> NetworkEnergy | None:
    """The energy of one network from all stretches; None with fewer than two rounds or idle stretches."""
    own = [each for each in stretches if each.network == network and each.watts is not None and each.n]
    idle = [each for each in stretches if each.network == IDLE and each.watts is not None]
    if len(own) < 2 or len(idle) < 2:
        return None
    slope = drift(stretches)
    centre = float(np.mean([each.middle_s for each in idle]))
    idle_w, idle_variance, idle_freedom = _idle(idle, slope, centre)
    each_s = np.array([one.seconds / one.n for one in own])
    watts = np.array([one.watts for one in own], dtype=np.float64)
    beyond = watts - idle_w - slope * (np.array([one.middle_s for one in own]) - centre)
    above_mj, total_mj = 1e3 * beyond * each_s, 1e3 * watts * each_s
    mean = float(above_mj.mean())
    own_steps = (1e3 * each_s * np.array([one.reading_error_w for one in own])) ** 2
    own_variance = max(float(above_mj.var(ddof=1)), float(own_steps.mean())) / len(own)
    shared = (1e3 * float(each_s.mean())) ** 2 * idle_variance
    error = math.sqrt(own_variance + shared)
    half = error * _student(own_variance, len(own) - 1, shared, idle_freedom)
    return NetworkEnergy(
        energy_mj=float(total_mj.mean()),
        energy_sd_mj=float(total_mj.std(ddof=1)),
        above_idle_mj=mean,
        low_mj=mean - half,
        high_mj=mean + half,
        error_percent=100.0 * error / abs(mean) if mean else math.inf,
        avg_power_w=float(watts.mean()),
        idle_power_w=idle_w,
    )


def _idle(idle: Sequence[Stretch], slope: float, centre: float) -> tuple[float, float, float]:
    """Mean idle power (W), the variance of that mean, and its degrees of freedom."""
    watts = np.array([each.watts for each in idle], dtype=np.float64)
    watts -= slope * (np.array([each.middle_s for each in idle]) - centre)
    # Coarse steps may hide the scatter: equal readings are then no proof of equal power.
    steps = float(np.mean([each.reading_error_w**2 for each in idle]))
    variance = max(float(watts.var(ddof=1)), steps) / len(watts)
    return float(watts.mean()), variance, float(len(watts) - 1)


def drift(stretches: Sequence[Stretch]) -> float:
    """The common slope of power over time (W/s), networks and idle each at a level of their own.

    0 below three rounds, where a slope could not be told from scatter.
    """
    known = [each for each in stretches if each.watts is not None]
    groups: dict[str, list[Stretch]] = {}
    for each in known:
        groups.setdefault(each.network, []).append(each)
    product = square = 0.0
    for group in groups.values():
        if len(group) < 3:
            continue
        moments = np.array([each.middle_s for each in group])
        watts = np.array([each.watts for each in group], dtype=np.float64)
        away = moments - moments.mean()
        product += float(away @ (watts - watts.mean()))
        square += float(away @ away)
    return product / square if square > 0.0 else 0.0


def _student(own: float, own_freedom: int, shared: float, shared_freedom: float) -> float:
    """The factor on the standard error that leaves a tenth above: Student's t of Welch's freedom."""
    from scipy.special import stdtrit

    both = own + shared
    if both <= 0.0:
        return 0.0
    freedom = both**2 / (own**2 / own_freedom + shared**2 / shared_freedom)
    return float(stdtrit(freedom, HIGH_QUANTILE))


@dataclass(frozen=True, slots=True)
class NetworkLatency:
    """Latency of one network (ms) over all its rounds, and how many inferences."""

    p50_ms: float
    p90_ms: float
    n: int
    error_percent: float
    by_thread: bool = False
    mean_ms: float = 0.0


def network_latency(stretches: Sequence[Stretch], network: str) -> NetworkLatency | None:
    """Latency of one network; the relative standard error is that of its rounds' medians."""
    own = [each for each in stretches if each.network == network and each.latencies_ms]
    if not own:
        return None
    by_thread = by_thread_clock(own)
    quantiles = [each.thread_ms if by_thread else each.latencies_ms for each in own]
    pooled = np.concatenate([np.array(each) for each in quantiles])
    # Quantiles of a stretch stand for all of its inferences, so a longer stretch weighs more.
    weights = np.concatenate(
        [np.full(len(each.latencies_ms), each.n / len(each.latencies_ms)) for each in own]
    )
    p50, p90 = (_weighted_quantile(pooled, weights, share) for share in (0.5, 0.9))
    medians = np.array([np.median(each) for each in quantiles])
    error = float(medians.std(ddof=1)) / math.sqrt(len(own)) if len(own) > 1 else math.inf
    mean_ms = float(np.average(pooled, weights=weights))
    return NetworkLatency(p50, p90, sum(each.n for each in own), 100.0 * error / p50, by_thread, mean_ms)


def by_thread_clock(stretches: Sequence[Stretch]) -> bool:
    """Whether latencies are those of the thread's clock: other programs took cores, and there is one thread.

    The wall clock then counts waiting for a core, which is theirs and not the network's.
    """
    has_clock = all(each.thread_ms for each in stretches if each.n)
    return has_clock and max((each.other_load for each in stretches), default=0.0) > OTHER_LOAD_CORES


def _weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    at = int(np.searchsorted(reached, share * reached[-1]))
    return float(values[order][min(at, len(order) - 1)])
