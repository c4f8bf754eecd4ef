"""Lays out a label and its small badge: a label in, a drawing out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.i18n.texts import t, verbatim
from app.label.content import Label
from app.label.grades import band_words, letter_words, quantity_words
from app.label.shapes import (
    STEPS,
    Box,
    Code,
    Drawing,
    Polygon,
    Shape,
    Theme,
    Words,
    qr_modules,
    shortened,
    text_width,
    wrapped,
)
from app.label.strip import SIZE as NAME_PX
from app.label.strip import Badge, strip
from app.ui.colours import text_on
from scoring.rubric import LETTERS

LONGEST: Final = 300.0
"""Largest width of the name on a badge (px)."""


def draw_badge(label: Label) -> Drawing:
    """Return the badge: the strip that the pages show, with the name of what is graded."""
    unit = {"device-score": ""}.get(label.kind, f" {label.unit.split(' ')[0]}")
    name = shortened(label.badge_name, NAME_PX, LONGEST)
    drawing = strip(Badge(name, f"{label.value}{unit}", label.grade))
    letter = f"{label.grade.letter}{'?' if label.grade.provisional else ''}"
    return replace(
        drawing, title=f"{label.badge_name}: {letter} {label.value}{unit}", description=label.sentence
    )


WIDTH: Final = 420.0  # px of a label, as wide as a column of a page
EDGE: Final = 24.0  # px of white around the content
INNER: Final = WIDTH - 2 * EDGE
BAR_HEIGHT: Final = 30.0  # px; room for the letter and its band in words
BAR_GAP: Final = 5.0  # px; neighbouring colours stay apart
CODE_SIDE: Final = 128.0  # px; about 3 px a module, which telephones read from paper
SMALL: Final = 11.0  # px; the smallest print that is read at arm's length


def draw_label(label: Label, theme: Theme) -> Drawing:
    """Return the full label: name, scale with pointer, value, what it rests on, address as text and code."""
    shapes: list[Shape] = []
    y = _head(shapes, label, theme)
    y = _scale(shapes, label, theme, y + 18)
    y = _figures(shapes, label, theme, y + 14)
    y = _foot(shapes, label, theme, y + 12)
    height = y + EDGE
    ground = Box(1, 1, WIDTH - 2, height - 2, theme.ground, theme.line, 10)
    return Drawing(
        WIDTH,
        height,
        (ground, *shapes),
        f"{label.title}, {label.badge_name}: {letter_words(label.grade)}",
        label.sentence,
    )


def _head(shapes: list[Shape], label: Label, theme: Theme) -> float:
    shapes.append(Words(EDGE, 36, verbatim("JouleLens"), 13, theme.accent, bold=True))
    is_score = label.kind == "device-score"
    kind = t("energy score of a device") if is_score else t("energy estimate of a model")
    shapes.append(Words(WIDTH - EDGE, 36, kind, 12, theme.quiet, anchor="end"))
    y = 66.0
    for line in _title_lines(label.title):
        shapes.append(Words(EDGE, y, line, 22, theme.ink, bold=True))
        y += 26
    y -= 6
    for line in wrapped(label.subtitle, 13, INNER)[:2]:
        shapes.append(Words(EDGE, y, line, 13, theme.quiet))
        y += 18
    return _rule(shapes, theme, y - 6)


def _title_lines(title: str) -> list[str]:
    lines = wrapped(title, 22, INNER, bold=True)
    return lines if len(lines) <= 2 else [lines[0], shortened(" ".join(lines[1:]), 22, INNER, bold=True)]


def _rule(shapes: list[Shape], theme: Theme, y: float) -> float:
    shapes.append(Box(EDGE, y, INNER, 1, theme.line))
    return y


def _scale(shapes: list[Shape], label: Label, theme: Theme, top: float) -> float:
    possible = label.grade.possible
    for position, letter in enumerate(LETTERS):
        y = top + position * (BAR_HEIGHT + BAR_GAP)
        length = 150.0 + 20.0 * position
        shapes.append(Polygon(_arrow(EDGE, y, length, BAR_HEIGHT), STEPS[letter], theme.ink))
        ink = text_on(STEPS[letter])
        shapes.append(Words(EDGE + 10, y + 22, letter, 19, ink, bold=True))
        band = shortened(band_words(label.rubric, letter), SMALL, length - 44)
        shapes.append(Words(EDGE + 32, y + 19.5, band, SMALL, ink))
        if letter == label.grade.letter:
            _pointer(shapes, label, theme, y)
        elif letter in possible:
            shapes.append(
                Words(WIDTH - EDGE, y + 20, t("or {letter}", letter=letter), 13, theme.quiet, anchor="end")
            )
    bottom = top + len(LETTERS) * (BAR_HEIGHT + BAR_GAP) - BAR_GAP
    unit = t(
        "Bands: {quantity}, {direction}", quantity=quantity_words(label.rubric), direction=label.direction
    )
    for number, line in enumerate(wrapped(unit, SMALL, INNER)):
        shapes.append(Words(EDGE, bottom + 18 + 14 * number, line, SMALL, theme.quiet))
        end = bottom + 18 + 14 * number
    return _rule(shapes, theme, end + 10)


def _arrow(x: float, y: float, length: float, height: float) -> tuple[tuple[float, float], ...]:
    tip = height / 2
    return (
        (x, y),
        (x + length - tip, y),
        (x + length, y + tip),
        (x + length - tip, y + height),
        (x, y + height),
    )


def _pointer(shapes: list[Shape], label: Label, theme: Theme, y: float) -> None:
    right, left, middle = WIDTH - EDGE, WIDTH - EDGE - 78, y + BAR_HEIGHT / 2
    outline = ((left - 16, middle), (left, y - 4), (right, y - 4), (right, y + 34), (left, y + 34))
    shapes.append(Polygon(outline, theme.ink))
    letter = label.grade.letter
    shapes.append(Words((left + right) / 2, y + 25, letter, 27, theme.ground, bold=True, anchor="middle"))


def _figures(shapes: list[Shape], label: Label, theme: Theme, top: float) -> float:
    shapes.append(Words(EDGE, top + 30, label.value, 34, theme.ink, bold=True))
    unit_x = EDGE + text_width(label.value, 34, bold=True) + 8
    shapes.append(Words(unit_x, top + 18, label.unit, 13, theme.ink))
    shapes.append(Words(unit_x, top + 34, label.direction, 12, theme.quiet))
    y = top + 56
    letter = letter_words(label.grade)
    grade = t("Letter {letter}", letter=letter) if letter != label.grade.letter else ""
    for part in (label.interval, grade, *label.lines, label.scope):
        for line in wrapped(part, 12.5, INNER) if part else ():
            shapes.append(Words(EDGE, y, line, 12.5, theme.ink))
            y += 17
    for line in wrapped(label.notice, 12.5, INNER, bold=True) if label.notice else ():
        shapes.append(Words(EDGE, y, line, 12.5, theme.ink, bold=True))
        y += 17
    return _rule(shapes, theme, y - 5)


def _read_again(label: Label) -> str:
    return t("On this machine, check this label at") if label.issue.is_local else t("Check this label at")


def _foot(shapes: list[Shape], label: Label, theme: Theme, top: float) -> float:
    # A code is read by cameras only dark on light, on either theme.
    shapes.append(Code(EDGE, top, CODE_SIDE, qr_modules(label.permalink), "#000000", "#ffffff"))
    left = EDGE + CODE_SIDE + 14
    width = WIDTH - EDGE - left
    y = top + 12
    for part in label.versions.split(" · "):
        shapes.append(Words(left, y, shortened(part, 11.5, width), 11.5, theme.ink))
        y += 15
    y += 4
    shapes.append(Words(left, y, _read_again(label), SMALL, theme.quiet))
    y += 14
    for line in wrapped(label.permalink, 9.5, width):
        shapes.append(Words(left, y, line, 9.5, theme.ink))
        y += 12.5
    below = top + CODE_SIDE
    if label.issue.is_local:  # a phone that reads the code would look for the app on itself
        below += 14
        shapes.append(Words(EDGE, below, t("Code: this machine only"), SMALL, theme.ink, bold=True))
    return max(below, y - 12.5)
