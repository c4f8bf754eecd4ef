"""Advice on screen: the costliest kernels, and what a lighter one in their place would cost."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.estimate.advice_words import advice_line, replacement_words, share_sentence
from app.estimate.model import Choice, Model
from app.i18n.formats import energy, energy_range, latency, literal, percent
from app.i18n.texts import t
from app.ui.glossary import explain
from app.ui.print_view import on_paper, print_table
from predictors.research.advice import Advice, advise
from predictors.results.report import ModelReport


def show_advice(model: Model, choice: Choice, report: ModelReport) -> None:
    """Show the three costliest kernels with replacements, costed by the same predictor."""
    estimate = report.estimates[0]
    advice = advise(estimate)
    st.markdown(f"**{literal(share_sentence(estimate, advice))}**", help=explain("kernel", "interval"))
    st.markdown("\n".join(advice_line(each, estimate.energy_mj) for each in advice))
    rows = [row for each in advice for row in _rows(each, estimate.energy_mj)]
    if rows:
        _table(pd.DataFrame(rows), t("Replacements of the costliest kernels with their energy"))
    st.caption(
        t(
            "Each replacement is predicted for its very size, on this device and delegate, as the kernel "
            "itself was. What it does to accuracy is not known here. Intervals of two kernels add up."
        )
    )


def _table(table: pd.DataFrame, alt: str) -> None:
    if on_paper():
        print_table(table, alt, table.columns[[0, 1, 2, 3, 4, 6]])
    else:
        st.dataframe(table, hide_index=True, alt=alt)


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
            t("Obtained"): t(one.evidence.value),
        }
        for one in advice.replacements
    ]
