"""Leaving the weights out of an ONNX file before anything parses it.

Only the shapes of weights matter here. The walk goes over the bytes as they are (a mapped file is never
copied), counts what could exhaust memory or time later, and returns a small ONNX model with the same nodes,
names, types and dimensions, without the content of tensors above a few kilobytes, without the whereabouts
of external data, documentation, metadata and training information.

Field numbers: onnx.proto of the ONNX project, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TypeAlias

from data.messages import Message
from predictors.errors import ModelError
from predictors.reading.limits import DEFAULT_LIMITS, Limits
from predictors.reading.wire_format import (
    BYTES,
    VARINT,
    WireEndError,
    WireError,
    message_field,
    read_varint,
    walk,
)


class _Keep(Enum):
    """What to do with a record that is not replaced."""

    KEEP = "keep"
    DROP = "drop"


_KEEP, _DROP = _Keep.KEEP, _Keep.DROP
_Kept: TypeAlias = "bytes | _Keep"
_Child: TypeAlias = Callable[[int, int, int], _Kept]

# Field -> wire type at the top level; anything else there is not ONNX.
_MODEL_WIRES = dict.fromkeys((1, 5), VARINT) | dict.fromkeys((2, 3, 4, 6, 7, 8, 14, 20, 25, 26), BYTES)
_MODEL_KEPT = frozenset((1, 2, 3, 4, 5, 8))
_MODEL_VERSION, _MODEL_GRAPH, _MODEL_FUNCTION = 1, 7, 25
_HIGHEST_IR_VERSION = 64  # 14 in 2026; room for the future, and no more than one byte
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_GRAPH_VALUES = frozenset((11, 12, 13))  # inputs, outputs, shape records
_GRAPH_DROPPED = frozenset((10, 14, 16))  # documentation, quantisation notes, metadata
_FUNCTION_NODE, _FUNCTION_ATTRIBUTE = 7, 11
_FUNCTION_DROPPED = frozenset((8, 12, 14))
_NODE_EDGES = frozenset((1, 2))
_NODE_ATTRIBUTE = 5
_NODE_DROPPED = frozenset((6, 9, 10))
_ATTRIBUTE_TENSORS = frozenset((5, 10))
_ATTRIBUTE_GRAPHS = frozenset((6, 11))
_ATTRIBUTE_SPARSE = frozenset((22, 23))
_ATTRIBUTE_STRING = 4
_ATTRIBUTE_DROPPED = frozenset((13, 14, 15))
_VALUE_TYPE = 2
_VALUE_DROPPED = frozenset((3, 4))
# Within a TypeProto: where each kind of message can lead to the next one.
_TYPE_NEXT = {"type": {1: "tensor", 8: "tensor", 4: "sequence", 5: "map", 9: "sequence"},
              "tensor": {2: "shape"}, "sequence": {1: "type"}, "map": {2: "type"}, "shape": {}}  # fmt: skip
_SPARSE_TENSORS = frozenset((1, 2))
_TENSOR_TYPE = 2
_TENSOR_PAYLOAD = frozenset((4, 5, 6, 7, 9, 10, 11))
_TENSOR_DROPPED = frozenset((12, 13, 16))  # documentation, whereabouts of external data, metadata
_INTEGER_TYPES = frozenset((6, 7, 9))  # INT32, INT64, BOOL: what shape arguments are made of

_NOTHING: frozenset[int] = frozenset()
_KEPT_FLOAT_BYTES = 512  # float shape arguments (Resize scales) have a few elements
_KEPT_INTEGER_BYTES = 32 * 1024  # shape arguments, and indices of a few thousand elements
_KEPT_STRING_BYTES = 4 * 1024  # longer strings are documentation or whole models
_RELEASE_BYTES = 32 * 2**20  # mapped pages are given back after so much was passed over
_SMALL_BYTES = 128
"""Attributes, tensors and types up to this size are kept unseen: what is in them cannot grow. Walking over
them takes as long as all the rest of a usual network."""
_BYTES_PER_FIELD = 8
"""Records that are kept unseen are counted as if each had so many bytes."""
_MAY_GROW = re.compile(rb"[2Z]|location")
"""Tags of subgraphs in an attribute (6 and 11), and the whereabouts of external data."""
_TENSOR_TAG = 0x0A  # field 1 of a type, with a length


class _Pruner:
    """Walks one model, counting as it goes; every method takes the start and end of a message's bytes."""

    def __init__(self, view: memoryview, limits: Limits, release: Callable[[], None]) -> None:
        self._view = view
        self._release = release
        self._passed_bytes = 0
        self._limits = limits
        self._nodes = self._edges = self._tensors = self._fields = self._kept = self._functions = 0
        self._depth = self.graphs = 0
        self.inside = False  # within a graph or function, or between them?
        self.looks_right = False  # has a plausible format version been seen?

    def model(self) -> bytes:
        """The whole model, pruned."""
        view, chunks = self._view, []
        for number, wire, record, value, stop in walk(view, 0, len(view)):
            self._fields += 1
            if self._fields > self._limits.fields:
                raise too_complex(Message("records"), self._limits.fields)
            self._check_top_level(number, wire, record, value)
            if number in _MODEL_KEPT:
                chunks.append(self._copy(record, stop))
            elif number in (_MODEL_GRAPH, _MODEL_FUNCTION):
                self.inside = True
                kept = self._model_part(number, value, stop)
                self.inside = False
                chunks.append(
                    message_field(number, kept) if isinstance(kept, bytes) else self._copy(record, stop)
                )
        return b"".join(chunks)

    def _check_top_level(self, number: int, wire: int, record: int, value: int) -> None:
        if _MODEL_WIRES.get(number, wire) != wire:
            raise WireError(
                record, Message("field {number} has a type that ONNX does not use there", number=number)
            )
        if number == _MODEL_VERSION:
            self.looks_right = self._view[value] <= _HIGHEST_IR_VERSION

    def _rewrite(self, start: int, end: int, child: _Child, dropped: frozenset[int]) -> _Kept:
        """The message without the `dropped` fields, and with each other one as `child` says."""
        view, run, seen = self._view, start, 0
        chunks: list[bytes] = []
        room = self._limits.fields - self._fields
        for number, wire, record, value, stop in walk(view, start, end):
            seen += 1
            if seen > room:
                raise too_complex(Message("records"), self._limits.fields)
            if number in dropped:
                kept: _Kept = _DROP
            else:
                kept = child(number, value, stop) if wire == BYTES else _KEEP
            if kept is not _KEEP:
                chunks.append(self._copy(run, record))
                run = stop
                if isinstance(kept, bytes):
                    chunks.append(message_field(number, kept))
        self._fields += seen
        if not chunks:
            return _KEEP
        chunks.append(self._copy(run, end))
        return b"".join(chunks)

    def _copy(self, start: int, end: int) -> bytes:
        self._kept += end - start
        if self._kept > self._limits.kept_bytes:
            raise ModelError(
                "MODEL_TOO_COMPLEX",
                "The model holds more than {limit_mb} MB besides its weights, which is the limit. "
                "Export it again without debug information or embedded data.",
                limit_mb=self._limits.kept_bytes // 2**20,
            )
        return bytes(self._view[start:end])

    def _model_part(self, number: int, start: int, end: int) -> _Kept:
        if number == _MODEL_GRAPH:
            self.graphs += 1
            return self._rewrite(start, end, self._graph_child, _GRAPH_DROPPED)
        self._functions += 1
        if self._functions > self._limits.functions:
            raise too_complex(Message("local functions"), self._limits.functions)
        return self._rewrite(start, end, self._function_child, _FUNCTION_DROPPED)

    def _graph_child(self, number: int, start: int, end: int) -> _Kept:
        if number == _GRAPH_NODE:
            return self._node(start, end)
        self._count_tensor()
        if number in _GRAPH_VALUES:
            return self._rewrite(start, end, self._value_child, _VALUE_DROPPED)
        if number == _GRAPH_INITIALIZER:
            return self._tensor(start, end)
        if number == _GRAPH_SPARSE:
            return self._rewrite(start, end, self._sparse_child, _NOTHING)
        return _KEEP

    def _value_child(self, number: int, start: int, end: int) -> _Kept:
        """An input, output or shape record: a parser makes an object of each dimension."""
        if number != _VALUE_TYPE:
            return _KEEP
        size = end - start
        if (
            2 <= size <= _SMALL_BYTES
            and self._view[start] == _TENSOR_TAG
            and self._view[start + 1] == size - 2
        ):
            return self._unseen(size)  # a tensor and nothing else: no types within types
        return self._type("type", start, end)

    def _unseen(self, size: int) -> _Kept:
        self._fields += size // _BYTES_PER_FIELD
        return _KEEP

    def _is_small(self, start: int, end: int) -> bool:
        return end - start <= _SMALL_BYTES and not _MAY_GROW.search(self._view[start:end])

    def _type(self, kind: str, start: int, end: int) -> _Kept:
        following = _TYPE_NEXT[kind]

        def child(number: int, start: int, end: int) -> _Kept:
            return self._type(following[number], start, end) if number in following else _KEEP

        with self._one_level_deeper(Message("levels of nested types")):
            return self._rewrite(start, end, child, _NOTHING)

    @contextmanager
    def _one_level_deeper(self, what: str) -> Iterator[None]:
        self._depth += 1
        if self._depth > self._limits.depth:
            raise too_complex(what, self._limits.depth)
        yield
        self._depth -= 1

    def _count_tensor(self) -> None:
        self._tensors += 1
        if self._tensors > self._limits.tensors:
            raise too_complex(Message("inputs, weights and outputs"), self._limits.tensors)

    def _function_child(self, number: int, start: int, end: int) -> _Kept:
        if number == _FUNCTION_NODE:
            return self._node(start, end)
        if number == _FUNCTION_ATTRIBUTE:
            return self._rewrite(start, end, self._attribute_child, _ATTRIBUTE_DROPPED)
        return _KEEP

    def _node(self, start: int, end: int) -> _Kept:
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            raise too_complex(Message("operators"), self._limits.nodes)
        before = self._edges
        pruned = self._rewrite(start, end, self._node_child, _NODE_DROPPED)
        if self._edges > self._limits.edges or self._edges - before > self._limits.edges // 4:
            raise too_complex(Message("connections between operators"), self._limits.edges)
        return pruned

    def _node_child(self, number: int, start: int, end: int) -> _Kept:
        if number in _NODE_EDGES:
            self._edges += 1
            return _KEEP
        if number == _NODE_ATTRIBUTE:
            if self._is_small(start, end):
                return self._unseen(end - start)
            return self._rewrite(start, end, self._attribute_child, _ATTRIBUTE_DROPPED)
        return _KEEP

    def _attribute_child(self, number: int, start: int, end: int) -> _Kept:
        if number in _ATTRIBUTE_TENSORS:
            return self._tensor(start, end)
        if number in _ATTRIBUTE_GRAPHS:
            return self._subgraph(start, end)
        if number in _ATTRIBUTE_SPARSE:
            return self._rewrite(start, end, self._sparse_child, _NOTHING)
        return _DROP if number == _ATTRIBUTE_STRING and end - start > _KEPT_STRING_BYTES else _KEEP

    def _subgraph(self, start: int, end: int) -> _Kept:
        with self._one_level_deeper(Message("levels of nested subgraphs")):
            return self._rewrite(start, end, self._graph_child, _GRAPH_DROPPED)

    def _sparse_child(self, number: int, start: int, end: int) -> _Kept:
        return self._tensor(start, end) if number in _SPARSE_TENSORS else _KEEP

    def _pass(self, size: int) -> None:
        self._passed_bytes += size
        if self._passed_bytes > _RELEASE_BYTES:
            self._passed_bytes = 0
            self._release()

    def _tensor(self, start: int, end: int) -> _Kept:
        """A tensor keeps name, type and dimensions, and its content only if that can be a shape argument."""
        if self._is_small(start, end):
            return self._unseen(end - start)
        data_type = payload = 0
        seen = 0
        for number, wire, _, value, stop in walk(self._view, start, end):
            seen += 1
            if number == _TENSOR_TYPE and wire == VARINT:
                data_type = read_varint(self._view, value, stop)[0]
            elif number in _TENSOR_PAYLOAD:
                payload += stop - value
            if seen > self._limits.fields:
                raise too_complex(Message("records"), self._limits.fields)
        self._fields += seen
        self._pass(end - start)
        allowed = _KEPT_INTEGER_BYTES if data_type in _INTEGER_TYPES else _KEPT_FLOAT_BYTES
        dropped = _TENSOR_DROPPED if payload <= allowed else _TENSOR_DROPPED | _TENSOR_PAYLOAD
        return self._rewrite(start, end, _keep, dropped)


