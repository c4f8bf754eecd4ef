"""What limits come to, in words: the best choice, or which limit is in the way and what it would take."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from app.formats import energy, energy_range, in_words, latency, literal, plural
from scoring.compare import Verdict, compare_values, log_sd
from scoring.pareto import Answer, Limits, Relaxation, Tight


def limit_words(limits: Limits) -> str:
    """Return the limits: "30.0 ms and 50.0 mJ", "no limit"."""
    parts = []
    if math.isfinite(limits.latency_ms):
        parts.append(latency(limits.latency_ms))
    if math.isfinite(limits.energy_mj):
        parts.append(energy(limits.energy_mj))
    return " and ".join(parts) or "no limit"


def limit_sentence(options: pd.DataFrame, answer: Answer, limits: Limits) -> str:
    """Return the answer: the best choice within limits and how sure it is, or the tight limit.

    Columns of `options`, in the order the answer was made in: model, precision, label, energy_mj, latency_ms
    and their intervals, evidence, unsupported.
    """
    if answer.best is None:
        return _nothing_fits(options, answer, limits)
    best = options.iloc[answer.best].to_dict()
    fitting = f"{len(answer.fitting):,} of {plural(len(options), 'choice')}"
    within = f"within {limit_words(limits)}" if limit_words(limits) != "no limit" else "without any limit"
    return (
        f"{_name(best)} takes the least energy {within}: {_cost(best)} ({best['evidence']}). "
        f"{_sureness(best, limits)}{fitting} fit{_alike(options, answer, best)}."
    )


def _alike(options: pd.DataFrame, answer: Answer, best: Mapping[str, object]) -> str:
    """Return how many of the choices that fit cannot be told apart from the best one in energy."""
    others = [place for place in answer.fitting if place != answer.best]
    alike = sum(_is_alike(options.iloc[place].to_dict(), best) for place in others)
    return f"; {alike:,} of them cannot be told apart from it in energy" if alike else ""


def _is_alike(row: Mapping[str, object], best: Mapping[str, object]) -> bool:
    sds = tuple(log_sd(_value(each, "energy_mj_low"), _value(each, "energy_mj_high")) for each in (row, best))
    found = compare_values(_value(row, "energy_mj"), _value(best, "energy_mj"), (sds[0], sds[1]))
    return found.verdict is Verdict.ALIKE


def _sureness(best: Mapping[str, object], limits: Limits) -> str:
    """Return whether the interval of the best choice stays within the limits, as a sentence."""
    over = [
        name
        for name, column, limit in (
            ("energy", "energy_mj_high", limits.energy_mj),
            ("latency", "latency_ms_high", limits.latency_ms),
        )
        if _value(best, column) > limit
    ]
    gap = " Some of its kernels have no figure, so both are too low." if _value(best, "unsupported") else ""
    if over:
        return f"Its interval reaches beyond the {' and the '.join(over)} limit.{gap} "
    has_limit = math.isfinite(limits.energy_mj) or math.isfinite(limits.latency_ms)
    return f"Its interval stays within as well.{gap} " if has_limit else f"{gap.strip()} ".lstrip()


def _nothing_fits(options: pd.DataFrame, answer: Answer, limits: Limits) -> str:
    if not answer.relaxations:
        return "There is no choice to look at."
    words = [_way_out(options, way, limits) for way in answer.relaxations]
    first = answer.relaxations[0]
    if first.tight is Tight.BOTH:
        tight = "No choice keeps either of the two limits, so both are in the way"
    else:
        tight = f"The {first.tight} limit is the tight one"
    also = f" Or {words[1]}." if len(words) > 1 else ""
    return f"**Nothing fits {limit_words(limits)}.** {tight}: {words[0]}.{also}"


def _way_out(options: pd.DataFrame, way: Relaxation, limits: Limits) -> str:
    row = options.iloc[way.position].to_dict()
    steps = []
    if way.tight is not Tight.LATENCY:
        steps.append(f"{energy(way.limits.energy_mj)} instead of {energy(limits.energy_mj)}")
    if way.tight is not Tight.ENERGY:
        steps.append(f"{latency(way.limits.latency_ms)} instead of {latency(limits.latency_ms)}")
    return f"with {' and '.join(steps)}, {_name(row)} would fit with {_cost(row)} ({row['evidence']})"


def front_sentence(options: pd.DataFrame) -> str:
    """Return between what the front leads (columns rank, energy_mj, latency_ms, ...), in one sentence."""
    front = options[options["rank"] > 0]
    if front.empty:
        return ""
    frugal, fastest = (
        front.loc[front["rank"].idxmin()].to_dict(),
        front.loc[front["latency_ms"].idxmin()].to_dict(),
    )
    if len(front) == 1 or frugal["option_id"] == fastest["option_id"]:
        return f"One choice beats all others in both: {_plain_name(frugal)}."
    return (
        f"{len(front)} of {len(options):,} choices are on the front, from {_plain_name(frugal)} with "
        f"{_cost(frugal)} to {_plain_name(fastest)} with {_cost(fastest)}."
    )


def option_words(row: Mapping[str, object]) -> str:
    """Return one choice in words, with its intervals and how it was obtained."""
    spread = energy_range(_value(row, "energy_mj_low"), _value(row, "energy_mj_high"))
    return (
        f"{_name(row)}: {energy(_value(row, 'energy_mj'))}, {in_words(spread)}, in "
        f"{latency(_value(row, 'latency_ms'))}. {str(row['evidence']).capitalize()}; the meter saw the "
        f"{row['meter']}."
    )


def _name(row: Mapping[str, object]) -> str:
    return f"**{literal(_plain_name(row))}**"


def _plain_name(row: Mapping[str, object]) -> str:
    return f"{row['model']} in {row['precision']} on {row['label']}"


def _cost(row: Mapping[str, object]) -> str:
    return f"{energy(_value(row, 'energy_mj'))} in {latency(_value(row, 'latency_ms'))}"


def _value(row: Mapping[str, object], column: str) -> float:
    return float(str(row[column]))
