"""Two to six models on one device and delegate: differences first, then the picture, then the conditions."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.charts.base import CONFIG
from app.charts.device_intervals import device_intervals
from app.compare_address import select_one
from app.compare_conditions import conditions_table, facts_by_name
from app.compare_model_frames import (
    estimate_difference,
    interval_frame,
    kind_energies,
    kind_sentence,
    missing_models,
    model_differences,
    model_facts,
)
from app.compare_options import UPLOAD_ID, family_of, model_labels, report_of
from app.compare_words import ENERGY, Compared, answer, conditions_sentence
from app.estimate_inputs import choose_target
from app.estimate_model import Choice
from app.estimate_targets import target_label, target_of
from app.formats import literal, number, plain
from predictors.errors import CodedError
from predictors.report import ModelReport

LEAST, MOST = 2, 6
DEFAULT_MODELS: Final = ("mobilenet-v1", "mobilenet-v2", "efficientnet-lite0")
EXAMPLES: Final = {
    "Three generations of MobileNet": ("mobilenet-v1", "mobilenet-v2", "mobilenet-v3-large"),
    "Two sizes of ResNet": ("resnet-18", "resnet-50"),
}


def show_models() -> None:
    """Show the choice of models and target and, with two or more, everything about their differences."""
    chosen = choose_models()
    left, right = st.columns([1, 3], gap="medium")
    with left:
        choice = choose_target()
        if UPLOAD_ID not in model_labels():
            st.caption("A file read on the Estimate page in this session can be chosen here, too.")
    with right:
        if len(chosen) < LEAST:
            show_invitation(len(chosen))
            return
        reports = estimated(chosen, choice)
        if len(reports) < LEAST:
            st.info("Fewer than two of these models can be estimated there. Choose another target or model.")
            return
        show_answer(reports, choice)
    show_parts(reports)


def choose_models() -> list[str]:
    """Let two to six models be chosen; returns their ids."""
    labels = model_labels()
    chosen = st.multiselect(
        "Models, two to six",
        list(labels),
        default=list(DEFAULT_MODELS),
        format_func=labels.__getitem__,
        max_selections=MOST,
        key="models",
        bind="query-params",
        placeholder="Choose models",
    )
    return list(chosen)


def show_invitation(amount: int) -> None:
    """Say what is missing, and offer comparisons to start from."""
    missing = "one more model" if amount else "two models"
    st.info(f"Choose {missing}, or start from one of these:", icon=":material/compare_arrows:")
    with st.container(horizontal=True):
        for name, models in EXAMPLES.items():
            st.button(name, key=f"example_{models[1]}", on_click=_choose, args=(list(models),))


def _choose(model_ids: list[str]) -> None:
    st.session_state["models"] = model_ids


def estimated(model_ids: list[str], choice: Choice) -> dict[str, ModelReport]:
    """Return the estimates that can be made; the others are named with the reason."""
    labels = model_labels()
    reports: dict[str, ModelReport] = {}
    failures: list[tuple[str, str, str]] = []
    with st.spinner("Estimating (the first one also fits the predictors) …", show_time=True):
        for model_id in model_ids:
            try:
                reports[model_id] = report_of(model_id, choice)
            except CodedError as error:
                failures.append((labels[model_id], error.code, error.message))
    if failures:
        st.warning("Not every model can be estimated there:", icon=":material/help:")
        st.dataframe(missing_models(failures), hide_index=True, alt="Models without an estimate, and why")
    return reports


def show_answer(reports: dict[str, ModelReport], choice: Choice) -> None:
    """Show the answer in words, the table of differences and the picture."""
    labels = model_labels()
    titles = {each: labels[each] for each in reports}
    families = {each: family_of(each) for each in reports}
    base = select_one("Compared with", "model", titles)
    first = reports[base].estimates[0]
    compared = [
        Compared(
            titles[each],
            estimate_difference(report.estimates[0], first, ENERGY, (families[each], families[base])),
        )
        for each, report in reports.items()
        if each != base
    ]
    sentence = answer(titles[base], compared)
    st.markdown(
        f"On {literal(target_label(choice.device_id, choice.delegate))} in {choice.precision}: {sentence}"
    )
    table = model_differences(reports, titles, families, base)
    st.dataframe(table, hide_index=True, alt="Differences between the models, in words")
    if any(report.estimates[0].coverage.unsupported for report in reports.values()):
        st.warning(
            "Where kernels are missing, the total is too low, and “uses less” may only say so.  \n"
            "Code: `kernels-missing`",
            icon=":material/warning:",
        )
    frame = interval_frame(reports, titles)
    st.plotly_chart(
        device_intervals(frame, base),
        config=CONFIG,
        key="model_intervals",
        selection_mode="points",
        on_select=lambda: _pick([str(each) for each in frame["target_id"]]),
        alt=f"Energy per inference of each model with its interval. {plain(sentence)}",
    )
    st.caption("Whiskers: 8 in 10 times within. Diamond: the one compared with; a click chooses another one.")
    with st.expander("How the differences are judged"):
        st.markdown(RULE)


def _pick(ids: list[str]) -> None:
    positions = st.session_state["model_intervals"]["selection"]["point_indices"]
    if positions and positions[0] < len(ids):
        st.session_state["model"] = ids[positions[0]]


RULE: Final = (
    "The interval of the ratio comes from the intervals of both estimates. What is wrong with the whole "
    "device (meter, unit, software) is the same for both and drops out of the ratio. What is left was "
    "looked at in measurements that were held back: the errors of two networks of different families on "
    "one device and delegate are not related (correlation -0.14 on boards, -0.18 on phones), so they "
    "count as independent. Those of two networks of one family are (0.32 in the median), so 0.3 of them "
    "is taken to be shared, which makes the interval of such a ratio narrower. An uploaded model counts "
    "as a family of its own, which is cautious if it is a variant of another one here. “Uses less” and "
    "“uses more” are said only where the interval leaves out 1."
)


def show_parts(reports: dict[str, ModelReport]) -> None:
    """Show which kernel types the difference comes from, and the conditions."""
    labels = model_labels()
    titles = {each: labels[each] for each in reports}
    base = titles.get(str(st.session_state.get("model")), next(iter(titles.values())))
    energies = kind_energies(reports, titles)
    st.header("Where the difference comes from", anchor=False)
    st.markdown(kind_sentence(energies, base))
    shown = energies.map(lambda value: f"{number(value)} mJ" if value else "–")
    st.dataframe(
        shown.rename_axis("Kernel type").reset_index(),
        hide_index=True,
        alt="Energy per kernel type and model, largest difference first",
    )
    st.download_button(
        "Download as CSV",
        energies.rename_axis("kernel_type").rename(columns=lambda name: f"{name} (energy_mj)").to_csv(),
        file_name="joulelens-compare-models.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        help="Energy (mJ) per kernel type and model in full precision.",
    )
    st.header("What differs in the estimating", anchor=False)
    facts = facts_by_name([model_facts(report) for report in reports.values()])
    st.markdown(f"{conditions_sentence(facts)} {_target_words(reports)}")
    st.dataframe(conditions_table(facts, list(titles.values())), hide_index=True, alt="Conditions per model")


def _target_words(reports: dict[str, ModelReport]) -> str:
    estimate = next(iter(reports.values())).estimates[0]
    target = target_of(Choice(estimate.device_id, estimate.delegate, estimate.precision))
    if target is None:
        return ""
    error = "" if target.error_percent is None else f" Held-out error {number(target.error_percent, 2)} %"
    return f"Meter: {target.meter}.{error} ({target.error_basis})." if error else f"Meter: {target.meter}."
