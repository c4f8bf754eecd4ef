"""What an estimate means: in daily use, beside the twelve reference networks, and as a label."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app.estimate.daily import hour_saying, task_of
from app.i18n.formats import count
from app.i18n.texts import t, tn
from app.label.facts import NETWORKS
from app.label.gather import estimate_facts, phones, versus_model
from app.label.view import show_label
from app.models.model import Model, is_ready, report_for
from app.models.targets import target_label
from app.ui.boundary import boundary
from app.ui.meaning import Use, battery_mah, show_meaning
from app.ui.print_view import on_paper, print_table
from app.ui.tables import readable
from predictors.errors import printable
from predictors.results.estimates import Estimate
from predictors.results.figures import Scope
from predictors.results.report import ModelReport
from predictors.results.targets import Target
from scoring.reference_models import Versus, model_terms

PRINTED: Final = 5
"""Columns from the left of the comparison with reference networks that fit on a sheet."""


def show_model_meaning(model: Model, choice: Target, report: ModelReport) -> None:
    """Show what the report's first estimate means; the table of all phones when it is asked for."""
    estimate = report.estimates[0]
    if estimate.energy_mj_low <= 0:
        st.info(t("None of this model's kernels has an energy on this device, so there is nothing to say."))
        return
    if estimate.scope is Scope.KERNELS:
        st.info(
            t(
                "These are the kernels alone. What a battery or a power plug has to give is the whole "
                "application's, for which there is no figure here, so neither charges nor costs nor a letter "
                "are named."
            ),
            icon=":material/info:",
        )
        return
    task = task_of(model)
    with boundary("estimate, meaning"):
        interval = (estimate.energy_mj_low, estimate.energy_mj_high)
        power_w = estimate.avg_power_w or None
        power = estimate.power_spread
        ends_w = (None, None) if power is None else (power.low, power.high)
        use = Use(estimate.energy_mj, interval, power_w, ends_w)
        show_meaning(
            use, battery_mah(estimate.device_id), lambda voltage_v: hour_saying(estimate, task, voltage_v)
        )
    with boundary("estimate, beside the references"):
        st.header(t("Beside the twelve reference networks"), anchor=False)
        _versus(model, choice, estimate)
    with boundary("estimate, label"):
        st.header(t("The label"), anchor=False)
        name = printable(model.title or model.name, 80)
        facts = estimate_facts(
            report, estimate, name=name, sample_id=model.sample_id, side=model.side, task=task
        )
        show_label(facts, "model_label")


def _versus(model: Model, choice: Target, estimate: Estimate) -> None:
    st.markdown(versus_sentence(versus_model(estimate)))
    asked = st.toggle(t("On every phone"), key="versus_all", bind="query-params")
    if not asked and not is_ready(model, choice.precision):
        return
    with st.spinner(t("Estimating on every device (slowest the first time) …"), show_time=True):
        every = report_for(model, choice.precision)
    about = t("How many reference networks the model beats on each phone, and its terms in the scores")
    if on_paper():
        table = versus_table(every)
        print_table(table, about, list(table.columns[:PRINTED]))
    else:
        st.dataframe(readable(versus_table(every)), hide_index=True, placeholder="", alt=about)
    st.caption(
        t(
            "Beats: takes less, also at the upper end of its interval. No difference: inside the interval. "
            "PCS term: 100 times the share of the TDP it does not draw (points). IECS term: inferences per "
            "joule. They are what the model would add there as one more row, and change no score."
        )
    )


def versus_sentence(versus: Versus | None) -> str:
    """Return how many reference networks a model beats, in words (Markdown)."""
    if versus is None:
        return t(
            "The reference networks were measured as running applications on phones. This figure is none, so "
            "the model cannot be compared with them here; on the CPU of the phones it can."
        )
    said = [
        t(
            "The model takes less than **{amount} of {all}** reference networks measured there.",
            amount=count(len(versus.beaten)),
            all=count(NETWORKS),
        )
    ]
    if versus.undecided:
        said.append(
            tn(
                "{n} cannot be told apart from it.",
                "{n} cannot be told apart from it.",
                len(versus.undecided),
            )
        )
    if versus.lost:
        said.append(tn("{n} takes less.", "{n} take less.", len(versus.lost)))
    if versus.not_measured:
        said.append(
            tn(
                "{n} has no figure to compare with.",
                "{n} have no figure to compare with.",
                len(versus.not_measured),
            )
        )
    return " ".join(said)


def versus_table(report: ModelReport) -> pd.DataFrame:
    """Return one row per estimate on a phone: reference networks beaten, and the terms in both scores."""
    tdps = {phone.device_id: phone.tdp_w for phone in phones()}
    rows = [
        _versus_row(estimate, versus, tdps[estimate.device_id])
        for estimate in report.estimates
        if (versus := versus_model(estimate)) is not None
    ]
    beats, energy_mj = t("Beats"), t("Energy (mJ)")
    columns = [
        t("Device"), energy_mj, beats, t("No difference"), t("Loses to"), t("Not measured"), t("PCS term"),
        t("IECS term"),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values([beats, energy_mj], ascending=[False, True], ignore_index=True)


def _versus_row(estimate: Estimate, versus: Versus, tdp_w: float) -> tuple[object, ...]:
    terms = model_terms(estimate.energy_mj / 1000.0, estimate.avg_power_w, tdp_w)
    return (
        target_label(estimate.device_id, estimate.delegate),
        estimate.energy_mj,
        len(versus.beaten),
        len(versus.undecided),
        len(versus.lost),
        len(versus.not_measured),
        terms.pcs,
        terms.iecs,
    )
