"""A message keeps its template and values on the way to the reader, whatever carries it."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.i18n.messages import tell
from app.i18n.texts import in_language
from app.label.errors import LabelError  # noqa: F401  # so that it is among the families
from data.errors import JouleLensError
from data.messages import Message, packed, unpacked
from data.tracing.errors import TraceError
from house_rules import ROOT, project_module
from predictors.errors import ModelError  # noqa: F401
from scoring.errors import ScoringError  # noqa: F401

LOWER_LAYERS = [path for layer in ("data", "predictors", "scoring") for path in (ROOT / layer).rglob("*.py")]
CODE = "MODEL_EMPTY"
"""A code that every family of errors takes."""


def families(base: type[JouleLensError] = JouleLensError) -> list[type[JouleLensError]]:
    """The base and all that derive from it."""
    return [base, *(each for derived in base.__subclasses__() for each in families(derived))]


def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a module's syntax tree."""
    return project_module(path.relative_to(ROOT).as_posix()).nodes


def templates(path: Path) -> Iterator[tuple[int, ast.expr]]:
    """Line and template of every message and error that a module makes."""
    names = {family.__name__ for family in families()}
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = 0 if node.func.id == "Message" else 1 if node.func.id in names else None
            if place is not None and len(node.args) > place:
                yield node.lineno, node.args[place]


def test_a_message_is_its_english_sentence_and_remembers_the_rest() -> None:
    message = Message("{n:,} rows in {name}", n=1234, name="1.8 V rail")
    assert message == "1,234 rows in 1.8 V rail"
    assert (message.template, dict(message.values)) == (
        "{n:,} rows in {name}",
        {"n": 1234, "name": "1.8 V rail"},
    )


def test_only_numbers_are_written_the_readers_way() -> None:
    message = Message("{n:,.1f} of {name}: --shape {shape}", n=1234.5, name="1.8", shape="x=1,3,224,224")
    with in_language("de"):
        assert tell(message) == "1.234,5 of 1.8: --shape x=1,3,224,224"
    assert tell(message) == "1,234.5 of 1.8: --shape x=1,3,224,224"


def test_braces_without_values_stay() -> None:
    assert Message("a {b}") == "a {b}"


def test_no_message_is_filled_in_before_it_can_be_translated() -> None:
    filled = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in LOWER_LAYERS
        for line, template in templates(path)
        if isinstance(template, ast.JoinedStr | ast.BinOp)
    ]
    assert filled == []


WITH_NEXT_STEP = re.compile(r"[.?!:;)}\n] [A-Z`]|\n[A-Z]")
"""A second sentence after the one that says what happened."""
MADE_ELSEWHERE = frozenset({
    "predictors/cli/kernel_file.py", "predictors/research/checking.py",  # "Line 7: {message}", which says it
    "predictors/measuring/run.py",  # "{why}" says it
    "predictors/cli/calibrate.py", "predictors/cli/measure.py",  # "{problem}", of `overwritten`, says it
})  # fmt: skip


def test_every_error_says_what_to_do_next() -> None:
    without = [
        f"{path.relative_to(ROOT)}:{line}: {template.value}"
        for path in [*LOWER_LAYERS, *(ROOT / "app").rglob("*.py")]
        for line, template in refusals(path)
        if isinstance(template, ast.Constant) and not WITH_NEXT_STEP.search(template.value)
    ]
    assert [each for each in without if not each.startswith(tuple(MADE_ELSEWHERE))] == []


def test_screen_and_command_lines_handle_the_base_only() -> None:
    families_but_base = {family.__name__ for family in families()} - {"JouleLensError"}
    command_lines = [path for path in LOWER_LAYERS if path.stem in ("cli", "__main__", "main")]
    narrow = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "pages").glob("*.py"), *command_lines]
        for node in nodes_of(path)
        if isinstance(node, ast.ExceptHandler) and node.type is not None
        if families_but_base & {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
    ]
    assert narrow == []


def refusals(path: Path) -> Iterator[tuple[int, ast.expr]]:
    """Line and template of every error that a module makes, also where its message has a name first."""
    names = {family.__name__ for family in families()} - {"JouleLensError"}
    for function in nodes_of(path):
        if not isinstance(function, ast.FunctionDef):
            continue
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        made = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id in names]
        given = {
            node.args[1].id for node in made if len(node.args) > 1 and isinstance(node.args[1], ast.Name)
        }
        yield from ((node.lineno, node.args[1]) for node in made if len(node.args) > 1)
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and node.targets[0].id in given
                and isinstance(node.value, ast.Call)
                and node.value.args
            ):
                yield node.lineno, node.value.args[0]


def test_the_catalogue_looks_for_every_family_of_errors_that_readers_meet() -> None:
    looked_for = re.search(
        r"^TEXTS := (.*?)[^\\]$", (ROOT / "Makefile").read_text(), re.MULTILINE | re.DOTALL
    )
    assert looked_for
    not_shown = {"DictionaryError", "SourceError", "ChecksumError", "FigureError", "CorrectionError"}
    names = {family.__name__ for family in families()} - not_shown
    assert {name for name in names if f"{name}:2" not in looked_for[0]} <= {"CodedError"}


def test_a_message_survives_json() -> None:
    inner = Message("{n:,} rows", n=1234)
    message = Message("{what} of {name}", what=inner, name="1.8")
    carried = unpacked(json.loads(json.dumps(packed(message))))
    assert isinstance(carried, Message)
    assert (carried, carried.template, dict(carried.values)) == (message, message.template, message.values)
    assert carried.values["what"].template == inner.template
    assert unpacked(json.loads(json.dumps(packed("plain")))) == "plain"


@pytest.mark.parametrize("family", families(), ids=lambda family: family.__name__)
@pytest.mark.parametrize("carry", [copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301
def test_every_family_of_errors_survives_the_way_between_processes(
    family: type[JouleLensError], carry: object
) -> None:
    more = {"line": 7} if family is TraceError else {}
    error = family(CODE, "{n:,} rows", n=1234, **more)
    carried = carry(error)  # type: ignore[operator]
    assert type(carried) is type(error)
    assert (carried.code, str(carried)) == (error.code, str(error))
    assert carried.message.template == error.message.template
    assert dict(carried.message.values) == dict(error.message.values)
    assert getattr(carried, "line", None) == getattr(error, "line", None)
