"""TOML that comes from outside: small, and without what the standard library reads slowly or not at all."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

MOST_CHARACTERS: Final = 64_000
"""Ten times the longest file that the project writes itself."""
MOST_WHOLE: Final = 2**63
"""Whole numbers have 64 bits (TOML 1.0); the standard library reads any written with base 16, 8 or 2."""

# The standard library takes quadratic time: 10,000 parts are seven seconds.
_DOTTED_KEY: Final = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){10}""",
)


def read_plain_toml(text: str) -> dict[str, Any]:
    """Return what a TOML text holds. Raises ValueError for what is too long, too deep or no TOML."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"it has {len(text):,} characters, at most {MOST_CHARACTERS:,} are read")
    if _DOTTED_KEY.search(text):
        raise ValueError("a key has ten parts or more")
    try:
        found = tomllib.loads(text)
        _check(found)
    except RecursionError:
        raise ValueError("its values are nested too deeply") from None
    return found


def _check(value: object) -> None:
    """Refuse whole numbers that TOML does not know: as text or as a decimal, Python refuses them later."""
    if isinstance(value, int) and not -MOST_WHOLE <= value < MOST_WHOLE:
        raise ValueError("a whole number has more than 64 bits")
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _check(each)
