"""What the layers below say to readers, read off their code and their dictionary; for the catalogue only.

Nothing here runs in the app: it looks for finished English sentences in the modules that make messages, and
turns what changes in them into named places.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final

from app.paths import ROOT

NOT_SHOWN: Final = (
    "cli", "__main__", "search", "evaluation/", "training/", "samples/", "doctor",
    "data/bundle_build/checks.py",
    "checksums", "figures.py", "build.py", "layout.py", "exports/", "research/pareto.py", "kernel_file",
    "contribution/cli", "contribution/hand_in", "corrections.py", "gaussian_process", "research/batch",
    "predictors/results/rows.py", "dictionary.py", "diff_text", "split_text",
)  # fmt: skip
"""Parts of paths of modules that speak on the command line or to developers only."""
NOT_FOR_READERS: Final = frozenset({
    "ValueError", "KeyError", "TypeError", "RuntimeError", "NotImplementedError", "compile", "add_argument",
    "execute", "field", "RefusedError", "warn", "word_set",
})  # fmt: skip
NAMED: Final = frozenset({"error_basis", "meter", "summary", "title", "meaning"})
SENTENCE: Final = re.compile(r"^[A-Z“{].*\s.*[a-z}].*[.:]$", re.DOTALL)
PHRASE: Final = re.compile(
    r"^(?!.*\b(SELECT|FROM|WHERE|ORDER BY|AND|CASE|WHEN|CAST)\b)\S*[A-Za-z}]\S*( +\S+){2,}$"
)
"""At least three words, and no SQL."""
NO_PHRASES: Final = (
    "predictors/errors.py", "operators.py", "frames.py", "queries.py", "sql_text.py", "runtimes.py",
    "units.py", "stamps.py", "foreign.py", "__init__.py", "folding.py", "custom_shapes.py", "devices.py",
    "rules_plain.py", "boards/data.py", "doctor",
)  # fmt: skip
"""Ends of paths of modules whose phrases are for code: names of operators, of columns, of types."""

SHORT: Final = (
    "high power", "low power", "added to", "taken from", "World, 2025", "Germany, 2024", "single stream",
    "MaxQ, single stream", "MaxQ, offline", "live run", "norm-view run",
)  # fmt: skip
"""Too short to be told from names in the code."""


def extract(
    file: IO[bytes], _keywords: Collection[str], _comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Return the sentences of one module that does not use templates yet, as Babel wants them."""
    relative = Path(file.name).resolve().relative_to(ROOT).as_posix()
    if any(part in relative for part in NOT_SHOWN):
        return
    content = file.read()
    tree = ast.parse(content)
    templates = list(dict.fromkeys(_templates(tree)))
    yield from ((1, "", text, []) for text in templates)
    for line, text in sentences(tree, phrases=not relative.endswith(NO_PHRASES)):
        if text not in {_template(template) for template in templates}:
            yield line, "", text, []
    if relative.endswith("rails.py"):
        yield from ((1, "", text, []) for text in [*_recordings(), *SHORT])


def _templates(tree: ast.Module) -> Iterator[str]:
    """The texts that already are templates: of a `Message` or a `TraceError`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in ("Message", "TraceError"):
            template = node.args[0 if _name(node.func) == "Message" else -1]
            if isinstance(template, ast.Constant) and isinstance(template.value, str):
                yield template.value


def _recordings() -> Iterator[str]:
    """What kinds of recordings are called, and what their rails feed."""
    from data.tracing.layout import FORMATS
    from data.tracing.rails import GLOSSARY

    yield from FORMATS.values()
    for rail in GLOSSARY.values():
        yield from (rail.title, rail.meaning)


def sentences(tree: ast.Module, *, phrases: bool = True) -> Iterator[tuple[int, str]]:
    """Return line and text of every sentence for readers in a module, in its order; `phrases` as well."""
    for node, hidden in _walk(tree, hidden=False):
        if hidden:
            continue
        text = _text_of(node)
        if text is not None and text.startswith(", "):
            text = f"{{before}}{text}"  # what is added to a text that ends elsewhere
        if text is not None and (SENTENCE.match(text) or (phrases and PHRASE.match(text))):
            yield node.lineno, text  # type: ignore[attr-defined]


def _walk(node: ast.AST, *, hidden: bool) -> Iterator[tuple[ast.AST, bool]]:
    yield node, hidden
    if isinstance(node, ast.JoinedStr):
        # What stands inside a place is a text of its own.
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _walk(part.value, hidden=hidden)
        return
    for child in ast.iter_child_nodes(node):
        is_doc = isinstance(node, ast.Expr) and isinstance(child, ast.Constant)
        is_inner = isinstance(node, ast.Call) and _name(node.func) in NOT_FOR_READERS
        yield from _walk(child, hidden=hidden or is_doc or is_inner)


def _text_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _template(node.value)
    if not isinstance(node, ast.JoinedStr):
        return None
    names: dict[str, str] = {}
    return "".join(_piece(part, names) for part in node.values)


def _template(text: str) -> str:
    """Return a text that is filled in later (`{}`, `{low:g}`) with plainly named places; others unchanged."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return text.replace("{", "{{").replace("}", "}}")
    escaped = [(fixed.replace("{", "{{").replace("}", "}}"), name) for fixed, name, _, _ in parts]
    return "".join(fixed if name is None else f"{fixed}{{{name or 'value'}}}" for fixed, name in escaped)


def _piece(part: ast.expr, names: dict[str, str]) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value).replace("{", "{{").replace("}", "}}")
    source = ast.unparse(part)
    if source not in names:
        name = _place(part.value if isinstance(part, ast.FormattedValue) else part)
        others = (f"{name}_{number}" for number in range(2, 99))
        names[source] = next(each for each in (name, *others) if each not in names.values())
    return f"{{{names[source]}}}"


def _place(value: ast.expr) -> str:
    """Return a name for what changes, from the code that makes it."""
    if isinstance(value, ast.Name):
        return value.id
    if isinstance(value, ast.Attribute):
        return value.attr
    if isinstance(value, ast.Subscript):
        return _place(value.value)
    if isinstance(value, ast.Call):
        inner = [each for each in value.args if isinstance(each, (ast.Name, ast.Attribute, ast.Call))]
        return _place(inner[0]) if inner else _name(value.func) or "value"
    if isinstance(value, ast.BinOp):
        return _place(value.right)
    return "value"


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
