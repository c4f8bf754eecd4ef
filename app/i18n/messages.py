"""Messages of the layers below in the reader's language: the template translated, the values formatted."""

from __future__ import annotations

import string
from collections.abc import Mapping
from numbers import Real
from typing import Any

from app.i18n.texts import decimal_sign, group_sign, t
from data.messages import Message


class _ReaderFormatter(string.Formatter):
    """Fills a template: numbers with the reader's signs, messages translated, other text as it is."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Message):
            return tell(value)
        written = str(super().format_field(value, format_spec))
        if isinstance(value, Real) and not isinstance(value, bool):
            return written.translate({ord(","): group_sign(), ord("."): decimal_sign()})
        return written


_FORMATTER = _ReaderFormatter()


def tell(message: str) -> str:
    """Return a message in the reader's language; a plain text is looked up as it is."""
    if not message:  # gettext answers "" with the head of its file
        return message
    if not isinstance(message, Message):
        return t(message)
    return told(message.template, message.values)


def told(template: str, values: Mapping[str, Any]) -> str:
    """Return a template, translated, with its values in the reader's way of writing numbers."""
    translated = t(template)
    return _FORMATTER.vformat(translated, (), values) if values else translated
