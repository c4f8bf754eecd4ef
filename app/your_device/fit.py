"""What a few measured networks say about a device: samples with ranges, how sure, what to measure next."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.device_intervals import device_intervals
from app.i18n.formats import energy, energy_range, listing, literal, number, percent, plain
from app.i18n.messages import tell
from app.i18n.texts import t, tn, verbatim
from app.paths import ROOT
from app.ui.glossary import explain
from app.ui.print_view import picture_width, show_data
from app.your_device.device_scores import show_device_scores
from app.your_device.networks import offer_network
from app.your_device.own_models import OnYourDevice, estimated_on
from app.your_device.taken_along import take_along

if TYPE_CHECKING:
    from predictors.energy.calibrated.device_file import OwnDevice
    from predictors.energy.calibrated.predictor import CalibratedPredictor, Total


AddRows: TypeAlias = Callable[[list[str], str], None]
"""Puts networks in one precision at the end of the table that is typed into."""
EXAMPLE: Final = "mobilenet-v2"
"""The sample that the answer names: the one that Estimate opens with."""


def show_fit(device: OwnDevice, add_rows: AddRows) -> None:
    """Show the answer, the networks, what narrows the ranges, and the files of a device."""
    from predictors.energy.calibrated.calibration import mixed_precisions
    from predictors.energy.calibrated.own_devices import fitted

    mixed = mixed_precisions(device)
    if mixed is not None:
        st.info(tell(mixed), icon=":material/call_split:")
    for precision in dict.fromkeys(row.precision for row in device.rows):
        predictor = fitted(device, precision)
        if len(predictor.energy.log_values):
            _show_precision(predictor, add_rows)
        else:
            st.info(
                t("No energy was given in {precision}, so there are no estimates yet.", precision=precision),
                icon=":material/edit_note:",
            )
    show_device_scores(device)
    take_along(device)


def _show_precision(predictor: CalibratedPredictor, add_rows: AddRows) -> None:
    from predictors.energy.calibrated.calibration import sample_totals

    with st.spinner(t("Estimating every network on your device …")):
        estimates = sample_totals(predictor)
        own = estimated_on(predictor.target)
    _answer(predictor, estimates, own)
    _warnings(predictor)
    _next(predictor, add_rows)
    _networks(predictor, estimates, own)
    _own_numbers(predictor)


def _answer(predictor: CalibratedPredictor, estimates: dict[str, Total], own: list[OnYourDevice]) -> None:
    """Say what the first model of the reader's own takes, or else a well-known sample."""
    mine = next((each for each in own if each.estimate is not None), None)
    if mine is not None and mine.estimate is not None:
        name, found = mine.name, mine.estimate
        figures = found.energy_mj, found.energy_mj_low, found.energy_mj_high
    else:
        name, total = verbatim("MobileNetV2"), estimates[EXAMPLE].energy
        figures = total.value, total.low, total.high
    if predictor.target.evidence.value == "predicted":
        st.markdown(
            t(
                "**{device}** takes about **{energy}** for {model} (8 in 10 times {range}), predicted from "
                "its own kernels.",
                device=literal(predictor.device.name),
                model=literal(name),
                energy=energy(figures[0]),
                range=energy_range(figures[1], figures[2]),
            ),
            help=explain("interval"),
        )
        return
    st.markdown(
        tn(
            "**{device}** takes about **{energy}** for {model} (8 in 10 times {range}), calibrated on "
            "{n} network of your own.",
            "**{device}** takes about **{energy}** for {model} (8 in 10 times {range}), calibrated on "
            "{n} networks of your own.",
            len(predictor.energy.log_values),
            device=literal(predictor.device.name),
            model=literal(name),
            energy=energy(figures[0]),
            range=energy_range(figures[1], figures[2]),
        ),
        help=explain("interval"),
    )


def _warnings(predictor: CalibratedPredictor) -> None:
    from predictors.energy.calibrated.calibration import order_warnings

    notes = [tell(note.message) for note in predictor.notes() if note.code != "CALIBRATED"]
    notes += [tell(warning) for warning in order_warnings(predictor)]
    if notes:
        st.warning("  \n".join(literal(note) for note in notes), icon=":material/warning:")


