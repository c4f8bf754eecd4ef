"""What a range of a recording says in words: figures with units, how each was obtained, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.formats import Unit, count, energy_range, energy_unit, in_words, number, percent, plural
from app.timeline_data import Timeline
from data.tracing import Summary
from data.tracing.summary import METHOD, PerInference

SCALES: Final = {
    "W and J": (Unit("W", 1.0), Unit("J", 1e-3)),
    "mW and mJ": (Unit("mW", 1e3), Unit("mJ", 1.0)),
}
"""Unit switch: label -> unit of power (from W) and of energy (from mJ)."""

_OFFSETS: Final = 1e-12


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
    gaps = (
        f" {plural(span.gaps, 'gap')} of {number(span.gap_s)} s in all add nothing; bridged by a straight "
        f"line they would make it {shown(1000 * span.bridged_j, joules)}."
        if span.gaps
        else " There is no gap in the range."
    )
    found = [
        Figure("Energy", shown(1000 * span.energy_j, joules), f"Measured. {METHOD.capitalize()}.{gaps}"),
        Figure("Mean power", shown(span.avg_power_w, watts), "Energy over the time that has samples."),
        Figure("Peak", shown(span.peak_w, watts), "The greatest single sample in the range."),
        Figure("Samples", count(span.samples), "Samples in the range, both ends included."),
        Figure(
            "Above idle",
            shown(summary.above_idle_mj, joules),
            f"Energy without idle power over the same time. Idle: {shown(idle.power_w, watts)}, {idle.why}.",
        ),
    ]
    if summary.alignment is not None:
        found += _inference_figures(summary.inferences)
    return found


def _inference_figures(found: PerInference | None) -> list[Figure]:
    if found is None:
        return [Figure("Inferences", "0", "No inference of the log lies wholly in the range.")]
    unit = energy_unit(found.high_mj)
    lost = f" {plural(found.in_gaps, 'more')} lie in gaps." if found.in_gaps else ""
    return [
        Figure(
            "Inferences",
            count(found.count),
            f"Those of the log that lie wholly in the range, {count(found.warm_up)} of them warm-up.{lost}",
        ),
        Figure(
            "Each inference",
            f"{number(found.mean_mj * unit.factor)} {unit.symbol}",
            "Mean over the inferences in the range, each integrated from its begin to its end on the aligned "
            f"clock. 8 in 10 inferences lie between {energy_range(found.low_mj, found.high_mj)}; the mean "
            f"itself is known to {energy_range(found.mean_low_mj, found.mean_high_mj)} (80 %).",
        ),
    ]


def sentence(summary: Summary, whole_energy_j: float, scale: str) -> str:
    """Return what the range says in one or two sentences."""
    watts, joules = SCALES[scale]
    span = summary.span
    share = f", {percent(span.energy_j / whole_energy_j)} of the recording" if whole_energy_j > 0 else ""
    text = (
        f"{number(span.duration_s)} s take **{shown(1000 * span.energy_j, joules)}** at "
        f"{shown(span.avg_power_w, watts)}{share}."
    )
    found = summary.inferences
    if found is None:
        return text
    spread = in_words(energy_range(found.low_mj, found.high_mj))
    unit = energy_unit(found.high_mj)
    text += (
        f" {plural(found.count, 'inference')} took **{number(found.mean_mj * unit.factor)} {unit.symbol}** "
        f"each, {spread}."
    )
    if found.warm_up and found.warm_up < found.count:
        measured = energy_unit(found.measured_mean_mj)
        text += (
            f" Without the {count(found.warm_up)} of the warm-up: "
            f"{number(found.measured_mean_mj * measured.factor)} {measured.symbol}."
        )
    return text


def clock_words(line: Timeline) -> str:
    """Return how the times of samples and inferences were obtained."""
    words = line.how
    if line.alignment is not None:
        offset = line.alignment.offset_s
        words += f" Inference clock: {offset:+.4g} s, {line.alignment.note}."
    return words
