"""The figures of a recording of the reader's own in the copied link: numbers only, never the recording."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

import streamlit as st

from app.i18n.formats import count, energy, energy_range, in_words, number, power
from app.i18n.texts import t, tn
from app.ui.shared import carry
from data.tracing.summary import Summary

PARAMETER: Final = "recorded"
VERSION: Final = "1"
"""Version of the format of the link. A link of another version is not read."""
_NUMBER: Final = re.compile(r"\d{1,15}(\.\d{1,15})?(e[-+]?\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A range of a recording: energy (mJ), time with samples (s), mean and greatest power (W), samples; the
    inferences in it and the energy of one (mJ) with the interval of their mean, all 0 without a log."""

    energy_mj: float
    covered_s: float
    mean_w: float
    peak_w: float
    samples: float
    inferences: float = 0.0
    each_mj: float = 0.0
    each_low_mj: float = 0.0
    each_high_mj: float = 0.0


def carry_recording(summary: Summary) -> None:
    """Let the copied link carry the figures of a recording that the reader brought along."""
    carry({PARAMETER: written(summary)})


def written(summary: Summary) -> str:
    """Return the figures of a range as the link holds them."""
    span, found = summary.span, summary.inferences
    figures = [1000.0 * span.energy_j, span.covered_s, span.avg_power_w, span.peak_w, span.samples]
    if found is not None:
        figures += [found.count, found.mean_mj, found.mean_low_mj, found.mean_high_mj]
    return "_".join([VERSION, *(f"{each:.7g}" for each in figures)])


def read(text: str) -> Recorded | None:
    """Return what a link carries; None for none or one that is not what it should be."""
    version, *parts = text.split("_")
    if version != VERSION or len(parts) not in (5, 9) or not all(map(_NUMBER.fullmatch, parts)):
        return None
    values = [float(each) for each in parts]
    if not all(map(math.isfinite, values)):
        return None
    found = Recorded(*values)
    return found if found.each_low_mj <= found.each_mj <= found.each_high_mj else None


def show_carried() -> None:
    """Show the figures that the link carries, if it carries some."""
    found = read(str(st.query_params.get(PARAMETER, "")))
    if found is None:
        return
    st.info(
        t("These figures came with the link; nobody checked them. The recording itself stayed where it was."),
        icon=":material/link:",
    )
    st.markdown(carried_words(found))


def carried_words(found: Recorded) -> str:
    """Return the figures of a link in words (Markdown)."""
    words = t(
        "**{energy}** in {seconds} s: {power} on average, {peak} at most, from {samples} samples.",
        energy=energy(found.energy_mj),
        seconds=number(found.covered_s),
        power=power(found.mean_w),
        peak=power(found.peak_w),
        samples=count(found.samples),
    )
    if not found.inferences:
        return words
    each = tn(
        "{n} inference took **{energy}** ({interval}).",
        "{n} inferences took **{energy}** each ({interval}).",
        int(found.inferences),
        energy=energy(found.each_mj),
        interval=in_words(energy_range(found.each_low_mj, found.each_high_mj)),
    )
    return f"{words} {each}"
