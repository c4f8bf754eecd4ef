"""The hypothetical case on screen: a banner with a way back, and the difference each change makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd
import streamlit as st

from app.estimate.what_if import Case, Change, changes, reset
from app.i18n.formats import energy, energy_unit, in_words, latency, listing, literal, number, percent
from app.i18n.messages import tell
from app.i18n.texts import mark, t
from app.models.model import report_for
from app.ui.boundary import worded
from app.ui.glossary import explain
from app.ui.print_view import on_paper, print_table
from data.errors import JouleLensError
from predictors.research.diff import CLOSE_WORDS, ModelDiff, diff_reports
from predictors.results.report import ModelReport

HOW_SHARED: Final = mark(
    "Interval of the difference: kernels that both models have err alike and cancel, errors of the others "
    "are correlated as within one model, and the error of the whole is shared as far as the kernels are. "
    "Between precisions nothing is taken as shared."
)
LESS: Final = mark("uses less")
MORE: Final = mark("uses more")
UNSURE: Final = mark("cannot be told apart")
SAME: Final = mark("takes the same")
NONE: Final = mark("cannot be compared")
"""The verdicts of the core, which are shown as they are."""
_MORE_OR_LESS: Final[dict[str, str]] = {
    LESS: mark("Uses less energy than the base case by {share}: {change}, {interval}."),
    MORE: mark("Uses more energy than the base case by {share}: {change}, {interval}."),
}


def show_banner(case: Case) -> None:
    """Say that what follows is hypothetical, in what, and offer the way back."""
    found = changes(case)
    told = [
        t(
            "{what} {after} instead of {before}",
            what=literal(each.what),
            after=literal(each.after),
            before=literal(each.before),
        )
        for each in found
    ]
    words, button = st.columns([4, 1], gap="small", vertical_alignment="center")
    words.info(t("**Hypothetical:** {changes}.", changes=listing(told)), icon=":material/science:")
    button.button(t("Reset"), key="if_reset", icon=":material/undo:", on_click=reset, width="stretch")


def show_differences(case: Case, base: ModelReport, together: ModelReport) -> None:
    """Show what each change alone and all of them together do to energy and latency."""
    diff = diff_reports(base, together)
    st.markdown(
        f"**{difference_words(diff)}** {_per_image(case, together)}".rstrip(),
        help=explain("interval", "inference"),
    )
    rows = [_row(each, base) for each in changes(case)]
    if len(rows) > 1:
        rows.append(_cells(t("All of these"), diff))
    table, alt = pd.DataFrame(rows), t("Difference of each change to the base case, in energy and latency")
    if on_paper():
        print_table(table, alt, list(table.columns))
    else:
        st.dataframe(table, hide_index=True, placeholder="", alt=alt)
    st.caption(t(HOW_SHARED))


def difference_words(diff: ModelDiff) -> str:
    """Return the difference to the base case in words, with its interval."""
    if diff.verdict == SAME:
        return t("No difference to the base case.")
    interval = difference_interval(diff)
    if diff.verdict == UNSURE:
        return t("Cannot be told apart from the base case in energy: {interval}.", interval=interval)
    if diff.verdict == NONE:
        return t("Cannot be compared with the base case: too many kernels have no figure on this device.")
    share = abs(diff.energy_diff_mj) / diff.a.energy_mj if diff.a.energy_mj > 0 else 0.0
    change = signed(diff.energy_diff_mj)
    words = t(_MORE_OR_LESS[diff.verdict], share=percent(share), change=change, interval=interval)
    return f"{words} {tell(CLOSE_WORDS)}" if diff.is_close else words


def difference_interval(diff: ModelDiff) -> str:
    """Return the interval of the difference in energy: "8 in 10 times between −17.6 and −8.37 mJ"."""
    return in_words(signed_range(diff.energy_diff_mj_low, diff.energy_diff_mj_high), diff.a.interval_level)


def _per_image(case: Case, report: ModelReport) -> str:
    if case.batch == 1:
        return ""
    each = report.estimates[0].energy_mj / case.batch
    return t("One inference takes {batch} images: {energy} per image.", batch=case.batch, energy=energy(each))


def _row(change: Change, base: ModelReport) -> dict[str, str]:
    name = f"{change.what}: {change.before} → {change.after}"
    try:
        return _cells(name, diff_reports(base, report_for(change.case.model(), change.case.choice)))
    except JouleLensError as error:
        code, message = worded(error)
        refused = f"{message} ({code})"
        return _named(name, t("no figure"), "", "", refused)


def _cells(name: str, diff: ModelDiff) -> dict[str, str]:
    share = diff.energy_diff_mj / diff.a.energy_mj if diff.a.energy_mj > 0 else 0.0
    return _named(
        name,
        energy(diff.b.energy_mj),
        f"{signed(diff.energy_diff_mj)} ({_sign(share)}{percent(abs(share))})",
        f"{latency(diff.b.latency_ms)} ({signed_latency(diff.latency_diff_ms)})",
        t(diff.verdict),
    )


def _named(*cells: str) -> dict[str, str]:
    names = t("Change"), t("Energy"), t("Difference"), t("Latency"), t("In words")
    return dict(zip(names, cells, strict=True))


def signed(energy_mj: float) -> str:
    """Return a difference of energies with its sign and unit."""
    return f"{_sign(energy_mj)}{energy(abs(energy_mj))}"


def signed_range(low_mj: float, high_mj: float, plus: str = "+") -> str:
    """Return the interval of a difference: "−17.6 to −8.37 mJ"; `plus` stands before what is above 0."""
    unit = energy_unit(max(abs(low_mj), abs(high_mj)))
    low, high = (f"{plus if end >= 0 else '−'}{number(abs(end) * unit.factor)}" for end in (low_mj, high_mj))
    return t("{low} to {high}", low=low, high=f"{high} {unit.symbol}")


def signed_number(value: float) -> str:
    """Return a difference with its sign."""
    return f"{_sign(value)}{number(abs(value))}"


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
