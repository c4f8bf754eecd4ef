"""Names of phones as people type them: other spaces, no maker, letters swapped, y for z.

Digits are never guessed, nor what stands behind them: an iPhone 13 is no iPhone 12, and a Galaxy S23 FE no
Galaxy S23.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache
from typing import Final

LEAST_SIGNS: Final = 3
"""Shorter texts fit too many names."""
LEAST_GUESSED: Final = 5
"""Shorter texts are not corrected."""
ALIKE: Final = 0.8
"""Likeness (difflib) of a name with two letters swapped, for the shortest names that are corrected."""
ALIKE_ENDING: Final = 0.7
"""The same for the word behind the digits: "utlra" is "ultra", "plus" is not "pro"."""
_KEYBOARD: Final = str.maketrans("y", "z")
"""The two letters that a German and an English keyboard have in each other's place."""
_STORAGE: Final = re.compile(r"\b\d+\s*(?:gb|tb)\b|\bdual[ -]?sim\b|\b(?:smartphone|handy|phone only)\b")
_SERIES: Final = re.compile(r"\b(?:Galaxy|Moto|Xperia)\s+")
_NETWORK: Final = re.compile(r"(?<=[a-z0-9])\s+(?:5g|lte)\b")


MOST_SIGNS: Final = 80
"""Longer than any name: looking for one in brackets takes the square of a text's length."""


def plain(text: str) -> str:
    """A name as it is compared: lower case, without words in brackets, spaces and signs; "+" is "plus".

    Digits that stand apart stay apart: "A52 4G" is "a52_4g".
    """
    words = re.sub(r"\([^()]*[a-z]{4}[^()]*\)", "", _STORAGE.sub("", text.lower()))
    apart = re.sub(r"(?<=\d)[^a-z0-9+]+(?=\d)", "_", words)
    return re.sub(r"[^a-z0-9_]", "", apart.replace("+", "plus"))


def holds(name: str, asked: str) -> bool:
    """Whether a plain name holds a plain text, no number of which goes on in the name."""
    begins = r"(?<!\d)" if asked[:1].isdecimal() else ""
    ends = r"(?!\d)" if asked[-1:].isdecimal() else ""
    return bool(asked) and re.search(begins + re.escape(asked) + ends, name) is not None


def found_name(text: str, names: Iterable[str]) -> str:
    """Return the name that a text means, the shortest of several; "" if it means none of them."""
    known, asked = list(names), plain(text)
    if len(asked) < LEAST_SIGNS:
        return ""
    shorter = plain(_NETWORK.sub("", text.lower()))
    fits = [name for name in known if any(holds(form, asked) for form in _spellings(name))]
    # An "S23 5G" is an S23, but an "A52 5G" is no "A52 4G".
    fits = fits or [name for name in known if shorter != asked and plain(name).endswith(shorter)]
    if fits:
        return min(fits, key=lambda name: len(plain(name)))
    close = [(_likeness(asked, name), name) for name in known if len(asked) >= LEAST_GUESSED]
    likeness, name = max(close, default=(0.0, ""))
    return name if likeness >= ALIKE else ""


@cache
def _spellings(name: str) -> frozenset[str]:
    """A plain name, and the same without the word for its series: a "Samsung A55", a "Motorola Edge 30"."""
    return frozenset({plain(name), plain(_SERIES.sub("", name))})


def _likeness(asked: str, name: str) -> float:
    """How alike a text and a name are (0 to 1), with or without its maker and series; 0 for other numbers."""
    series = re.findall(r"\b[a-z]{1,2}\d+", name.lower())  # S23 is no A23
    if not all(holds(asked, each) for each in series):
        return 0.0
    words = name.split()
    forms = [plain(" ".join(words[start:])) for start in range(min(len(words), 3))]
    return max((_alike(asked, form) for form in forms if len(form) >= LEAST_GUESSED), default=0.0)


def _alike(asked: str, form: str) -> float:
    (numbers, behind), (own, own_behind) = _numbered(asked), _numbered(form)
    is_swapped = sorted(behind) == sorted(own_behind)
    if numbers != own or not (is_swapped or _ratio(behind, own_behind) >= ALIKE_ENDING):
        return 0.0
    if _folded(asked[:1]) != _folded(form[:1]):  # the first letter is seldom wrong: an iPhone 1 is no Phone 1
        return 0.0
    return _ratio(asked, form)


def _numbered(text: str) -> tuple[list[str], str]:
    """The numbers of a text, and what stands behind the last one."""
    numbers = re.findall(r"\d+", text)
    return numbers, re.split(r"\d+", text)[-1] if numbers else ""


def _ratio(first: str, second: str) -> float:
    if first == second:
        return 1.0
    return SequenceMatcher(None, _folded(first), _folded(second)).ratio()


def _folded(text: str) -> str:
    return text.translate(_KEYBOARD)
