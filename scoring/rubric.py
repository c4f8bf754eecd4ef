"""Letters A to E by fixed borders: a published, versioned rubric, the same for every device and every year.

The borders are fixed figures with a plain meaning, not quantiles: a new device never changes the letter of an
old one. They are this project's own choice, made for round numbers that spread today's devices over the
letters, and no claim of the paper that the scores come from.

- PCS (points): A from 80, B from 70, C from 60, D from 50, E below. PCS 80 means that a fifth of the thermal
  design power is drawn on average, PCS 50 half of it.
- IECS (inferences per joule, mean of the rows used): A from 6, B from 5, C from 4, D from 3, E below. On
  the full table of 35 rows that is an IECS of 210, 175, 140 and 105.
- Energy of one inference (mJ), of a model estimate, by what the network is for, so that a letter grades the
  network and not the size of its task. Classifying pictures, or a task that nobody names: A up to 10, B up to
  30, C up to 100, D up to 300, E above. Detection, segmentation and speech commands: three times that, in
  round numbers (30, 100, 300, 1,000). Super-resolution and question answering: ten times (100, 300, 1,000,
  3,000). The steps follow the medians that the reference networks of each task took on the measured phones:
  145 mJ for classification (DNN5 to 8, geometric mean of their medians), 508 for detection (DNN1 to 4), 388
  for segmentation (DNN10), 301 for speech (DNN12), 1,180 for super-resolution (DNN9), 2,080 for questions
  (DNN11); the nearest of 1, 3 and 10 times, on a logarithmic scale.

What is graded is the figure as shown, with three significant digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from data.messages import Message
from scoring.errors import ScoringError
from scoring.score import Score

RUBRIC_VERSION: Final = "1.1"
"""Raised when a border, a tolerance or a rule changes; stands on every label."""

LETTERS: Final = "ABCDE"
SHOWN_DIGITS: Final = 3  # a grade follows from the figure as the screen shows it
PROVISIONAL_BELOW: Final = 0.8
"""With less than this share of the possible rows (28 of 35) a letter is provisional."""

NOT_CONSIDERED: Final = (
    Message("How exact the source's meter was, which the source does not say, and that TDPs are whole watts"),
    Message("How well the networks answer: accuracy is no part of energy"),
    Message("Speed: a slow device may draw little and still earn a good PCS"),
    Message(
        "Energy of making and scrapping the device, of charging losses, of screen and radio where not metered"
    ),
    Message("Heat: letters rest on short runs, before a device has to slow down"),
    Message("How much of its task a network does: a small one earns a better letter than one that does more"),
)
"""What a letter does not say, for every place that shows the rubric."""


@dataclass(frozen=True, slots=True)
class Rubric:
    """The borders of one quantity. `borders` divide A|B, B|C, C|D, D|E; a value on a border has the better
    letter. `tolerance` is a share of the border, or an absolute amount in `unit` where `is_absolute`; None
    where the interval of the figure itself is the tolerance."""

    id: str
    quantity: str
    unit: str
    higher_is_better: bool
    borders: tuple[float, float, float, float]
    tolerance: float | None
    is_absolute: bool = False

    def letter(self, value: float) -> str:
        """Return the letter of a value as shown. Raises ScoringError `NOT_GRADABLE` if it is not finite."""
        if not math.isfinite(value):
            raise ScoringError(
                "NOT_GRADABLE",
                "{value} is not a figure that can have a letter. Give a finite number.",
                value=value,
            )
        figure = _shown(value)
        passed = (figure < border if self.higher_is_better else figure > border for border in self.borders)
        return LETTERS[sum(passed)]

    def near(self, value: float) -> tuple[str, ...]:
        """Return every letter within the tolerance of a value, best first, its own letter included."""
        figure, own = _shown(value), LETTERS.index(self.letter(value))
        found = {own}
        for position, border in enumerate(self.borders):
            if abs(figure - border) <= self._tolerance_at(border) + 1e-9:
                found |= {position, position + 1}
        return tuple(LETTERS[position] for position in sorted(found))

    def spanned(self, low: float, high: float) -> tuple[str, ...]:
        """Return every letter that an interval reaches, best first."""
        ends = sorted(LETTERS.index(self.letter(end)) for end in (low, high))
        return tuple(LETTERS[ends[0] : ends[1] + 1])

    def band(self, letter: str) -> str:
        """Return what a letter stands for in words: "80 and more", "70 to below 80", "below 50"."""
        position = LETTERS.index(letter)
        better = self.borders[position - 1] if position > 0 else None
        worse = self.borders[position] if position < len(self.borders) else None
        if self.higher_is_better:
            return _band(
                worse,
                better,
                Message("{low:,g} and more"),
                Message("{low:,g} to below {high:,g}"),
                Message("below {high:,g}"),
            )
        return _band(
            better,
            worse,
            Message("more than {low:,g}"),
            Message("above {low:,g}, up to {high:,g}"),
            Message("up to {high:,g}"),
        )

    def _tolerance_at(self, border: float) -> float:
        if self.tolerance is None:
            return 0.0
        return self.tolerance if self.is_absolute else self.tolerance * border


PCS_RUBRIC: Final = Rubric("pcs", "PCS", "points", True, (80.0, 70.0, 60.0, 50.0), 1.0, is_absolute=True)
IECS_RUBRIC: Final = Rubric(
    "iecs",
    Message("IECS, mean of the rows used"),
    Message("inferences per joule"),
    True,
    (6.0, 5.0, 4.0, 3.0),
    0.03,
)
ENERGY_RUBRIC: Final = Rubric(
    "energy", Message("Energy per inference, estimated"), "mJ", False, (10.0, 30.0, 100.0, 300.0), None
)
ENERGY_RUBRIC_3: Final = Rubric(
    "energy-3",
    Message("Energy per inference, estimated: detection, segmentation, speech commands"),
    "mJ", False, (30.0, 100.0, 300.0, 1000.0), None,
)  # fmt: skip
ENERGY_RUBRIC_10: Final = Rubric(
    "energy-10",
    Message("Energy per inference, estimated: super-resolution, question answering"),
    "mJ", False, (100.0, 300.0, 1000.0, 3000.0), None,
)  # fmt: skip
TASK_RUBRICS: Final[dict[str, Rubric]] = {
    "": ENERGY_RUBRIC,
    "classification": ENERGY_RUBRIC,
    "detection": ENERGY_RUBRIC_3,
    "segmentation": ENERGY_RUBRIC_3,
    "speech-commands": ENERGY_RUBRIC_3,
    "super-resolution": ENERGY_RUBRIC_10,
    "question-answering": ENERGY_RUBRIC_10,
}
"""Task of a network ("" where nobody names it) -> the borders it is graded by."""
RUBRICS: Final = (PCS_RUBRIC, IECS_RUBRIC, ENERGY_RUBRIC, ENERGY_RUBRIC_3, ENERGY_RUBRIC_10)


@dataclass(frozen=True, slots=True)
class Grade:
    """A letter. `possible` are all letters within the tolerance, best first, the letter itself included;
    `provisional` when the score rests on too few rows."""

    letter: str
    possible: tuple[str, ...]
    provisional: bool = False
    rubric_version: str = RUBRIC_VERSION

    @property
    def text(self) -> str:
        """The letter in words: "B", "B, at the border to A", "C, between B and D", "A, provisional"."""
        others = [letter for letter in self.possible if letter != self.letter]
        words = self.letter
        if len(others) == 1:
            words = Message("{letter}, at the border to {other}", letter=words, other=others[0])
        elif others:
            best, worst = self.possible[0], self.possible[-1]
            words = Message("{letter}, between {best} and {worst}", letter=words, best=best, worst=worst)
        return Message("{letter}, provisional", letter=words) if self.provisional else words


def grade_score(score: Score) -> Grade:
    """Return the letter of a PCS or IECS. IECS is graded by its mean over the rows used."""
    provisional = score.coverage < PROVISIONAL_BELOW
    rubric, value = (
        (PCS_RUBRIC, score.value) if score.name == "PCS" else (IECS_RUBRIC, score.value / score.rows_used)
    )
    return Grade(rubric.letter(value), rubric.near(value), provisional)


def grade_energy(energy_mj: float, energy_mj_low: float, energy_mj_high: float, task: str = "") -> Grade:
    """Return the letter of an estimated energy (mJ); `possible` are the letters its interval reaches.

    `task` is what the network is for, "" where that is not known. Raises ScoringError `NOT_GRADABLE` unless
    0 < low <= energy <= high, KeyError for an unknown task.
    """
    if not 0 < energy_mj_low <= energy_mj <= energy_mj_high:
        raise ScoringError(
            "NOT_GRADABLE",
            "An energy of {energy_mj:g} mJ between {energy_mj_low:g} and {energy_mj_high:g} mJ "
            "cannot have a letter. Give figures above 0, in order.",
            energy_mj=energy_mj,
            energy_mj_low=energy_mj_low,
            energy_mj_high=energy_mj_high,
        )
    rubric = TASK_RUBRICS[task]
    return Grade(rubric.letter(energy_mj), rubric.spanned(energy_mj_low, energy_mj_high))


def _shown(value: float) -> float:
    if value == 0:
        return 0.0
    return round(value, SHOWN_DIGITS - 1 - math.floor(math.log10(abs(value))))


def _band(low: float | None, high: float | None, top: str, middle: str, bottom: str) -> str:
    if high is None:
        return Message(top, low=low)
    return Message(bottom, high=high) if low is None else Message(middle, low=low, high=high)
