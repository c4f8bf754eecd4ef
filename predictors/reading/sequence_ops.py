"""Taking sequences of tensors apart: PyTorch writes x.chunk(2) as SplitToSequence and SequenceAt when it does
not optimise, where it means Split, and a list that a loop fills as SequenceInsert, where it means Concat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import onnx

from predictors.reading.control_flow import Steps, body_written_out
from predictors.reading.known_tensors import Knowledge

_TAKEN_APART_BY = frozenset(
    ("SequenceAt", "SequenceInsert", "SequenceErase", "SequenceLength", "ConcatFromSequence", "SequenceMap",
     "Identity", "Loop", "If")
)  # fmt: skip
"""Operators that need no sequence whole: what they do to one is known from its pieces. A loop and a branch
hand it on to their bodies, which are written out."""
_PASSED_ON = frozenset(("Optional", "OptionalGetElement"))
"""Operators that hand a tensor on as it is, in a container or out of one."""
_MOST_PIECES = 256  # written out one by one; exported sequences have tens
_ARGUMENTS_AS_INPUTS = 13  # the opset from which Split and Unsqueeze take their arguments as inputs


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

    def rewritten(self, node: onnx.NodeProto) -> list[onnx.NodeProto] | None:
        """The operators on tensors that do what `node` does; None if `node` stays as it is."""
        if node.op_type in _PASSED_ON and node.input and node.input[0]:
            return [onnx.helper.make_node("Identity", node.input[:1], node.output[:1], name=node.name)]
        if node.op_type in ("SequenceConstruct", "SequenceEmpty") and node.output:
            return self._remembered(node, list(node.input))
        if node.op_type == "SplitToSequence":
            return self._split(node)
        pieces = self._pieces.get(node.input[0]) if node.input else None
        if pieces is None or not node.output:
            return None
        if node.op_type == "Identity":
            return self._remembered(node, pieces)
        if node.op_type in ("SequenceInsert", "SequenceErase"):
            return self._changed(node, pieces)
        if node.op_type == "SequenceLength":
            return [onnx.helper.make_node("Constant", [], node.output[:1], value_int=len(pieces))]
        if node.op_type == "SequenceAt":
            return self._taken_out(node, pieces)
        return self._joined(node, pieces) if node.op_type == "ConcatFromSequence" and pieces else None

    def _remembered(self, node: onnx.NodeProto, pieces: list[str]) -> list[onnx.NodeProto] | None:
        """Remember the pieces; what stands for the sequence itself is read by nothing."""
        name = node.output[0]
        if not self._readers.get(name, set()) <= _TAKEN_APART_BY or len(pieces) > _MOST_PIECES:
            return None
        self._pieces[name] = pieces
        return [onnx.helper.make_node("Constant", [], [name], value_int=len(pieces))]

    def _changed(self, node: onnx.NodeProto, pieces: Sequence[str]) -> list[onnx.NodeProto] | None:
        """A sequence with a piece more (at the end, if nothing else is said) or less (the last one)."""
        inserts = node.op_type == "SequenceInsert"
        place = self._place(node, 2 if inserts else 1, len(pieces) if inserts else len(pieces) - 1)
        if place is None or (inserts and len(node.input) < 2):
            return None
        place += len(pieces) if place < 0 else 0
        if not 0 <= place < len(pieces) + inserts:
            return None
        made = node.input[1:2] if inserts else []
        return self._remembered(node, [*pieces[:place], *made, *pieces[place + (not inserts) :]])

    def _place(self, node: onnx.NodeProto, at: int, usual: int) -> int | None:
        """A position in a sequence, as the input `at` says; None where it depends on the data."""
        if at >= len(node.input) or not node.input[at]:
            return usual
        place = self._known.arrays.get(node.input[at])
        return int(place.reshape(())) if place is not None and place.size == 1 else None

    def _taken_out(self, node: onnx.NodeProto, pieces: Sequence[str]) -> list[onnx.NodeProto] | None:
        """One piece. Where the data decide which, the first stands for all, if all are alike."""
        place = self._place(node, 1, 0)
        tensors = [self._known.tensors.get(piece) for piece in pieces]
        kinds = {None if one is None else (one.shape, one.dtype) for one in tensors}
        if place is None and len(kinds) == 1 and not any(one and one.is_constant for one in tensors):
            place = 0
        if place is None or not -len(pieces) <= place < len(pieces):
            return None
        return [onnx.helper.make_node("Identity", [pieces[place]], node.output, name=node.name)]

    def _joined(self, node: onnx.NodeProto, pieces: Sequence[str]) -> list[onnx.NodeProto]:
        attributes = {one.name: one.i for one in node.attribute}
        axis = attributes.get("axis", 0)
        made: list[onnx.NodeProto] = []
        if attributes.get("new_axis"):
            wide = [f"{node.output[0]}[{place}]" for place in range(len(pieces))]
            for piece, name in zip(pieces, wide, strict=True):
                made += self._with_axis("Unsqueeze", piece, name, axis)
            pieces = wide
        return [*made, onnx.helper.make_node("Concat", pieces, node.output, name=node.name, axis=axis)]

    def _with_axis(self, op: str, source: str, target: str, axis: int) -> list[onnx.NodeProto]:
        if self._opset < _ARGUMENTS_AS_INPUTS:
            return [onnx.helper.make_node(op, [source], [target], axes=[axis])]
        self._known.add_array(f"{target}#axes", np.asarray([axis], np.int64))
        return [onnx.helper.make_node(op, [source, f"{target}#axes"], [target])]

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

    def _split(self, node: onnx.NodeProto) -> list[onnx.NodeProto] | None:
        if not node.input or not node.output:
            return None
        name = node.output[0]
        attributes = {one.name: one.i for one in node.attribute}
        axis, single = attributes.get("axis", 0), len(node.input) < 2 or not node.input[1]
        if not self._readers.get(name, set()) <= _TAKEN_APART_BY:
            return None
        sizes = self._sizes(node, axis)
        if not sizes or len(sizes) > _MOST_PIECES:
            return None
        pieces = [f"{name}[{place}]" for place in range(len(sizes))]
        self._pieces[name] = pieces
        self._known.add(name, None, "unknown")
        if not single or attributes.get("keepdims", 1):
            return [self._cut(node, axis, sizes, pieces)]
        wide = [f"{piece}#" for piece in pieces]
        made = [self._cut(node, axis, sizes, wide)]
        for whole, piece in zip(wide, pieces, strict=True):
            made += self._with_axis("Squeeze", whole, piece, axis)
        return made

    def _cut(
        self, node: onnx.NodeProto, axis: int, sizes: Sequence[int], pieces: Sequence[str]
    ) -> onnx.NodeProto:
        if self._opset < _ARGUMENTS_AS_INPUTS:
            return onnx.helper.make_node(
                "Split", node.input[:1], pieces, name=node.name, axis=axis, split=list(sizes)
            )
        self._known.add_array(f"{node.output[0]}#sizes", np.asarray(sizes, np.int64))
        return onnx.helper.make_node(
            "Split", [node.input[0], f"{node.output[0]}#sizes"], pieces, name=node.name, axis=axis
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
