"""Limits in words: the best choice, or which limit is in the way and what would help."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from app.compare.conditions import meter_words
from app.i18n.formats import capital, count, energy, energy_range, in_words, latency, listing, literal, number
from app.i18n.messages import tell
from app.i18n.texts import t, tn
from scoring.pareto import Answer, Limits, Relaxation, Tight
from scoring.verdict import Verdict, compare_values, log_sd


def limit_words(limits: Limits) -> str:
    """Return the limits: "30.0 ms and 50.0 mJ"; "" where there is none."""
    parts = []
    if math.isfinite(limits.latency_ms):
        parts.append(latency(limits.latency_ms))
    if math.isfinite(limits.energy_mj):
        parts.append(energy(limits.energy_mj))
    return listing(parts)


def limit_sentence(options: pd.DataFrame, answer: Answer, limits: Limits) -> str:
    """Return the answer: the best choice within limits and how sure it is, or the tight limit.

    Columns of `options`, in the order the answer was made in: model, precision, label, energy_mj, latency_ms
    and their intervals, evidence, unsupported.
    """
    if answer.best is None:
        return _nothing_fits(options, answer, limits)
    best = options.iloc[answer.best].to_dict()
    sentences = [_least(best, limits), *_sureness(best, limits), _fitting(options, answer, best)]
    return " ".join(sentences)


def _least(best: Mapping[str, object], limits: Limits) -> str:
    values = {"name": _name(best), "cost": _cost(best), "evidence": tell(str(best["evidence"]))}
    within = limit_words(limits)
    if not within:
        return t("{name} takes the least energy without any limit: {cost} ({evidence}).", **values)
    return t("{name} takes the least energy within {limits}: {cost} ({evidence}).", **values, limits=within)


def _fitting(options: pd.DataFrame, answer: Answer, best: Mapping[str, object]) -> str:
    """Return how many choices fit, and how many of these cannot be told apart from the best in energy."""
    others = [place for place in answer.fitting if place != answer.best]
    alike = sum(_is_alike(options.iloc[place].to_dict(), best) for place in others)
    fitting = count(len(answer.fitting))
    if not alike:
        return tn(
            "{fitting} of {n} choice fits.", "{fitting} of {n} choices fit.", len(options), fitting=fitting
        )
    return tn(
        "{fitting} of {n} choice fits; {alike} of them may take just as little (the ranges overlap).",
        "{fitting} of {n} choices fit; {alike} of them may take just as little (the ranges overlap).",
        len(options),
        fitting=fitting,
        alike=count(alike),
    )


def _is_alike(row: Mapping[str, object], best: Mapping[str, object]) -> bool:
    sds = tuple(log_sd(_value(each, "energy_mj_low"), _value(each, "energy_mj_high")) for each in (row, best))
    found = compare_values(_value(row, "energy_mj"), _value(best, "energy_mj"), (sds[0], sds[1]))
    return found.verdict is Verdict.ALIKE


def _sureness(best: Mapping[str, object], limits: Limits) -> list[str]:
    """Return whether the interval of the best choice stays within the limits, and whether figures lack."""
    too_much = _value(best, "energy_mj_high") > limits.energy_mj
    too_long = _value(best, "latency_ms_high") > limits.latency_ms
    sentences = []
    if too_much and too_long:
        sentences.append(t("Its interval reaches beyond the energy limit and the latency limit."))
    elif too_much:
        sentences.append(t("Its interval reaches beyond the energy limit."))
    elif too_long:
        sentences.append(t("Its interval reaches beyond the latency limit."))
    elif math.isfinite(limits.latency_ms) and math.isnan(_value(best, "latency_ms_high")):
        sentences.append(t("Its latency has no interval: how surely it keeps that limit is not known."))
    elif limit_words(limits):
        sentences.append(t("Its interval stays within the limits as well."))
    if _value(best, "unsupported"):
        sentences.append(t("Some of its kernels have no figure, so both are too low."))
    return sentences


def _nothing_fits(options: pd.DataFrame, answer: Answer, limits: Limits) -> str:
    if not answer.relaxations:
        return t("There is no choice to look at.")
    first, *others = answer.relaxations
    sentences = [
        t("**Nothing fits {limits}.**", limits=limit_words(limits)),
        _tight(first.tight, _way_out(options, first, limits)),
        *(
            t(
                "Or, with {changes}, {name} would fit with {cost} ({evidence}).",
                **_way_out(options, way, limits),
            )
            for way in others[:1]
        ),
    ]
    return " ".join(sentences)


def _tight(tight: Tight, way: Mapping[str, str]) -> str:
    if tight is Tight.BOTH:
        return t(
            "No choice keeps either of the two limits, so both are in the way: with {changes}, {name} would "
            "fit with {cost} ({evidence}).",
            **way,
        )
    if tight is Tight.ENERGY:
        return t(
            "The energy limit is the tight one: with {changes}, {name} would fit with {cost} ({evidence}).",
            **way,
        )
    return t(
        "The latency limit is the tight one: with {changes}, {name} would fit with {cost} ({evidence}).",
        **way,
    )


def _way_out(options: pd.DataFrame, way: Relaxation, limits: Limits) -> dict[str, str]:
    """Return the parts of a sentence about a wider limit: what changes, and what fits then."""
    row = options.iloc[way.position].to_dict()
    steps = []
    if way.tight is not Tight.LATENCY:
        steps.append((energy(way.limits.energy_mj), energy(limits.energy_mj)))
    if way.tight is not Tight.ENERGY:
        steps.append((latency(way.limits.latency_ms), latency(limits.latency_ms)))
    return {
        "changes": listing([t("{new} instead of {old}", new=new, old=old) for new, old in steps]),
        "name": _name(row),
        "cost": _cost(row),
        "evidence": tell(str(row["evidence"])),
    }


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
        return t("One choice beats all others in both: {name}.", name=literal(plain_name(frugal)))
    return t(
        "{front} of {all} choices are on the front, from {frugal} with {least} to {fastest} with {most}.",
        front=count(len(front)),
        all=count(len(options)),
        frugal=literal(plain_name(frugal)),
        least=_cost(frugal),
        fastest=literal(plain_name(fastest)),
        most=_cost(fastest),
    )


def accuracy_sentence(rows: pd.DataFrame) -> str:
    """Return what more accuracy costs (columns rank, model, precision, energy_mj, top1_percent), in words."""
    front = rows[rows["rank"] > 0].sort_values("rank")
    if front.empty:
        return ""
    first, last = front.iloc[0], front.iloc[-1]
    if len(front) == 1:
        return t("One model is both the most accurate and takes the least: {model}.", model=_short(first))
    return t(
        "More accuracy costs more: from {least} ({least_top1} %, {least_energy}) to {most} ({most_top1} %, "
        "{most_energy}).",
        least=_short(first),
        least_top1=number(first["top1_percent"]),
        least_energy=energy(first["energy_mj"]),
        most=_short(last),
        most_top1=number(last["top1_percent"]),
        most_energy=energy(last["energy_mj"]),
    )


def _short(row: pd.Series) -> str:
    return literal(f"{row['model']} {row['precision']}")


def option_words(row: Mapping[str, object]) -> str:
    """Return one choice in words, with its intervals and how it was obtained."""
    spread = energy_range(_value(row, "energy_mj_low"), _value(row, "energy_mj_high"))
    return t(
        "{name}: {energy}, {interval}, in {latency}. {evidence}; the meter saw the {meter}.",
        name=_name(row),
        energy=energy(_value(row, "energy_mj")),
        interval=in_words(spread),
        latency=latency(_value(row, "latency_ms")),
        evidence=capital(tell(str(row["evidence"]))),
        meter=meter_words(str(row["meter"])),
    )


def _name(row: Mapping[str, object]) -> str:
    return f"**{literal(plain_name(row))}**"


def plain_name(row: Mapping[str, object]) -> str:
    """Return what a choice is: "MobileNetV2 in int8 on P40 Pro · GPU"."""
    return t(
        "{model} in {precision} on {target}",
        model=row["model"],
        precision=row["precision"],
        target=row["label"],
    )


def _cost(row: Mapping[str, object]) -> str:
    return t(
        "{energy} in {latency}",
        energy=energy(_value(row, "energy_mj")),
        latency=latency(_value(row, "latency_ms")),
    )


def _value(row: Mapping[str, object], column: str) -> float:
    return float(str(row[column]))
