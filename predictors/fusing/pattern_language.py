"""The small language of `patterns.py`: from text to expressions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Variable:
    """An activation that must be the same tensor wherever the name appears; `*` is anything."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant: any (`$`), vector or scalar (`$v`), per-channel vector (`$c`), or one number."""

    form: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """An operator out of `ops` with its arguments; `optional`: the first argument may stand in its place."""

    ops: tuple[str, ...]
    arguments: tuple[Expression, ...]
    optional: bool = False
    label: str = ""


Expression: TypeAlias = Variable | Constant | Call


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a match becomes (`result`, a plain operator name) and the expression to find.

    `needs`: for every argument of the root that must be an operator, the operators it may be. `labels`: names
    of inner results; every other name stands for what comes from outside.
    """

    result: str
    call: Call
    needs: tuple[tuple[str, ...], ...]
    labels: frozenset[str]


_NAMED = {"Add": ("Add", "ResidualAdd")}
"""In a pattern, Add stands for every addition."""

_RULE = re.compile(r"(\w+) <-(.*?)(?=\w+ <-|\Z)", re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z0-9_.$*]+|[(),|?=]")


def parse_group(text: str) -> dict[str, tuple[Pattern, ...]]:
    """Patterns of a text, in order, by every operator name they can be rooted at."""
    by_root: dict[str, list[Pattern]] = defaultdict(list)
    for result, body in _RULE.findall(text):
        call = parse_pattern(body)
        inner = [part for part in call.arguments if isinstance(part, Call) and not part.optional]
        pattern = Pattern(result, call, tuple(part.ops for part in inner), frozenset(_labels(call)))
        for op in pattern.call.ops:
            by_root[op].append(pattern)
    return {op: tuple(patterns) for op, patterns in by_root.items()}


def _labels(call: Call) -> Iterator[str]:
    """Names that a pattern gives to inner results."""
    if call.label:
        yield call.label
    for argument in call.arguments:
        if isinstance(argument, Call):
            yield from _labels(argument)


def parse_pattern(body: str) -> Call:
    """Parse the right-hand side of a pattern.

    Raises ValueError when the text is not one operator call (a slip in `patterns.py`, found by its tests).
    """
    tokens = _Tokens(_TOKEN.findall(body))
    expression = _expression(tokens)
    if not isinstance(expression, Call) or tokens.peek():
        raise ValueError(f"a pattern must be one operator call: {body.strip()}")
    return expression


class _Tokens:
    """A list of tokens read from the front; the empty string marks the end."""

    def __init__(self, tokens: list[str]) -> None:
        self._rest: Iterator[str] = iter(tokens)
        self._next = next(self._rest, "")

    def peek(self) -> str:
        """The next token, left where it is."""
        return self._next

    def take(self, expected: str = "") -> str:
        """The next token, taken; it must be `expected` where that is given."""
        token = self._next
        if not token or (expected and token != expected):
            raise ValueError(f"expected {expected or 'more'} in a pattern, found {token or 'its end'}")
        self._next = next(self._rest, "")
        return token


def _expression(tokens: _Tokens) -> Expression:
    word = tokens.take()
    if tokens.peek() == "=":
        tokens.take("=")
        return _call(tokens, tokens.take(), label=word)
    if tokens.peek() in ("(", "|", "?"):
        return _call(tokens, word)
    if word.startswith("$"):
        return Constant(word)
    if word[0].isdigit():
        return Constant("number", float(word))
    return Variable(word)


def _call(tokens: _Tokens, first_op: str, label: str = "") -> Call:
    ops = [*_NAMED.get(first_op, (first_op,))]
    while tokens.peek() == "|":
        tokens.take("|")
        word = tokens.take()
        ops.extend(_NAMED.get(word, (word,)))
    optional = tokens.peek() == "?"
    if optional:
        tokens.take("?")
    tokens.take("(")
    arguments = [_expression(tokens)]
    while tokens.peek() == ",":
        tokens.take(",")
        arguments.append(_expression(tokens))
    tokens.take(")")
    return Call(tuple(ops), tuple(arguments), optional, label)
