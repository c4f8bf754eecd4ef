"""Two to six models on one device and delegate: differences first, then the picture, then the conditions."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.charts.base import CONFIG
from app.charts.device_intervals import device_intervals
from app.compare.choice import LEAST, MOST, show_invitation
from app.compare.conditions import facts_by_name, show_conditions_of
from app.compare.model_frames import (
    alike,
    estimate_difference,
    interval_frame,
    is_close_call,
    kind_energies,
    kind_sentence,
    missing_models,
    model_differences,
    model_facts,
    model_figures,
)
from app.compare.options import UPLOAD_ID, family_of, model_labels, report_of
from app.compare.own import is_model_gone, is_own, show_model_gone
from app.compare.shelf_link import carry_cells
from app.compare.tables import show_side_by_side, show_table
from app.compare.words import ENERGY, Compared, answer, with_code
from app.i18n.formats import literal, number, plain
from app.i18n.messages import tell
from app.i18n.texts import SOURCE, in_language, mark, t
from app.models.inputs import choose_target
from app.models.targets import known_target, target_label
from app.ui.glossary import explain
from app.ui.print_view import on_paper, picture_width, show_data
from app.ui.tables import offer_csv
from app.url_state import widgets
from app.url_state.selections import clicked
from data.errors import JouleLensError
from data.inert_csv import frame_csv
from predictors.research.diff import CLOSE_WORDS
from predictors.research.matrix import Cell
from predictors.results.report import ModelReport
from predictors.results.targets import Target

DEFAULT_MODELS: Final = ("mobilenet-v1", "mobilenet-v2", "efficientnet-lite0")
EXAMPLES: Final = {
    mark("Three generations of MobileNet"): ("mobilenet-v1", "mobilenet-v2", "mobilenet-v3-large"),
    mark("Two sizes of ResNet"): ("resnet-18", "resnet-50"),
}


def show_models() -> None:
    """Show the choice of models and target and, with two or more, everything about their differences."""
    if is_model_gone("models", "model"):
        show_model_gone()
        return
    # The answer comes first, also on a phone, and depends on the choices below it.
    answer_place = st.container()
    chosen = choose_models()
    left, right = st.columns([1, 3], gap="medium")
    with left:
        choice = choose_target()
        if UPLOAD_ID not in model_labels():
            st.caption(t("A file read on the Estimate page in this session can be chosen here, too."))
    with right:
        if len(chosen) < LEAST:
            invite(len(chosen))
            return
        reports = estimated(chosen, choice)
        if len(reports) < LEAST:
            st.info(
                t("Fewer than two of these models can be estimated there. Choose another target or model.")
            )
            return
        show_answer(reports, choice, answer_place)
        _carry(reports)
    show_figures(reports)
    show_parts(reports)


def choose_models() -> list[str]:
    """Let two to six models be chosen; returns their ids."""
    return widgets.multiselect(
        t("Models, two to six"),
        model_labels(),
        "models",
        usual=DEFAULT_MODELS,
        noun=t("model"),
        max_selections=MOST,
        placeholder=t("Choose models"),
    )


def invite(amount: int) -> None:
    """Say what is missing where only `amount` models are chosen, and offer comparisons to start from."""
    words = (
        t("Choose one more model, or start from one of these:")
        if amount
        else t("Choose two models, or start from one of these:")
    )
    show_invitation(words, EXAMPLES, "models")


def estimated(model_ids: list[str], choice: Target) -> dict[str, ModelReport]:
    """Return the estimates that can be made; the others are named with the reason."""
    labels = model_labels()
    reports: dict[str, ModelReport] = {}
    failures: list[tuple[str, str, str]] = []
    with st.spinner(t("Estimating (the first one also fits the predictors) …"), show_time=True):
        for model_id in model_ids:
            try:
                reports[model_id] = report_of(model_id, choice)
            except JouleLensError as error:
                failures.append((labels[model_id], error.code, tell(error.message)))
    if failures:
        st.warning(t("Not every model can be estimated there:"), icon=":material/help:")
        show_data(missing_models(failures), t("Models without an estimate, and why"))
    return reports


def show_answer(reports: dict[str, ModelReport], choice: Target, answer_place: DeltaGenerator) -> None:
    """Show the answer in words in its place, and the table of differences and the picture here."""
    labels = model_labels()
    titles = {each: labels[each] for each in reports}
    families = {each: family_of(each) for each in reports}
    base = widgets.selectbox(t("Compared with"), titles, "model", noun=t("model"))
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
    if any(is_close_call(each.difference) for each in compared):
        sentence = f"{sentence} {tell(CLOSE_WORDS)}"
    target = literal(target_label(choice.device_id, choice.delegate))
    answer_place.markdown(
        t("On {target} in {precision}: {answer}", target=target, precision=choice.precision, answer=sentence)
    )
    table = model_differences(reports, titles, families, base)
    show_table(table, t("Differences between the models, in words"))
    if any(report.estimates[0].coverage.unsupported for report in reports.values()):
        words = t("Where kernels are missing, the total is too low, and “uses less” may only say so.")
        st.warning(with_code(words, "KERNELS_MISSING"), icon=":material/warning:")
    if len({each.estimates[0].scope for each in reports.values()}) > 1:
        words = t(
            "Not every one of these models has a figure as a running application there: of all, the kernels "
            "alone are shown."
        )
        st.info(words, icon=":material/info:")
    frame = interval_frame(reports, titles)
    st.plotly_chart(
        device_intervals(frame, base),
        config=CONFIG,
        width=picture_width(),
        key="model_intervals",
        selection_mode="points",
        on_select=lambda: _pick([str(each) for each in frame["target_id"]]),
        alt=t("Energy per inference of each model with its interval. {answer}", answer=plain(sentence)),
    )
    st.caption(
        t("Thin lines: 80 % range. Diamond: the one compared with; a click chooses another one."),
        help=explain("interval"),
    )
    with st.expander(t("How the differences are judged"), expanded=on_paper()):
        st.markdown(t(RULE))


def _carry(reports: dict[str, ModelReport]) -> None:
    """Let the copied link carry the figures that the page shows, where a model is the reader's own."""
    if not any(map(is_own, reports)):
        return
    labels = model_labels()
    made = [(labels[model_id], estimate) for model_id, estimate in alike(reports).items()]
    carry_cells([
        Cell(name, each.device_id, each.delegate, each.precision, each.energy_mj, each.energy_mj_low,
             each.energy_mj_high, each.latency_ms, each.evidence.value, scope=each.scope.value)
        for name, each in made
    ])  # fmt: skip


