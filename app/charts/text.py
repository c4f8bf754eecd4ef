"""Names from outside, made fit for a figure's texts."""

from __future__ import annotations

import html
from textwrap import wrap
from typing import Final

LONGEST: Final = 48
LINE_END: Final = "<br>"


def plain(name: str, limit: int = LONGEST) -> str:
    """Return a name from a model file so that a figure shows it as it is.

    Plotly reads a few HTML tags and entities in texts; control characters become "?", and what is longer than
    `limit` is cut.
    """
    shown = "".join(sign if sign.isprintable() else "?" for sign in name[: limit + 1])
    return html.escape(shown if len(shown) <= limit else f"{shown[: limit - 1]}…", quote=False)


def evenly_broken(label: str, signs: int) -> str:
    """Return a label in lines of at most `signs`, as few as possible, and those as short as possible.

    Words stay whole, also longer ones. What a figure's room is widened by is the longest line.
    """
    lines = _lines(label, signs)
    narrower = (_lines(label, width) for width in range(1, signs))
    return LINE_END.join(next((each for each in narrower if len(each) <= len(lines)), lines))


def _lines(label: str, signs: int) -> list[str]:
    return wrap(label, signs, break_long_words=False, break_on_hyphens=False)
