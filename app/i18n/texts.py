"""The words of the app in the reader's language: English in the code, other languages in one catalogue.

Every text of `app/` and `pages/` that a reader sees goes through one of these functions:

- `t("{name} takes the most, {energy}.", name=..., energy=...)` for whole sentences and labels, with named
  places for what is put in (never an f-string, never glued from halves: word order differs),
- `tn("{n} row", "{n} rows", amount)` where an amount decides the form,
- `mark("Phones")` for a constant that `t(CONSTANT)` looks up later, when the language is known; `marks` is
  the same for the two forms of `tn`,
- `verbatim("TensorFlow Lite")` for names that are the same everywhere,
- `app.i18n.messages.tell(message)` for what the layers below said: their errors, notes, labels of columns.

The catalogue is `app/locale/<language>/texts.po`; `make texts` adds what is new in the code, and a test names
what is not translated. Numbers follow the language in `app/i18n/formats.py`.
"""

from __future__ import annotations

import gettext
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Final

LOCALE: Final = Path(__file__).resolve().parents[1] / "locale"
SOURCE: Final = "en"
LANGUAGES: Final[dict[str, str]] = {"en": "English", "de": "Deutsch"}
"""Code -> the language's own name. The first one is that of the code."""
PARAMETER: Final = "lang"
"""Parameter of the address that names the language."""
CHOSEN: Final = "language_chosen"
"""Where the session keeps the language."""

_forced: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """Return the code of the language that texts are made in now."""
    forced = _forced.get()
    if forced is not None:
        return forced
    if "streamlit" not in sys.modules:  # a notebook: its pictures need no server
        return SOURCE
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    if get_script_run_ctx(suppress_warning=True) is None:
        return SOURCE
    return str(st.session_state.get(CHOSEN, SOURCE))


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Make texts in a certain language, whatever the session says: for files, addresses of labels, tests."""
    before = _forced.set(code if code in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _forced.reset(before)


def t(message: str, /, **values: object) -> str:
    """Return a text (`message`, in English) in the reader's language, with `values` in its named places.

    Raises KeyError for a place without a value.
    """
    found = _catalogue(language()).gettext(message)
    return found.format(**values) if values else found


def tn(one: str, many: str, amount: float, /, **values: object) -> str:
    """Return the form of a text that fits an amount, which is written where the text says `{n}`.

    With `n` among the values, that is written there instead: "three".
    """
    found = _catalogue(language()).ngettext(one, many, round(amount))
    return found.format(**{"n": grouped(amount), **values})


def grouped(amount: float) -> str:
    """Return a whole number with thousands separated the reader's way: 33,000."""
    return f"{round(amount):,}".replace(",", group_sign())


def mark(message: str) -> str:
    """Return a text unchanged, noting it for the catalogue: a constant that `t()` looks up once shown."""
    return message


def marks(one: str, many: str) -> tuple[str, str]:
    """Return both forms of a text unchanged, noting them: a constant for `tn(*CONSTANT, amount)`."""
    return one, many


def verbatim(text: str) -> str:
    """Return a text unchanged that is the same in every language: a name, a command, a unit."""
    return text


def decimal_sign() -> str:
    """Return what stands between whole and fraction: "." or ","."""
    return _signs(language())[0]


def group_sign() -> str:
    """Return what stands between thousands: "," or "."."""
    return _signs(language())[1]


@lru_cache(maxsize=len(LANGUAGES))
def _signs(code: str) -> tuple[str, str]:
    if code == SOURCE:
        return ".", ","
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return str(get_decimal_symbol(code)), str(get_group_symbol(code))


@lru_cache(maxsize=len(LANGUAGES) + 1)
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.NullTranslations() if code == SOURCE else _read(code)


def _read(code: str) -> gettext.GNUTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (LOCALE / code / "texts.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    binary = io.BytesIO()
    write_mo(binary, catalogue)
    binary.seek(0)
    return gettext.GNUTranslations(binary)
