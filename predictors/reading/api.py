"""Reading a model in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from predictors.model.graph import Graph
from predictors.reading.any_format import graph_from_any
from predictors.reading.given_shapes import given_shapes
from predictors.reading.source import pruned_source


def read_model(
    source: bytes | memoryview | Path, *, shapes: Mapping[str, tuple[int, ...]] | None = None
) -> Graph:
    """The network in an ONNX or TensorFlow Lite file, as our own graph with static shapes.

    `source` is the file's content or its path (regular files only; no other file is opened, external weights
    are not needed). `shapes` gives input shapes by name where the file leaves dimensions open; without it the
    batch is 1 and other open dimensions get a default that `Graph.defaulted` states. Raises
    `predictors.errors.ModelError` with a stable code.
    """
    with pruned_source(source) as (pruned, digest):
        graph = graph_from_any(pruned, given_shapes(shapes))
        return replace(graph, sha256=digest())
