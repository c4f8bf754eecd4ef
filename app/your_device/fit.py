"""What a few measured networks say about a device: samples with ranges, how sure, what to measure next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.device_intervals import device_intervals
from app.i18n.formats import energy, energy_range, listing, literal, number, percent, plain
from app.i18n.messages import tell
from app.i18n.texts import t, tn
from app.ui.glossary import explain
from app.ui.print_view import picture_width
from app.ui.tables import readable
from app.your_device.device_scores import show_device_scores
from app.your_device.networks import offer_network
from app.your_device.taken_along import take_along

if TYPE_CHECKING:
    from predictors.energy.calibrated.device_file import OwnDevice
    from predictors.energy.calibrated.predictor import CalibratedPredictor, Total


EXAMPLE: Final = "mobilenet-v2"
"""The sample that the answer names: the one that Estimate opens with."""


def show_fit(device: OwnDevice) -> None:
    """Show the answer, the samples, what narrows the ranges, and the files of a device."""
    from predictors.energy.calibrated.predictor import CalibratedPredictor

    for precision in dict.fromkeys(row.precision for row in device.rows):
        predictor = CalibratedPredictor(device, precision)
        if len(predictor.energy.log_values):
            _show_precision(predictor)
        else:
            st.info(
                t("No energy was given in {precision}, so there are no estimates yet.", precision=precision),
                icon=":material/edit_note:",
            )
    show_device_scores(device)
    take_along(device)


def _show_precision(predictor: CalibratedPredictor) -> None:
    from predictors.energy.calibrated.calibration import sample_totals

    with st.spinner(t("Estimating the sample networks on your device …")):
        estimates = sample_totals(predictor)
    _answer(predictor, estimates)
    _warnings(predictor)
    _next(predictor)
    _samples(predictor, estimates)
    _own_numbers(predictor)


def _answer(predictor: CalibratedPredictor, estimates: dict[str, Total]) -> None:
    named = estimates[EXAMPLE]
    st.markdown(
        tn(
            "**{device}** takes about **{energy}** for MobileNetV2 (8 in 10 times {range}), calibrated on "
            "{n} network of your own.",
            "**{device}** takes about **{energy}** for MobileNetV2 (8 in 10 times {range}), calibrated on "
            "{n} networks of your own.",
            len(predictor.energy.log_values),
            device=literal(predictor.device.name),
            energy=energy(named.energy.value),
            range=energy_range(named.energy.low, named.energy.high),
        ),
        help=explain("interval"),
    )


def _warnings(predictor: CalibratedPredictor) -> None:
    from predictors.energy.calibrated.calibration import order_warnings

    notes = [tell(note.message) for note in predictor.notes() if note.code != "CALIBRATED"]
    notes += [tell(warning) for warning in order_warnings(predictor)]
    if notes:
        st.warning("  \n".join(literal(note) for note in notes), icon=":material/warning:")


def _next(predictor: CalibratedPredictor) -> None:
    """Say by how much each number narrowed the ranges, and which network to measure next."""
    from predictors.energy.calibrated.calibration import narrowing_percent, next_network

    widths = narrowing_percent(predictor)
    following = next_network(predictor)
    st.metric(
        t("Typical range of a network"),
        f"±{number(widths[-1], 2)} %",
        delta=None if len(widths) < 2 else f"{number(widths[-1] - widths[-2], 2)} %",
        delta_color="inverse",
        chart_data=widths if len(widths) > 1 else None,
        chart_type="line",
        help=t("Half the width of the 80 % range, in the median over the boards' reference networks."),
    )
    if len(widths) > 1:
        st.caption(
            t(
                "After each of your numbers, in the order of the table: {widths}.",
                widths=listing([f"±{number(width, 2)} %" for width in widths], t("then")),
            )
        )
    if following.network:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                t(
                    "**Measure next:** {network}. The range becomes ±{percent} %.",
                    network=literal(following.network),
                    percent=number(following.range_then_percent, 2),
                )
            )
            label = t("Download {network}", network=following.network)
            offer_network(following.network, predictor.precision, label, place="next")


def _samples(predictor: CalibratedPredictor, estimates: dict[str, Total]) -> None:
    from predictors.samples import SAMPLES

    target = predictor.target
    rows = sorted(
        (
            {
                "target_id": sample_id,
                "device_id": target.device_id,
                "label": SAMPLES[sample_id].title,
                "energy_mj": found.energy.value,
                "energy_mj_low": found.energy.low,
                "energy_mj_high": found.energy.high,
                "latency_ms": found.latency.value,
                "latency_ms_low": found.latency.low,
                "latency_ms_high": found.latency.high,
                "evidence": target.evidence.value,
            }
            for sample_id, found in estimates.items()
        ),
        key=lambda row: float(str(row["energy_mj"])),
    )
    frame = pd.DataFrame(rows)
    sentence = t(
        "From {least} ({low}) to {most} ({high}).",
        least=str(rows[0]["label"]),
        low=energy(float(str(rows[0]["energy_mj"]))),
        most=str(rows[-1]["label"]),
        high=energy(float(str(rows[-1]["energy_mj"]))),
    )
    st.subheader(t("The sample networks on your device"), anchor=False)
    st.markdown(literal(sentence))
    st.plotly_chart(
        device_intervals(frame),
        config=CONFIG,
        width=picture_width(),
        key=f"cal_samples_{predictor.precision}",
        alt=t(
            "Energy per inference of the sample networks on your device. {sentence} The same figures are in "
            "the table.",
            sentence=plain(sentence),
        ),
    )
    table = pd.DataFrame(
        {
            t("Network"): frame["label"],
            t("Energy (mJ)"): frame["energy_mj"],
            t("from (mJ)"): frame["energy_mj_low"],
            t("to (mJ)"): frame["energy_mj_high"],
            t("Latency (ms)"): frame["latency_ms"],
            t("Source of the figure"): t("calibrated"),
        }
    )
    st.dataframe(
        readable(table), hide_index=True, alt=t("Energy and latency of the sample networks on your device")
    )


def _own_numbers(predictor: CalibratedPredictor) -> None:
    """Show how well each of one's own numbers is foretold by the others."""
    from predictors.energy.calibrated.predictor import leave_one_out_percent

    rows = [row for row in predictor.rows if row.energy_mj is not None and row.amounts]
    errors = leave_one_out_percent(predictor)
    if len(rows) < 2:
        return
    known = [error for error in errors if not math.isnan(error)]
    st.markdown(
        t(
            "**Each of your numbers as the others foretell it:** {error} off in the median. The most similar "
            "known system is {system}.",
            error=percent(float(pd.Series(known).median()) / 100.0, 2),
            system=literal(predictor.nearest.fitted.rows.system),
        )
    )
    table = pd.DataFrame(
        {
            t("Network"): [row.model for row in rows],
            t("Measured (mJ)"): [row.energy_mj for row in rows],
            t("Off by (%)"): errors,
        }
    )
    st.dataframe(readable(table), hide_index=True, alt=t("Each own number as the others foretell it"))
