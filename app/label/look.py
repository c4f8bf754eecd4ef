"""Colours of a label in the light and in the dark theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
