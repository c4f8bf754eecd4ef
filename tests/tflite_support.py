"""TensorFlow Lite files made in tests, table by table, with the flatbuffers package alone."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import flatbuffers

FLOAT32, FLOAT16, INT32, UINT8, INT64, STRING, BOOL, INT16, _C64, INT8 = range(10)
INT4 = 17
SAME, VALID = 0, 1
RELU, RELU6 = 1, 3
CODES = {
    "ADD": 0, "AVERAGE_POOL_2D": 1, "CONCATENATION": 2, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 4, "DEQUANTIZE": 6,
    "FULLY_CONNECTED": 9, "LOGISTIC": 14, "MUL": 18, "RELU": 19, "RESHAPE": 22, "SOFTMAX": 25, "TANH": 28,
    "CUSTOM": 32, "GATHER": 36, "TRANSPOSE": 39, "MEAN": 40, "STRIDED_SLICE": 45, "SPLIT": 49, "LESS": 58,
    "TRANSPOSE_CONV": 67, "SHAPE": 77, "PACK": 83, "QUANTIZE": 114, "HARD_SWISH": 117,
    "IF": 118, "WHILE": 119, "BATCH_MATMUL": 126, "CALL_ONCE": 129, "STABLEHLO_COMPOSITE": 206,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": 44,
}  # fmt: skip
Scalars = Mapping[int, tuple[str, int]]


@dataclass
class Tensor:
    """`data`: content of a constant; `zeros`: or that many bytes of it; `scales`: as many of 0.1."""

    name: str
    shape: Sequence[int]
    dtype: int = FLOAT32
    data: bytes = b""
    zeros: int = 0
    scales: int = 0
    axis: int = 0
    signature: Sequence[int] | None = None
    buffer: int | None = None


@dataclass
class Operator:
    """`options`: type of the union and its scalars by slot; `custom`: name of a custom operator."""

    op: str
    inputs: Sequence[int]
    outputs: Sequence[int]
    options: tuple[int, Scalars] | None = None
    custom: str = ""
    composite: int | None = None


@dataclass
class Subgraph:
    tensors: Sequence[Tensor]
    operators: Sequence[Operator]
    inputs: Sequence[int]
    outputs: Sequence[int]


@dataclass
class File:
    subgraphs: Sequence[Subgraph]
    version: int = 3
    signature: Mapping[str, int] = field(default_factory=dict)
    signature_subgraph: int = 0


def conv_options(stride: int = 1, padding: int = SAME, activation: int = 0) -> tuple[int, Scalars]:
    """Conv2DOptions: padding, strides, activation."""
    return 1, {0: ("b", padding), 1: ("i", stride), 2: ("i", stride), 3: ("b", activation)}


def depthwise_options(stride: int = 1, padding: int = SAME, activation: int = 0) -> tuple[int, Scalars]:
    """DepthwiseConv2DOptions: padding, strides, (multiplier left at 0), activation."""
    return 2, {0: ("b", padding), 1: ("i", stride), 2: ("i", stride), 4: ("b", activation)}


def dense_options(activation: int = 0) -> tuple[int, Scalars]:
    """FullyConnectedOptions: activation."""
    return 8, {0: ("b", activation)}


def ints(*values: int) -> bytes:
    """Content of an int32 tensor."""
    return struct.pack(f"<{len(values)}i", *values)


class _Writer:
    def __init__(self) -> None:
        self.builder = flatbuffers.Builder(1024)

    def table(self, fields: Mapping[int, tuple[str, int]]) -> int:
        """A table: slot -> (kind, value); kinds b (byte), i (int32), I (uint32), l (uint64), o (offset)."""
        builder = self.builder
        builder.StartObject(max(fields, default=-1) + 1)
        for slot, (kind, value) in fields.items():
            if kind == "o":
                builder.PrependUOffsetTRelativeSlot(slot, value, 0)
            elif kind == "b":
                builder.PrependInt8Slot(slot, value, -99)
            elif kind == "l":
                builder.PrependUint64Slot(slot, value, 0)
            else:
                builder.PrependInt32Slot(slot, value, -(10**9))
        return int(builder.EndObject())

    def offsets(self, found: Sequence[int]) -> tuple[str, int]:
        self.builder.StartVector(4, len(found), 4)
        for one in reversed(found):
            self.builder.PrependUOffsetTRelative(one)
        return "o", int(self.builder.EndVector())

    def numbers(self, values: Sequence[int]) -> tuple[str, int]:
        self.builder.StartVector(4, len(values), 4)
        for one in reversed(values):
            self.builder.PrependInt32(one)
        return "o", int(self.builder.EndVector())

    def floats(self, count: int) -> tuple[str, int]:
        self.builder.StartVector(4, count, 4)
        for _ in range(count):
            self.builder.PrependFloat32(0.1)
        return "o", int(self.builder.EndVector())

    def text(self, text: str) -> tuple[str, int]:
        return "o", int(self.builder.CreateString(text))

    def payload(self, content: bytes) -> tuple[str, int]:
        return "o", int(self.builder.CreateByteVector(content))


def build(file: File) -> bytes:
    """The bytes of a file."""
    writer = _Writer()
    contents = [b""]
    kinds = sorted({(one.op, one.custom) for graph in file.subgraphs for one in graph.operators})
    graphs = [_graph(writer, graph, kinds, contents) for graph in file.subgraphs]
    buffers = [writer.table({0: writer.payload(one)} if one else {}) for one in contents]
    codes = [_code(writer, op, custom) for op, custom in kinds]
    root = {1: writer.offsets(codes), 2: writer.offsets(graphs), 4: writer.offsets(buffers)}
    if file.signature:
        maps = [writer.table({0: writer.text(name), 1: ("i", at)}) for name, at in file.signature.items()]
        one = writer.table({0: writer.offsets(maps), 4: ("i", file.signature_subgraph)})
        root[7] = writer.offsets([one])
    writer.builder.Finish(writer.table({0: ("i", file.version), **root}), file_identifier=b"TFL3")
    return bytes(writer.builder.Output())


def _code(writer: _Writer, op: str, custom: str) -> int:
    code = CODES[op]
    fields = {1: writer.text(custom)} if custom else {}
    return writer.table({0: ("b", min(code, 127)), 3: ("i", code), **fields})


def _graph(writer: _Writer, graph: Subgraph, kinds: Sequence[tuple[str, str]], contents: list[bytes]) -> int:
    tensors = [_tensor(writer, one, contents) for one in graph.tensors]
    operators = [_operator(writer, one, kinds.index((one.op, one.custom))) for one in graph.operators]
    fields = {
        0: writer.offsets(tensors),
        1: writer.numbers(graph.inputs),
        2: writer.numbers(graph.outputs),
        3: writer.offsets(operators),
    }
    return writer.table(fields)


def _tensor(writer: _Writer, tensor: Tensor, contents: list[bytes]) -> int:
    content = tensor.data or bytes(tensor.zeros)
    fields: dict[int, tuple[str, int]] = {0: writer.numbers(tensor.shape), 1: ("b", tensor.dtype)}
    if tensor.buffer is not None:
        fields[2] = ("i", tensor.buffer)
    elif content:
        contents.append(content)
        fields[2] = ("i", len(contents) - 1)
    fields[3] = writer.text(tensor.name)
    if tensor.scales:
        scales = writer.floats(tensor.scales)
        fields[4] = ("o", writer.table({2: scales, 6: ("i", tensor.axis)}))
    if tensor.signature is not None:
        fields[7] = writer.numbers(tensor.signature)
    return writer.table({**fields, 8: ("b", 1)})


def _operator(writer: _Writer, operator: Operator, place: int) -> int:
    fields = {0: ("i", place), 1: writer.numbers(operator.inputs), 2: writer.numbers(operator.outputs)}
    if operator.options is not None:
        kind, scalars = operator.options
        fields |= {3: ("b", kind), 4: ("o", writer.table(scalars))}
    if operator.composite is not None:
        table = writer.table({0: writer.text("odml.part"), 1: ("i", operator.composite)})
        fields |= {11: ("b", 21), 12: ("o", table)}
    return writer.table(fields)


def small_network(dtype: int = FLOAT32, **changes: object) -> File:
    """A picture of 8 x 8 x 3, a 3 x 3 convolution to 4 channels with ReLU, its mean, and 4 -> 2 features.

    MACs: 8 * 8 * 4 * 3 * 3 * 3 = 6,912 and 4 * 2 = 8; parameters: 108 + 4 and 8 + 2.
    """
    scales = 1 if dtype in (INT8, UINT8) else 0
    wide = {FLOAT32: 4, FLOAT16: 2}.get(dtype, 1)
    bias = INT32 if scales else dtype
    tensors = [
        Tensor("x", (1, 8, 8, 3), dtype, scales=scales),
        Tensor("w", (4, 3, 3, 3), dtype, zeros=108 * wide, scales=4 if scales else 0),
        Tensor("b", (4,), bias, zeros=4 * max(wide, 4 if scales else 0), scales=4 if scales else 0),
        Tensor("conv", (1, 8, 8, 4), dtype, scales=scales),
        Tensor("axes", (2,), INT32, data=ints(1, 2)),
        Tensor("mean", (1, 4), dtype, scales=scales),
        Tensor("v", (2, 4), dtype, zeros=8 * wide, scales=scales),
        Tensor("c", (2,), bias, zeros=2 * max(wide, 4 if scales else 0), scales=scales),
        Tensor("y", (1, 2), dtype, scales=scales),
    ]
    operators = [
        Operator("CONV_2D", (0, 1, 2), (3,), conv_options(activation=RELU)),
        Operator("MEAN", (3, 4), (5,), (27, {})),
        Operator("FULLY_CONNECTED", (5, 6, 7), (8,), dense_options()),
    ]
    return File([Subgraph(tensors, operators, (0,), (8,))], **changes)  # type: ignore[arg-type]
