"""How estimates and scores are made, and what they do not consider: the written parts of the methods page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pandas as pd
import streamlit as st

from app import bundle_cache
from app.i18n.formats import listing
from app.i18n.messages import tell
from app.i18n.texts import SOURCE, language, t, verbatim
from app.measurements.phone_scores import PhoneScores, known_scores
from app.methods.text import (
    CITE,
    CITE_FIRST,
    NOT_CONSIDERED,
    SCORES,
    SCORES_PAPER,
    SCORES_SOURCE,
    STEPS,
    Step,
)
from app.paths import ROOT
from app.ui.equations import show_equation
from app.ui.glossary import GLOSSARY
from app.ui.print_view import show_data
from predictors.version import METHOD_VERSION

NOTES: Final = ROOT / "docs" / "versions.md"
METHOD: Final = verbatim("Method ")
"""Beginning of the heading of a version; other headings of the file are not versions."""
_HEADING: Final = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class VersionNote:
    """One version: its name and what is said about it (Markdown)."""

    title: str
    text: str


def version_notes() -> tuple[VersionNote, ...]:
    """Return every version, newest first; none where the file is missing."""
    if not NOTES.is_file():
        return ()
    parts = _HEADING.split(NOTES.read_text(encoding="utf-8"))[1:]
    return tuple(
        VersionNote(title.strip(), text.strip())
        for title, text in zip(parts[::2], parts[1::2], strict=True)
        if title.startswith(METHOD)
    )


EVIDENCE: Final = ("measured", "predicted", "transferred", "approximated", "calibrated", "unsupported")


def show_step(step: Step, number: str = "") -> None:
    """Show one step with its equation and symbols."""
    with st.container(border=True):
        st.markdown(f"**{number}{t(step.title)}**")
        st.markdown(t(step.text))
        if step.equation:
            show_equation(step.equation)
            st.caption(t(step.symbols))


def show_estimates() -> None:
    """How an estimate is made, and what the evidence words mean."""
    for position, step in enumerate(STEPS, start=1):
        show_step(step, f"{position}. ")
    st.header(t("How a figure was obtained"), anchor=False)
    st.markdown("\n".join(f"- {GLOSSARY[word].text}" for word in EVIDENCE))


def show_scores() -> None:
    """The two scores, as printed and as recomputed."""
    for step in SCORES:
        show_step(step)
    st.markdown(t(SCORES_SOURCE, source=SCORES_PAPER))
    st.header(t("As printed and as recomputed"), anchor=False)
    phones = known_scores()
    show_data(_scores_table(phones), t("Both scores of each phone, recomputed and printed"), placeholder="–")
    st.markdown("\n".join(_reasons(phones)))


def _scores_table(phones: tuple[PhoneScores, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            t("Device"): [phone.name for phone in phones],
            "PCS": [phone.pcs.recomputed.value for phone in phones],
            t("PCS printed"): [phone.pcs.printed for phone in phones],
            "IECS": [phone.iecs.recomputed.value for phone in phones],
            t("IECS printed"): [phone.iecs.printed for phone in phones],
        }
    )


def _reasons(phones: tuple[PhoneScores, ...]) -> list[str]:
    """Why PCS as printed and as recomputed differ or not: a line of a list per reason, with its phones."""
    reasons = dict.fromkeys(phone.pcs.reason for phone in phones)
    return [
        t(
            "- **PCS of {phones}:** {reason}",
            phones=listing([phone.name for phone in phones if phone.pcs.reason is reason]),
            reason=tell(reason.text),
        )
        for reason in reasons
    ]


def show_limits() -> None:
    """What is not considered, how to cite, versions, terms."""
    st.header(t("What is not considered"), anchor=False)
    st.markdown("\n".join(f"- {t(line)}" for line in NOT_CONSIDERED))
    _cite()
    _versions()
    st.header(t("Terms"), anchor=False)
    st.markdown("\n".join(f"- {term.text}" for term in GLOSSARY.values()))


def _cite() -> None:
    st.header(t("How to cite"), anchor=False)
    own = CITE.format(method=METHOD_VERSION, data=bundle_cache.data_version())
    st.code(own, language=None, wrap_lines=True)
    st.markdown(t("Please cite the measurements too, first of all:"))
    st.code(CITE_FIRST, language=None, wrap_lines=True)


def _versions() -> None:
    st.header(t("Versions"), anchor=False)
    st.markdown(
        t(
            "- **Data {data}:** year, month and running number of figures and corrections.\n"
            "- **Method {method}:** rises when an equation, a fitted setting or a boundary changes.",
            data=bundle_cache.data_version(),
            method=METHOD_VERSION,
        )
    )
    say_in_english(t("What changed with each version is written in English."))
    for note in version_notes():
        with st.expander(t("{version}: what changed", version=note.title)):
            st.markdown(note.text)


def say_in_english(words: str) -> None:
    """Say that something is in English only, to those who read another language."""
    if language() != SOURCE:
        st.caption(words)
