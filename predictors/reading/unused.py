"""Operators whose results nobody uses: no output of the model depends on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import onnx

from predictors.errors import ModelError
from predictors.model.graph import Remark
from predictors.reading.topology import label, needs

NAMED = 3
"""So many operators are named; the rest is counted."""
_OF_SHAPES = frozenset(("Shape", "Size", "Constant"))


def unused_remarks(
    nodes: Sequence[onnx.NodeProto], outputs: Collection[str], inputs: Collection[str]
) -> list[Remark]:
    """A remark about the nodes that run although no output depends on them.

    They are counted: ONNX Runtime 1.32 ran them at every level of optimisation. `nodes` are in topological
    order and whole: what a branch or loop body reads from outside is used. Raises ModelError MODEL_NO_COMPUTE
    for a model that lists no output.
    """
    if not outputs:
        raise ModelError(
            "MODEL_NO_COMPUTE",
            "The model lists no output, so runtimes have nothing to compute and refuse to run it. Export it "
            "again with its outputs, or add them to the file.",
        )
    wanted = set(outputs)
    for node in reversed(nodes):
        if not wanted.isdisjoint(node.output):
            wanted |= needs(node)
    running = [node for node in _running(nodes, inputs) if wanted.isdisjoint(node.output)]
    if not running or wanted == set(outputs):  # of a model of which no node makes an output, all is its own
        return []
    listed = ", ".join(label(node) for node in running[:NAMED])
    subject = listed if len(running) <= NAMED else f"{listed}, ..."
    return [Remark("UNUSED_COUNTED", subject, str(len(running)))]


def _running(nodes: Sequence[onnx.NodeProto], inputs: Collection[str]) -> list[onnx.NodeProto]:
    """The nodes whose results depend on the content of an input: others are computed beforehand."""
    made = set(inputs)
    found: list[onnx.NodeProto] = []
    for node in nodes:
        if node.op_type not in _OF_SHAPES and not made.isdisjoint(needs(node)):
            made.update(node.output)
            found.append(node)
    made.discard("")
    return found
