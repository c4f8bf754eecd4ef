"""Estimated against measured, file in and energy out: the pictures, the share inside, and the tables by
stratum.

Phones and boards stand apart: a running application on a battery and a board at its socket are two scopes.
"""

from __future__ import annotations

import math
from typing import Any, Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.estimated_measured import estimated_measured
from app.i18n.formats import count, number, plain
from app.i18n.texts import t, verbatim
from app.memo import keeping
from app.ui.print_view import picture_width, show_data
from app.ui.tables import offer_csv
from app.ui.target_names import delegate_names
from data.inert_csv import frame_csv
from predictors.energy.applications.stored import application_cases
from predictors.energy.boards.pairs import BoardCase, board_cases
from predictors.evaluation.boards import NETWORK_OUT
from predictors.evaluation.end_to_end import ALL, EndToEndRow, application_rows, board_rows
from predictors.results.figures import Scope
from predictors.samples import SAMPLES

FILE: Final = "joulelens-estimated-measured.csv"
BOARD_FILE: Final = "joulelens-estimated-measured-boards.csv"


def show_pairs() -> None:
    """Show every measured network against the estimate made without it: phones, then boards.

    Phones are left out where the bundle holds licensed sources only: the applications are not in it.
    """
    st.header(t("Estimated against measured"), anchor=False)
    if not bundle_cache.bundle().only_licensed:
        _show(
            t("Phones: the running application"),
            application_rows(application_cases(), "energy"),
            pair_frame(),
            t(
                "What went in: the model file. What came out: the energy of the running application on that "
                "phone and delegate. Full: inside its 80 % interval, hollow: outside. The network, in fp32 "
                "and int8, was left out of every fit and of the interval. Not tested here: GPUs (no figure), "
                "networks unlike these six, other phones. NNAPI in int8 gets no figure from the app: one of "
                "its four networks took 13 to 33 times the estimate on five of eight phones, and nothing in "
                "the file predicts it."
            ),
            "estimated_measured",
            FILE,
        )
    cases = shown_board_cases()
    if cases:
        _show(
            t("Boards: the whole board at its wall socket"),
            board_rows(cases, "energy", NETWORK_OUT),
            board_frame(),
            t(
                "What went in: the model file. What came out: the energy of the whole board at its socket, "
                "idle included. Full: inside its 80 % interval, hollow: outside. The network was left out of "
                "every fit and of the interval; others of its family (MobileNetV1 to V3, EfficientNet-lite) "
                "were not. With a whole family left out, errors are two to three times as large: *End to "
                "end* below has both."
            ),
            "estimated_measured_boards",
            BOARD_FILE,
        )


def _show(
    title: str, rows: list[EndToEndRow], pairs: pd.DataFrame, caption: str, key: str, file: str
) -> None:
    st.subheader(title, anchor=False)
    sentence = pairs_sentence(rows)
    st.markdown(sentence)
    st.plotly_chart(
        estimated_measured(pairs),
        config=CONFIG,
        width=picture_width(),
        key=key,
        alt=t("Estimated against measured energy of every pair. {sentence}", sentence=plain(sentence)),
    )
    st.caption(caption)
    alt = t("{title}: errors by delegate and precision", title=title)
    show_data(accuracy_table(rows), alt, key=f"{key}_rows")
    offer_csv(t("Download as CSV"), lambda: frame_csv(pairs), file, key=f"{key}_csv")


def pairs_sentence(rows: list[EndToEndRow]) -> str:
    """Return how many pairs lie inside their interval and how far off estimates are (Markdown)."""
    whole = max((row for row in rows if row.delegate == ALL), key=lambda row: row.pairs)
    return t(
        "Of **{pairs}** pairs of network and device, **{inside} %** lie inside their interval of 80 %. The "
        "estimate is off by {median} % in the median; 8 in 10 are off by at most {high} %.",
        pairs=count(whole.pairs),
        inside=number(whole.coverage_percent, 2),
        median=number(whole.median_percent, 2),
        high=number(whole.high_percent, 2),
    )


