"""Advice on screen: the costliest kernels, and what a lighter one in their place would cost."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.estimate_model import Choice, Model
from app.estimate_words import kernel_words
from app.formats import energy, energy_range, latency, literal, percent
from predictors.advice import Advice, advice_sentence, advise
from predictors.errors import printable
from predictors.report import ModelReport


def show_advice(model: Model, choice: Choice, report: ModelReport) -> None:
    """Show the three costliest kernels with replacements, costed by the same predictor."""
    estimate = report.estimates[0]
    advice = advise(estimate)
    st.markdown(f"**{literal(advice_sentence(estimate, advice))}**")
    for each in advice:
        st.markdown(advice_line(each, estimate.energy_mj))
    rows = [row for each in advice for row in _rows(each, estimate.energy_mj)]
    if rows:
        st.dataframe(
            pd.DataFrame(rows), hide_index=True, alt="Replacements of the costliest kernels with their energy"
        )
    st.caption(
        "Each replacement is predicted for its very size, on this device and delegate, as the kernel itself "
        "was. What it does to accuracy is not known here. Intervals of two kernels add up."
    )


def advice_line(advice: Advice, total_mj: float) -> str:
    """Return one kernel and its best replacement in words (Markdown; the name is escaped)."""
    kernel = advice.part.kernel
    words = (
        f"- Kernel {kernel.index}, {literal(printable(kernel.name, 60))}, {kernel_words(kernel)}: "
        f"{energy(advice.part.energy_mj)}, {percent(advice.share, 2)} of the energy."
    )
    if not advice.replacements:
        return f"{words} Nothing lighter of its kind is known here."
    best = advice.replacements[0]
    saved = best.saved_mj / total_mj if total_mj > 0 else 0.0
    what = f"{best.what[:1].upper()}{best.what[1:]}"
    return f"{words} {what} would cost about {energy(best.energy_mj)}: {percent(saved, 2)} of the model less."


def _rows(advice: Advice, total_mj: float) -> list[dict[str, object]]:
    return [
        {
            "Kernel": advice.part.kernel.index,
            "Now": energy(advice.part.energy_mj),
            "Instead": one.what,
            "Energy": energy(one.energy_mj),
            "8 in 10 times": energy_range(one.energy_mj_low, one.energy_mj_high),
            "Latency": latency(one.latency_ms),
            "Of the whole": f"−{percent(one.saved_mj / total_mj, 2)}",
            "Obtained": one.evidence.value,
        }
        for one in advice.replacements
    ]
