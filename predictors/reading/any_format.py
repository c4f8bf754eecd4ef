"""The right reader for a file without its weights, by its first bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from predictors.model.graph import Graph
from predictors.reading.tflite.pruning import is_tflite


def graph_from_any(pruned: bytes, shapes: Mapping[str, Sequence[int]] | None = None) -> Graph:
    """The network in a pruned file of any format that is read. Raises ModelError."""
    # Each reader imports its format's package, which takes a tenth of a second.
    if is_tflite(pruned):
        from predictors.reading.tflite.graph import graph_from_tflite

        return graph_from_tflite(pruned, shapes)
    from predictors.reading.onnx_graph import graph_from_pruned

    return graph_from_pruned(pruned, shapes)