def accuracy_table(rows: list[EndToEndRow]) -> pd.DataFrame:
    """Return the errors by delegate and precision, with what they come to over all."""
    names = delegate_names(list(dict.fromkeys(row.delegate for row in rows)))
    return pd.DataFrame(
        {
            t("Runs on"): [_runs_on(row, names) for row in rows],
            t("Precision"): [t("all") if row.precision == ALL else row.precision for row in rows],
            t("Shown in the app"): [_is_shown(row) for row in rows],
            t("Pairs"): [row.pairs for row in rows],
            t("Networks"): [row.networks for row in rows],
            t("Median error (%)"): [round(row.median_percent, 1) for row in rows],
            t("8 in 10 within (%)"): [round(row.high_percent, 1) for row in rows],
            t("Common bias (%)"): [round(row.bias_percent, 1) for row in rows],
            t("Inside 80 % interval (%)"): [round(row.coverage_percent, 1) for row in rows],
        }
    )


def _runs_on(row: EndToEndRow, names: dict[str, str]) -> str:
    if row.has_figure is None:
        return t("all pairs")
    return t("all") if row.delegate == ALL else names[row.delegate]


def _is_shown(row: EndToEndRow) -> str:
    """Yes or no; empty for the pairs with a figure and those without taken together."""
    if row.has_figure is None:
        return ""
    return t("yes") if row.has_figure else t("no")


@keeping
def pair_frame() -> pd.DataFrame:
    """Return one row per pair of phones, with the columns that the picture draws and where it is from."""
    rows = []
    cases = application_cases()
    names = delegate_names(list(dict.fromkeys(case.cell.delegate for case in cases)))
    for case in cases:
        cell = case.cell
        place = cell.device_id, cell.delegate, cell.precision, cell.network
        runs_on = names[cell.delegate]
        series = f"{runs_on}, {cell.precision}"
        ends = case.half_width, case.half_width
        rows.append(_pair(place, runs_on, series, cell.energy_mj, case.residual, ends, "tu-2023-sec"))
    return pd.DataFrame(rows).assign(scope=Scope.APPLICATION.value)


def shown_board_cases() -> list[BoardCase]:
    """Return the pairs of boards whose targets the bundle has."""
    known = {(each.device_id, each.delegate, each.precision) for each in bundle_cache.targets()}
    return [case for case in board_cases() if (case.device_id, case.delegate, case.precision) in known]


@keeping
def board_frame() -> pd.DataFrame:
    """Return the same of boards; a colour stands for the software, whatever its version."""
    rows = []
    cases = shown_board_cases()
    names = delegate_names(list(dict.fromkeys(case.delegate for case in cases)))
    for case in cases:
        place = case.device_id, case.delegate, case.precision, case.network
        software = verbatim("TFLite") if case.delegate.startswith("tflite") else verbatim("Arm NN")
        ends = case.below, case.above
        series = f"{software}, {case.precision}"
        runs_on = names[case.delegate]
        rows.append(_pair(place, runs_on, series, case.measured, case.residual, ends, case.source_id))
    return pd.DataFrame(rows).assign(scope=Scope.BOARD_WALL.value)


@keeping
def _device_names() -> dict[str, str]:
    devices = bundle_cache.devices()
    return dict(zip(devices["device_id"], devices["name"], strict=True))


def _pair(
    place: tuple[str, str, str, str],
    runs_on: str,
    series: str,
    measured_mj: float,
    residual: float,
    ends: tuple[float, float],
    source_id: str,
) -> dict[str, Any]:
    device_id, delegate, precision, network = place
    title = SAMPLES[network].title if network in SAMPLES else network
    estimated_mj = measured_mj * math.exp(-residual)
    below, above = ends
    return {
        "label": f"{title}, {_device_names()[device_id]}, {runs_on}, {precision}",
        "series": series,
        "device_id": device_id,
        "delegate": delegate,
        "precision": precision,
        "network": network,
        "measured_mj": measured_mj,
        "energy_mj": estimated_mj,
        "energy_mj_low": estimated_mj * math.exp(-below),
        "energy_mj_high": estimated_mj * math.exp(above),
        "inside": -below <= residual <= above,
        "source_id": source_id,
    }
