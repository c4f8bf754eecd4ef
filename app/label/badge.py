"""The small badge for a README: a name on the left, letter and value on the right, in one line."""

from __future__ import annotations

from typing import Final

from app.label.content import Label
from app.label.look import STEPS, Theme
from app.label.shapes import Box, Drawing, Words, shortened, text_width
from app.ui.colours import text_on

HEIGHT: Final = 22.0
SIZE: Final = 11.5
LONGEST: Final = 300.0


def draw_badge(label: Label, theme: Theme) -> Drawing:
    """Return the badge; its ground is that of the theme, so that it suits the page around it."""
    name = shortened(label.badge_name, SIZE, LONGEST)
    letter = f"{label.grade.letter}{'?' if label.grade.provisional else ''}"
    unit = {"device-score": ""}.get(label.kind, f" {label.unit.split(' ')[0]}")
    value = f"{letter}  {label.value}{unit}"
    left = text_width(name, SIZE) + 14
    right = text_width(value, SIZE, bold=True) + 16
    step = STEPS[label.grade.letter]
    shapes = (
        Box(0.5, 0.5, left + right - 1, HEIGHT - 1, theme.ground, theme.line, 4),
        Box(left, 0.5, right - 0.5, HEIGHT - 1, step, theme.line, 4),
        Words(7, 15.2, name, SIZE, theme.ink),
        Words(left + right / 2, 15.2, value, SIZE, text_on(step), bold=True, anchor="middle"),
    )
    return Drawing(left + right, HEIGHT, shapes, f"{label.badge_name}: {value}", label.sentence)
