"""Bringing nodes into an order in which every tensor is made before it is read."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

import onnx

from predictors.errors import ModelError, printable
from predictors.reading.inline_functions import captured


def label(node: onnx.NodeProto) -> str:
    """How messages call a node: its operator and its name, or its first output if it has none."""
    name = node.name or (node.output[0] if node.output else "")
    return f"{printable(node.op_type, 40)} {printable(name)!r}"


def ordered(nodes: Sequence[onnx.NodeProto], known: Collection[str]) -> list[onnx.NodeProto]:
    """`nodes` in a topological order that keeps the file's order where it can; `known` exist beforehand.

    Raises ModelError: MODEL_DUPLICATE_NAME, MODEL_MISSING_INPUT or MODEL_CYCLE.
    """
    makers = _makers(nodes, known)
    reads = [needs(node) for node in nodes]
    for node, names in zip(nodes, reads, strict=True):
        for name in names:
            if name not in makers and name not in known:
                raise _missing(node, name)
    made = set(known)
    for node, names in zip(nodes, reads, strict=True):
        if not made.issuperset(names):
            return _sorted(nodes, reads, makers)
        made.update(node.output)
    return list(nodes)


def needs(node: onnx.NodeProto) -> set[str]:
    """Tensors that a node reads, those that its branches or body read from outside with them."""
    names = set(node.input)
    if any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute):
        names |= captured(node)
    names.discard("")
    return names


def _makers(nodes: Sequence[onnx.NodeProto], known: Collection[str]) -> dict[str, int]:
    makers: dict[str, int] = {}
    for place, node in enumerate(nodes):
        for name in node.output:
            if not name:
                continue
            if name in makers or name in known:
                raise duplicate(name, label(node))
            makers[name] = place
    return makers


def duplicate(name: str, what: str) -> ModelError:
    """The error for a second producer `what` of tensor `name`."""
    return ModelError(
        "MODEL_DUPLICATE_NAME",
        "The tensor {name!r} is written a second time, by {what}. Names must be unique: export the model "
        "again or rename the tensor.",
        name=printable(name),
        what=what,
    )


def _missing(node: onnx.NodeProto, name: str) -> ModelError:
    return ModelError(
        "MODEL_MISSING_INPUT",
        "{node} reads the tensor {name!r}, which no input, weight or operator of the model provides. The "
        "file is incomplete: export it again.",
        node=label(node),
        name=printable(name),
    )


def _sorted(
    nodes: Sequence[onnx.NodeProto], reads: Sequence[set[str]], makers: dict[str, int]
) -> list[onnx.NodeProto]:
    """Kahn's algorithm, in file order among the nodes that are ready."""
    followers: list[list[int]] = [[] for _ in nodes]
    waiting = [0] * len(nodes)
    for place, names in enumerate(reads):
        for source in {makers[name] for name in names if name in makers}:
            followers[source].append(place)
            waiting[place] += 1
    ready = deque(place for place, count in enumerate(waiting) if count == 0)
    order: list[int] = []
    while ready:
        place = ready.popleft()
        order.append(place)
        for follower in followers[place]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                ready.append(follower)
    if len(order) < len(nodes):
        stuck = next(place for place, count in enumerate(waiting) if count > 0)
        raise ModelError(
            "MODEL_CYCLE",
            "{node} waits for its own result: the model's operators form a cycle, so it can't run. "
            "Export the model again.",
            node=label(nodes[stuck]),
        )
    return [nodes[place] for place in order]
