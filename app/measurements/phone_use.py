"""What an hour of a task at a chosen rate takes of a charge, phone by phone, as measured on them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import pandas as pd

from app import bundle_cache
from app.i18n.messages import tell
from app.i18n.texts import mark, t, verbatim
from app.measurements.noise import cell_log_sd
from app.measurements.rows import note_words
from app.memo import keeping, kept
from app.ui.target_names import network_name
from scoring.meaning import NOMINAL_VOLTAGE_V, battery_energy_j, charge_share_per_hour
from scoring.verdict import Z_80

USUAL_TASK: Final = "DNN8"
"""Classification of pictures by MobileNetV1 in int8: small, known to most, measured on every phone."""

DOING: Final = {
    verbatim("image classification"): mark("classifying pictures"),
    verbatim("object detection"): mark("finding objects in pictures"),
    verbatim("super resolution"): mark("enlarging pictures"),
    verbatim("image segmentation"): mark("outlining what is in pictures"),
    verbatim("question answering"): mark("answering questions about a text"),
    verbatim("speech recognition"): mark("recognising spoken words"),
}
"""Application as the data names it -> the task as a person would say it, within a sentence."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a task is done: its id in the address, the words for it, and inferences per second."""

    id: str
    words: str
    per_s: float


RATES: Final = (
    Rate("1-min", mark("once a minute"), 1 / 60),
    Rate("10-min", mark("10 a minute"), 10 / 60),
    Rate("30-min", mark("30 a minute"), 30 / 60),
    Rate("1-s", mark("once a second"), 1.0),
    Rate("2-s", mark("2 a second"), 2.0),
    Rate("5-s", mark("5 a second"), 5.0),
    Rate("10-s", mark("10 a second"), 10.0),
    Rate("30-s", mark("30 a second"), 30.0),
    Rate("60-s", mark("60 a second"), 60.0),
)
BY_ID: Final = {rate.id: rate for rate in RATES}

COLUMNS: Final = [
    "device_id", "delegate", "energy_mj", "avg_power_w", "latency_ms", "rate_per_s", "keeps_up", "share",
    "share_low", "share_high", "doubtful",
]  # fmt: skip


@keeping
def task_names() -> dict[str, str]:
    """Return network id -> its task in words: "Classifying pictures (MobileNetV1 224 int8)"."""
    dnns = bundle_cache.reference_dnns().to_dict("records")
    return {str(dnn["dnn_id"]): _task_name(dnn) for dnn in dnns}


def _task_name(dnn: dict[str, object]) -> str:
    doing = doing_words(str(dnn["dnn_id"]))
    return f"{doing[:1].upper()}{doing[1:]} ({network_name(dnn)})"


@keeping
def doing_words(dnn_id: str) -> str:
    """Return what a network does within a sentence: "classifying pictures"."""
    dnns = bundle_cache.reference_dnns().set_index("dnn_id")
    application = str(dnns.loc[dnn_id, "application"])
    return t(DOING[application]) if application in DOING else tell(application)


def rate_names() -> dict[str, str]:
    """Return the rates that can be chosen: id -> words."""
    return {rate.id: t(rate.words) for rate in RATES}


@keeping
def usual_rate(dnn_id: str) -> str:
    """Return the highest rate (its id) that every measured phone keeps up with: all can be compared."""
    rows = measured_runs(dnn_id)
    slowest = (1000.0 / rows["latency_ms"]).groupby(rows["device_id"]).max().min()
    able = [rate.id for rate in RATES if rate.per_s <= slowest]
    return able[-1] if able else RATES[0].id


@keeping
def measured_runs(dnn_id: str) -> pd.DataFrame:
    """Return what was measured of a network on the phones, rows without energy or time left out.

    So are doubtful figures of a phone that has others (see `left_out`); `doubtful` says why a figure is.
    """
    rows = _all_runs(dnn_id)
    has_other = rows["doubtful"].eq("").groupby(rows["device_id"]).transform("any")
    return rows[rows["doubtful"].eq("") | ~has_other]


@keeping
def left_out(dnn_id: str) -> pd.DataFrame:
    """Return the doubtful runs of a network that no answer rests on: device_id, delegate, doubtful."""
    rows = _all_runs(dnn_id)
    return rows.drop(index=measured_runs(dnn_id).index)[["device_id", "delegate", "doubtful"]]


def _all_runs(dnn_id: str) -> pd.DataFrame:
    rows = bundle_cache.application_measurements()
    rows = rows[rows["dnn_id"] == dnn_id].dropna(subset=["energy_mj", "latency_ms"])
    declared = bundle_cache.corrections()
    about_figures = declared["column_name"].isin(["energy_mj", "avg_power_w", "latency_ms"])
    ids = set(declared.loc[about_figures, "correction_id"])
    notes = [note_words(",".join(ids & set(_ids(each)))) for each in rows["correction_ids"]]
    return rows.assign(doubtful=notes)


def _ids(correction_ids: object) -> list[str]:
    return [each.strip() for each in str(correction_ids or "").split(",")]


def phone_use(dnn_id: str, rate_id: str) -> pd.DataFrame:
    """Return what an hour of a task takes of each phone's charge (COLUMNS), least first.

    A phone uses the delegate that takes the least energy among those that keep up with the rate. Where none
    does, it uses the fastest one as often as that goes (`rate_per_s`, `keeps_up` False); those come last.
    The ends of a share hold it in 8 of 10 repetitions (`app.measurements.noise`). Shares are NaN where the
    battery is not known; `doubtful` says why a figure is, where the phone has no other one.
    """
    return kept(_phone_use, dnn_id, rate_id)


def _phone_use(dnn_id: str, rate_id: str) -> pd.DataFrame:
    rate_per_s = BY_ID[rate_id].per_s
    capacities = bundle_cache.devices().set_index("device_id")["battery_mah"]
    rows = [
        _use_of(str(device_id), own, rate_per_s, capacities.get(device_id, math.nan))
        for device_id, own in measured_runs(dnn_id).groupby("device_id", sort=False)
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values(["keeps_up", "share"], ascending=[False, True], kind="stable", ignore_index=True)


def _use_of(device_id: str, own: pd.DataFrame, rate_per_s: float, capacity_mah: float) -> dict[str, object]:
    fast_enough = own[own["latency_ms"] <= 1000.0 / rate_per_s]
    keeps_up = not fast_enough.empty
    place = fast_enough["energy_mj"].idxmin() if keeps_up else own["latency_ms"].idxmin()
    run = own.loc[place]
    reached_per_s = rate_per_s if keeps_up else 1000.0 / float(run["latency_ms"])
    share, factor = math.nan, math.exp(Z_80 * cell_log_sd(str(run["delegate"]), is_board=False))
    if not pd.isna(capacity_mah):
        battery_j = battery_energy_j(float(capacity_mah), NOMINAL_VOLTAGE_V)
        share = charge_share_per_hour(float(run["energy_mj"]) / 1000.0, reached_per_s, battery_j)
    return {
        **{name: run[name] for name in ("delegate", "energy_mj", "avg_power_w", "latency_ms")},
        "device_id": device_id,
        "rate_per_s": reached_per_s,
        "keeps_up": keeps_up,
        "share": share,
        "share_low": share / factor,
        "share_high": share * factor,
        "doubtful": run["doubtful"],
    }
