"""One model on every device: dots with intervals, the figures as a table, and who is missing and why."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.device_intervals import LOG_FROM, device_intervals, height_px
from app.estimate.words import devices_sentence
from app.i18n.formats import capital, count, energy, listing, literal, plain
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.models.model import Model, is_ready, report_for
from app.models.targets import (
    is_thin,
    missing_frame,
    one_per_device,
    target_frame,
    target_id,
    target_label,
    why_not,
    without_precision,
)
from app.ui.glossary import explain
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.scopes import RANKED, scope_words
from app.ui.tables import readable
from app.url_state.selections import clicked
from predictors.results.figures import Scope
from predictors.results.report import ModelReport
from predictors.results.targets import Target

PRINTED: Final = 5
"""Columns from the left that fit on a sheet."""


def show_devices(model: Model, choice: Target) -> None:
    """Show the model on every device that was measured in the chosen precision."""
    report = _estimated(model, choice.precision)
    targets = target_frame(report, target_label)
    not_made = (*report.not_estimated, *without_precision(choice.precision))
    missing = missing_frame(not_made, target_label, why_not)
    st.markdown(
        t(
            "Estimated in {precision}: {amount} of {all} devices and delegates. Figures of one scope are "
            "ranked with each other; others stand apart.",
            precision=choice.precision,
            amount=count(len(targets)),
            all=count(len(targets) + len(missing)),
        )
    )
    if targets.empty:
        st.markdown(devices_sentence(targets))
    for scope in RANKED:
        _ranking(
            targets[targets["scope"] == scope.value], missing[missing["scope"] == scope.value], scope, choice
        )
    _apart(targets[targets["scope"] == Scope.KERNELS.value])
    _all_targets(targets)
    _missing(missing)


def _ranking(targets: pd.DataFrame, gaps: pd.DataFrame, scope: Scope, choice: Target) -> None:
    """Show the devices of one scope: a row per device with its best delegate, and what was only measured."""
    if targets.empty:
        return
    best = one_per_device(targets)
    sentence = t("Of what can be estimated: {sentence}", sentence=devices_sentence(best))
    st.header(capital(scope_words(scope)), anchor=False)
    st.markdown(literal(sentence))
    _picture(best, choice, sentence, scope)
    _table(best, scope)
    _gaps(gaps)


def _gaps(gaps: pd.DataFrame) -> None:
    """Show in grey what was measured where nothing can be estimated."""
    seen = gaps.dropna(subset=["measured_mj"]).sort_values("measured_mj", kind="stable")
    lines = [
        t(
            ":gray[{device}: measured {energy}, not estimated: {reason}]",
            device=literal(str(row["label"])),
            energy=energy(row["measured_mj"]),
            reason=literal(str(row["reason"])),
        )
        for row in seen.to_dict("records")
    ]
    if lines:
        st.markdown("\n".join(f"- {line}" for line in lines))


def _apart(targets: pd.DataFrame) -> None:
    """Name the figures that are kernels alone: they have no place in a ranking."""
    if targets.empty:
        return
    st.header(t("Kernels alone, in no ranking"), anchor=False)
    lines = [
        t("{device}: {energy}", device=literal(str(row["label"])), energy=energy(row["energy_mj"]))
        + ("" if math.isnan(row["measured_mj"]) else t(
            "; the running application was measured at {energy}", energy=energy(row["measured_mj"])))
        for row in targets.to_dict("records")
    ]  # fmt: skip
    st.markdown("\n".join(f"- {line}" for line in lines))
    st.caption(t("No application can be estimated from these: each estimate's notes say why."))


def _all_targets(targets: pd.DataFrame) -> None:
    """Show every delegate, the best of each device and the others, with its scope."""
    if len(targets) == targets["device_id"].nunique():
        return
    with st.expander(tn("{n} delegate in full", "All {n} delegates", len(targets)), expanded=on_paper()):
        table = target_columns(targets)
        table.insert(1, t("Scope"), [scope_words(Scope(each)) for each in targets["scope"]])
        about = t("Every device and delegate with its scope")
        if on_paper():
            print_table(table, about, list(table.columns[:PRINTED]))
        else:
            st.dataframe(readable(table), hide_index=True, placeholder="", alt=about)


def _estimated(model: Model, precision: str) -> ModelReport:
    if is_ready(model, precision):
        return report_for(model, precision)
    wanted = sum(target.precision == precision and not is_thin(target) for target in bundle_cache.targets())
    words = tn(
        "Estimating on {n} device and delegate (slowest the first time) …",
        "Estimating on {n} devices and delegates (slowest the first time) …",
        wanted,
    )
    with st.spinner(words, show_time=True), st.skeleton(height=height_px(wanted)):
        return report_for(model, precision)


def _picture(targets: pd.DataFrame, choice: Target, sentence: str, scope: Scope) -> None:
    ids = [(row.device_id, row.delegate) for row in targets.itertuples()]
    st.plotly_chart(
        device_intervals(targets, target_id(choice.device_id, choice.delegate)),
        config=CONFIG,
        width=picture_width(),
        key=f"device_intervals_{scope.value}",
        selection_mode="points",
        on_select=lambda: _pick(ids, scope),
        alt=t(
            "Energy per inference on every device. {sentence} The same figures are in the table.",
            sentence=plain(sentence),
        ),
    )
    logarithmic = targets["energy_mj_high"].max() >= LOG_FROM * targets["energy_mj_low"].min()
    st.caption(" ".join([t(_MARKS), *([t("The axis is logarithmic.")] if logarithmic else [])]))


_MARKS: Final = mark(
    "Thin lines: 80 % range. Diamond: the chosen device; a click on a dot chooses another one. Each "
    "device with the delegate that takes least."
)


def _pick(ids: list[tuple[str, str]], scope: Scope) -> None:
    if target := clicked(f"device_intervals_{scope.value}", ids):
        st.session_state["device"], st.session_state["delegate"] = target


def _table(targets: pd.DataFrame, scope: Scope) -> None:
    about = t("Energy, latency and power, lowest energy first: {scope}", scope=scope_words(scope))
    if on_paper():
        table = target_columns(targets)
        print_table(table, about, list(table.columns[:PRINTED]))
        return
    st.dataframe(
        readable(target_columns(targets)),
        hide_index=True,
        placeholder="",
        alt=about,
        column_config={
            t("Source of the figure"): st.column_config.TextColumn(
                help=explain("predicted", "transferred", "approximated")
            ),
        },
    )


def target_columns(targets: pd.DataFrame) -> pd.DataFrame:
    """Return the targets as shown: a number column per quantity, in the unit its heading names."""
    return pd.DataFrame(
        {
            t("Device"): targets["label"],
            t("Energy (mJ)"): targets["energy_mj"],
            t("Low (mJ)"): targets["energy_mj_low"],
            t("High (mJ)"): targets["energy_mj_high"],
            t("Kernels alone (mJ)"): targets["kernel_sum_mj"],
            t("Measured (mJ)"): targets["measured_mj"],
            t("Latency (ms)"): targets["latency_ms"],
            t("Power (W)"): targets["power_w"],
            t("Source of the figure"): targets["evidence"].map(tell),
            t("Kernels"): targets["kernels"],
            t("Approximated"): targets["approximated"],
            t("Without a figure"): targets["unsupported"],
        }
    )


def _missing(missing: pd.DataFrame) -> None:
    if missing.empty:
        return
    heading = tn(
        "{n} device and delegate without a figure, and why",
        "{n} devices and delegates without a figure, and why",
        len(missing),
    )
    with st.expander(heading, icon=":material/block:"):
        st.markdown("\n".join(missing_lines(missing)))


def missing_lines(missing: pd.DataFrame) -> list[str]:
    """Return the reasons as lines of a list, each with the devices it holds for and how many these are."""
    return [
        t(
            "- **{devices}** ({amount}): {reason} Code: `{code}`",
            devices=literal(listing(list(members["label"]))),
            amount=count(len(members)),
            reason=literal(str(reason)),
            code=code,
        )
        for (reason, code), members in missing.groupby(["reason", "code"], sort=False)
    ]
