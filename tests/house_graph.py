"""Who imports whom among our own files, and the circles in it; lazy imports count."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import house_rules as house

Arrows = Mapping[str, frozenset[str]]


def module_name(path: str) -> str:
    """The dotted name of a file: `app/devices/phone_detail.py` is app.devices.phone_detail."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def arrows(modules: list[house.Module]) -> Arrows:
    """Every module's own imports by dotted name, also those within functions and type checks."""
    names = {module_name(str(module.path)) for module in modules}
    return {
        module_name(str(module.path)): frozenset(_targets(module, names)) - {module_name(str(module.path))}
        for module in modules
    }


def _targets(module: house.Module, names: set[str]) -> Iterator[str]:
    for node in module.nodes:
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


FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"paths", "log", "page_load"}),
    frozenset({"i18n"}),
    frozenset({"memo", "bundle_cache", "own_devices"}),
    frozenset({"url_state"}),
    frozenset({"ui"}),
    frozenset({"frame"}),
    frozenset({"charts"}),
    frozenset({"measurements", "models"}),
    frozenset({"label"}),
    frozenset({"devices", "estimate", "compare", "explore", "tokens", "timelines", "methods", "your_device"}),
    frozenset({"server"}),
    frozenset({"main"}),
)
"""The folders and single modules of app/ from the ground up: each imports what stands below it."""


def floor_of(room: str) -> int:
    """The floor of a folder or module of app/. Raises StopIteration for one that stands on none."""
    return next(height for height, rooms in enumerate(FLOORS) if room in rooms)


def wrong_floors(graph: Arrows) -> list[str]:
    """Imports within app/ that go upwards, or from one folder to another of the same floor."""
    return [
        f"{name} may not import {other}"
        for name, others in sorted(graph.items())
        for other in sorted(others)
        if name.startswith("app.") and other.startswith("app.") and not _goes_down(name, other)
    ]


def _goes_down(name: str, other: str) -> bool:
    room, imported = name.split(".")[1], other.split(".")[1]
    both_single = max(name.count("."), other.count(".")) == 1  # modules directly in app/: no circle is enough
    return room == imported or both_single or floor_of(imported) < floor_of(room)
