"""Every model on every device and delegate, as rows: estimated once and kept, or measured and marked so."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import pandas as pd

from app import bundle_cache
from app.compare.conditions import board_networks, meter_kind, scope_kind
from app.i18n.formats import capital, literal
from app.i18n.messages import tell
from app.i18n.texts import SOURCE, in_language, mark, t, verbatim
from app.measurements.noise import cell_log_sd
from app.memo import kept
from app.models.model import current_upload, report_for, sample_model, sample_titles, uploaded_model
from app.models.shelf import shelf_names, shelved_model
from app.models.targets import target_frame, target_label
from app.ui.target_names import network_name
from predictors.results.report import ModelReport
from predictors.results.targets import Target
from scoring.verdict import Z_80

UPLOAD_ID: Final = "upload"
UPLOAD_LABEL: Final = mark("Your uploaded model")
PRECISIONS: Final = ("fp32", "int8")
DEFAULT_MODELS: Final = (
    "mobilenet-v1",
    "mobilenet-v2",
    "efficientnet-lite0",
    "squeezenet-1.1",
    "resnet-18",
)
"""Chosen at first: image classifiers of one input size that every device can run without a gap."""

ON_BOARDS: Final[dict[str, str]] = {
    "mobilenet-v1": "mobilenet-v1-1.0-224",
    "mobilenet-v2": "mobilenet-v2-1.0-224",
    "efficientnet-lite0": "efficientnet-lite0",
    "efficientnet-lite2": "efficientnet-lite2",
    "efficientnet-lite4": "efficientnet-lite4",
}
"""Sample -> the same network in the table of boards, where it was measured."""

COLUMNS: Final = [
    "option_id", "model_id", "model", "device_id", "delegate", "precision", "label", "energy_mj",
    "energy_mj_low", "energy_mj_high", "latency_ms", "latency_ms_low", "latency_ms_high", "power_w",
    "evidence", "approximated", "unsupported", "meter", "source_ids",
]  # fmt: skip
"""One row per model, precision, device and delegate; the ends of intervals hold the value 8 in 10 times."""


_RESNET: Final = verbatim("ResNet")


def family_of(model_id: str) -> str:
    """Return the family of a sample, whose estimates err alike; "" for any other model."""
    from predictors.samples import SAMPLES

    if model_id not in SAMPLES:
        return ""
    family = SAMPLES[model_id].family
    return _RESNET if family.startswith(_RESNET) else family


def model_labels() -> dict[str, str]:
    """Return model id -> name: the samples, and what of the reader's own is in this session."""
    upload = current_upload()
    own = {UPLOAD_ID: t(UPLOAD_LABEL)} if upload is not None and upload.graph is not None else {}
    return own | shelf_names() | sample_titles()


def reference_labels() -> dict[str, str]:
    """Return id -> name of the reference networks, which were measured on the phones."""
    return {each: t("{network} (measured)", network=name) for each, name in reference_names().items()}


def reference_names() -> dict[str, str]:
    """Return id -> application and network of the reference networks."""
    return {
        str(dnn["dnn_id"]): f"{capital(tell(str(dnn['application'])))}: {network_name(dnn)}"
        for dnn in bundle_cache.reference_dnns().to_dict("records")
    }


def with_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows (COLUMNS) with the names of model and target in the reader's language."""
    names = {UPLOAD_ID: t(UPLOAD_LABEL)} | shelf_names() | reference_names() | sample_titles()
    pairs = list(zip(rows["device_id"], rows["delegate"], strict=True))
    labels = {pair: target_label(*pair) for pair in set(pairs)}
    return rows.assign(
        model=[names[each] for each in rows["model_id"]], label=[labels[pair] for pair in pairs]
    )


def estimates_of(model_id: str, precision: str, device_id: str = "") -> pd.DataFrame:
    """Return a model's estimates as rows (COLUMNS), on one device or ("") on all of them.

    Samples are estimated once and kept; an upload is kept for its session only. Raises CodedError.
    """
    if (own := shelved_model(model_id)) is not None:
        rows = option_rows(report_for(own, precision), model_id, precision)
        return with_words(rows[rows["device_id"] == device_id] if device_id else rows)
    if model_id != UPLOAD_ID:
        return with_words(_sample_estimates(model_id, precision, device_id))
    upload = current_upload()
    if upload is None:
        return pd.DataFrame(columns=COLUMNS)
    report = report_for(uploaded_model(upload), precision)
    rows = option_rows(report, UPLOAD_ID, precision)
    return with_words(rows[rows["device_id"] == device_id] if device_id else rows)


def report_of(model_id: str, choice: Target) -> ModelReport:
    """Return the full estimate of a sample or of the upload for one target. Raises CodedError."""
    if (own := shelved_model(model_id)) is not None:
        return report_for(own, choice)
    upload = current_upload()
    if model_id == UPLOAD_ID and upload is not None:
        return report_for(uploaded_model(upload), choice)
    return report_for(sample_model(model_id, None), choice)


