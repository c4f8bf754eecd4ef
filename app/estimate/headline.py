"""The answer of the estimate page: energy, latency, power, what they rest on, and what to beware of."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.estimate.daily import answer_sentence, task_of
from app.estimate.export import show_reproduce
from app.estimate.what_if_view import delta
from app.estimate.words import (
    coverage_words,
    energy_interval,
    energy_sentence,
    family_check,
    memory_words,
    missing_words,
    shape_text,
    short_amount,
)
from app.i18n.formats import (
    capital,
    count,
    energy,
    energy_range,
    latency,
    latency_range,
    listing,
    literal,
    number,
    power,
)
from app.i18n.messages import tell
from app.i18n.texts import PARAMETER, language, mark, t, tn
from app.label.grade_strip import show_badges
from app.label.grades import TASKS
from app.label.strip import Badge
from app.models.gists import UNSUPPORTED, gist
from app.models.model import Model
from app.models.targets import model_ranges
from app.ui.glossary import explain
from app.ui.print_view import on_paper
from app.ui.scopes import kernel_sum_words, measured_words, scope_words
from app.ui.tables import TESTED
from predictors.errors import printable
from predictors.results.estimates import Estimate, Note
from predictors.results.figures import Scope
from predictors.results.report import ModelReport
from predictors.results.targets import Target
from scoring.rubric import grade_energy

NAMED: Final = 3
"""So many inputs of a model are named; the rest is counted."""


def show_headline(
    model: Model, choice: Target, report: ModelReport, kernels: pd.DataFrame, base: Estimate | None = None
) -> None:
    """Show the figures of the report's first estimate with everything one has to know about them.

    Beside each stands the difference to `base`, where the estimate is hypothetical.
    """
    estimate = report.estimates[0]
    if estimate.energy_mj > 0:
        name = literal(printable(model.title, 60)) or t("Unnamed model")
        st.markdown(f"**{name}**: {answer_sentence(model, choice, estimate)}")
    _figures(estimate, base)
    _letter(model, estimate)
    st.markdown(scope_line(estimate))
    st.caption(
        memory_words(report.model, estimate.device_memory_bytes),
        help=t(
            "Weights in the precision of the file and the largest activations that live at once, caches "
            "among them. The system and other programs need memory too."
        ),
    )
    if missing := missing_words(kernels):
        st.warning(
            t("{message}  \nCode: `{code}`", message=literal(missing), code=UNSUPPORTED),
            icon=":material/warning:",
        )
    words, source = st.columns([3, 1], gap="small", vertical_alignment="center")
    words.markdown(
        f"{coverage_words(estimate)} {energy_sentence(kernels)}",
        help=explain("kernel", "coverage", "predicted", "transferred", "approximated", "unsupported"),
    )
    with source:
        if not on_paper():
            with st.popover(t("How obtained"), icon=":material/info:", width="stretch"):
                show_origin(estimate, choice)
        show_reproduce(model, choice, report)
    if on_paper():
        with st.container(border=True):
            show_origin(estimate, choice)
    show_notes(tuple(note for note in estimate.warnings if not (missing and note.code == UNSUPPORTED)))
    check = family_check(model_ranges(), model.family, estimate)
    st.caption(f"{model_line(model, report)}. {literal(check)}", help=explain("MAC"))


def model_line(shown: Model, report: ModelReport) -> str:
    """Return the network in one line of Markdown; names from the file are escaped."""
    model = report.model
    inputs = ", ".join(
        f"{printable(each.name, 30)} {shape_text(each.shape)}" for each in model.inputs[:NAMED]
    )
    if len(model.inputs) > NAMED:
        inputs = t("{inputs} and {amount} more", inputs=inputs, amount=count(len(model.inputs) - NAMED))
    return t(
        "**{title}**: {macs} MACs, {params} parameters, {operators}, takes {inputs}, {precision}",
        title=literal(printable(shown.title, 60)) or t("Unnamed model"),
        macs=short_amount(model.macs),
        params=short_amount(model.params),
        operators=tn("{n} operator", "{n} operators", model.nodes),
        inputs=literal(inputs),
        precision=model.precision,
    )


def _figures(estimate: Estimate, base: Estimate | None) -> None:
    columns = st.columns(3, gap="small")
    with columns[0].container(border=True, height="stretch"):
        st.metric(
            t("Energy per inference"),
            _or_none(estimate, energy(estimate.energy_mj)),
            delta(estimate.energy_mj, base.energy_mj, energy) if base else None,
            delta_color="off",
            help=explain("energy per inference", "interval"),
        )
        st.caption(_interval(estimate, energy_range(estimate.energy_mj_low, estimate.energy_mj_high)))
    with columns[1].container(border=True, height="stretch"):
        st.metric(
            t("Latency"),
            _or_none(estimate, latency(estimate.latency_ms)),
            delta(estimate.latency_ms, base.latency_ms, latency) if base else None,
            delta_color="off",
            help=explain("latency", "interval"),
        )
        st.caption(_latency_words(estimate))
    with columns[2].container(border=True, height="stretch"):
        st.metric(
            t("Average power"),
            _or_none(estimate, power(estimate.avg_power_w)),
            delta(estimate.avg_power_w, base.avg_power_w, power) if base else None,
            delta_color="off",
            help=explain("average power"),
        )
        st.caption(_power_words(estimate))


def _letter(model: Model, estimate: Estimate) -> None:
    """Show the letter among networks of the same task; applications only, which the borders are made for."""
    if estimate.scope is not Scope.APPLICATION or estimate.energy_mj_low <= 0 or on_paper():
        return
    task = task_of(model)
    interval = estimate.energy_mj_low, estimate.energy_mj_high
    name = capital(t(TASKS[task]))
    show_badges([Badge(name, energy(estimate.energy_mj), grade_energy(estimate.energy_mj, *interval, task))])


def scope_line(estimate: Estimate) -> str:
    """Return what the figures are the figures of, their part in the kernels, and what was measured
    (Markdown).
    """
    parts = [t("Counted: **{scope}**", scope=scope_words(estimate.scope)), kernel_sum_words(estimate)]
    words = " · ".join(filter(None, parts))
    measured = literal_measured(estimate)
    methods = t(
        "[Estimated against measured]({address})",
        address=f"methods?section=accuracy&{PARAMETER}={language()}",
    )
    return f"{words}. {measured}{methods}"


def literal_measured(estimate: Estimate) -> str:
    """Return the measurement of this very network with a blank after it, "" where there is none."""
    words = measured_words(estimate.measured)
    return f"{words} " if words else ""


def _or_none(estimate: Estimate, text: str) -> str:
    return text if estimate.energy_mj > 0 else t("no figure")


def _interval(estimate: Estimate, interval: str) -> str:
    tenths = round(10 * estimate.interval_level)
    return t("{tenths} in 10 times {interval}", tenths=tenths, interval=interval)


def _latency_words(estimate: Estimate) -> str:
    if not estimate.has_latency_interval:
        return t("no interval: energy over a mean power, never compared with a measured time")
    return _interval(estimate, latency_range(estimate.latency_ms_low, estimate.latency_ms_high))


def _power_words(estimate: Estimate) -> str:
    if estimate.power_spread is not None:
        low, high = power(estimate.power_spread.low), power(estimate.power_spread.high)
        return _interval(estimate, t("{low} to {high}", low=low, high=high))
    if estimate.idle_energy_mj > 0 and estimate.latency_ms > 0:
        return t(
            "energy divided by latency; the idle board alone {idle}, above idle {above}",
            idle=power(estimate.idle_energy_mj / estimate.latency_ms),
            above=energy(estimate.energy_mj - estimate.idle_energy_mj),
        )
    return t("energy divided by latency")


def show_origin(estimate: Estimate, target: Target | None) -> None:
    """Show how the figures were obtained: method, held-out error, meter, sources."""
    st.markdown(explain(estimate.evidence.value))
    if target is not None:
        st.markdown("\n".join(f"- {line}" for line in target_lines(target)))
    sources = bundle_cache.sources().set_index("source_id")
    for source_id in estimate.source_ids:
        if source_id in sources.index:
            source = sources.loc[source_id]
            st.markdown(
                t(
                    "Source: [{title}]({url}). Licence: {licence}.",
                    title=source["source_title"],
                    url=source["url"],
                    licence=tell(str(source["licence"])),
                )
            )
    # Such a link opens anew, where only the address can say the language.
    methods = f"methods?{PARAMETER}={language()}"
    st.markdown(t("Equations and accuracy: [Methods]({address}).", address=methods))


def target_lines(target: Target) -> list[str]:
    """Return what is known about a target: error on measurements held back, meter, measured systems."""
    lines = []
    if target.error_percent is not None:
        lines.append(_error_line(target, target.error_percent))
    if target.meter:
        lines.append(t(_METER[target.idle_included], meter=literal(tell(target.meter))))
    if target.systems:
        lines.append(t("**Measured system:** {systems}.", systems=literal(listing(list(target.systems)))))
    return lines


def _error_line(target: Target, median_percent: float) -> str:
    basis = literal(tell(target.error_basis))
    if target.error_high_percent is None:
        return t("**Held-out error {error} %:** {basis}.", error=number(median_percent), basis=basis)
    return t(
        "**Held-out error {error} % in the median, 8 in 10 within {high} %** ({tests} tests of {tested}): "
        "{basis}.",
        error=number(median_percent),
        high=number(target.error_high_percent),
        tests=count(target.error_count),
        tested=t(TESTED[target.tested]),
        basis=basis,
    )


_METER: Final = {
    True: mark("**Meter:** {meter}, idle included."),
    False: mark("**Meter:** {meter}, idle not included."),
}


def show_notes(notes: tuple[Note, ...]) -> None:
    """Show the warnings of an estimate with their codes; many are folded."""
    if not notes:
        return
    heading = tn(
        "{n} note on this estimate: {gists}",
        "{n} notes on this estimate: {gists}",
        len(notes),
        gists=listing(list(dict.fromkeys(map(gist, notes)))),
    )
    with st.expander(heading, icon=":material/warning:", expanded=on_paper()):
        st.markdown("\n".join(f"- {note_line(note)}" for note in notes))


def note_line(note: Note) -> str:
    """Return a note with its code, as Markdown."""
    return t("{message} Code: `{code}`", message=literal(tell(note.message)), code=note.code)


def figures_text(estimate: Estimate) -> str:
    """Return the headline as one sentence, for text alternatives."""
    return tn(
        "{energy} per inference ({interval}) in {latency} at {power}, {n} kernel.",
        "{energy} per inference ({interval}) in {latency} at {power}, {n} kernels.",
        estimate.coverage.kernels,
        energy=energy(estimate.energy_mj),
        interval=energy_interval(estimate),
        latency=latency(estimate.latency_ms),
        power=power(estimate.avg_power_w),
    )