def _next(predictor: CalibratedPredictor, add_rows: AddRows) -> None:
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
            st.button(
                t("Add a row for it"),
                on_click=add_rows,
                args=([following.network], predictor.precision),
                icon=":material/add:",
                key=f"cal_add_{predictor.precision}",
            )


def _networks(predictor: CalibratedPredictor, estimates: dict[str, Total], own: list[OnYourDevice]) -> None:
    """Show every sample and every model of the reader's own with its ranges, and what has none."""
    frame = _frame(predictor, estimates, own)
    least, most = frame.iloc[0], frame.iloc[-1]
    sentence = t(
        "From {least} ({low}) to {most} ({high}).",
        least=str(least["label"]),
        low=energy(float(least["energy_mj"])),
        most=str(most["label"]),
        high=energy(float(most["energy_mj"])),
    )
    st.header(t("Sample networks and your own models on your device"), anchor=False)
    st.markdown(literal(sentence))
    _not_estimated([each for each in own if each.estimate is None])
    st.plotly_chart(
        device_intervals(frame),
        config=CONFIG,
        width=picture_width(),
        key=f"cal_samples_{predictor.precision}",
        alt=t(
            "Energy per inference of the sample networks and your own models on your device. {sentence} The "
            "same figures are in the table.",
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
            t("from (ms)"): frame["latency_ms_low"],
            t("to (ms)"): frame["latency_ms_high"],
            t("Source of the figure"): [tell(each) for each in frame["evidence"]],
        }
    )
    show_data(table, t("Energy and latency of all these networks on your device"))
    if not own:
        st.page_link(
            ROOT / "pages" / "compare.py",
            label=t("Put models of your own on the shelf, and they stand here too"),
            icon=":material/shelves:",
            query_params={"view": "shelf"},
            width="content",
        )


def _frame(
    predictor: CalibratedPredictor, estimates: dict[str, Total], own: list[OnYourDevice]
) -> pd.DataFrame:
    """One row per network with figures, least energy first, as `device_intervals` draws them."""
    from predictors.samples import SAMPLES

    rows = [
        (
            sample_id,
            SAMPLES[sample_id].title,
            *(found.energy.value, found.energy.low, found.energy.high),
            *(found.latency.value, found.latency.low, found.latency.high),
            predictor.target.evidence.value,
        )
        for sample_id, found in estimates.items()
    ]
    rows += [
        (
            each.id,
            t("{model} (yours)", model=each.name),
            *(found.energy_mj, found.energy_mj_low, found.energy_mj_high),
            *(found.latency_ms, found.latency_ms_low, found.latency_ms_high),
            found.evidence.value,
        )
        for each in own
        if (found := each.estimate) is not None
    ]
    target = predictor.target
    frame = pd.DataFrame(rows, columns=_FRAME).assign(device_id=target.device_id, scope=target.scope.value)
    return frame.sort_values("energy_mj", kind="stable", ignore_index=True)


_FRAME: Final = [
    "target_id", "label", "energy_mj", "energy_mj_low", "energy_mj_high", "latency_ms", "latency_ms_low",
    "latency_ms_high", "evidence",
]  # fmt: skip


def _not_estimated(without: list[OnYourDevice]) -> None:
    """Name the models of one's own that get no figure, each with the reason."""
    if without:
        lines = [
            t(
                "**{model}** has no figure: {reason} Code: `{code}`",
                model=literal(each.name),
                reason=literal(each.reason),
                code=each.code,
            )
            for each in without
        ]
        st.warning("  \n".join(lines), icon=":material/help:")


def _own_numbers(predictor: CalibratedPredictor) -> None:
    """Show how well each of one's own numbers is predicted by the others."""
    from predictors.energy.calibrated.predictor import leave_one_out_percent

    rows = [row for row in predictor.rows if row.energy_mj is not None and row.amounts]
    errors = leave_one_out_percent(predictor)
    if len(rows) < 2:
        return
    known = [error for error in errors if not math.isnan(error)]
    st.markdown(
        t(
            "**Each of your numbers as the others predict it:** {error} off in the median. The most similar "
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
    show_data(table, t("Each own number as the others predict it"))
