"""Names from outside, made fit for a figure's texts."""

from __future__ import annotations

import html
from typing import Final

LONGEST: Final = 48


def plain(name: str, limit: int = LONGEST) -> str:
    """Return a name from a model file so that a figure shows it as it is.

    Plotly reads a few HTML tags and entities in texts; control characters become "?", and what is longer than
    `limit` is cut.
    """
    shown = "".join(sign if sign.isprintable() else "?" for sign in name[: limit + 1])
    return html.escape(shown if len(shown) <= limit else f"{shown[: limit - 1]}…", quote=False)
