"""Who imports whom among our own files, and the circles in it; lazy imports count."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import house_rules as house

Arrows = Mapping[str, frozenset[str]]


def module_name(path: str) -> str:
    """The dotted name of a file: `app/ui/badges.py` is app.ui.badges."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def arrows(modules: list[house.Module]) -> Arrows:
    """Every module's own imports by dotted name, also those within functions and type checks."""
    names = {module_name(str(module.path)) for module in modules}
    return {
        module_name(str(module.path)): frozenset(_targets(module, names)) - {module_name(str(module.path))}
        for module in modules
    }


def _targets(module: house.Module, names: set[str]) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in names:
                    yield inner
                elif node.module in names:
                    yield node.module


def circles(graph: Arrows) -> list[list[str]]:
    """The groups of modules that reach one another."""
    reached = {name: _reach(graph, name) for name in graph}
    groups = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in graph
        if name in reached[name]
    }
    return [list(group) for group in sorted(groups)]


def _reach(graph: Arrows, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph.get(name, ()))
    return seen
