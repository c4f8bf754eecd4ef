"""Draws a grade as a strip of the five letters: its own large, in its colour and place, with the figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.i18n.texts import t
from app.label.grades import letter_words
from app.label.shapes import STEPS, Box, Drawing, Shape, Words, text_width
from app.ui.colours import text_on
from scoring.rubric import LETTERS, Grade

HEIGHT: Final = 30.0
SIZE: Final = 14.0
"""Font size of the letters (px)."""
SMALL: Final = 18.0
"""Width of a letter that the score does not have (px)."""
PAD: Final = 7.0
GAP: Final = 2.0
NAME_GROUND: Final = "#46525a"
"""Behind the name: white text on it reads at 8:1, and it stands out from both backgrounds of the theme."""
OUTLINE: Final = "#7a828c"
"""3:1 on the light and on the dark background, so that pale yellow and dark blue both have an edge."""


@dataclass(frozen=True, slots=True)
class Badge:
    """One score as a badge: its name, its figure as text and its letter."""

    name: str
    figure: str
    grade: Grade

    @property
    def words(self) -> str:
        """The badge for those who do not see it: "PCS 82.8: letter A, at the border to B, of A to E"."""
        return t(
            "{name} {figure}: letter {letter}, on the scale from A, best, to E",
            name=self.name,
            figure=self.figure,
            letter=letter_words(self.grade),
        )


def strip(badge: Badge) -> Drawing:
    """Return a badge as a drawing that reads on the light and on the dark theme."""
    name_width = text_width(badge.name, SIZE, bold=True) + 2 * PAD
    shapes: list[Shape] = [
        Box(0, 0, name_width, HEIGHT, NAME_GROUND, radius=4),
        _centred(badge.name, name_width / 2, "#ffffff", SIZE, bold=True),
    ]
    x = name_width + GAP
    for letter in LETTERS:
        is_own = letter == badge.grade.letter
        # A provisional letter is a question, as on the label.
        text = f"{letter}{'?' if badge.grade.provisional else ''} {badge.figure}" if is_own else letter
        width = text_width(text, SIZE + 2, bold=True) + 2 * PAD if is_own else SMALL
        top = 0.0 if is_own else 5.0
        shapes.append(Box(x, top, width, HEIGHT - 2 * top, STEPS[letter], OUTLINE, radius=4))
        shapes.append(
            _centred(text, x + width / 2, text_on(STEPS[letter]), SIZE + 2 if is_own else 11, bold=is_own)
        )
        x += width + GAP
    return Drawing(x - GAP, HEIGHT, tuple(shapes), badge.name, badge.words)


def _centred(text: str, x: float, fill: str, size: float, *, bold: bool) -> Words:
    return Words(x, HEIGHT / 2 + 0.36 * size, text, size, fill, bold=bold, anchor="middle")
