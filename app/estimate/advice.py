"""Advice on screen: the costliest kernels, and what a lighter one in their place would cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from app.estimate.words import kernel_words
from app.i18n.formats import energy, energy_range, latency, literal, number, percent
from app.i18n.texts import mark, t, tn
from app.ui.glossary import explain
from app.ui.print_view import on_paper, print_table
from predictors.errors import printable
from predictors.research.advice import Advice, Replacement, Way, advise
from predictors.results.estimates import Estimate
from predictors.results.report import ModelReport

WAYS: Final = {
    Way.SEPARABLE: (
        mark("a depthwise-separable {size}×{size} convolution"),
        mark(
            "A depthwise-separable {size}×{size} convolution there would cost about {energy}: {saved} of the "
            "model less."
        ),
    ),
    Way.SMALLER_WINDOW: (
        mark("a {size}×{size} depthwise convolution"),
        mark(
            "A {size}×{size} depthwise convolution there would cost about {energy}: {saved} of the "
            "model less."
        ),
    ),
    Way.THINNER: (
        mark("three quarters of its channels"),
        mark(
            "With a quarter fewer channels this layer takes {energy} instead of {before}; "
            "the model saves {saved}."
        ),
    ),
    Way.LOW_RANK: (
        mark("two layers through {size} units"),
        mark("Two layers through {size} units would cost about {energy}: {saved} of the model less."),
    ),
}
"""Way to make a kernel lighter -> its name, and what it would save."""


def share_sentence(estimate: Estimate, advice: Sequence[Advice]) -> str:
    """Return how much the costly kernels take together: "These 3 kernels take 61 % of the energy."."""
    if not advice:
        return t("No kernel has a figure, so there is nothing to advise.")
    total = sum(each.part.energy_mj for each in advice)
    share = percent(total / estimate.energy_mj, 2) if estimate.energy_mj > 0 else percent(0.0)
    return tn(
        "One kernel takes {share} of the energy.",
        "These {n} kernels take {share} of the energy.",
        len(advice),
        share=share,
    )


def advice_line(advice: Advice, total_mj: float) -> str:
    """Return one kernel and its best replacement in words (Markdown; the name is escaped)."""
    kernel = advice.part.kernel
    words = t(
        "Kernel {index}, {name}, {words}: {energy}, {share} of the energy.",
        index=kernel.index,
        name=literal(printable(kernel.name, 60)),
        words=kernel_words(kernel),
        energy=energy(advice.part.energy_mj),
        share=percent(advice.share, 2),
    )
    if advice.replacements:
        return f"- {words} {_would(advice, total_mj)}"
    nothing = t("Nothing lighter of its kind is known here.")
    return f"- {words} {nothing}"


def _would(advice: Advice, total_mj: float) -> str:
    best, before = advice.replacements[0], energy(advice.part.energy_mj)
    saved = percent(best.saved_mj / total_mj if total_mj > 0 else 0.0, 2)
    words = t(WAYS[best.way][1], size=best.size, energy=energy(best.energy_mj), before=before, saved=saved)
    how_sure = (
        t("The saving cannot be told apart from none.")
        if best.saved_mj_low <= 0.0
        else t("8 in 10 times {range}.", range=saving_words(best, total_mj))
    )
    return " ".join((words, how_sure))


def saving_words(replacement: Replacement, total_mj: float) -> str:
    """Return the interval of what the network saves: "1.2 to 4.4 %"."""
    ends = (replacement.saved_mj_low, replacement.saved_mj_high)
    low, high = (100.0 * end / total_mj if total_mj > 0 else 0.0 for end in ends)
    return t("{low} to {high} %", low=number(low, 2), high=number(high, 2))


def replacement_words(replacement: Replacement) -> str:
    """Return what would stand in a kernel's place: "a depthwise-separable 3×3 convolution"."""
    return t(WAYS[replacement.way][0], size=replacement.size)


def show_advice(report: ModelReport) -> None:
    """Show the three costliest kernels with replacements, costed by the same predictor."""
    estimate = report.estimates[0].at_kernels()
    advice = advise(estimate)
    st.markdown(f"**{literal(share_sentence(estimate, advice))}**", help=explain("kernel", "interval"))
    st.markdown("\n".join(advice_line(each, estimate.energy_mj) for each in advice))
    rows = [row for each in advice for row in _rows(each, estimate.energy_mj)]
    if rows:
        _table(pd.DataFrame(rows), t("Replacements of the costliest kernels with their energy"))
    st.caption(
        t(
            "Each replacement is predicted for its very size, on this device and delegate, as the kernel "
            "itself was. What it does to accuracy is not known here. Intervals of two kernels add up; in "
            "that of the saving, what both networks have in common cancels. Kernels alone, without the "
            "application around them."
        )
    )


def _table(table: pd.DataFrame, alt: str) -> None:
    if on_paper():
        print_table(table, alt, table.columns[[0, 1, 2, 3, 4, 6]])
    else:
        st.dataframe(table, hide_index=True, placeholder="", alt=alt)


def _rows(advice: Advice, total_mj: float) -> list[dict[str, object]]:
    return [
        {
            t("Kernel"): advice.part.kernel.index,
            t("Now"): energy(advice.part.energy_mj),
            t("Instead"): replacement_words(one),
            t("Energy"): energy(one.energy_mj),
            t("8 in 10 times"): energy_range(one.energy_mj_low, one.energy_mj_high),
            t("Latency"): latency(one.latency_ms),
            t("Of the whole"): f"−{percent(one.saved_mj / total_mj, 2)}",
            t("Saving, 8 in 10 times"): saving_words(one, total_mj),
            t("Source of the figure"): t(one.evidence.value),
        }
        for one in advice.replacements
    ]
