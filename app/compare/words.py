"""Comparisons in words: quantities, verdicts, ratios with their interval, sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.i18n.formats import listing, literal, number
from app.i18n.texts import mark, marks, t, tn
from scoring.verdict import Difference, Verdict

ENERGY, POWER, LATENCY = "energy", "power", "latency"
PHONES, BOARDS, ESTIMATES = "phones", "boards", "estimates"

SHOWN: Final = {ENERGY: mark("Energy per inference"), POWER: mark("Average power")}
CELL_BY_CELL: Final = {
    ENERGY: mark("Energy per inference, cell by cell"),
    POWER: mark("Average power, cell by cell"),
}
BASIS_WORDS: Final = {
    PHONES: mark("Measured: the reference networks on the phones, delegate by delegate."),
    BOARDS: mark("Measured: the same networks on the boards, back end by back end."),
    ESTIMATES: mark(
        "No measurement is common to all of them, so sample models are compared as **estimated**, on each "
        "device with the delegate that takes least."
    ),
}

RATIO_WORDS: Final = mark(
    "Ratios are geometric means over the cells both devices have, with the interval that holds them 8 in 10 "
    "times; “uses less” and “uses more” are said only where that interval leaves out 1."
)
TYPICAL_WORDS: Final = mark("Typical: the geometric mean over the cells that all of them have.")
SCORE_WORDS: Final = mark(
    "PCS: how far below its power limit a phone stays while it runs AI. IECS: how much AI it does per unit "
    "of energy, added up over the tests. Higher is better for both."
)
RULE: Final = mark(
    "1. Per cell (one network on one delegate), the logarithm of one device's figure over the other's.\n"
    "2. Their mean; then a thousand times the mean of networks drawn anew with replacement, all delegates of "
    "a network together, because they are not independent. Their middle 80 % is the first part.\n"
    "3. What all cells of a device share (unit, meter, software) cannot be averaged out. It is added in "
    "quadrature: 6 % per device, as boards moved between software rounds; no phone was measured twice, so "
    "phones are taken to be alike. Estimates: the whole interval of the estimate counts as shared, which is "
    "cautious about scatter only.\n"
    "4. A single cell: 3 % of its own on boards, 2 % on a phone's CPU, 11 % on its GPU and NNAPI (from "
    "repeated kernels), together with the 6 %.\n\n"
    "Not considered: another unit of the same device, and room temperature."
)


_WORDS: Final[dict[str, dict[Verdict, str]]] = {
    ENERGY: {Verdict.LOWER: mark("uses less"), Verdict.HIGHER: mark("uses more")},
    POWER: {Verdict.LOWER: mark("draws less"), Verdict.HIGHER: mark("draws more")},
    LATENCY: {Verdict.LOWER: mark("is faster"), Verdict.HIGHER: mark("is slower")},
}
"""Quantity -> words for the lower and for the higher side."""

SAME: Final = mark("cannot be told apart")
NO_COMMON: Final = mark("nothing in common")

_ANSWERS: Final[tuple[tuple[Verdict, tuple[str, str]], ...]] = (
    (
        Verdict.LOWER,
        marks("{names} uses less energy than **{base}**.", "{names} use less energy than **{base}**."),
    ),
    (
        Verdict.HIGHER,
        marks("{names} uses more energy than **{base}**.", "{names} use more energy than **{base}**."),
    ),
    (
        Verdict.ALIKE,
        marks(
            "{names} cannot be told apart from **{base}**.", "{names} cannot be told apart from **{base}**."
        ),
    ),
)
"""Verdict -> its sentence, for one thing and for several."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing (its label) against the one all are compared with; None where nothing is in common."""

    label: str
    difference: Difference | None


def verdict_words(difference: Difference | None, quantity: str = ENERGY) -> str:
    """Return "uses less", "uses more" or "cannot be told apart" (power: draws; latency: faster, slower)."""
    if difference is None:
        return t(NO_COMMON)
    return t(_WORDS[quantity].get(difference.verdict, SAME))


def ratio_words(difference: Difference) -> str:
    """Return the ratio with its interval: "0.62 × (0.55–0.70)"."""
    ratio, low, high = (number(value) for value in (difference.ratio, difference.low, difference.high))
    return f"{ratio} × ({low}–{high})"


def cell_words(difference: Difference | None, quantity: str = ENERGY) -> str:
    """Return verdict and ratio for one cell of a table."""
    words = verdict_words(difference, quantity)
    return words if difference is None else f"{words}, {ratio_words(difference)}"


def answer(base: str, compared: Sequence[Compared]) -> str:
    """Return in Markdown who uses less and who more energy than `base`, and who cannot be told apart."""
    sentences = []
    for verdict, forms in _ANSWERS:
        found = sorted((each for each in compared if _verdict(each) is verdict), key=_ratio)
        if found:
            names = listing([_named(each) for each in found])
            sentences.append(tn(*forms, len(found), names=names, base=literal(base)))
    strange = [f"**{literal(each.label)}**" for each in compared if each.difference is None]
    if strange:
        forms = NOTHING_IN_COMMON
        sentences.append(tn(*forms, len(strange), names=listing(strange), base=literal(base)))
    return " ".join(sentences)


NOTHING_IN_COMMON: Final = marks(
    "{names} has nothing in common with **{base}**.", "{names} have nothing in common with **{base}**."
)


def _named(each: Compared) -> str:
    return f"**{literal(each.label)}** ({number(_ratio(each))} ×)"


def _ratio(each: Compared) -> float:
    return 1.0 if each.difference is None else each.difference.ratio


def _verdict(each: Compared) -> Verdict | None:
    return None if each.difference is None else each.difference.verdict


def conditions_sentence(facts: Mapping[str, Sequence[str]]) -> str:
    """Return which of the conditions differ (name in English -> one text per thing compared)."""
    differing = [t(name) for name, texts in facts.items() if len(set(texts)) > 1]
    same = [t(name) for name, texts in facts.items() if len(set(texts)) == 1]
    if not differing:
        return tn("The {n} condition is the same.", "All {n} conditions are the same.", len(same))
    if not same:
        return t("What differs: {differing}.", differing=listing(differing))
    return t("What differs: {differing}. The same: {same}.", differing=listing(differing), same=listing(same))


def with_code(message: str, code: str) -> str:
    """Return a message with its stable code."""
    return t("{message}  \nCode: `{code}`", message=message, code=code)
