"""Every code that reaches people is written in one style, and stands in a register with its meaning."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

import app.label.errors
import app.log
import data.errors
import data.tracing.errors
import house_rules as house
import predictors.errors
import scoring.errors
from data.errors import JouleLensError

FORM = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
REGISTERS = [
    data.errors.CODES, data.tracing.errors.CODES, dict(data.tracing.errors.MESSAGES), predictors.errors.CODES,
    scoring.errors.CODES, app.log.CODES,
]  # fmt: skip
REGISTERED = frozenset(code for register in REGISTERS for code in register)


def _error_names(error: type[JouleLensError] = JouleLensError) -> Iterator[str]:
    yield error.__name__
    for below in error.__subclasses__():
        yield from _error_names(below)


# What carries a code as its first value. Notes of an estimate word themselves and are not registered.
CARRIERS = frozenset(_error_names()) | {"Finding", "Doubt", "ScoreNote", "Note"}


def codes(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What is called, and its code: the first value of an error, note or doubt, or handed on as `code=`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[:1] if called in CARRIERS else []
        for value in [*first, *(each.value for each in node.keywords if each.arg == "code")]:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield called, value.value


def test_every_code_has_one_style_and_is_registered_and_used() -> None:
    texts = [(house.ROOT / path).read_text(encoding="utf-8") for path in house.project_files()]
    carrying = re.compile(r"\b(?:code=\"|" + "|".join(f"{name}\\(" for name in CARRIERS) + ")")
    found = {pair for text in texts if carrying.search(text) for pair in codes(ast.parse(text))}
    raised, noted = ({code for name, code in found if (name == "Note") == wanted} for wanted in (False, True))
    assert len(raised) > 200 and len(noted) > 30
    assert [code for code in raised | noted | REGISTERED if not FORM.fullmatch(code)] == []
    assert raised - REGISTERED - noted == set()
    written = Counter(re.findall(r'"([A-Z0-9_]+)"', "".join(texts)))
    # Codes of a quantity are put together where they are raised.
    joined = {code for code in REGISTERED if code.startswith(("MISSING_", "INVALID_"))}
    assert [code for code in REGISTERED - joined if written[code] < 2] == []


def test_a_code_of_another_style_would_be_found() -> None:
    tree = ast.parse('raise SqlError("sql-empty", "There is none.")\nt("{code}", code="no-tdp")')
    assert sorted(codes(tree)) == [("SqlError", "sql-empty"), ("t", "no-tdp")]