def _nothing() -> None:
    return None


def _keep(_number: int, _start: int, _end: int) -> _Kept:
    return _KEEP


def too_complex(what: str, most: int) -> ModelError:
    """The error for a count above its limit `most`; `what` names the things counted."""
    return ModelError(
        "MODEL_TOO_COMPLEX",
        "The model has more than {most:,} {what}, which is the limit. Networks for edge devices stay far "
        "below it: check the export (unrolled loops, generated graphs) or split the model.",
        most=most,
        what=what,
    )


def prune(view: memoryview, limits: Limits = DEFAULT_LIMITS, release: Callable[[], None] = _nothing) -> bytes:
    """The ONNX model in `view` (bytes, any size up to the limit) without the content of its weights.

    `release` is called every now and then in a large file: what was passed may leave memory.
    Raises ModelError: MODEL_NOT_ONNX, MODEL_TRUNCATED (with the byte where the file ends early),
    MODEL_MALFORMED (with the byte that breaks the format) or MODEL_TOO_COMPLEX.
    """
    pruner = _Pruner(view, limits, release)
    try:
        pruned = pruner.model()
    except WireError as error:
        raise _broken(pruner, error, len(view)) from error
    if pruner.graphs == 0:
        raise not_onnx(Message("it holds no graph"))
    if pruner.graphs > 1:
        raise ModelError("MODEL_MALFORMED", "The file holds more than one graph. Export the model again.")
    return pruned


