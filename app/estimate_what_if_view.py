"""The hypothetical case on screen: a banner with a way back, and the difference each change makes."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app.estimate_model import report_for
from app.estimate_what_if import Case, Change, changes, reset
from app.formats import energy, energy_unit, latency, listing, literal, number, percent
from predictors.diff import ModelDiff, diff_reports
from predictors.diff_text import HOW_SHARED
from predictors.errors import CodedError
from predictors.report import ModelReport


def show_banner(case: Case) -> None:
    """Say that what follows is hypothetical, in what, and offer the way back."""
    found = changes(case)
    told = [f"{literal(each.what)} {literal(each.after)} instead of {literal(each.before)}" for each in found]
    words, button = st.columns([5, 1], gap="small", vertical_alignment="center")
    words.info(f"**Hypothetical:** {listing(told)}.", icon=":material/science:")
    button.button("Reset", key="if_reset", icon=":material/undo:", on_click=reset, width="stretch")


def show_differences(case: Case, base: ModelReport, together: ModelReport) -> None:
    """Show what each change alone and all of them together do to energy and latency."""
    diff = diff_reports(base, together)
    st.markdown(f"**{difference_words(diff)}**{_per_image(case, together)}")
    rows = [_row(each, base) for each in changes(case)]
    if len(rows) > 1:
        rows.append(_cells("All of these", diff))
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt="Difference of each change to the base case, in energy and latency",
    )
    st.caption(HOW_SHARED)


def difference_words(diff: ModelDiff) -> str:
    """Return the difference to the base case in words, with its interval."""
    if diff.verdict == "takes the same":
        return "No difference to the base case."
    span = signed_range(diff.energy_diff_mj_low, diff.energy_diff_mj_high)
    if diff.verdict == "cannot be told apart":
        return f"Cannot be told apart from the base case in energy: 8 in 10 times {span}."
    share = abs(diff.energy_diff_mj) / diff.a.energy_mj if diff.a.energy_mj > 0 else 0.0
    return (
        f"{diff.verdict.capitalize()} energy than the base case by {percent(share)}: "
        f"{signed(diff.energy_diff_mj)}, 8 in 10 times {span}."
    )


def _per_image(case: Case, report: ModelReport) -> str:
    if case.batch == 1:
        return ""
    each = report.estimates[0].energy_mj / case.batch
    return f" One inference takes {case.batch} images: {energy(each)} per image."


def _row(change: Change, base: ModelReport) -> dict[str, str]:
    name = f"{change.what}: {change.before} → {change.after}"
    try:
        return _cells(name, diff_reports(base, report_for(change.case.model(), change.case.choice)))
    except CodedError as error:
        refused = f"{error.message} ({error.code})"
        return {"Change": name, "Energy": "no figure", "Difference": "", "Latency": "", "In words": refused}


def _cells(name: str, diff: ModelDiff) -> dict[str, str]:
    share = diff.energy_diff_mj / diff.a.energy_mj if diff.a.energy_mj > 0 else 0.0
    return {
        "Change": name,
        "Energy": energy(diff.b.energy_mj),
        "Difference": f"{signed(diff.energy_diff_mj)} ({_sign(share)}{percent(abs(share))})",
        "Latency": f"{latency(diff.b.latency_ms)} ({signed_latency(diff.latency_diff_ms)})",
        "In words": diff.verdict,
    }


def signed(energy_mj: float) -> str:
    """Return a difference of energies with its sign and unit."""
    return f"{_sign(energy_mj)}{energy(abs(energy_mj))}"


def signed_range(low_mj: float, high_mj: float) -> str:
    """Return the interval of a difference: "−17.6 to −8.37 mJ"."""
    unit = energy_unit(max(abs(low_mj), abs(high_mj)))
    low, high = (f"{_sign(end)}{number(abs(end) * unit.factor)}" for end in (low_mj, high_mj))
    return f"{low} to {high} {unit.symbol}"


def signed_latency(latency_ms: float) -> str:
    """Return a difference of latencies with its sign and unit."""
    return f"{_sign(latency_ms)}{latency(abs(latency_ms))}"


def _sign(value: float) -> str:
    return "+" if value >= 0 else "−"


def delta(now: float, before: float, written: Callable[[float], str]) -> str:
    """Return a difference for a figure on screen: "-26.3 mJ (-48.5 %)"; `written` gives it its unit.

    A plain hyphen stands for minus: the arrow beside the figure follows it.
    """
    sign = "+" if now >= before else "-"
    share = f" ({sign}{percent(abs(now - before) / before)})" if before > 0 else ""
    return f"{sign}{written(abs(now - before))}{share}"
