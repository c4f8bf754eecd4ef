"""Taking sequences of tensors apart: PyTorch writes x.chunk(2) as SplitToSequence and SequenceAt when it does
not optimise, where it means Split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import onnx

from predictors.reading.known_tensors import Knowledge

_TAKEN_APART_BY = frozenset(("SequenceAt", "ConcatFromSequence"))
_MOST_PIECES = 256
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
        if shape is None or split is None or not -len(shape) <= axis < len(shape):
            return None
        if split.ndim:
            return [int(size) for size in split.reshape(-1)]
        size, extent = int(split), shape[axis]
        if size < 1 or extent // size > _MOST_PIECES:
            return None
        return [min(size, extent - start) for start in range(0, extent, size)]
