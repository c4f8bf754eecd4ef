"""Taking sequences of tensors apart: PyTorch writes x.chunk(2) as SplitToSequence and SequenceAt when it does
not optimise, where it means Split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import onnx

from predictors.reading.control_flow import Steps, body_written_out
from predictors.reading.known_tensors import Knowledge

_TAKEN_APART_BY = frozenset(("SequenceAt", "ConcatFromSequence", "SequenceMap"))
_PASSED_ON = frozenset(("Optional", "OptionalGetElement"))
"""Operators that hand a tensor on as it is, in a container or out of one."""
_MOST_PIECES = 256  # written out one by one; exported sequences have tens
_SPLIT_WITH_SIZES = 13  # the opset from which Split takes its sizes as an input


class Sequences:
    """Replaces operators on sequences whose pieces are known by operators on the pieces."""

    def __init__(self, known: Knowledge, opset: int) -> None:
        self._known = known
        self._opset = opset
        self._pieces: dict[str, list[str]] = {}
        self._readers: dict[str, set[str]] = {}

    def look_over(self, nodes: Iterable[onnx.NodeProto], outputs: Iterable[str]) -> None:
        """See who reads what: only sequences that nothing needs whole are taken apart."""
        readers: defaultdict[str, set[str]] = defaultdict(set)
        for node in nodes:
            for name in node.input:
                readers[name].add(node.op_type)
        for name in outputs:
            readers[name].add("output")
        self._readers = dict(readers)

    def rewritten(self, node: onnx.NodeProto) -> onnx.NodeProto | None:
        """The operator on tensors that does what `node` does; None if `node` stays as it is."""
        if node.op_type in _PASSED_ON and node.input and node.input[0]:
            return onnx.helper.make_node("Identity", node.input[:1], node.output[:1], name=node.name)
        if node.op_type == "SequenceConstruct" and node.input and node.output:
            return self._constructed(node)
        if node.op_type == "SplitToSequence" and self._opset >= _SPLIT_WITH_SIZES:
            return self._split(node)
        pieces = self._pieces.get(node.input[0]) if node.input else None
        if pieces is None:
            return None
        if node.op_type == "SequenceAt" and len(node.input) > 1:
            place = self._known.arrays.get(node.input[1])
            if place is not None and place.size == 1 and -len(pieces) <= int(place.reshape(())) < len(pieces):
                piece = pieces[int(place.reshape(()))]
                return onnx.helper.make_node("Identity", [piece], node.output, name=node.name)
        attributes = {one.name: one.i for one in node.attribute}
        if node.op_type == "ConcatFromSequence" and not attributes.get("new_axis"):
            return onnx.helper.make_node(
                "Concat", pieces, node.output, name=node.name, axis=attributes.get("axis", 0)
            )
        return None

    def _constructed(self, node: onnx.NodeProto) -> onnx.NodeProto | None:
        """Remember the pieces; what stands for the sequence itself is read by nothing."""
        name = node.output[0]
        if not self._readers.get(name, set()) <= _TAKEN_APART_BY or len(node.input) > _MOST_PIECES:
            return None
        self._pieces[name] = list(node.input)
        return onnx.helper.make_node("Identity", node.input[:1], [name], name=node.name)

    def mapped(self, node: onnx.NodeProto) -> Steps | None:
        """The steps of a SequenceMap, one per piece; None where a piece is not known or is needed whole."""
        body = next((one.g for one in node.attribute if one.name == "body"), None)
        pieces = self._pieces.get(node.input[0]) if node.input else None
        whole = any(not self._readers.get(name, set()) <= _TAKEN_APART_BY for name in node.output if name)
        if body is None or pieces is None or whole:
            return None
        others = [self._pieces.get(name, [name] * len(pieces)) for name in node.input[1:]]
        if any(len(each) < len(pieces) for each in others):
            return None
        given = [[piece, *(each[at] for each in others)] for at, piece in enumerate(pieces)]
        steps, results = body_written_out(body, f"{node.name or node.output[0]}/", self._opset, given)
        for at, name in enumerate(node.output):
            if name:
                self._pieces[name] = [result[at] for result in results]
                self._known.add(name, None, "unknown")
        return steps

    def _split(self, node: onnx.NodeProto) -> onnx.NodeProto | None:
        if not node.input or not node.output:
            return None
        name = node.output[0]
        attributes = {one.name: one.i for one in node.attribute}
        if not self._readers.get(name, set()) <= _TAKEN_APART_BY or not attributes.get("keepdims", 1):
            return None
        sizes = self._sizes(node, attributes.get("axis", 0))
        if not sizes or len(sizes) > _MOST_PIECES:
            return None
        self._pieces[name] = [f"{name}[{place}]" for place in range(len(sizes))]
        self._known.add(name, None, "unknown")
        self._known.add_array(f"{name}#sizes", np.asarray(sizes, np.int64))
        return onnx.helper.make_node(
            "Split",
            [node.input[0], f"{name}#sizes"],
            self._pieces[name],
            name=node.name,
            axis=attributes.get("axis", 0),
        )

    def _sizes(self, node: onnx.NodeProto, axis: int) -> list[int] | None:
        """Extents of the pieces along `axis`; None if unknown."""
        whole = self._known.tensors.get(node.input[0])
        shape = None if whole is None else whole.shape
        split = self._known.arrays.get(node.input[1]) if len(node.input) > 1 else None
        if shape is None or not -len(shape) <= axis < len(shape):
            return None
        if len(node.input) < 2 or not node.input[1]:  # pieces of one, as the operator's default says
            return [1] * min(shape[axis], _MOST_PIECES + 1)
        if split is None:
            return None
        if split.ndim:
            return [int(size) for size in split.reshape(-1)]
        size, extent = int(split), shape[axis]
        if size < 1 or extent // size > _MOST_PIECES:
            return None
        return [min(size, extent - start) for start in range(0, extent, size)]
