"""Rules of the frame's own for the browser: put into the head of every page by the server.

In the head they cost no element, no code of the browser's and no second look at the page.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parent / "browser" / "frame.css"


@lru_cache(maxsize=1)
def frame_style() -> str:
    """Return the rules as CSS."""
    return FILE.read_text(encoding="utf-8")
