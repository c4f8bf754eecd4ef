"""What is different between two models, in sentences."""

from __future__ import annotations

from typing import Final

from app.estimate.what_if_view import LESS, MORE, SAME, UNSURE, difference_interval, signed
from app.i18n.formats import count, percent
from app.i18n.texts import mark, t, tn
from predictors.research.diff import Match, ModelDiff

MATCHES: Final[dict[Match, str]] = {
    Match.SAME: mark("both, alike"),
    Match.CHANGED: mark("both, changed"),
    Match.ONLY_A: mark("only in A"),
    Match.ONLY_B: mark("only in B"),
}
"""How a row of a difference came about -> the same on screen."""
_VERDICTS: Final[dict[str, str]] = {
    LESS: mark("B uses less energy than A by {share}: {change}, {interval}."),
    MORE: mark("B uses more energy than A by {share}: {change}, {interval}."),
    UNSURE: mark("A and B cannot be told apart in energy: {change}, {interval}."),
}


def two_sentence(diff: ModelDiff) -> str:
    """Return the difference in words, with its interval and, where the two can be told apart, its share."""
    sentences = [_verdict(diff)]
    missing = diff.a.coverage.unsupported, diff.b.coverage.unsupported
    if any(missing):
        sentences.append(
            t(
                "Left out of the totals, without a figure: {a} kernels of A, {b} of B.",
                a=count(missing[0]),
                b=count(missing[1]),
            )
        )
    return " ".join(sentences)


def _verdict(diff: ModelDiff) -> str:
    if diff.verdict == SAME:
        return tn(
            "B takes the same energy as A: its kernel is alike.",
            "B takes the same energy as A: all {n} kernels are alike.",
            len(diff.rows),
        )
    share = abs(diff.energy_diff_mj) / diff.a.energy_mj if diff.a.energy_mj > 0 else 0.0
    return t(
        _VERDICTS[diff.verdict],
        share=percent(share),
        change=signed(diff.energy_diff_mj),
        interval=difference_interval(diff),
    )


def unmatched_words(diff: ModelDiff) -> str:
    """Return how many kernels have no partner in the other model."""
    if not diff.unmatched:
        return t("Every kernel of A has its partner in B.")
    only_a = sum(row.b is None for row in diff.unmatched)
    return tn(
        "{n} kernel without a partner, {a} of A and {b} of B; it counts in full.",
        "{n} kernels without a partner, {a} of A and {b} of B; they count in full.",
        len(diff.unmatched),
        a=count(only_a),
        b=count(len(diff.unmatched) - only_a),
    )
