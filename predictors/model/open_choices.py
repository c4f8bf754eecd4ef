"""Branches and loops of a network that the file leaves open, so that the reader of a figure may decide."""

from __future__ import annotations

from dataclasses import dataclass

from predictors.model.graph import Graph

MOST_WRITTEN_OUT = 10_000
"""Operators that a loop may become: half of what a model may have; beyond it, it stays one operator."""
BRANCH_CODES = ("BRANCH_TAKEN", "BRANCH_CHOSEN")
LOOP_TOO_LONG, SCAN_TOO_LONG = "LOOP_TOO_LONG", "SCAN_TOO_LONG"
"""More steps in the file than are counted. Those of a Loop may be chosen, those of a Scan are its input's."""
STEPS_CODES = ("STEPS_OPEN", "STEPS_CHOSEN", "STEPS_AT_MOST", LOOP_TOO_LONG)
"""Codes of remarks (see `predictors.model.graph.Remark`) about what can be decided."""


@dataclass(frozen=True, slots=True)
class OpenChoice:
    """A branch (`is_branch`) or the steps of a loop, by the name it has among the shapes.

    `taken`: the branch that is counted where nobody decided ("then_branch" or "else_branch"), or the most
    steps that the file allows; "" where that is not known.
    """

    name: str
    is_branch: bool
    taken: str = ""


def open_choices(graph: Graph) -> tuple[OpenChoice, ...]:
    """What can be decided, decided or not, each name once."""
    found: dict[str, OpenChoice] = {}
    for remark in graph.remarks:
        if remark.code in (*BRANCH_CODES, *STEPS_CODES):
            undecided = remark.code.endswith("CHOSEN") or remark.code == LOOP_TOO_LONG
            taken = "" if undecided else remark.detail
            found.setdefault(remark.subject, OpenChoice(remark.subject, remark.code in BRANCH_CODES, taken))
    return tuple(found.values())
