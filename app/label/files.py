"""A label as a file: which form, which theme, which name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from app.i18n.formats import quoted
from app.i18n.texts import LANGUAGES, in_language
from app.label.content import Label, as_dict
from app.label.errors import LabelError
from app.label.layout import draw_badge, draw_label
from app.label.png import to_png
from app.label.shapes import THEMES, Drawing
from app.label.svg import to_svg
from data.messages import Message
from predictors.errors import printable

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


def _shown(asked: str) -> str:
    return quoted(printable(asked, 60))


def drawing_of(label: Label, style: str = "label", theme: str = "light") -> Drawing:
    """Return a label as a drawing. Raises LabelError `UNKNOWN_STYLE` or `UNKNOWN_THEME`."""
    if theme not in THEMES:
        words = Message(
            "There is no theme {asked}. Use one of: {known}.", asked=_shown(theme), known=", ".join(THEMES)
        )
        raise LabelError("UNKNOWN_THEME", words)
    if style not in STYLES:
        words = Message(
            "There is no style {asked}. Use one of: {known}.", asked=_shown(style), known=", ".join(STYLES)
        )
        raise LabelError("UNKNOWN_STYLE", words)
    with in_language(label.language):
        return draw_label(label, THEMES[theme]) if style == "label" else draw_badge(label)


def label_file(label: Label, form: str, style: str = "label", theme: str = "light") -> LabelFile:
    """Return a label as a file of one form (`svg`, `png`, `json`).

    Raises LabelError `UNKNOWN_FORMAT`, `UNKNOWN_STYLE`, `UNKNOWN_THEME`.
    """
    if form not in FORMATS:
        words = Message(
            "There is no format {asked}. Use one of: {known}.", asked=_shown(form), known=", ".join(FORMATS)
        )
        raise LabelError("UNKNOWN_FORMAT", words)
    drawing = drawing_of(label, style, theme)
    if form == "json":
        with in_language(label.language):
            twin = as_dict(label)
        text = json.dumps(twin, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        return LabelFile(f"{_stem(label)}.json", text.encode("utf-8", "replace"), MIME[form])
    content = to_png(drawing) if form == "png" else to_svg(drawing).encode("utf-8", "replace")
    return LabelFile(f"{_stem(label)}-{style}-{theme}.{form}", content, MIME[form])


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Make labels in the language `code` (`en`, `de`). Raises LabelError `UNKNOWN_LANGUAGE`."""
    if code not in LANGUAGES:
        words = Message(
            "There is no language {asked}. Use one of: {known}.",
            asked=_shown(code),
            known=", ".join(LANGUAGES),
        )
        raise LabelError("UNKNOWN_LANGUAGE", words)
    with in_language(code):
        yield


def _stem(label: Label) -> str:
    return "joulelens-" + (_UNSAFE.sub("-", label.badge_name).strip("-.")[:60].lower() or "label")
