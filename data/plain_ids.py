"""Identifiers out of names that people write: lower case, digits and hyphens."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_WHOLE: Final = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
"""Letters that Unicode takes apart into nothing: how they are usually written without their sign."""


def hyphened(name: str) -> str:
    """Return a name in lower case with hyphens, letters without their accents; "" where none is Latin.

    "Bräu-Kiste №2" makes "brau-kiste-no2": what NFKD takes apart, without combining marks.
    """
    apart = unicodedata.normalize("NFKD", name).casefold().translate(_WHOLE)
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
