"""The answer of the page about phones: what an hour of a task takes, of the chosen phone and of all."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.i18n.formats import number, percent, plain
from app.i18n.texts import t, tn
from app.label.grade_strip import score_badge, show_badges
from app.label.strip import Badge
from app.measurements.phone_scores import PhoneScores
from app.measurements.phone_use import USUAL_TASK, doing_words, rate_names, task_names, usual_rate
from app.memo import kept_under
from app.ui.glossary import explain
from app.url_state import widgets

TWO: Final = 2
"""Significant digits of a share: its range is wider than a tenth of it."""


def score_badges(phone: PhoneScores) -> list[Badge]:
    """Return both scores of a phone as badges."""
    return [score_badge(score) for score in (phone.pcs.recomputed, phone.iecs.recomputed)]


def choose_task(task_place: DeltaGenerator, rate_place: DeltaGenerator) -> tuple[str, str]:
    """Let task and rate be chosen; returns the network's and the rate's id.

    A task starts at the rate that every phone keeps up with.
    """
    with task_place:
        dnn_id = widgets.selectbox(
            t("Task"), task_names(), "task", usual=USUAL_TASK, noun=t("task"), on_change=_rate_of_task
        )
    with rate_place:
        rate = widgets.selectbox(t("How often"), rate_names(), "rate", usual=usual_rate(dnn_id))
    return dnn_id, rate


def _rate_of_task() -> None:
    st.session_state["rate"] = usual_rate(str(st.session_state["task"]))


def charge_sentence(use: pd.DataFrame, chosen: str, dnn_id: str, rate_id: str) -> str:
    """Return what an hour of a task takes of the charge of the chosen phone.

    `use` has the columns of `phone_use` and short_name; "" where the chosen phone is not in it.
    """
    own = use[use["device_id"] == chosen]
    if own.empty:
        return ""
    phone = own.iloc[0]
    figures = {
        "task": doing_words(dnn_id),
        "rate": rate_names()[rate_id],
        "phone": phone["short_name"],
        "share": percent(float(phone["share"]), TWO),
        "low": percent(float(phone["share_low"]), TWO),
        "high": percent(float(phone["share_high"]), TWO),
        "hours": number(1.0 / float(phone["share"]), TWO),
    }
    if phone["keeps_up"]:
        return t(
            "An hour of {task}, {rate}, takes **{share} of a charge** on **{phone}** (80 % range {low} to "
            "{high}). A full charge lasts {hours} hours of it.",
            **figures,
        )
    return t(
        "**{phone}** is too slow for {task}, {rate}: it manages {reached} a second, and an hour of that "
        "takes **{share} of a charge** (80 % range {low} to {high}).",
        **figures | {"reached": number(float(phone["rate_per_s"]), TWO)},
    )


def range_sentence(use: pd.DataFrame) -> str:
    """Return which phones take least and most, and how many may be just as good as the first."""
    able = use[use["keeps_up"]].dropna(subset=["share"])
    slow = len(use) - int(use["keeps_up"].sum())
    parts = []
    if len(able) > 1:
        least, most = able.iloc[0], able.iloc[-1]
        parts.append(
            t(
                "{least} takes the least, {low}, and {most} the most, {high}.",
                least=least["short_name"],
                low=percent(float(least["share"]), TWO),
                most=most["short_name"],
                high=percent(float(most["share"]), TWO),
            )
        )
        alike = int((able["share_low"].iloc[1:] <= float(least["share_high"])).sum())
        if alike:
            parts.append(
                tn(
                    "One other may be just as good as the first (the ranges overlap).",
                    "{n} others may be just as good as the first (the ranges overlap).",
                    alike,
                )
            )
    if slow:
        parts.append(tn("{n} phone is too slow.", "{n} phones are too slow.", slow))
    return " ".join(parts)


def show_phone_answer(use: pd.DataFrame, phone: PhoneScores | None, name: str, task: tuple[str, str]) -> None:
    """Show the answer about the chosen phone, with its badges; `task` is network and rate (ids)."""
    chosen = "" if phone is None else phone.device_id
    sentence = kept_under((chosen, task), charge_sentence, use, chosen, *task)
    others = kept_under(task, range_sentence, use)
    st.markdown(
        f"{sentence} {others}"
        if sentence
        else t("**{phone}** was not measured on this task. {others}", phone=name, others=others),
        help=explain("PCS", "IECS", "letter"),
    )
    if phone is not None:
        words = t(
            "PCS: how far it stays below its power limit. IECS: how much AI it does per joule. A is best."
        )
        show_badges(score_badges(phone), words)


def alt_words(use: pd.DataFrame, task: tuple[str, str]) -> str:
    """Return what the bars show, for those who do not see them."""
    figures = ", ".join(
        f"{row['short_name']} {percent(float(row['share']), TWO)}" for row in use.to_dict("records")
    )
    return t(
        "Share of a charge per hour of {task}, {rate}, by phone, least first: {figures}. {sentence}",
        task=doing_words(task[0]),
        rate=rate_names()[task[1]],
        figures=figures,
        sentence=plain(range_sentence(use)),
    )
