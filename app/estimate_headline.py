"""The answer of the estimate page: energy, latency, power, what they rest on, and what to beware of."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app import doors
from app.estimate_model import Choice, Model
from app.estimate_reproduce import show_reproduce
from app.estimate_targets import model_ranges, target_of
from app.estimate_what_if_view import delta
from app.estimate_words import (
    coverage_words,
    energy_interval,
    energy_sentence,
    family_check,
    missing_words,
    shape_text,
)
from app.formats import (
    count,
    energy,
    energy_range,
    latency,
    latency_range,
    listing,
    literal,
    number,
    plural,
    power,
)
from app.glossary import explain
from predictors.errors import printable
from predictors.estimates import Estimate, Note
from predictors.report import ModelReport
from predictors.targets import Target

UNSUPPORTED: Final = "KERNELS_UNSUPPORTED"
GISTS: Final[dict[str, str]] = {
    "BOARD_CONSTANT": "a constant per inference",
    "BOARD_FAR_FROM_MEASURED": "far from what was measured",
    "BOARD_WALL_POWER": "measured at the wall socket",
    "DIMENSION_DEFAULTED": "size filled in",
    "FEW_ANCHORS": "few measured networks",
    "GPU_LATENCY_FROM_POWER": "latency from power",
    "KERNELS_APPROXIMATED": "kernels approximated",
    "KERNELS_ONLY": "kernels only, not a whole application",
    "KERNELS_OUT_OF_RANGE": "outside the measured sizes",
    UNSUPPORTED: "kernels without a figure",
    "LOOP_TAKEN_OFF": "timing loop taken off",
    "PRECISION_DIFFERS": "another precision than the file's",
    "RAIL_ONLY": "one power rail only",
    "TRANSFERRED": "carried over from another device",
    "TRANSFER_OUT_OF_RANGE": "ratio extrapolated",
    "TRANSFER_WIDE": "wide interval",
    "WALL_POWER": "measured at the wall socket",
}
"""Code of a warning -> what it is about, for the folded list; its message says the rest."""


def show_headline(
    model: Model, choice: Choice, report: ModelReport, kernels: pd.DataFrame, base: Estimate | None = None
) -> None:
    """Show the figures of the report's first estimate with everything one has to know about them.

    Beside each stands the difference to `base`, where the estimate is hypothetical.
    """
    estimate = report.estimates[0]
    st.markdown(model_line(model, report))
    _figures(estimate, base)
    if missing := missing_words(kernels):
        st.warning(f"{literal(missing)}  \nCode: `{UNSUPPORTED}`", icon=":material/warning:")
    words, source = st.columns([3, 1], gap="small", vertical_alignment="center")
    words.markdown(
        f"**{estimate.evidence.value.capitalize()}**, {coverage_words(estimate.coverage)}. "
        f"{energy_sentence(kernels)}"
    )
    with source:
        show_origin(estimate, target_of(choice))
        show_reproduce(model, choice, report)
    if check := family_check(model_ranges(), model.family, estimate):
        st.caption(literal(check))
    show_notes(tuple(note for note in estimate.warnings if not (missing and note.code == UNSUPPORTED)))


def model_line(shown: Model, report: ModelReport) -> str:
    """Return the network in one line of Markdown; names from the file are escaped."""
    model = report.model
    inputs = [f"{printable(each.name, 30)} {shape_text(each.shape)}" for each in model.inputs[:3]]
    more = f" and {len(model.inputs) - 3} more" if len(model.inputs) > 3 else ""
    return (
        f"**{literal(printable(shown.title, 60)) or 'Unnamed model'}**: "
        f"{number(model.macs / 1e6)} million MACs, "
        f"{number(model.params / 1e6)} million parameters, {plural(model.nodes, 'operator')}, "
        f"takes {literal(', '.join(inputs))}{more}, {model.precision}"
    )


def _figures(estimate: Estimate, base: Estimate | None) -> None:
    columns = st.columns(3, gap="small")
    with columns[0].container(border=True, height="stretch"):
        st.metric(
            "Energy per inference",
            _or_none(estimate, energy(estimate.energy_mj)),
            base and delta(estimate.energy_mj, base.energy_mj, energy),
            delta_color="off",
            help=explain("energy per inference", "interval"),
        )
        st.caption(_interval(estimate, energy_range(estimate.energy_mj_low, estimate.energy_mj_high)))
    with columns[1].container(border=True, height="stretch"):
        st.metric(
            "Latency",
            _or_none(estimate, latency(estimate.latency_ms)),
            base and delta(estimate.latency_ms, base.latency_ms, latency),
            delta_color="off",
            help=explain("latency", "interval"),
        )
        st.caption(_interval(estimate, latency_range(estimate.latency_ms_low, estimate.latency_ms_high)))
    with columns[2].container(border=True, height="stretch"):
        st.metric(
            "Average power",
            _or_none(estimate, power(estimate.avg_power_w)),
            base and delta(estimate.avg_power_w, base.avg_power_w, power),
            delta_color="off",
            help=explain("average power"),
        )
        st.caption(_power_words(estimate))


def _or_none(estimate: Estimate, text: str) -> str:
    return text if estimate.energy_mj > 0 else "no figure"


def _interval(estimate: Estimate, interval: str) -> str:
    return f"{round(10 * estimate.interval_level)} in 10 times {interval}"


def _power_words(estimate: Estimate) -> str:
    if estimate.idle_energy_mj > 0 and estimate.latency_ms > 0:
        idle_w = estimate.idle_energy_mj / estimate.latency_ms
        above = estimate.energy_mj - estimate.idle_energy_mj
        return f"energy divided by latency; the idle board alone {power(idle_w)}, above idle {energy(above)}"
    return "energy divided by latency"


def show_origin(estimate: Estimate, target: Target | None) -> None:
    """Show, one click away, how the figures were obtained: method, held-out error, meter, sources."""
    with st.popover("How obtained", icon=":material/info:", width="stretch"):
        st.markdown(explain(estimate.evidence.value))
        if target is not None:
            st.markdown("\n".join(f"- {line}" for line in target_lines(target)))
        sources = doors.sources().set_index("source_id")
        for source_id in estimate.source_ids:
            if source_id in sources.index:
                source = sources.loc[source_id]
                st.markdown(
                    f"Source: [{source['source_title']}]({source['url']}). Licence: {source['licence']}."
                )
        st.markdown("Equations and accuracy: [Methods](methods).")


def target_lines(target: Target) -> list[str]:
    """Return what is known about a target: error on measurements held back, meter, measured systems."""
    lines = []
    if target.error_percent is not None:
        lines.append(f"**Held-out error {number(target.error_percent)} %:** {literal(target.error_basis)}.")
    if target.meter:
        lines.append(
            f"**Meter:** {literal(target.meter)}, idle {'' if target.idle_included else 'not '}included."
        )
    if target.systems:
        lines.append(f"**Measured system:** {literal(listing(list(target.systems)))}.")
    return lines


def show_notes(notes: tuple[Note, ...]) -> None:
    """Show the warnings of an estimate with their codes; many are folded."""
    if not notes:
        return
    heading = (
        f"{plural(len(notes), 'note')} on this estimate: {listing(list(dict.fromkeys(map(_gist, notes))))}"
    )
    with st.expander(heading, icon=":material/warning:"):
        st.markdown("\n".join(f"- {literal(note.message)} Code: `{note.code}`" for note in notes))


def _gist(note: Note) -> str:
    return GISTS.get(note.code, note.code.replace("_", " ").lower())


def figures_text(estimate: Estimate) -> str:
    """Return the headline as one sentence, for text alternatives."""
    return (
        f"{energy(estimate.energy_mj)} per inference ({energy_interval(estimate)}) in "
        f"{latency(estimate.latency_ms)} at {power(estimate.avg_power_w)}, "
        f"{count(estimate.coverage.kernels)} kernels."
    )