def _broken(pruner: _Pruner, error: WireError, size: int) -> ModelError:
    cut_short = isinstance(error, WireEndError) and not pruner.inside
    if pruner.graphs == 0 and not pruner.inside and not (pruner.looks_right and cut_short):
        return not_onnx()
    if cut_short:
        return ModelError(
            "MODEL_TRUNCATED",
            "The file ends in the middle: the part that starts at byte {offset:,} is longer than what is "
            "left of {size:,} bytes. The copy or download was probably interrupted; fetch the file again.",
            offset=error.offset,
            size=size,
        )
    return ModelError(
        "MODEL_MALFORMED",
        "The file starts like ONNX but makes no sense at byte {offset:,} of {size:,} ({reason}). It is "
        "probably damaged: copy or export it again.",
        offset=error.offset,
        size=size,
        reason=error.reason,
    )


def not_onnx(detail: str = Message("its bytes do not follow the ONNX format")) -> ModelError:
    """The error for a file of another kind; `detail` says what is known about it."""
    return ModelError(
        "MODEL_NOT_ONNX",
        "This is neither an ONNX nor a TensorFlow Lite model: {detail}. Export the network with "
        "torch.onnx.export, tf2onnx or your framework's ONNX exporter, and use that file.",
        detail=detail,
    )
