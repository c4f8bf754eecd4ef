"""Letters and their borders in the reader's language."""

from __future__ import annotations

from typing import Final

from app.i18n.formats import with_signs
from app.i18n.texts import mark, t
from scoring.rubric import LETTERS, Grade, Rubric

QUANTITIES: Final = {
    "pcs": mark("PCS (points)"),
    "iecs": mark("IECS, mean of the rows used (inferences per joule)"),
    "energy": mark("Energy per inference, estimated (mJ)"),
    "energy-3": mark("Energy per inference: detection, segmentation, speech commands (mJ)"),
    "energy-10": mark("Energy per inference: super-resolution, question answering (mJ)"),
}
"""Id of a rubric -> what it grades, with the unit, in English."""


TASKS: Final = {
    "": mark("any task"),
    "classification": mark("classifying pictures"),
    "detection": mark("finding things in pictures"),
    "segmentation": mark("outlining things in pictures"),
    "super-resolution": mark("enlarging pictures"),
    "question-answering": mark("answering questions"),
    "speech-commands": mark("hearing commands"),
}
"""What a network is for, by the id of its task, within a sentence."""


def letter_words(grade: Grade) -> str:
    """Return a letter with what is uncertain about it: "B", "B, at the border to A", "A, provisional"."""
    others = [letter for letter in grade.possible if letter != grade.letter]
    if len(others) > 1:
        return _between(grade)
    if others:
        return _at_border(grade, others[0])
    return t("{letter}, provisional", letter=grade.letter) if grade.provisional else grade.letter


def _at_border(grade: Grade, other: str) -> str:
    if grade.provisional:
        return t("{letter}, at the border to {other}, provisional", letter=grade.letter, other=other)
    return t("{letter}, at the border to {other}", letter=grade.letter, other=other)


def _between(grade: Grade) -> str:
    best, worst = grade.possible[0], grade.possible[-1]
    if grade.provisional:
        return t(
            "{letter}, between {best} and {worst}, provisional", letter=grade.letter, best=best, worst=worst
        )
    return t("{letter}, between {best} and {worst}", letter=grade.letter, best=best, worst=worst)


def band_words(rubric: Rubric, letter: str) -> str:
    """Return what a letter stands for: "80 and more", "70 to below 80", "below 50"."""
    position = LETTERS.index(letter)
    better = _border(rubric, position - 1)
    worse = _border(rubric, position)
    return _falling(better, worse) if rubric.higher_is_better else _rising(better, worse)


def _falling(better: str, worse: str) -> str:
    """The band between two borders where higher is better; "" is no border."""
    if not better:
        return t("{low} and more", low=worse)
    return t("{low} to below {high}", low=worse, high=better) if worse else t("below {high}", high=better)


def _rising(better: str, worse: str) -> str:
    """The band between two borders where lower is better; "" stands for no border."""
    if not better:
        return t("up to {high}", high=worse)
    if not worse:
        return t("more than {low}", low=better)
    return t("above {low}, up to {high}", low=better, high=worse)


def _border(rubric: Rubric, position: int) -> str:
    """The border below the letter at a position as text, "" where there is none."""
    return with_signs(f"{rubric.borders[position]:,g}") if 0 <= position < len(rubric.borders) else ""


def quantity_words(rubric: Rubric) -> str:
    """Return what a rubric grades, with the unit."""
    return t(QUANTITIES[rubric.id])
