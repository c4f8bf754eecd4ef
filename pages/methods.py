"""Methodology and sources: how every number is made, how good it is, where it comes from."""

from __future__ import annotations

from app.frame.shell import page
from app.i18n.texts import mark, t
from app.methods.accuracy import show_accuracy
from app.methods.page import show_estimates, show_limits, show_scores
from app.methods.rubric import show_rubric
from app.methods.sources import show_corrections, show_sources
from app.ui.boundary import boundary
from app.url_state import widgets

# Tab in the address -> its name and what it shows. (A string on its own would be shown on the page.)
SECTIONS = {
    "steps": (mark("Estimates"), show_estimates),
    "scores": (mark("Scores"), show_scores),
    "letters": (mark("Letters and ranks"), show_rubric),
    "accuracy": (mark("Accuracy"), show_accuracy),
    "sources": (mark("Sources and licences"), show_sources),
    "corrections": (mark("Corrections"), show_corrections),
    "limits": (mark("Limits, citing, terms"), show_limits),
}

with page(
    t("How is each number made?"),
    t(
        "A measured figure is shown as its source printed it. A predicted one is the sum of its kernels and "
        "carries an interval. Both name their source."
    ),
):
    opened, tabs = widgets.tabs({each: t(name) for each, (name, _) in SECTIONS.items()}, "section")
    with tabs[opened], boundary(f"methods, {opened}"):
        SECTIONS[opened][1]()
