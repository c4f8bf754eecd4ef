"""A message is a template and its values, so that each reader gets it in their language and numbers.

`Message("The file has {rows:,} rows.", rows=12345)` is a `str` that holds the finished English sentence. It
also keeps the template, which the catalogue of texts translates, and the values, which the screen formats
for the reader. Values are numbers (formatted by the template's own format specification), other messages
(translated in turn), or plain text such as names and commands, which stays as it is in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final, Self

LONGEST_VALUE: Final = 500
"""Characters of a name within a message: the longest list of choices that a message names has fewer."""


class Message(str):
    """A finished English sentence that remembers its template and values."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        """Fill the template. Without values it is taken as it is, braces included.

        Raises KeyError where the template names a place that `values` lacks.
        """
        values = {name: _shortened_value(each) for name, each in values.items()}
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template = template
        made.values = MappingProxyType(values)
        return made

    def __str__(self) -> Self:
        """Return the message itself: `str(message)` must not lose the template."""
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """Let copies and other processes get template and values, not only the sentence."""
        return (self.template,), dict(self.values)

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.template, dict(self.values))


def shortened(text: str) -> str:
    """Return a name from a file or a visitor as it can stand in a sentence: without its middle where long."""
    half = LONGEST_VALUE // 2
    return text if len(text) <= LONGEST_VALUE else f"{text[:half]}…{text[-half:]}"


def _shortened_value(value: Any) -> Any:
    if isinstance(value, Message) or not isinstance(value, str | PurePath):
        return value
    return value if len(str(value)) <= LONGEST_VALUE else shortened(str(value))


def _rebuilt(kind: type[Message], template: str, values: dict[str, Any]) -> Message:
    return kind(template, **values)


def joined(texts: Iterable[str], separator: str = ", ") -> Message:
    """Return texts in a row; each is translated on its own."""
    parts = {f"part_{number}": text for number, text in enumerate(texts)}
    return Message(separator.join(f"{{{name}}}" for name in parts), **parts)


def packed(text: str) -> Any:
    """Return a text as JSON can carry it: a message as `[template, values]`, plain text as it is."""
    if not isinstance(text, Message):
        return text
    return [text.template, {name: _packed_value(value) for name, value in text.values.items()}]


def _packed_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Real):  # such as a numpy number
        return float(value)
    return packed(value if isinstance(value, str) else str(value))


def unpacked(content: Any) -> str:
    """Return what `packed` made again, as read from JSON."""
    if isinstance(content, str):
        return content
    template, values = content
    made = {name: unpacked(each) if isinstance(each, list) else each for name, each in values.items()}
    return Message(str(template), **made)
