"""What the layers below say, in the reader's language: their errors, notes and the labels of columns.

They say it in English and know nothing of languages. Their texts are in the catalogue like the app's own, the
changing parts as named places; a finished sentence is recognised by what stands around these places.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from app.i18n.messages import tell
from app.i18n.texts import LANGUAGES, SOURCE, decimal_sign, group_sign, language, messages_of, t
from data.messages import Message

NUMBER: Final = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w.]*\w)|(?<![\w.])\d+\.\d+(?!\.?\w)")
FIXED: Final = re.compile(r"\{.*?\}")
"""What to take out of a text to keep what does not change."""
FEWEST_LETTERS: Final = 6
PENDING: Final = ("data/tracing/",)
"""Folders whose texts are not templates yet."""


def from_below(text: str) -> str:
    """Return what a lower layer said, in the reader's language; in English where the catalogue lacks it."""
    if language() == SOURCE or not text:
        return text
    if isinstance(text, Message) and text.values:
        return tell(text)
    return _translated(text, language())


@lru_cache(maxsize=4096)
def _translated(text: str, code: str) -> str:
    exact = t(text)
    if exact != text:
        return exact
    return _refilled(text, _patterns(code), code)


def like(text: str, messages: tuple[str, ...]) -> str:
    """Return a finished text that one of some messages (in English, of the catalogue) made, in the reader's
    language; in English where none of them made it."""
    return text if language() == SOURCE else _refilled(text, _patterns_of(messages), language())


def is_like(text: str, messages: tuple[str, ...]) -> bool:
    """Whether one of some messages made a finished text."""
    return any(pattern.fullmatch(text) for pattern, _ in _patterns_of(messages))


def _refilled(text: str, patterns: Sequence[tuple[re.Pattern[str], str]], code: str) -> str:
    for pattern, message in patterns:
        if found := pattern.fullmatch(text):
            values = {name: _nested(value, code) for name, value in found.groupdict().items()}
            return t(message).format(**values)
    return text


@lru_cache(maxsize=8)
def _patterns_of(messages: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_pattern(message), message) for message in messages)


def _nested(value: str, code: str) -> str:
    """Return a changing part: itself a text of the catalogue, or with numbers written the reader's way."""
    if value and " " not in value and value.islower():
        return NUMBER.sub(lambda found: _number(found[0]), value)  # the name of a column, or an id
    inner = _translated(value, code) if value else value
    if inner == value and " " in value:
        # A sentence of the catalogue may have been put into another one with a small letter.
        large = value[0].upper() + value[1:]
        inner = value if (found := _translated(large, code)) == large else found
    return inner if inner != value else NUMBER.sub(lambda found: _number(found[0]), value)


def _number(written: str) -> str:
    return written.translate({ord(","): group_sign(), ord("."): decimal_sign()})


@lru_cache(maxsize=len(LANGUAGES))
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the texts with places, those with most fixed words first, as patterns of finished sentences."""
    messages = [message for message in messages_of(*PENDING, code=code) if _is_telling(message)]
    ordered = sorted(messages, key=lambda message: -len(FIXED.sub("", message)))
    return tuple((_pattern(message), message) for message in ordered)


def _is_telling(message: str) -> bool:
    """Whether a text has places, and words enough around them not to be found in every other sentence."""
    fixed = FIXED.sub("", message)
    return fixed != message and sum(sign.isalpha() for sign in fixed) >= FEWEST_LETTERS


def _pattern(message: str) -> re.Pattern[str]:
    parts = []
    seen: set[str] = set()
    for fixed, name, _spec, _conversion in string.Formatter().parse(message):
        parts.append(re.escape(fixed))
        if name is not None:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)
