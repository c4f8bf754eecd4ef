"""The verdict about two to six devices: badges, five bars, a sentence with how sure it is, what is left."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from statistics import NormalDist
from typing import Any, Final

import pandas as pd
import streamlit as st

from app.charts.base import CONFIG
from app.charts.verdict_bars import verdict_bars
from app.compare.words import ENERGY, LATENCY, POWER, ratio_words
from app.i18n.formats import listing, literal, number, plain
from app.i18n.texts import mark, t, tn
from app.label.grade_strip import score_badge, show_badges
from app.measurements.phone_scores import known_scores
from app.memo import kept_under
from app.ui.glossary import explain
from app.ui.print_view import on_paper, picture_width
from scoring.verdict import Z_80, Difference, Verdict

TWO: Final = 2
"""Significant digits of a ratio in a sentence: its interval is wider than a tenth of it."""
SURE: Final = ((0.99, mark("surely")), (0.95, mark("very likely")), (0.0, mark("likely")))
"""From this probability on that the ratio lies on the side that is said, by its interval: the word for it.
What is told apart at all has 0.9: its 80 % interval leaves out 1."""
SURE_HELP: Final = mark(
    "How sure, by the interval of the ratio: surely, at least 99 in 100; very likely, at least 95; likely, "
    "at least 90. Below that, two devices cannot be told apart."
)
_SIDES: Final = {
    (ENERGY, Verdict.HIGHER): mark("{factor} times hungrier"),
    (ENERGY, Verdict.LOWER): mark("{factor} times thriftier"),
    (LATENCY, Verdict.HIGHER): mark("{factor} times slower"),
    (LATENCY, Verdict.LOWER): mark("{factor} times faster"),
}
QUANTITIES: Final = {
    ENERGY: mark("Energy ↓"),
    LATENCY: mark("Time ↓"),
    POWER: mark("Power ↓"),
}
"""Measured quantity -> its name in the picture; the arrow says which direction is better."""
SCORE_QUANTITIES: Final = {"PCS": mark("PCS ↑"), "IECS": mark("IECS ↑")}


def probability(difference: Difference) -> float:
    """Return how probable it is that the true ratio lies on the same side of 1 as the one found.

    The interval of a ratio holds it 8 in 10 times; its logarithm is taken to be normal.
    """
    half = math.log(difference.high / difference.low) / 2
    if half <= 0:
        return 1.0
    return NormalDist().cdf(Z_80 * abs(math.log(difference.ratio)) / half)


def sure_words(differences: Sequence[Difference]) -> str:
    """Return how sure it is what is said of these ratios: the word for the least sure one."""
    least = min(probability(each) for each in differences)
    return next(t(words) for border, words in SURE if least >= border)


def verdict_sentence(name: str, base: str, found: Mapping[str, Difference | None]) -> str:
    """Return how a device compares with another one in energy and time, and how sure that is."""
    name, base = literal(name), literal(base)
    energy, latency = found[ENERGY], found[LATENCY]
    if energy is None:
        return t("**{device}** and **{base}** have nothing in common to compare.", device=name, base=base)
    told = [
        (quantity, each)
        for quantity, each in ((ENERGY, energy), (LATENCY, latency))
        if each is not None and each.verdict is not Verdict.ALIKE
    ]
    sentences = []
    if told:
        parts = [_side(quantity, each) for quantity, each in told]
        sentences.append(
            t(
                "**{device}** is {parts} than **{base}**, {sure}.",
                device=name,
                parts=f"**{listing(parts)}**",
                base=base,
                sure=sure_words([each for _, each in told]),
            )
        )
    if energy.verdict is Verdict.ALIKE:
        words = {"device": name, "base": base, "ratio": ratio_words(energy)}
        sentences.append(t("In energy **{device}** cannot be told apart from **{base}**: {ratio}.", **words))
    if latency is not None and latency.verdict is Verdict.ALIKE:
        words = {"device": name, "base": base, "ratio": ratio_words(latency)}
        sentences.append(t("In time **{device}** cannot be told apart from **{base}**: {ratio}.", **words))
    return " ".join(sentences)


def _side(quantity: str, difference: Difference) -> str:
    ratio = difference.ratio if difference.verdict is Verdict.HIGHER else 1.0 / difference.ratio
    return t(_SIDES[quantity, difference.verdict], factor=number(ratio, TWO))


def left_out_words(
    cells: pd.DataFrame, found: pd.DataFrame, names: Mapping[str, str], base: str, *, is_scored: bool
) -> str:
    """Return what could not be compared: cells that only one of two devices has, the scores; "" if none."""
    amounts = cells.dropna(subset=["energy_mj"]).groupby("device_id").size()
    parts = []
    for row in found.itertuples():
        common = 0 if row.energy is None else row.energy.cells
        device_id = str(row.device_id)
        for one, other in ((base, device_id), (device_id, base)):
            alone = int(amounts.get(one, 0)) - common
            if alone > 0:
                parts.append(
                    tn(
                        "{n} cell of {one} that {other} lacks",
                        "{n} cells of {one} that {other} lacks",
                        alone,
                        one=literal(names[one]),
                        other=literal(names[other]),
                    )
                )
    if not is_scored:
        parts.append(t("PCS and IECS, as only phones that ran all tests have them"))
    return t("Not compared: {parts}.", parts=listing(parts)) if parts else ""


def bar_rows(
    found: pd.DataFrame, names: Mapping[str, str], base: str, scores: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the rows of `verdict_bars`: five quantities, every device but `base` in each.

    `scores` has pcs and iecs by device id, None where a device has none.
    """
    rows = [
        _bar(t(words), row.device_id, names, difference.ratio, ratio_words(difference), difference)
        for quantity, words in QUANTITIES.items()
        for row in found.itertuples()
        if (difference := getattr(row, quantity)) is not None
    ]
    if scores is not None:
        rows += [
            _bar(
                t(words),
                row.device_id,
                names,
                scores.loc[row.device_id, name.lower()] / scores.loc[base, name.lower()],
                t(
                    "{own} against {other}",
                    own=number(scores.loc[row.device_id, name.lower()]),
                    other=number(scores.loc[base, name.lower()]),
                ),
                short=number(scores.loc[row.device_id, name.lower()]),
            )
            for name, words in SCORE_QUANTITIES.items()
            for row in found.itertuples()
        ]
    columns = ["quantity", "device_id", "name", "ratio", "low", "high", "words", "behind"]
    return pd.DataFrame(rows, columns=columns)


