"""From limits to the best choice: at most so many ms and mJ over model, device and delegate."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.compare.accuracy import accuracy_words, accurate_enough, choose_least, choose_own, with_accuracy
from app.compare.conditions import kinds_here, meter_words, scope_of_kind
from app.compare.limit_picture import show_picture
from app.compare.limit_words import limit_sentence, option_words, plain_name
from app.compare.options import (
    DEFAULT_MODELS,
    PRECISIONS,
    UPLOAD_ID,
    model_labels,
    options,
    reference_labels,
    with_words,
)
from app.compare.own import is_model_gone, is_own, show_model_gone
from app.compare.shelf_link import carry_cells
from app.compare.tables import show_table
from app.i18n.formats import energy, energy_range, latency, latency_range, number
from app.i18n.messages import tell
from app.i18n.texts import SOURCE, in_language, mark, t, tn
from app.models.model import sample_titles
from app.models.targets import device_labels
from app.paths import ROOT
from app.ui.glossary import explain
from app.ui.lazy_section import folded
from app.ui.print_view import on_paper
from app.ui.tables import offer_csv
from app.url_state import widgets
from data.inert_csv import frame_csv
from predictors.research.matrix import Cell
from predictors.version import METHOD_VERSION
from scoring.pareto import Answer, Cost, Limits, best_within, clearly_beaten, pareto_front
from scoring.verdict import log_sd

EXAMPLE: Final = Limits(energy_mj=60.0, latency_ms=33.0)
"""Offered where no limit is set: 30 pictures a second."""
EVIDENCE: Final = ("measured", "predicted", "transferred", "approximated", "calibrated")
ESTIMATE_PAGE: Final = ROOT / "pages" / "estimate.py"


def show_limits() -> None:
    """Show the answer, the picture and the tables; the limits and other choices stand beside the picture."""
    if is_model_gone("among", "choice"):
        show_model_gone()
        return
    # The answer comes first, also on a phone, and depends on the choices below it.
    answer_place = st.container()
    left, right = st.columns([1, 3], gap="medium")
    with left:
        limits, least_percent = choose_limits(), choose_least()
        models = choose_models()
        precisions, devices = choose_precisions(), choose_devices()
        choose_own(models, precisions)
        with st.expander(t("More choices")):
            kind, ways = choose_kind(), choose_ways()
    with right:
        if not (models and precisions and ways):
            st.info(
                t("Choose at least one of each: model, precision, way of obtaining."),
                icon=":material/tune:",
            )
            return
        everything, apart = ranked(models, precisions, Place(kind, ways, devices), limits)
        found, left_out = accurate_enough(with_accuracy(everything), least_percent)
        if found.empty:
            st.info(left_out or t("None of these models has a figure there. Add a device or a precision."))
            return
        answer = best_within(costs_of(found), limits)
        cost_words = show_picture(found, limits, least_percent)
        sentences = [limit_sentence(found, answer, limits), left_out, cost_words]
        answer_place.markdown(" ".join(each for each in sentences if each))
        if words := apart_words(apart):
            st.caption(words)
    show_choice(found, answer)
    show_tables(found)
    _carry(found)


def _carry(found: pd.DataFrame) -> None:
    """Let the copied link carry the best choice of each model where one is the reader's own."""
    if not any(map(is_own, found["model_id"])):
        return
    best = found.sort_values("fits", ascending=False, kind="stable").drop_duplicates("model_id")
    columns = ["model", "device_id", "delegate", "precision", "energy_mj", "energy_mj_low", "energy_mj_high"]
    rows = best[[*columns, "latency_ms", "evidence"]].itertuples(index=False)
    scopes = map(scope_of_kind, best["meter"])
    carry_cells([replace(Cell(*row), scope=scope) for row, scope in zip(rows, scopes, strict=True)])


def choose_precisions() -> list[str]:
    """Let the precisions be chosen."""
    return widgets.pills(
        t("Precision"),
        {each: each for each in PRECISIONS},
        "precisions",
        usual=PRECISIONS,
        help=explain("fp32", "int8"),
        wrap=True,
    )


def choose_kind() -> str:
    """Let the kind of energy be chosen; only one kind is ranked at a time."""
    return widgets.selectbox(
        t("What the energy is of"),
        {each: meter_words(each) for each in kinds_here()},
        "scope",
        help=t(METER_HELP),
    )


def choose_ways() -> list[str]:
    """Let the kinds of evidence be chosen."""
    return widgets.pills(
        t("Source of the figure"),
        {each: tell(each) for each in EVIDENCE},
        "obtained",
        usual=EVIDENCE,
        help=explain(*EVIDENCE),
        wrap=True,
    )


