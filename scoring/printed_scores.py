"""Printed against recomputed scores: two values side by side, with the reason for the difference.

The printed PCS of Tu et al. (SEC 2023, doi 10.1145/3583740.3628442) follow the equation in `scoring.pcs`
only when the TDPs stand in the wrong columns: the printed TDP row, sorted by device name, was applied to
the devices in their printed column order. With each device's own TDP the scores differ and the ranking
changes. The figures themselves are untouched: this module only says which assignment gives which number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from data.messages import Message
from scoring.errors import ScoringError
from scoring.score import Score


class Reason(StrEnum):
    """Why a printed score and the recomputed one differ, as a stable code."""

    AGREES = "agrees"
    NOT_PRINTED = "not-printed"
    TDP_MISPLACED = "tdp-misplaced"
    EQUATION_NOT_RECOVERED = "equation-not-recovered"
    UNEXPLAINED = "unexplained"

    @property
    def text(self) -> str:
        """The reason in words."""
        return _REASON_TEXTS[self]


_REASON_TEXTS: dict[Reason, str] = {
    Reason.AGREES: Message("The printed score and the recomputed one are the same whole number."),
    Reason.NOT_PRINTED: Message("The source prints no score for this device."),
    Reason.TDP_MISPLACED: (
        Message(
            "The printed score comes out only with another device's TDP: the printed TDPs, sorted by "
            "device name, were applied to the devices in another order. The recomputed score uses this "
            "device's own TDP."
        )
    ),
    Reason.EQUATION_NOT_RECOVERED: (
        Message(
            "The exact equation could not be recovered from the source. The recomputed number is this "
            "project's reading, the sum of inferences per joule, and not the paper's own number."
        )
    ),
    Reason.UNEXPLAINED: Message("The printed score does not follow from the printed measurements."),
}


@dataclass(frozen=True, slots=True)
class PrintedComparison:
    """One score as printed in the source (None: not printed) and as recomputed from the printed figures."""

    recomputed: Score
    printed: int | None
    reason: Reason

    @property
    def difference(self) -> float | None:
        """Recomputed minus printed, in the score's own unit; None where nothing is printed."""
        return None if self.printed is None else self.recomputed.value - self.printed


def compare_with_printed(
    recomputed: Score, printed: int | None, *, with_misplaced_tdp: Score | None = None
) -> PrintedComparison:
    """Set a recomputed score beside the printed one and say why they differ.

    `with_misplaced_tdp`: for PCS, the score under the TDP of `misplaced_tdps`; it is what proves that reason.
    """
    return PrintedComparison(recomputed, printed, _reason(recomputed, printed, with_misplaced_tdp))


def misplaced_tdps(names: Sequence[str], tdps_w: Sequence[float]) -> tuple[float, ...]:
    """Return the TDPs (W) under which the printed PCS come out, in the order of `names`.

    `names` are the devices in the source's column order, `tdps_w` their own printed TDPs (W). The TDPs are
    sorted by device name and then handed out in column order. Raises ScoringError `LENGTH_MISMATCH`.
    """
    if len(names) != len(tdps_w):
        raise ScoringError(
            "LENGTH_MISMATCH",
            "There are {names} devices but {tdps_w} TDPs. Give one TDP per device.",
            names=len(names),
            tdps_w=len(tdps_w),
        )
    by_name = sorted(range(len(names)), key=lambda position: names[position])
    return tuple(tdps_w[position] for position in by_name)


def _reason(recomputed: Score, printed: int | None, misplaced: Score | None) -> Reason:
    if printed is None:
        return Reason.NOT_PRINTED
    if recomputed.rounded == printed:
        return Reason.AGREES
    if recomputed.name == "IECS":
        return Reason.EQUATION_NOT_RECOVERED
    if misplaced is not None and misplaced.rounded == printed:
        return Reason.TDP_MISPLACED
    return Reason.UNEXPLAINED