def _bar(
    quantity: str,
    device_id: str,
    names: Mapping[str, str],
    ratio: float,
    words: str,
    difference: Difference | None = None,
    short: str = "",
) -> dict[str, object]:
    low, high = (ratio, ratio) if difference is None else (difference.low, difference.high)
    # With one other device its name behind every bar would say nothing.
    name = names[device_id] if len(names) > TWO else ""
    figure = short or t("{ratio} ×", ratio=number(ratio))
    return {
        "quantity": quantity, "device_id": device_id, "name": name, "ratio": ratio, "low": low, "high": high,
        "words": words,
        # Behind a name there is no room for the range on a phone: its thin line and the table show it.
        "behind": f"{name} {figure}" if name else words,
    }  # fmt: skip


def show_verdict(
    cells: pd.DataFrame,
    found: pd.DataFrame,
    names: Mapping[str, str],
    base: str,
    scores: pd.DataFrame | None,
    key: Hashable,
) -> None:
    """Show the verdict: a sentence per device, badges of all that have scores, the bars, what is left out.

    `key` tells the comparison apart from all others.
    """
    is_scored = scores is not None
    sentences = kept_under(key, verdict_sentences, found, names, base)
    st.markdown("  \n".join(sentences), help=t(SURE_HELP))
    # On a sheet, one below the other.
    left, right = (st.container(), st.container()) if on_paper() else st.columns([2, 3], gap="medium")
    with left:
        _badges(names)
        words = kept_under(key, left_out_words, cells, found, names, base, is_scored=is_scored)
        if words:
            st.markdown(words)
    with right:
        st.plotly_chart(
            kept_under(key, _bars, found, names, base, scores),
            config=CONFIG,
            width=picture_width(),
            key="verdict_bars",
            alt=plain(" ".join(sentences)),
        )
        st.caption(
            t(
                "Against {base}, the dotted line. ↓ less is better, ↑ more is better. Thin lines: 80 % "
                "range.",
                base=literal(names[base]),
            )
        )


def verdict_sentences(found: pd.DataFrame, names: Mapping[str, str], base: str) -> tuple[str, ...]:
    """Return the verdict on each device beside `base` in a sentence."""
    return tuple(
        verdict_sentence(names[row.device_id], names[base], {ENERGY: row.energy, LATENCY: row.latency})
        for row in found.itertuples()
    )


def _bars(found: pd.DataFrame, names: Mapping[str, str], base: str, scores: pd.DataFrame | None) -> Any:
    return verdict_bars(bar_rows(found, names, base, scores))


def _badges(names: Mapping[str, str]) -> None:
    scored = {phone.device_id: phone for phone in known_scores()}
    for device_id in (each for each in names if each in scored):
        st.markdown(f"**{literal(names[device_id])}**", help=explain("PCS", "IECS", "letter"))
        scores = (scored[device_id].pcs.recomputed, scored[device_id].iecs.recomputed)
        show_badges([score_badge(each) for each in scores])