def apart_words(apart: pd.DataFrame) -> str:
    """Return which choices stand apart because their energy is of something else, "" where none do."""
    return " ".join(
        tn(
            "{n} choice stands apart, as another kind of energy: {scope}.",
            "{n} choices stand apart, as another kind of energy: {scope}.",
            len(rows),
            scope=meter_words(str(kind)),
        )
        for kind, rows in apart.groupby("meter", sort=False)
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: what the energy is of, kinds of evidence, and devices (none: all of them)."""

    kind: str
    evidence: list[str]
    device_ids: list[str]


METER_HELP: Final = mark(
    "Only energy of one kind is ranked: the wall socket sees the power adapter and the whole board, the "
    "battery the whole phone, a rail one processor of the module only."
)


def choose_limits() -> Limits:
    """Let both limits be set; an empty field is no limit."""
    fields = st.columns(2, gap="small")
    latency_ms = _limit(fields[0], t("At most (ms)"), "ms")
    energy_mj = _limit(fields[1], t("At most (mJ)"), "mj")
    if latency_ms is None and energy_mj is None:
        st.button(t("Try 33 ms and 60 mJ"), on_click=_set, args=(EXAMPLE,), width="stretch")
    return Limits(energy_mj=energy_mj or math.inf, latency_ms=latency_ms or math.inf)


def _set(limits: Limits) -> None:
    st.session_state["ms"], st.session_state["mj"] = limits.latency_ms, limits.energy_mj


def _limit(column: st.delta_generator.DeltaGenerator, label: str, key: str) -> float | None:
    value = column.number_input(
        label,
        min_value=0.001,
        value=None,
        step=5.0,
        format="%g",
        key=key,
        bind="query-params",
        placeholder=t("no limit"),
        help=t("Per inference. Empty: no limit."),
    )
    return None if value is None else float(value)


def choose_models() -> list[str]:
    """Let models be chosen: samples, the upload, and the reference networks that were measured on phones."""
    labels = {**model_labels(), **reference_labels()}
    return widgets.multiselect(
        t("Models"),
        labels,
        "among",
        usual=DEFAULT_MODELS,
        # Not the usual one: the address has to name it, or another session would show samples in its place.
        start=[UPLOAD_ID] if UPLOAD_ID in labels else None,
        noun=t("model"),
        help=t(
            "Samples are estimated; where a board ran the very network, the measured figure is taken. "
            "Reference networks were measured on the phones."
        ),
        placeholder=t("Choose models"),
    )


def choose_devices() -> list[str]:
    """Let the devices be narrowed down; returns their ids, none for all."""
    return widgets.multiselect(
        t("Devices"), device_labels(), "on", noun=t("device"), placeholder=t("All devices")
    )


def ranked(
    models: list[str], precisions: list[str], place: Place, limits: Limits
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every choice of one scope, least energy first, with `rank`, `rival` and `fits`; and the others.

    `rank` is the place on the front, 0 off it; a rival is off it and not clearly beaten by anything on it;
    `fits` says whether both limits are kept.
    """
    bar = st.empty()

    def progress(share: float, words: str) -> None:
        bar.progress(share, t("{step} The first time takes longest.", step=words))

    found = options(models, precisions, progress)
    bar.empty()
    found = found[found["evidence"].isin(place.evidence)]
    found = found[found["device_id"].isin(place.device_ids)] if place.device_ids else found
    apart = found[found["meter"] != place.kind]
    found = found[found["meter"] == place.kind]
    found = found.sort_values("energy_mj", kind="stable", ignore_index=True)
    costs = costs_of(found)
    on_front = pareto_front(costs)
    front = pd.Series(on_front, index=found.index, dtype=bool)
    beaten = clearly_beaten(costs, log_sds_of(found), on_front)
    found = found.assign(
        rank=front.cumsum().where(front, 0).astype(int),
        rival=[not (is_front or is_beaten) for is_front, is_beaten in zip(on_front, beaten, strict=True)],
        fits=[limits.allow(cost) for cost in costs],
    )
    return found, apart


def costs_of(found: pd.DataFrame) -> list[Cost]:
    """Return the costs of the choices, in their order."""
    return [Cost(float(row.energy_mj), float(row.latency_ms)) for row in found.itertuples()]


def log_sds_of(found: pd.DataFrame) -> list[Cost]:
    """Return the standard deviations of the logarithms of energy and latency, from the intervals.

    NaN without an interval.
    """
    return [
        Cost(
            _log_sd(float(row.energy_mj_low), float(row.energy_mj_high)),
            _log_sd(float(row.latency_ms_low), float(row.latency_ms_high)),
        )
        for row in found.itertuples()
    ]


def _log_sd(low: float, high: float) -> float:
    return math.nan if math.isnan(low) or math.isnan(high) else log_sd(low, high)


def show_choice(found: pd.DataFrame, answer: Answer) -> None:
    """Show one choice, the best one at first, with a way to its estimate; a list does what a click does."""
    rows = {str(row["option_id"]): row for row in found.to_dict("records")}
    best = None if answer.best is None else str(found["option_id"].iloc[answer.best])
    with st.container(border=True):
        names = {each: plain_name(row) for each, row in rows.items()}
        chosen = widgets.selectbox(t("Look at"), names, "choice", usual=best, noun=t("choice"))
        row = rows[chosen]
        st.markdown(" ".join(each for each in (option_words(row), accuracy_words(row)) if each))
        if row["model_id"] in sample_titles():
            parts = {"sample": "model_id", "device": "device_id", "delegate": "delegate"}
            query = {name: str(row[column]) for name, column in parts.items()}
            st.page_link(
                ESTIMATE_PAGE,
                label=t("Kernel by kernel"),
                icon=":material/bolt:",
                query_params=query | {"precision": str(row["precision"])},
            )


def show_tables(found: pd.DataFrame) -> None:
    """Show the best choice per model, the front and all choices, as tables and as a file."""
    front = found[(found["rank"] > 0) | found["rival"]]
    st.header(t("Least energy within the limits, model by model"), anchor=False)
    best = found[found["fits"]].drop_duplicates("model_id")
    if best.empty:
        st.info(t("No model fits these limits on any device."))
    else:
        show_table(option_table(best), t("Best choice of each model within the limits"))
    lacking = [each for each in dict.fromkeys(found["model"]) if each not in set(best["model"])]
    if lacking and len(best):
        st.caption(t("Fit nowhere: {models}.", models=", ".join(lacking)))
    title = t("The front, and what cannot be told apart from it")
    alt = t("Choices that nothing clearly beats")
    folded(title, "limit-front", lambda: show_table(option_table(front, numbered=True), alt))
    with st.expander(tn("The {n} choice", "All {n} choices", len(found))):
        st.dataframe(
            option_table(found), hide_index=True, placeholder="", alt=t("All choices, least energy first")
        )
    offer_csv(
        t("Download as CSV"),
        partial(csv_of, found),
        "joulelens-choices.csv",
        help=t("Every choice in full precision, with interval, source and versions."),
    )


def csv_of(found: pd.DataFrame) -> str:
    """Return the choices as CSV, unrounded and in English, with source and versions on every row."""
    with in_language(SOURCE):
        rows = with_words(found).assign(meter=[meter_words(each) for each in found["meter"]])
    versions = {"data_version": bundle_cache.data_version(), "method_version": METHOD_VERSION}
    return frame_csv(rows.assign(**versions))


def top1_words(top1_percent: float) -> str:
    """Return an accuracy (%) as text, "" where it is not known."""
    return "" if pd.isna(top1_percent) else f"{number(top1_percent)} %"


def option_table(rows: pd.DataFrame, numbered: bool = False) -> pd.DataFrame:
    """Return choices as text for the screen; on paper, without what does not fit on a sheet."""
    table = pd.DataFrame(
        {
            t("Model"): rows["model"],
            t("Precision"): rows["precision"],
            t("Device and delegate"): rows["label"],
            t("Energy"): rows["energy_mj"].map(energy),
            t("Energy, 8 in 10 times"): [
                energy_range(row.energy_mj_low, row.energy_mj_high) for row in rows.itertuples()
            ],
            t("Latency"): rows["latency_ms"].map(latency),
            t("Latency, 8 in 10 times"): [
                latency_range(row.latency_ms_low, row.latency_ms_high) for row in rows.itertuples()
            ],
            t("Top-1"): rows["top1_percent"].map(top1_words),
            t("Source of the figure"): rows["evidence"].map(tell),
            t("Fits"): [t("yes") if each else t("no") for each in rows["fits"]],
            t("What the meter saw"): rows["meter"].map(meter_words),
        }
    )
    if rows["top1_percent"].isna().all():
        table = table.drop(columns=t("Top-1"))
    if rows["meter"].nunique() < 2:
        table = table.drop(columns=t("What the meter saw"))
    if on_paper():
        table = table.drop(columns=[t("Latency, 8 in 10 times"), t("Fits")])
    if numbered:
        table.insert(0, t("No."), [str(rank) if rank else "" for rank in rows["rank"]])
    return table
