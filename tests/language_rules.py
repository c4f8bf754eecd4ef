"""Finds texts in the app's code that would reach a reader without passing through the catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

WRAPPERS = frozenset(
    {
        "t",
        "tn",
        "mark",
        "marks",
        "verbatim",
        "Message",
        "LabelError",
        "ScoringError",
        "InputError",
        "ContributionError",
    }
)
# What these are given is for the log, for programmers or for Python, not for readers.
NOT_SHOWN = frozenset({
    "ValueError", "KeyError", "TypeError", "RuntimeError", "LookupError", "event", "defect", "timed",
    "boundary", "import_module", "getLogger", "compile", "ContextVar", "strftime", "TypeVar", "add_argument",
    "ArgumentParser", "add_parser", "explain", "MixedScopesError",
})  # fmt: skip
NOT_SHOWN_NAMES = frozenset({"key", "group", "icon"})
WORDS = re.compile(r"[A-Za-zäöü]{2,}[,;:.?!…]* +[A-Za-z(]|^[A-Z][a-z]{2,}|[a-z] $|^ [a-z]{2,}")


def bare_texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every literal with words in it that is not handed to one of the wrappers."""
    docs = {id(node) for node in _docstrings(tree)}
    for node, wrapped in _walk(tree, wrapped=False):
        if wrapped or id(node) in docs or not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, str) and WORDS.search(node.value):
            yield node.lineno, node.value


def built_texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and call of every wrapper whose text is put together instead of written out (names excepted).

    Also of one that is called inside an f-string: the catalogue does not find its text there.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from ((node.lineno, ast.unparse(call)) for call in _calls_within(node))
        if not (isinstance(node, ast.Call) and _name(node.func) in WRAPPERS and node.args):
            continue
        if isinstance(node.args[0], (ast.JoinedStr, ast.BinOp)):
            yield node.lineno, ast.unparse(node.args[0])


def _calls_within(joined: ast.JoinedStr) -> Iterator[ast.Call]:
    for node in ast.walk(joined):
        is_call = isinstance(node, ast.Call) and _name(node.func) in {"t", "tn"} and bool(node.args)
        if is_call and isinstance(node.args[0], ast.Constant):
            yield node


def _walk(node: ast.AST, *, wrapped: bool) -> Iterator[tuple[ast.AST, bool]]:
    yield node, wrapped
    for child in ast.iter_child_nodes(node):
        inside = wrapped
        if isinstance(node, ast.Call) and child is not node.func:
            name = _name(node.func)
            is_text = isinstance(child, (ast.Constant, ast.JoinedStr))
            inside = wrapped or name in NOT_SHOWN or (name in WRAPPERS and is_text)
        if isinstance(node, ast.keyword):
            inside = wrapped or node.arg in NOT_SHOWN_NAMES
        if isinstance(node, ast.Subscript) and child is node.slice:
            inside = True
        yield from _walk(child, wrapped=inside)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Every text that stands alone as a statement: docstrings, and words under a constant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
