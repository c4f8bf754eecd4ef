"""Differences in words: verdicts, ratios with their interval, sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.formats import listing, number, plural
from scoring.compare import Difference, Verdict

ENERGY, POWER, LATENCY = "energy", "power", "latency"

_WORDS: Final[dict[str, tuple[str, str]]] = {
    ENERGY: ("uses less", "uses more"),
    POWER: ("draws less", "draws more"),
    LATENCY: ("is faster", "is slower"),
}
"""Quantity -> words for the lower and for the higher side."""

SAME: Final = Verdict.ALIKE.value
NO_COMMON: Final = "nothing in common"


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing (its label) against the one all are compared with; None where nothing is in common."""

    label: str
    difference: Difference | None


def verdict_words(difference: Difference | None, quantity: str = ENERGY) -> str:
    """Return "uses less", "uses more" or "cannot be told apart" (power: draws; latency: faster, slower)."""
    if difference is None:
        return NO_COMMON
    lower, higher = _WORDS[quantity]
    return {Verdict.LOWER: lower, Verdict.HIGHER: higher}.get(difference.verdict, SAME)


def ratio_words(difference: Difference) -> str:
    """Return the ratio with its interval: "0.62 × (0.55–0.70)"."""
    ratio, low, high = (number(value) for value in (difference.ratio, difference.low, difference.high))
    return f"{ratio} × ({low}–{high})"


def cell_words(difference: Difference | None, quantity: str = ENERGY) -> str:
    """Return verdict and ratio for one cell of a table."""
    words = verdict_words(difference, quantity)
    return words if difference is None else f"{words}, {ratio_words(difference)}"


def answer(base: str, compared: Sequence[Compared]) -> str:
    """Return the answer in words: who uses less and who more energy than `base`, who cannot be told apart."""
    parts = []
    for verdict, words in (
        (Verdict.LOWER, "uses less energy than"),
        (Verdict.HIGHER, "uses more energy than"),
    ):
        ranked = [each for each in compared if _verdict(each) is verdict]
        if ranked:
            named = listing([_named(each) for each in sorted(ranked, key=_ratio)])
            parts.append(f"{named} {_plural_verb(words, len(ranked))} **{base}**")
    alike = [each for each in compared if _verdict(each) is Verdict.ALIKE]
    if alike:
        parts.append(f"{listing([_named(each) for each in alike])} cannot be told apart from **{base}**")
    strange = [f"**{each.label}**" for each in compared if each.difference is None]
    if strange:
        have = "has" if len(strange) == 1 else "have"
        parts.append(f"{listing(strange)} {have} nothing in common with **{base}**")
    return f"{'; '.join(parts)}." if parts else ""


def _named(each: Compared) -> str:
    return f"**{each.label}** ({number(_ratio(each))} ×)"


def _ratio(each: Compared) -> float:
    return 1.0 if each.difference is None else each.difference.ratio


def _verdict(each: Compared) -> Verdict | None:
    return None if each.difference is None else each.difference.verdict


def _plural_verb(words: str, amount: int) -> str:
    return words if amount == 1 else words.replace("uses", "use", 1)


def conditions_sentence(facts: Mapping[str, Sequence[str]]) -> str:
    """Return which of the conditions differ (fact -> one text per thing compared)."""
    differing = [in_sentence(name) for name, texts in facts.items() if len(set(texts)) > 1]
    same = [in_sentence(name) for name, texts in facts.items() if len(set(texts)) == 1]
    if not differing:
        return f"All {plural(len(same), 'condition')} are the same."
    words = f"What differs: {listing(differing)}."
    return f"{words} The same: {listing(same)}." if same else words


def in_sentence(name: str) -> str:
    """Return a heading as it stands inside a sentence; abbreviations keep their capitals."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