def _sample_estimates(model_id: str, precision: str, device_id: str) -> pd.DataFrame:
    with in_language(SOURCE):  # the rows hold no words, so one serves every language
        return kept(_estimated_rows, model_id, precision, device_id)


def _estimated_rows(model_id: str, precision: str, device_id: str) -> pd.DataFrame:
    from predictors.estimate import estimate_graph

    model = sample_model(model_id, None)
    report = estimate_graph(model.network, device=device_id or None, precision=precision)
    return option_rows(report, model_id, precision)


def option_rows(report: ModelReport, model_id: str, precision: str) -> pd.DataFrame:
    """Return a report as rows (COLUMNS), without words, so that they can be kept for every language.

    Estimates without energy or time are left out: they rank nowhere.
    """
    frame = target_frame(report, lambda device_id, delegate: "")
    frame = frame[(frame["energy_mj"] > 0) & (frame["latency_ms"] > 0)]
    rows = frame.assign(
        model_id=model_id,
        model="",
        precision=precision,
        meter=[scope_kind(each) for each in frame["scope"]],
    )
    return with_option_id(rows)


def with_option_id(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with one id each, made of model, precision, device and delegate."""
    parts = [rows[name].astype(str) for name in ("model_id", "precision", "device_id", "delegate")]
    ids = parts[0] + "/" + parts[1] + "/" + parts[2] + "/" + parts[3]
    return rows.assign(option_id=ids)[COLUMNS]


def options(
    model_ids: Sequence[str], precisions: Sequence[str], progress: Callable[[float, str], object]
) -> pd.DataFrame:
    """Return all rows (COLUMNS) of the chosen models; `progress` gets the share done and what is next.

    Reference networks come as measured on phones. Samples are estimated; where a board ran the very same
    network, the measured figure stands in the estimate's place.
    """
    references = reference_labels()
    steps = [
        (model_id, precision)
        for model_id in model_ids
        for precision in precisions
        if model_id not in references
    ]
    frames = [measured_on_phones([each for each in model_ids if each in references], precisions)]
    for place, (model_id, precision) in enumerate(steps):
        model = model_labels().get(model_id, model_id)
        progress(
            place / len(steps),
            t("Estimating {model} in {precision} …", model=literal(model), precision=precision),
        )
        frames.append(with_measured(estimates_of(model_id, precision), board_networks()))
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)


def measured_on_phones(dnn_ids: Sequence[str], precisions: Sequence[str]) -> pd.DataFrame:
    """Return the reference networks on the phones (COLUMNS), with intervals of repeated measuring."""
    rows = bundle_cache.application_measurements()
    rows = rows[rows["dnn_id"].isin(dnn_ids) & rows["precision"].isin(precisions)]
    rows = rows.dropna(subset=["energy_mj", "latency_ms"])
    frame = rows.assign(
        model_id=rows["dnn_id"],
        model="",
        label="",
        power_w=rows["avg_power_w"],
        evidence="measured",
        approximated=0,
        unsupported=0,
        meter=[meter_kind(scope) for scope in rows["meter_scope"]],
        source_ids=rows["source_id"],
    )
    log_sds = [cell_log_sd(each, is_board=False) for each in rows["delegate"]]
    return with_words(with_option_id(with_ends(frame, log_sds)))


def with_ends(rows: pd.DataFrame, log_sds: Sequence[float]) -> pd.DataFrame:
    """Return rows with 80 % intervals of measured energy and latency, from log standard deviations."""
    factors = pd.Series([math.exp(Z_80 * each) for each in log_sds], index=rows.index, dtype=float)
    ends = {}
    for column in ("energy_mj", "latency_ms"):
        ends[f"{column}_low"] = rows[column] / factors
        ends[f"{column}_high"] = rows[column] * factors
    return rows.assign(**ends)


def with_measured(estimates: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return estimates (COLUMNS) with the measured figure in place where a board ran the very network.

    `runs` is the table board_networks; the run of the system behind the target is taken.
    """
    if estimates.empty or str(estimates["model_id"].iloc[0]) not in ON_BOARDS:
        return estimates
    systems = {name for target in bundle_cache.targets() for name in target.systems}
    network = ON_BOARDS[str(estimates["model_id"].iloc[0])]
    same = runs[(runs["network"] == network) & runs["system"].isin(systems)]
    found = same.groupby(["device_id", "delegate", "precision"])[["energy_mj", "latency_ms"]].mean()
    keys = list(zip(estimates["device_id"], estimates["delegate"], estimates["precision"], strict=True))
    is_measured = [key in found.index for key in keys]
    measured = estimates[is_measured].copy()
    if measured.empty:
        return estimates
    for column in ("energy_mj", "latency_ms"):
        values = [found.loc[key, column] for key, hit in zip(keys, is_measured, strict=True) if hit]
        measured[column] = values
    measured = with_ends(measured, [cell_log_sd(each, is_board=True) for each in measured["delegate"]])
    measured = measured.assign(
        power_w=measured["energy_mj"] / measured["latency_ms"],
        evidence="measured",
        approximated=0,
        unsupported=0,
    )
    rest = estimates[[not hit for hit in is_measured]]
    return pd.concat([rest, measured]).sort_index()
