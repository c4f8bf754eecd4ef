"""The shapes, colours and codes a label is drawn with; every writer (SVG, PNG) draws the same list."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

import segno

from scoring.rubric import LETTERS

STEPS: Final = dict(zip(LETTERS, ("#00408f", "#4f6f9f", "#8c8c86", "#c4ab5f", "#ffe04d"), strict=True))
"""Letter -> colour, from blue to yellow like cividis: even in lightness, no red against green. The letter and
its place say the same."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Ground, text, quieter text, lines, and the accent of one theme."""

    name: str
    ground: str
    ink: str
    quiet: str
    line: str
    accent: str


THEMES: Final = {
    "light": Theme("light", "#ffffff", "#10201f", "#4a5b5a", "#7a828c", "#0b6e6e"),
    "dark": Theme("dark", "#10191b", "#e8f0ef", "#b4c2c1", "#7a828c", "#3fc1b4"),
}


QUIET_MODULES = 4
"""Light modules around the code that ISO/IEC 18004 asks for."""

Modules = tuple[tuple[bool, ...], ...]


def qr_modules(text: str) -> Modules:
    """Return the code as rows, True for dark, quiet zone included. About 15 % of it may be damaged (level M).

    Raises ValueError for a text of more than about 2,300 characters.
    """
    code = segno.make(text, error="m", micro=False, boost_error=False)
    return tuple(tuple(bool(each) for each in row) for row in code.matrix_iter(border=QUIET_MODULES))


Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: left, top, width, height (px), `radius` of its corners."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    stroke: str = ""
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled outline through these points (px)."""

    points: tuple[Point, ...]
    fill: str
    stroke: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text: `x` is its start, middle or end, `y` its base line (px), `size` the font size (px)."""

    x: float
    y: float
    text: str
    size: float
    fill: str
    bold: bool = False
    anchor: Anchor = "start"


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code in a square (px)."""

    x: float
    y: float
    side: float
    modules: Modules
    dark: str
    light: str


Shape = Box | Polygon | Words | Code


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture: width and height (px), its shapes from back to front, title and description in words."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str
    description: str


_NARROW: Final = frozenset("iljtfrI.,:;|!'()[]/ ·")
_WIDE: Final = frozenset("mwMW@%")
_SIGNS: Final = frozenset("+=<>~&#$")


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return about how wide a line is (px) in a wide system font: on the safe side for every usual one."""
    return sum(map(_em, text)) * size * (1.1 if bold else 1.0)


def _em(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.05
    if sign in _NARROW:
        return 0.38
    if sign in _WIDE:
        return 0.98
    if sign in _SIGNS:
        return 0.85
    return 0.72 if sign.isupper() else 0.64


def shortened(text: str, size: float, width: float, bold: bool = False) -> str:
    """Return a line cut so that it fits a width (px), with three dots where something was cut."""
    if text_width(text, size, bold) <= width:
        return text
    kept = text
    while kept and text_width(kept + "...", size, bold) > width:
        kept = kept[:-1]
    return kept.rstrip() + "..."


def wrapped(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """Return a text as lines that fit a width (px), broken at spaces, or inside words that are longer."""
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if text_width(longer, size, bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, size, width, bold)
        lines += full
    return [*lines, line] if line else lines


def _pieces(word: str, size: float, width: float, bold: bool) -> list[str]:
    pieces = [""]
    for sign in word:
        if pieces[-1] and text_width(pieces[-1] + sign, size, bold) > width:
            pieces.append("")
        pieces[-1] += sign
    return pieces
