"""A message is a template and its values, so that each reader gets it in their language and numbers.

`Message("The file has {rows:,} rows.", rows=12345)` is a `str` that holds the finished English sentence. It
also keeps the template, which the catalogue of texts translates, and the values, which the screen formats
for the reader. Values are numbers (formatted by the template's own format specification), other messages
(translated in turn), or plain text such as names and commands, which stays as it is in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self


class Message(str):
    """A finished English sentence that remembers its template and values."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        """Fill the template. Without values it is taken as it is, braces included.

        Raises KeyError where the template names a place that `values` lacks.
        """
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template = template
        made.values = MappingProxyType(values)
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """Let copies and other processes get template and values, not only the sentence."""
        return (self.template,), dict(self.values)

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.template, dict(self.values))


def _rebuilt(kind: type[Message], template: str, values: dict[str, Any]) -> Message:
    return kind(template, **values)
