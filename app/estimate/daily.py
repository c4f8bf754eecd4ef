"""What an estimate means in a day: the model's task, and what an hour of it takes of a charge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from app import bundle_cache
from app.i18n.formats import capital, energy, latency, literal, number, percent
from app.i18n.texts import t, verbatim
from app.label.gather import sample_task
from app.label.grades import TASKS
from app.measurements.phone_use import BY_ID, DOING, RATES, rate_names, usual_rate
from app.models.model import Model
from app.models.targets import device_labels
from app.ui.meaning import VOLTAGE_KEY, Saying, battery_mah
from app.url_state import widgets
from predictors.results.estimates import Estimate
from predictors.results.figures import Scope
from predictors.results.targets import Target
from scoring.meaning import NOMINAL_VOLTAGE_V, battery_energy_j, charge_share_per_hour, inferences_per_charge

TASK: Final = "model_task"
"""Widget key: the task that a model of the reader's own is for."""
APPLICATIONS: Final = {
    "classification": verbatim("image classification"),
    "detection": verbatim("object detection"),
    "segmentation": verbatim("image segmentation"),
    "super-resolution": verbatim("super resolution"),
    "question-answering": verbatim("question answering"),
    "speech-commands": verbatim("speech recognition"),
}
"""Task -> the application of the reference networks that does it."""
TWO: Final = 2
"""Significant digits of a share: its range is wider than a tenth of it."""


def choose_task() -> str:
    """Let the reader say what a model of their own is for: letter and everyday use are those of the task."""
    return widgets.selectbox(
        t("What the model is for"), {each: capital(t(name)) for each, name in TASKS.items()}, TASK
    )


def task_of(model: Model) -> str:
    """Return what a model is for: a sample's is known, another's the reader says; "" where nobody did."""
    return sample_task(model.sample_id) if model.sample_id else str(st.session_state.get(TASK, ""))


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of a task at a rate (its id): the share of a full charge, and the ends of its interval."""

    task: str
    rate: str
    share: float
    low: float
    high: float

    @property
    def title(self) -> str:
        """The hour's work in words: "an hour of classifying pictures, 10 a second"."""
        return t("an hour of {task}, {rate}", task=_doing(self.task), rate=rate_names()[self.rate])

    @property
    def span(self) -> str:
        """The interval in words."""
        return t("{low} to {high}", low=percent(self.low, TWO), high=percent(self.high, TWO))


def hour_of(estimate: Estimate, task: str, voltage_v: float = NOMINAL_VOLTAGE_V) -> Hour | None:
    """Return what an hour of a task takes; None without a task, a battery or a whole application.

    At the rate at which the page of devices compares phones, or the highest that this model reaches; from a
    battery of this voltage (V).
    """
    battery_j = _battery_j(estimate, voltage_v)
    if task not in APPLICATIONS or battery_j is None or estimate.latency_ms <= 0:
        return None
    dnns = bundle_cache.reference_dnns()
    of_task = dnns.loc[dnns["application"] == APPLICATIONS[task], "dnn_id"]
    if of_task.empty:
        return None
    wanted = max(BY_ID[usual_rate(str(each))].per_s for each in of_task)
    reached = [rate for rate in RATES if rate.per_s <= min(wanted, 1000.0 / estimate.latency_ms)]
    if not reached:
        return None
    ends_mj = (estimate.energy_mj, estimate.energy_mj_low, estimate.energy_mj_high)
    shares = [charge_share_per_hour(each / 1000.0, reached[-1].per_s, battery_j) for each in ends_mj]
    return Hour(task, reached[-1].id, *shares)


def answer_sentence(model: Model, choice: Target, estimate: Estimate) -> str:
    """Return what one run takes, and what that is of a charge (Markdown)."""
    said = [
        t(
            "One run on **{device}** takes **{energy}** and {latency}.",
            energy=energy(estimate.energy_mj),
            device=literal(device_labels().get(choice.device_id, choice.device_id)),
            latency=latency(estimate.latency_ms),
        )
    ]
    voltage_v = float(st.session_state.get(VOLTAGE_KEY) or NOMINAL_VOLTAGE_V)
    battery_j = _battery_j(estimate, voltage_v)
    hour = hour_of(estimate, task_of(model), voltage_v)
    if hour is not None:
        said.append(
            t(
                "{hour}, takes **{share} of a charge** (80 % range {span}).",
                hour=capital(hour.title),
                share=percent(hour.share, TWO),
                span=hour.span,
            )
        )
    elif battery_j is not None:
        runs = inferences_per_charge(estimate.energy_mj / 1000.0, battery_j)
        said.append(t("A full charge pays for {runs} runs.", runs=number(runs, TWO)))
    return " ".join(said)


def hour_saying(estimate: Estimate, task: str, voltage_v: float) -> Saying | None:
    """Return the same as a figure for the cards."""
    hour = hour_of(estimate, task, voltage_v)
    if hour is None:
        return None
    return Saying(
        capital(hour.title),
        t("{share} of a charge", share=percent(hour.share, TWO)),
        t("8 in 10 times {low} to {high}", low=percent(hour.low, TWO), high=percent(hour.high, TWO)),
    )


def _battery_j(estimate: Estimate, voltage_v: float) -> float | None:
    """The energy of a full battery (J); None without one, or where the figure is not what it has to give."""
    if estimate.scope not in {Scope.APPLICATION, Scope.WHOLE_DEVICE} or estimate.energy_mj_low <= 0:
        return None
    capacity_mah = battery_mah(estimate.device_id)
    return None if capacity_mah is None else battery_energy_j(capacity_mah, voltage_v)


def _doing(task: str) -> str:
    return t(DOING[APPLICATIONS[task]])
