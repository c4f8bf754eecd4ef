"""A network of NAS-Bench-201 in a file: what its cells run, found by taking away what stands around them.

The network around the cells is always the same: a 3x3 convolution, three stages of 5 cells with 16, 32 and 64
channels, and between them a block that halves the picture (two 3x3 convolutions behind a ReLU each, a 1x1
convolution on the way around them, one sum); a ReLU before the last pool.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from predictors.energy.cells.operations import NAMES, Operations
from predictors.errors import InputError
from predictors.model.graph import Graph, Node

CELLS: Final = 15
"""Cells of the network, all alike."""
_CONVOLUTIONS: Final[dict[tuple[int, ...], str]] = {(3, 3): "conv3x3", (1, 1): "conv1x1"}
STAGES: Final = (16, 32, 64)
"""Channels of the stages."""
REUSED: Final = ("pools", "relus", "adds")
"""Operators without weights: on the same input they are worked out once."""
AROUND: Final = Operations(conv3x3=5, conv1x1=2, pools=0, relus=5, adds=2)
"""What stands around the cells; the pools there are no 3x3 pools."""


def operations_of_graph(graph: Graph) -> Operations:
    """What each cell of a network runs: equal operators on equal inputs once.

    Raises InputError CELL_FILE where it is no network of NAS-Bench-201.
    """
    found = list(_kinds(graph))
    counted = [found.count(name) - around for name, around in zip(NAMES, AROUND, strict=True)]
    if not _stages(graph) or any(each < 0 or each % CELLS for each in counted):
        raise InputError(
            "CELL_FILE",
            "The file holds no network of NAS-Bench-201 with {cells} equal cells of {channels} channels. "
            "Give one that was exported without fusing or quantising, or the text of the cell.",
            cells=CELLS,
            channels=", ".join(map(str, STAGES)),
        )
    return Operations(*(each // CELLS for each in counted))


def _stages(graph: Graph) -> bool:
    """Whether the convolutions have the channels of the three stages, and no others."""
    channels = {_channels(graph, node) for node in graph.nodes if node.op == "Conv"}
    return channels == set(STAGES)


def _channels(graph: Graph, node: Node) -> int:
    shape = graph.shape(node.outputs[0])
    return shape[1] if shape is not None and len(shape) == 4 else 0


def _kinds(graph: Graph) -> Iterator[str]:
    """The kind of every operator that counts, once for equal ones on equal inputs.

    A sum with 0, which exporters write for an empty edge, is not counted.
    """
    first: dict[tuple[str, tuple[str, ...]], str] = {}
    same: dict[str, str] = {}
    noughts: set[str] = set()
    for node in graph.nodes:
        passed = [same.get(name, name) for name in node.inputs if not _is_constant(graph, name)]
        passed = [name for name in passed if name not in noughts]
        output = node.outputs[0]
        if node.op == "Mul" and any(_is_nought(graph, name) for name in node.inputs):
            noughts.add(output)
        elif node.op == "Identity" or (node.op == "Add" and len(passed) < 2):
            same[output] = passed[0] if passed else output
        elif kind := _kind(graph, node):
            key = kind, tuple(sorted(passed))
            if kind not in REUSED or first.setdefault(key, output) == output:
                yield kind
            same[output] = first.get(key, output)


def _is_nought(graph: Graph, name: str) -> bool:
    tensor = graph.tensors.get(name)
    return tensor is not None and tensor.is_constant and tensor.values == (0.0,)


def _is_constant(graph: Graph, name: str) -> bool:
    tensor = graph.tensors.get(name)
    return tensor is not None and tensor.is_constant


def _kind(graph: Graph, node: Node) -> str:
    if node.op == "Conv":
        return _CONVOLUTIONS.get(_window(graph, node), "other")
    if node.op == "AveragePool":
        return "pools" if _window(graph, node) == (3, 3) else ""
    if node.op == "Relu":
        return "relus"
    return "adds" if node.op == "Add" else ""


def _window(graph: Graph, node: Node) -> tuple[int, ...]:
    stated = node.attributes.get("kernel_shape")
    if isinstance(stated, tuple):
        return tuple(int(each) for each in stated)
    weights = graph.shape(node.inputs[1]) if len(node.inputs) > 1 else None
    return tuple(weights[2:]) if weights is not None else ()
