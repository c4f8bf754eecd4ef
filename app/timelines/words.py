"""What a range of a recording says in words: figures with units, how each was obtained, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.i18n.formats import Unit, count, energy_range, energy_unit, in_words, number, percent, with_signs
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.timelines.data import Timeline
from data.tracing import Summary
from data.tracing.per_inference import PerInference
from data.tracing.summary import METHODS

SCALES: Final = {
    "w": (Unit("W", 1.0), Unit("J", 1e-3)),
    "mw": (Unit("mW", 1e3), Unit("mJ", 1.0)),
}
"""Unit switch: id -> unit of power (from W) and of energy (from mJ)."""
SCALE_TITLES: Final = {"w": mark("W and J"), "mw": mark("mW and mJ")}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the strip: what it is, its value with unit, and how it was obtained."""

    label: str
    value: str
    how: str


def shown(value: float, unit: Unit) -> str:
    """Return a value in a unit, three significant digits: 12.4 J."""
    return f"{number(value * unit.factor)} {unit.symbol}"


def figures(summary: Summary, scale: str) -> list[Figure]:
    """Return the strip of figures of a range; energies and powers in the units of `scale`."""
    watts, joules = SCALES[scale]
    span, idle = summary.span, summary.idle
    found = [
        Figure(t("Energy"), shown(1000 * span.energy_j, joules), _energy_how(summary, joules)),
        Figure(
            t("Mean power"),
            shown(span.avg_power_w, watts),
            t("Energy divided by the time that samples cover."),
        ),
        Figure(t("Peak"), shown(span.peak_w, watts), t("The greatest single sample in the range.")),
        Figure(t("Samples"), count(span.samples), t("Samples in the range, both ends included.")),
        Figure(
            t("Above idle"),
            shown(summary.above_idle_mj, joules),
            t(
                "Energy without idle power over the same time. Idle: {power}, {how}.",
                power=shown(idle.power_w, watts),
                how=tell(idle.why),
            ),
        ),
    ]
    if summary.alignment is not None:
        found += _inference_figures(summary.inferences)
    return found


def _energy_how(summary: Summary, joules: Unit) -> str:
    span, method = summary.span, tell(METHODS[summary.rule])
    if not span.gaps:
        return t("Measured: {method}. There is no gap in the range.", method=method)
    return tn(
        "Measured: {method}. {n} gap of {seconds} s adds nothing; bridged by a straight line it would make "
        "it {energy}.",
        "Measured: {method}. {n} gaps of {seconds} s in all add nothing; bridged by a straight line they "
        "would make it {energy}.",
        span.gaps,
        method=method,
        seconds=number(span.gap_s),
        energy=shown(1000 * span.bridged_j, joules),
    )


def _inference_figures(found: PerInference | None) -> list[Figure]:
    if found is None:
        return [Figure(t("Inferences"), "0", t("No inference of the log lies wholly in the range."))]
    unit = energy_unit(found.mean_high_mj)
    above = energy_range(found.above_low_mj, found.above_high_mj)
    how = t(
        "In all: {method}. The mean is known to {interval} (80 %); above idle it is {above}.",
        method=tell(found.method),
        interval=energy_range(found.mean_low_mj, found.mean_high_mj),
        above=above,
    )
    spread = (
        t("8 in 10 inferences take {spread}.", spread=energy_range(found.low_mj, found.high_mj))
        if found.has_each
        else t(
            "With {samples} samples each, single inferences cannot be told apart.",
            samples=number(found.samples_each),
        )
    )
    return [
        Figure(t("Inferences"), count(found.count), _count_how(found)),
        Figure(
            t("Each inference"), f"{number(found.mean_mj * unit.factor)} {unit.symbol}", f"{how} {spread}"
        ),
    ]


def _count_how(found: PerInference) -> str:
    text = t(
        "Those of the log that lie wholly in the range, {warm_up} of them warm-up.",
        warm_up=count(found.warm_up),
    )
    if not found.in_gaps:
        return text
    lost = tn("{n} more lies in a gap.", "{n} more lie in gaps.", found.in_gaps)
    return f"{text} {lost}"


def sentence(summary: Summary, whole_energy_j: float, scale: str) -> str:
    """Return what the range says in one or two sentences."""
    said = [_range_sentence(summary, whole_energy_j, scale)]
    found = summary.inferences
    if found is None:
        return said[0]
    unit = energy_unit(found.mean_high_mj)
    low, high = (found.low_mj, found.high_mj) if found.has_each else (found.mean_low_mj, found.mean_high_mj)
    said.append(
        tn(
            "{n} inference took **{energy}**, {spread}.",
            "{n} inferences took **{energy}** each, {spread}.",
            found.count,
            energy=f"{number(found.mean_mj * unit.factor)} {unit.symbol}",
            spread=in_words(energy_range(low, high)),
        )
    )
    if found.warm_up and found.warm_up < found.count:
        measured = energy_unit(found.measured_mean_mj)
        said.append(
            tn(
                "Without the {n} of the warm-up: {energy}.",
                "Without the {n} of the warm-up: {energy}.",
                found.warm_up,
                energy=f"{number(found.measured_mean_mj * measured.factor)} {measured.symbol}",
            )
        )
    return " ".join(said)


def _range_sentence(summary: Summary, whole_energy_j: float, scale: str) -> str:
    watts, joules = SCALES[scale]
    span = summary.span
    seconds, energy = number(span.duration_s), shown(1000 * span.energy_j, joules)
    power = shown(span.avg_power_w, watts)
    if whole_energy_j <= 0:
        return t("{seconds} s take **{energy}** at {power}.", seconds=seconds, energy=energy, power=power)
    return t(
        "{seconds} s take **{energy}** at {power}, {share} of the recording.",
        seconds=seconds,
        energy=energy,
        power=power,
        share=percent(span.energy_j / whole_energy_j),
    )


def clock_words(line: Timeline) -> str:
    """Return how the times of samples and inferences were obtained."""
    words = line.how()
    if line.alignment is None:
        return words
    offset = t(
        "Inference clock: {offset} s, {how}.",
        offset=with_signs(f"{line.alignment.offset_s:+.4g}"),
        how=tell(line.alignment.note),
    )
    return f"{words} {offset}".strip()
