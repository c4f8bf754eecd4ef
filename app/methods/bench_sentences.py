"""Sentences of the stored bench report, recognised by what stands around their figures."""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import Final

from app.i18n.texts import SOURCE, decimal_sign, group_sign, language, t

NUMBER: Final = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w.]*\w)|(?<![\w.])\d+\.\d+(?!\.?\w)")


def like(text: str, messages: tuple[str, ...]) -> str:
    """Return a finished text that one of some messages (in English, of the catalogue) made, in the reader's
    language; in English where none of them made it."""
    if language() == SOURCE:
        return text
    for pattern, message in _patterns_of(messages):
        if found := pattern.fullmatch(text):
            values = {name: NUMBER.sub(_number, value) for name, value in found.groupdict().items()}
            return t(message).format(**{name: t(value) if value else value for name, value in values.items()})
    return text


def is_like(text: str, messages: tuple[str, ...]) -> bool:
    """Whether one of some messages made a finished text."""
    return any(pattern.fullmatch(text) for pattern, _ in _patterns_of(messages))


@lru_cache(maxsize=8)
def _patterns_of(messages: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_pattern(message), message) for message in messages)


def _number(written: re.Match[str]) -> str:
    return written[0].translate({ord(","): group_sign(), ord("."): decimal_sign()})


def _pattern(message: str) -> re.Pattern[str]:
    parts = []
    seen: set[str] = set()
    for fixed, name, _spec, _conversion in string.Formatter().parse(message):
        parts.append(re.escape(fixed))
        if name is not None:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)
