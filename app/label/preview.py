"""The picture that a link shows where it is pasted: mark, name, page and what the app is about."""

from __future__ import annotations

from typing import Final

from app.i18n.texts import t, verbatim
from app.label.png import to_png
from app.label.shapes import Box, Drawing, Polygon, Shape, Words, wrapped

WIDTH, HEIGHT = 600.0, 315.0
"""Half of 1,200 x 630 pixels, which the places that show previews ask for (ogp.me and their own guides)."""
EDGE: Final = 44.0
GROUND, INK, MARK_GROUND = "#ffffff", "#06100f", "#0b6e6e"
BOLT: Final = ((36, 8), (16, 36), (29, 36), (26, 56), (48, 26), (34, 26))
"""Corners of the mark's bolt, on a square of 64 (app/images/icon.svg)."""
MARK: Final = 56.0


def preview_png(page: str) -> bytes:
    """Return the picture for a page by its title, in the language of the moment."""
    about = t("{name}: energy transparency for deep learning on edge devices.", name=verbatim("JouleLens"))
    scale = MARK / 64
    bolt = tuple((EDGE + x * scale, EDGE + y * scale) for x, y in BOLT)
    shapes: list[Shape] = [
        Box(0, 0, WIDTH, HEIGHT, GROUND),
        Box(EDGE, EDGE, MARK, MARK, MARK_GROUND, radius=12),
        Polygon(bolt, "#ffffff"),
        Words(EDGE + MARK + 18, EDGE + 38, verbatim("JouleLens"), 30, INK, bold=True),
        Words(EDGE, 190, page, 44, INK, bold=True),
    ]
    y = 232.0
    for line in wrapped(about, 19, WIDTH - 2 * EDGE):
        shapes.append(Words(EDGE, y, line, 19, INK))
        y += 26
    return to_png(Drawing(WIDTH, HEIGHT, tuple(shapes), page, about))
