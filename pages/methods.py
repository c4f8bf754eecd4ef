"""Methodology and sources: how every number is made, how good it is, where it comes from."""

from __future__ import annotations

from app import bound
from app.errors import boundary
from app.language import mark, t
from app.methods_accuracy import show_accuracy
from app.methods_law import show_layer_law
from app.methods_sources import show_corrections, show_sources
from app.methods_view import show_estimates, show_limits, show_scores
from app.rubric_view import show_rubric
from app.shell import page

# Tab in the address -> its name and what it shows. (A string on its own would be shown on the page.)
SECTIONS = {
    "steps": (mark("Estimates"), show_estimates),
    "scores": (mark("Scores"), show_scores),
    "letters": (mark("Letters and ranks"), show_rubric),
    "accuracy": (mark("Accuracy"), show_accuracy),
    "law": (mark("A law for layers"), show_layer_law),
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
    opened, tabs = bound.tabs({each: t(name) for each, (name, _) in SECTIONS.items()}, "section")
    with tabs[opened], boundary(f"methods, {opened}"):
        SECTIONS[opened][1]()
