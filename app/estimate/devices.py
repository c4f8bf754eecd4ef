"""One model on every device: dots with intervals, the figures as a table, and who is missing and why."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.device_intervals import LOG_FROM, device_intervals, height_px
from app.estimate.words import devices_sentence
from app.i18n.formats import count, listing, literal, plain
from app.i18n.messages import tell
from app.i18n.texts import mark, t, tn
from app.models.model import Choice, Model, is_ready, report_for_all
from app.models.targets import (
    is_thin,
    missing_frame,
    target_frame,
    target_id,
    target_label,
    why_not,
    without_precision,
)
from app.ui.glossary import explain
from app.ui.print_view import on_paper, picture_width, print_table
from app.ui.tables import readable
from app.url_state.selections import clicked
from predictors.results.report import ModelReport

PRINTED: Final = 5
"""Columns from the left that fit on a sheet."""


def show_devices(model: Model, choice: Choice) -> None:
    """Show the model on every device that was measured in the chosen precision."""
    report = _estimated(model, choice.precision)
    targets = target_frame(report, target_label)
    not_made = (*report.not_estimated, *without_precision(choice.precision))
    missing = missing_frame(not_made, target_label, why_not)
    sentence = devices_sentence(targets)
    st.markdown(
        t(
            "{sentence} Estimated in {precision}: {amount} of {all} devices and delegates.",
            sentence=literal(sentence),
            precision=choice.precision,
            amount=count(len(targets)),
            all=count(len(targets) + len(missing)),
        )
    )
    if not targets.empty:
        _picture(targets, choice, sentence)
        _table(targets)
    _missing(missing)


def _estimated(model: Model, precision: str) -> ModelReport:
    if is_ready(model, Choice("", "", precision)):
        return report_for_all(model, precision)
    wanted = sum(target.precision == precision and not is_thin(target) for target in bundle_cache.targets())
    words = tn(
        "Estimating on {n} device and delegate (slowest the first time) …",
        "Estimating on {n} devices and delegates (slowest the first time) …",
        wanted,
    )
    with st.spinner(words, show_time=True), st.skeleton(height=height_px(wanted)):
        return report_for_all(model, precision)


def _picture(targets: pd.DataFrame, choice: Choice, sentence: str) -> None:
    ids = [(row.device_id, row.delegate) for row in targets.itertuples()]
    st.plotly_chart(
        device_intervals(targets, target_id(choice.device_id, choice.delegate)),
        config=CONFIG,
        width=picture_width(),
        key="device_intervals",
        selection_mode="points",
        on_select=lambda: _pick(ids),
        alt=t(
            "Energy per inference on every device. {sentence} The same figures are in the table.",
            sentence=plain(sentence),
        ),
    )
    logarithmic = targets["energy_mj_high"].max() >= LOG_FROM * targets["energy_mj_low"].min()
    st.caption(" ".join([t(_MARKS), *([t("The axis is logarithmic.")] if logarithmic else [])]))


_MARKS: Final = mark(
    "Thin lines: 80 % range. Diamond: the chosen device; a click on a dot chooses another one. "
    "Phones were measured whole at the battery, boards whole at the wall socket, Jetson TX2 at one rail of "
    "the module only."
)


def _pick(ids: list[tuple[str, str]]) -> None:
    if target := clicked("device_intervals", ids):
        st.session_state["device"], st.session_state["delegate"] = target


def _table(targets: pd.DataFrame) -> None:
    about = t("Energy, latency and power on every device, lowest energy first")
    if on_paper():
        table = target_columns(targets)
        print_table(table, about, list(table.columns[:PRINTED]))
        return
    st.dataframe(
        readable(target_columns(targets)),
        hide_index=True,
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
