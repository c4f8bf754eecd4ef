"""Energy per inference on made-up recordings whose truth is known: how often the 80 % interval holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.methods.bench_words import RECORDING_TRIALS
from bench.tables import Cell, Table, titled
from data.messages import Message
from data.tracing import InferenceLog, Recording, log_of, summarise
from data.tracing.per_inference import LEVEL, ROUGH

Floats = NDArray[np.float64]

TRIALS, SLOW_TRIALS = 200, 1_000
SLOW_HZ: Final = 10.0
"""Recordings of so slow a meter are small, so that more of them cost little."""
IDLE_W: Final = 2.0
BUSY_W: Final = 8.0
RATES_HZ: Final = (1.0, 10.0, 100.0, 1000.0, 5000.0)
LATENCIES_MS: Final = (5.0, 30.0, 100.0, 500.0)


@dataclass(frozen=True, slots=True)
class Setting:
    """One kind of recording: rate of the meter, length of an inference, and what makes it hard."""

    rate_hz: float
    latency_ms: float
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of the trials of a setting; `sure_percent` is the worst error of those not marked as
    rough."""

    trials: int
    held: int
    refused: int
    rough: int
    error_percent: float
    worst_percent: float
    sure_percent: float
    half_width_percent: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The energy of an inference (mJ): the true one, the one found, and the ends of its 80 % interval."""

    truth_mj: float
    mean_mj: float
    low_mj: float
    high_mj: float


@dataclass(frozen=True, slots=True)
class Trial:
    """A made-up recording, its log, and the true energy per inference (mJ)."""

    recording: Recording
    log: InferenceLog
    truth_mj: float


TROUBLES: Final = (
    "",
    "point samples",
    "offset",
    "drift",
    "gap",
    "noise",
    "unlogged",
    "burst",
    "pre-processing",
)


def trial(setting: Setting, seed: int) -> Trial:
    """One recording: idle, inferences with pauses of varying length, idle; seen through a meter."""
    # Each setting has its own chance, so that what one row shows by chance the next does not repeat.
    chance = np.random.default_rng(
        [seed, round(setting.rate_hz), round(setting.latency_ms), TROUBLES.index(setting.trouble)]
    )
    lasting = setting.latency_ms / 1000.0
    count = int(np.clip(8.0 / lasting, 30, 400))
    spread = 1.0 + 0.08 * chance.standard_normal(count).clip(-3, 3)
    pause = lasting * chance.uniform(0.2, 0.5) * chance.uniform(0.7, 1.3, count)
    lengths = lasting * spread
    rest = max(6.0, 8.0 / setting.rate_hz) + chance.uniform(0, 1)
    starts = rest + np.concatenate([[0.0], np.cumsum(lengths + pause)[:-1]])
    ends = starts + lengths
    powers = BUSY_W * (1.0 + 0.05 * chance.standard_normal(count))
    edges, levels = _profile(setting, starts, ends, powers, chance, rest)
    recording = _metered(setting, edges, levels, chance)
    logged = np.arange(count)
    if setting.trouble == "unlogged":
        logged = logged[count // 3 :]
    whole = np.ones(len(logged), dtype=np.bool_)
    for low, high in recording.gaps:
        whole &= (recording.origin_s + high < starts[logged]) | (recording.origin_s + low > ends[logged])
    truth_mj = 1000.0 * float(np.mean((powers * lengths)[logged][whole]))
    shift = chance.uniform(-0.4, 0.4) if setting.trouble == "offset" else 0.0
    rate = chance.uniform(-5e-4, 5e-4) if setting.trouble == "drift" else 0.0
    zero = float(starts[logged][0])
    log = log_of(
        zero + (starts[logged] - zero) * (1 - rate) - shift, zero + (ends[logged] - zero) * (1 - rate) - shift
    )
    return Trial(recording, log, truth_mj)


def _profile(
    setting: Setting, starts: Floats, ends: Floats, powers: Floats, chance: np.random.Generator, rest: float
) -> tuple[Floats, Floats]:
    """Edges (s) and the power (W) between them."""
    begins, stops, added = starts, ends, powers - IDLE_W
    if setting.trouble == "burst":
        begins, stops = np.concatenate([[1.5], begins]), np.concatenate([[3.0], stops])
        added = np.concatenate([[10.0], added])
    if setting.trouble == "pre-processing":
        before = ends[:-1] + 0.3 * (starts[1:] - ends[:-1])
        begins = np.sort(np.concatenate([begins, before]))
        stops = np.sort(np.concatenate([stops, starts[1:]]))
        both = np.empty(len(begins))
        both[0::2], both[1::2] = added, 7.0
        added = both
    edges = np.empty(2 * len(begins) + 2)
    edges[0], edges[-1] = 0.0, float(ends[-1]) + rest
    edges[1:-1:2], edges[2:-1:2] = begins, stops
    levels = np.full(len(edges) - 1, IDLE_W)
    levels[1::2] += added
    return edges, levels


def _metered(setting: Setting, edges: Floats, levels: Floats, chance: np.random.Generator) -> Recording:
    """The samples of a meter: means over its step, or points, with noise."""
    step = 1.0 / setting.rate_hz
    times = chance.uniform(0, step) + step * np.arange(int((edges[-1] - step) / step))
    if setting.trouble == "point samples":
        power = levels[np.clip(np.searchsorted(edges, times, side="right") - 1, 0, len(levels) - 1)]
    else:
        total = np.concatenate([[0.0], np.cumsum(levels * np.diff(edges))])
        power = (
            np.diff(np.interp(np.concatenate([times - step / 2, times[-1:] + step / 2]), edges, total)) / step
        )
    noise = 0.5 if setting.trouble == "noise" else 0.05
    power = power + noise * chance.standard_normal(len(times))
    if setting.trouble == "gap":
        lost = chance.uniform(0.4, 0.5) * edges[-1]
        kept = (times < lost) | (times > lost + 0.05 * edges[-1])
        times, power = times[kept], power[kept]
    return Recording.of(times, power)


def answer(made: Trial) -> Answer | None:
    """What comes out of one recording; None where it is refused."""
    found = summarise(made.recording, log=made.log).inferences
    return found and Answer(made.truth_mj, found.mean_mj, found.mean_low_mj, found.mean_high_mj)


def outcome(setting: Setting, trials: int | None = None) -> Outcome:
    """The trials of a setting in figures."""
    trials = trials or (SLOW_TRIALS if setting.rate_hz <= SLOW_HZ else TRIALS)
    return counted([answer(trial(setting, seed)) for seed in range(trials)])


def counted(answers: Sequence[Answer | None]) -> Outcome:
    """Answers in figures."""
    known = [each for each in answers if each is not None]
    refused = len(answers) - len(known)
    if not known:
        return Outcome(len(answers), 0, refused, 0, *(np.nan,) * 4)
    errors = np.array([100.0 * abs(each.mean_mj / each.truth_mj - 1.0) for each in known])
    rough = np.array([each.high_mj - each.mean_mj > ROUGH * abs(each.mean_mj) for each in known])
    return Outcome(
        trials=len(answers),
        held=sum(each.low_mj <= each.truth_mj <= each.high_mj for each in known),
        refused=refused,
        rough=int(rough.sum()),
        error_percent=float(np.sqrt(np.mean(errors**2))),
        worst_percent=float(errors.max()),
        sure_percent=float(errors[~rough].max()) if not rough.all() else np.nan,
        half_width_percent=float(
            np.mean([50.0 * (each.high_mj - each.low_mj) / each.truth_mj for each in known])
        ),
    )


TROUBLED_AT: Final = ((100.0, 100.0), (1000.0, 30.0))
"""Rate (Hz) and inference (ms) at which each trouble is tried."""
SLOW_POINTS: Final = ((1.0, 500.0), (10.0, 30.0), (10.0, 500.0), (100.0, 5.0))
"""The same for points of a meter that is slower than the inferences, or hardly faster."""
MANY_ANSWERS: Final = 100
"""The share of a row with so many answers is off by 4 % by chance; with fewer it says little by itself."""
COLUMNS: Final = (
    "meter_rate_hz",
    "inference_ms",
    "trouble",
    "trials",
    "answered",
    "refused",
    "held_by_the_80_percent_interval",
    "held_percent",
    "held_error_percent",
    "error_rms_percent",
    "error_worst_percent",
    "half_width_percent",
    "marked_rough",
    "error_worst_of_the_others_percent",
)


def settings() -> list[Setting]:
    """Every rate with every length, and every trouble at two of them."""
    plain = [Setting(rate, length) for rate in RATES_HZ for length in LATENCIES_MS]
    slow = [Setting(rate, length, "point samples") for rate, length in SLOW_POINTS]
    return plain + slow + [Setting(*at, trouble) for trouble in TROUBLES[1:] for at in TROUBLED_AT]


def tables(trials: int | None = None) -> list[Table]:
    """How often the 80 % interval of the energy per inference holds the truth (about ten minutes)."""
    return [as_table([(setting, outcome(setting, trials)) for setting in settings()])]


def as_table(found: list[tuple[Setting, Outcome]]) -> Table:
    """Settings with what came out of their trials, as the table of the bench."""
    rows = [_row(*each) for each in found]
    held, answered = sum(_whole(row[6]) for row in rows), sum(_whole(row[4]) for row in rows)
    percent = 100 * held / max(1, answered)
    shares = [_number(row[7]) for row in rows if _whole(row[4]) >= MANY_ANSWERS]
    note = Message(
        RECORDING_TRIALS, trials=max(each.trials for _, each in found),
        answered=answered, held=held, percent=percent,
        least=min(shares, default=0.0), most=max(shares, default=0.0),
        rough=sum(_whole(row[12]) for row in rows),
        sure=max((_number(row[13]) for row in rows), default=0.0),
    )  # fmt: skip
    return titled("recording-trials", note, COLUMNS, tuple(rows))


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _whole(cell: Cell) -> int:
    return int(cell) if isinstance(cell, int | float) else 0


def _row(setting: Setting, found: Outcome) -> tuple[Cell, ...]:
    answered = found.trials - found.refused
    known: tuple[Cell, ...] = (None,) * 7
    if answered:
        share = 100.0 * found.held / answered
        # A share that is 80 % comes out so far off by the chance of the trials alone (binomial).
        chance = 100.0 * float(np.sqrt(LEVEL * (1.0 - LEVEL) / answered))
        sure = None if np.isnan(found.sure_percent) else found.sure_percent
        off = (found.error_percent, found.worst_percent, found.half_width_percent)
        known = (share, chance, *off, found.rough, sure)
    trouble = setting.trouble or "none"
    counted = (found.trials, answered, found.refused, found.held)
    return (setting.rate_hz, setting.latency_ms, trouble, *counted, *known)