def _pick(ids: list[str]) -> None:
    if model_id := clicked("model_intervals", ids):
        st.session_state["model"] = model_id


RULE: Final = mark(
    "Energy: as in *Two models*. Kernels that both models have err alike and cancel; errors of other kernels "
    "go together as within one model; what lies between kernels and a running application, and between one "
    "phone and another, is each network's own and cancels only in kernels that both have (over 454 pairs of "
    "measured networks on one phone such errors go together by -0.10).\n\n"
    "Time: only the whole is known. What is wrong with the whole device (meter, unit, software) is the same "
    "for both and drops out of the ratio. In measurements that were held back, errors of two networks of "
    "different families are not related (correlation -0.14 on boards, -0.18 on phones) and count as "
    "independent; of those of one family 0.3 is taken to be shared (0.32 in the median). An uploaded model "
    "counts as a family of its own.\n\n"
    "“Uses less” and “uses more” are said only where the interval leaves out 1."
)


def show_figures(reports: dict[str, ModelReport]) -> None:
    """Show the figures of each model with their intervals."""
    titles = {each: model_labels()[each] for each in reports}
    st.header(t("Figures and intervals"), anchor=False, help=explain("interval", "MAC"))
    table = model_figures(reports, titles, str(st.session_state.get("model")))
    show_table(table, t("Energy, latency, power and size of each model"))


def show_parts(reports: dict[str, ModelReport]) -> None:
    """Show which kernel types the difference comes from, and the conditions."""
    labels = model_labels()
    titles = {each: labels[each] for each in reports}
    base = titles.get(str(st.session_state.get("model")), next(iter(titles.values())))
    energies = kind_energies(reports, titles)
    with in_language(SOURCE):  # here: when the file is wanted, nothing tells whose session it is of
        names = {each: name for each, name in model_labels().items() if each in reports}
    st.header(t("Where the difference comes from"), anchor=False, help=explain("kernel"))
    st.markdown(kind_sentence(energies, base))
    shown = energies.map(lambda value: f"{number(value)} mJ" if value else "–")
    show_side_by_side(
        shown.rename_axis(t("Kernel type")).reset_index(),
        t("Energy per kernel type and model, largest difference first"),
        fixed=1,
    )
    offer_csv(
        t("Download as CSV"),
        partial(kinds_csv, reports, names),
        "joulelens-compare-models.csv",
        help=t("Energy (mJ) per kernel type and model in full precision."),
    )
    st.header(t("What differs in the estimating"), anchor=False)
    facts = facts_by_name([model_facts(report) for report in reports.values()])
    alt = t("Conditions per model")
    show_conditions_of(facts, list(titles.values()), alt, "compare-model-conditions", _target_words(reports))


def kinds_csv(reports: dict[str, ModelReport], names: dict[str, str]) -> str:
    """Return energy (mJ) per kernel type and model as CSV, in English whatever the reader's language.

    `names` is model id -> its name in English.
    """
    with in_language(SOURCE):
        energies = kind_energies(reports, names)
    columns = {name: f"{name} (energy_mj)" for name in energies.columns}
    return frame_csv(energies.rename_axis("kernel_type").rename(columns=columns), index=True)


def _target_words(reports: dict[str, ModelReport]) -> str:
    estimate = next(iter(reports.values())).estimates[0]
    target = known_target(estimate.device_id, estimate.delegate, estimate.precision)
    if target is None:
        return ""
    meter = t("Meter: {meter}.", meter=tell(target.meter))
    if target.error_percent is None:
        return meter
    error = t(
        "Held-out error {percent} % ({basis}).",
        percent=number(target.error_percent, 2),
        basis=tell(target.error_basis),
    )
    return f"{meter} {error}"
