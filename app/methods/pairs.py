"""Estimated against measured, file in and energy out: the picture, the share inside, and the tables by
stratum.
"""

from __future__ import annotations

import math
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.charts.base import CONFIG
from app.charts.estimated_measured import estimated_measured
from app.i18n.formats import count, number, plain
from app.i18n.texts import t
from app.memo import keeping
from app.ui.tables import offer_csv, readable
from app.ui.target_names import delegate_names
from data.inert_csv import frame_csv
from predictors.energy.applications.stored import application_cases
from predictors.evaluation.applications import ALL, ApplicationRow, application_rows
from predictors.samples import SAMPLES

FILE: Final = "joulelens-estimated-measured.csv"


def show_pairs() -> None:
    """Show every measured application against the estimate made without its network.

    Nothing where the bundle holds licensed sources only: the applications are not in it.
    """
    if bundle_cache.bundle().only_licensed:
        return
    st.header(t("Estimated against measured"), anchor=False)
    rows, pairs = application_rows(application_cases(), "energy"), pair_frame()
    sentence = pairs_sentence(rows[-1])
    st.markdown(sentence)
    st.plotly_chart(
        estimated_measured(pairs),
        config=CONFIG,
        width="stretch",
        key="estimated_measured",
        alt=t("Estimated against measured energy of every pair. {sentence}", sentence=plain(sentence)),
    )
    st.caption(
        t(
            "What went in: the model file. What came out: the energy of the running application on that "
            "phone and delegate. Full: inside its 80 % interval, hollow: outside. The network, in fp32 and "
            "int8, was left out of every fit and of the interval. Not tested here: GPUs (no figure), "
            "networks unlike these six, other phones."
        )
    )
    st.dataframe(readable(accuracy_table(rows)), hide_index=True, alt=t("Errors by delegate and precision"))
    offer_csv(t("Download as CSV"), lambda: frame_csv(pairs), FILE)


def pairs_sentence(whole: ApplicationRow) -> str:
    """Return how many pairs lie inside their interval and how far off estimates are (Markdown)."""
    return t(
        "Of **{pairs}** pairs of network and phone, **{inside} %** lie inside their interval of 80 %. The "
        "estimate is off by {median} % in the median; 8 in 10 are off by at most {high} %.",
        pairs=count(whole.pairs),
        inside=number(whole.coverage_percent, 2),
        median=number(whole.median_percent, 2),
        high=number(whole.high_percent, 2),
    )


def accuracy_table(rows: list[ApplicationRow]) -> pd.DataFrame:
    """Return the errors by delegate and precision, the last row over all."""
    names = delegate_names(["cpu", "cpu4", "gpu", "nnapi"])
    return pd.DataFrame(
        {
            t("Runs on"): [t("all") if row.delegate == ALL else names[row.delegate] for row in rows],
            t("Precision"): [t("all") if row.precision == ALL else row.precision for row in rows],
            t("Pairs"): [row.pairs for row in rows],
            t("Networks"): [row.networks for row in rows],
            t("Median error (%)"): [round(row.median_percent, 1) for row in rows],
            t("8 in 10 within (%)"): [round(row.high_percent, 1) for row in rows],
            t("Common bias (%)"): [round(row.bias_percent, 1) for row in rows],
            t("Inside 80 % interval (%)"): [round(row.coverage_percent, 1) for row in rows],
        }
    )


@keeping
def pair_frame() -> pd.DataFrame:
    """Return one row per pair, with the columns that the picture draws and where the pair is from."""
    names = dict(zip(bundle_cache.devices()["device_id"], bundle_cache.devices()["name"], strict=True))
    rows = []
    for case in application_cases():
        cell = case.cell
        estimated_mj = cell.energy_mj * math.exp(-case.residual)
        rows.append(
            {
                "label": f"{SAMPLES[cell.network].title}, {names[cell.device_id]}, {cell.delegate} "
                f"{cell.precision}",
                "series": f"{cell.delegate} {cell.precision}",
                "device_id": cell.device_id,
                "delegate": cell.delegate,
                "precision": cell.precision,
                "network": cell.network,
                "measured_mj": cell.energy_mj,
                "energy_mj": estimated_mj,
                "energy_mj_low": estimated_mj * math.exp(-case.half_width),
                "energy_mj_high": estimated_mj * math.exp(case.half_width),
                "inside": case.covered,
                "source_id": "tu-2023-sec",
            }
        )
    return pd.DataFrame(rows)
