"""A label as a file: which form, which theme, which name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from app.label.badge import draw_badge
from app.label.content import Label, as_dict
from app.label.errors import LabelError
from app.label.layout import draw_label
from app.label.look import THEMES
from app.label.png import to_png
from app.label.shapes import Drawing
from app.label.svg import to_svg

FORMATS: Final = ("svg", "png", "json")
STYLES: Final = ("label", "badge")
MIME: Final = {"svg": "image/svg+xml", "png": "image/png", "json": "application/json"}
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class LabelFile:
    """Name, content and type of a file."""

    name: str
    content: bytes
    mime: str


def drawing_of(label: Label, style: str = "label", theme: str = "light") -> Drawing:
    """Return a label as a drawing. Raises LabelError `unknown-style` or `unknown-theme`."""
    if theme not in THEMES:
        raise LabelError("unknown-theme", f"There is no theme {theme!r}. Use one of: {', '.join(THEMES)}.")
    if style not in STYLES:
        raise LabelError("unknown-style", f"There is no style {style!r}. Use one of: {', '.join(STYLES)}.")
    return draw_label(label, THEMES[theme]) if style == "label" else draw_badge(label, THEMES[theme])


def label_file(label: Label, form: str, style: str = "label", theme: str = "light") -> LabelFile:
    """Return a label as a file of one form (`svg`, `png`, `json`).

    Raises LabelError `unknown-format`, `unknown-style`, `unknown-theme`.
    """
    if form not in FORMATS:
        raise LabelError("unknown-format", f"There is no format {form!r}. Use one of: {', '.join(FORMATS)}.")
    drawing = drawing_of(label, style, theme)
    if form == "json":
        text = json.dumps(as_dict(label), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        return LabelFile(f"{_stem(label)}.json", text.encode("utf-8", "replace"), MIME[form])
    content = to_png(drawing) if form == "png" else to_svg(drawing).encode("utf-8", "replace")
    return LabelFile(f"{_stem(label)}-{style}-{theme}.{form}", content, MIME[form])


def _stem(label: Label) -> str:
    return "joulelens-" + (_UNSAFE.sub("-", label.badge_name).strip("-.")[:60].lower() or "label")
