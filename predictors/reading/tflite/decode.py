"""From the bytes of a pruned file to plain values, through the published schema package (`tflite`).

The walk has checked every offset before; here come the checks of what the numbers mean.
"""

from __future__ import annotations

import importlib
import struct
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from math import prod
from typing import Any

import numpy as np
from tflite.Model import Model
from tflite.StableHLOCompositeOptions import StableHLOCompositeOptions

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.reading.tensors import checked_shape
from predictors.reading.tflite.decoded import TfModel, TfOperator, TfSubgraph, TfTensor
from predictors.reading.tflite.schema import KEPT_BYTES
from predictors.reading.tflite.types import (
    BITS,
    COMPOSITE,
    COMPOSITE_TABLE,
    DTYPES,
    NUMPY_TYPES,
    OPERATORS,
    OPTION_TYPES,
    OPTIONS,
)

VERSIONS = (2, 3)
"""Versions of the format that are met; 2 is one old file that reads as 3 does."""
_EXTERNAL_BUFFER = 4 + 2 * 10
"""Place of the field `external_buffer` in a tensor's description; the package does not know it yet."""
_PACKAGE_ERRORS = (struct.error, TypeError, ValueError, IndexError, OverflowError)


def decode(pruned: bytes) -> TfModel:
    """The tables of a pruned file as values. Raises ModelError."""
    try:
        return _model(pruned)
    except UnicodeDecodeError as error:
        raise ModelError(
            "MODEL_BAD_TEXT",
            "A name in the file is not valid UTF-8 text. The file is damaged or not written by a converter: "
            "convert it again.",
        ) from error
    except _PACKAGE_ERRORS as error:
        raise unsound(
            Message("its tables don't fit the format ({reason})", reason=printable(str(error), 80))
        ) from error


def unsound(reason: Message) -> ModelError:
    """The error for a file whose tables are in place and whose numbers make no sense."""
    return ModelError(
        "MODEL_MALFORMED",
        "This is no sound TensorFlow Lite file: {reason}. It is probably damaged: convert it again.",
        reason=reason,
    )


def _model(pruned: bytes) -> TfModel:
    root = Model.GetRootAs(pruned, 0)
    if root.Version() not in VERSIONS:
        raise unsound(Message("its version is {version}, not 3", version=root.Version()))
    if root.SubgraphsLength() == 0:
        raise unsound(Message("it holds no subgraph"))
    codes = [_code(root.OperatorCodes(place)) for place in range(root.OperatorCodesLength())]
    buffers = _Buffers(pruned, root)
    subgraphs = tuple(
        _subgraph(root.Subgraphs(place), codes, buffers) for place in range(root.SubgraphsLength())
    )
    model = TfModel(root.Version(), _text(root.Description()), subgraphs)
    return replace(model, input_names=_input_names(root, subgraphs))


def _text(raw: bytes | None) -> str:
    return raw.decode("utf-8") if raw else ""


def _code(code: Any) -> tuple[str, str]:
    """Name of an operator, and the custom name of a custom one."""
    number = max(code.DeprecatedBuiltinCode(), code.BuiltinCode())
    name = OPERATORS.get(number)
    if name is None:
        raise ModelError(
            "MODEL_MALFORMED",
            "The file uses the operator code {number}, which TensorFlow Lite does not have (schema 3d). "
            "It is damaged, or of a newer format: convert it again with a current release.",
            number=number,
        )
    return name, printable(_text(code.CustomCode())) if name == "CUSTOM" else ""


class _Buffers:
    """Contents of small constants, by index of their buffer."""

    def __init__(self, pruned: bytes, root: Any) -> None:
        self._pruned = pruned
        self._root = root
        self._count = root.BuffersLength()

    def size(self, index: int) -> int:
        """Bytes of a buffer. Raises ModelError for an index that leads nowhere."""
        if not 0 <= index < self._count:
            raise unsound(Message("a tensor names buffer {index} of {count}", index=index, count=self._count))
        buffer = self._root.Buffers(index)
        return int(buffer.Size()) if buffer.Offset() > 1 else int(buffer.DataLength())

    def content(self, index: int) -> bytes | None:
        """Content of a buffer that was small enough to be kept."""
        size, buffer = self.size(index), self._root.Buffers(index)
        if not 0 < size <= KEPT_BYTES:
            return None
        if buffer.Offset() > 1:
            return self._pruned[buffer.Offset() : buffer.Offset() + size]
        return bytes(buffer.DataAsNumpy())


def _subgraph(source: Any, codes: list[tuple[str, str]], buffers: _Buffers) -> TfSubgraph:
    tensors = tuple(_tensor(source.Tensors(place), buffers) for place in range(source.TensorsLength()))
    inputs = _indices(source.InputsLength(), source.Inputs, len(tensors))
    outputs = _indices(source.OutputsLength(), source.Outputs, len(tensors))
    operators = tuple(
        _operator(source.Operators(place), codes, len(tensors)) for place in range(source.OperatorsLength())
    )
    return TfSubgraph(_text(source.Name()), tensors, inputs, outputs, operators)


def _indices(length: int, read: Any, count: int, lowest: int = 0) -> tuple[int, ...]:
    found = tuple(int(read(place)) for place in range(length))
    for index in found:
        if not lowest <= index < count:
            raise unsound(Message("it names tensor {index} of {count}", index=index, count=count))
    return found


def _tensor(source: Any, buffers: _Buffers) -> TfTensor:
    shape = tuple(int(source.Shape(place)) for place in range(source.ShapeLength()))
    signature = tuple(int(source.ShapeSignature(place)) for place in range(source.ShapeSignatureLength()))
    name = _text(source.Name())
    checked_shape(
        (max(extent, 0) if extent == -1 else extent for extent in shape), f"The tensor {printable(name)!r}"
    )
    dtype = DTYPES.get(source.Type(), "unknown")
    index = int(source.Buffer())
    size = buffers.size(index) if index else 0
    external = bool(source._tab.Offset(_EXTERNAL_BUFFER)) and size == 0  # no accessor for it
    tensor = TfTensor(
        name=name,
        shape=shape,
        signature=signature if len(signature) == len(shape) else shape,
        rank_known=bool(shape) or bool(source.HasRank()) or size > 0,
        dtype=dtype,
        is_constant=size > 0 or external,
        is_state=bool(source.IsVariable()),
        scales=_scales(source.Quantization(), shape),
    )
    return replace(tensor, values=_values(tensor, source, index, size, buffers)) if size else tensor


def _scales(source: Any, shape: tuple[int, ...]) -> int:
    """How many scales a tensor is quantised with. Raises ModelError where they can't belong to it."""
    if source is None:
        return 0
    if source.DetailsType() == 2:  # block-wise: scales are in another tensor
        return 1
    count, zeros = source.ScaleLength(), source.ZeroPointLength()
    axis = source.QuantizedDimension()
    if count > 1 and (axis < 0 or (axis < len(shape) and shape[axis] != count)):
        raise unsound(
            Message(
                "a tensor has {count:,} scales along axis {axis}, which fit no dimension of it",
                count=count,
                axis=axis,
            )
        )
    if count and zeros not in (0, count):
        raise unsound(
            Message("a tensor has {count:,} scales and {zeros:,} zero points", count=count, zeros=zeros)
        )
    return int(count)


def _values(tensor: TfTensor, source: Any, index: int, size: int, buffers: _Buffers) -> np.ndarray | None:
    """Content of a small constant. Raises ModelError where its buffer is shorter than its shape needs."""
    bits = BITS.get(tensor.dtype)
    needed = None if bits is None else (prod(tensor.shape) * bits + 7) // 8
    if needed is None or source.Sparsity() is not None:
        return None
    if size < needed:
        raise unsound(
            Message("a tensor needs {needed:,} bytes and its buffer holds {size:,}", needed=needed, size=size)
        )
    dtype = NUMPY_TYPES.get(tensor.dtype)
    content = buffers.content(index)
    if dtype is None or content is None:
        return None
    return np.frombuffer(content[:needed], dtype.newbyteorder("<")).astype(dtype).reshape(tensor.shape)


def _operator(source: Any, codes: list[tuple[str, str]], tensors: int) -> TfOperator:
    place = source.OpcodeIndex()
    if place >= len(codes):
        raise unsound(Message("an operator names code {place} of {count}", place=place, count=len(codes)))
    op, custom = codes[place]
    return TfOperator(
        op=op,
        custom=custom,
        inputs=_indices(source.InputsLength(), source.Inputs, tensors, lowest=-1),
        outputs=_indices(source.OutputsLength(), source.Outputs, tensors),
        options=_options(op, source),
    )


@cache
def _option_class(table: str) -> Any:
    return getattr(importlib.import_module(f"tflite.{table}"), table)


def warm_up() -> None:
    """Import every table of options: once rights are given up, no module file can be opened."""
    for table, _ in OPTIONS.values():
        _option_class(table)


def _options(op: str, source: Any) -> Mapping[str, int | str | tuple[int, ...]]:
    if op == COMPOSITE:
        return _composite(source)
    table, fields = OPTIONS.get(op, ("", ()))
    kind = source.BuiltinOptionsType()
    if not table:
        return {}
    if kind not in (0, OPTION_TYPES[table]):
        raise ModelError(
            "MODEL_BAD_ATTRIBUTE",
            "An operator {op} has the options of another operator (kind {kind}). The file is damaged: "
            "convert it again.",
            op=op,
            kind=kind,
        )
    union = source.BuiltinOptions()
    if kind == 0 or union is None:
        return {}
    options = _option_class(table)()
    options.Init(union.Bytes, union.Pos)
    return {name: _option(options, name) for name in fields}


def _option(options: Any, name: str) -> int | tuple[int, ...]:
    if hasattr(options, f"{name}Length"):
        return tuple(
            int(getattr(options, name)(place)) for place in range(getattr(options, f"{name}Length")())
        )
    return int(getattr(options, name)())


def _composite(source: Any) -> Mapping[str, int | str | tuple[int, ...]]:
    union = source.BuiltinOptions2() if source.BuiltinOptions2Type() == COMPOSITE_TABLE else None
    if union is None:
        raise unsound(Message("a composite operator does not say what it is made of"))
    options = StableHLOCompositeOptions()
    options.Init(union.Bytes, union.Pos)
    return {"Name": _text(options.Name()), "Decomposition": int(options.DecompositionSubgraphIndex())}


def _input_names(root: Any, subgraphs: tuple[TfSubgraph, ...]) -> dict[int, str]:
    """Names that the first signature of subgraph 0 gives to its inputs, by tensor."""
    found: dict[int, str] = {}
    for place in range(root.SignatureDefsLength()):
        signature = root.SignatureDefs(place)
        if signature.SubgraphIndex() >= len(subgraphs):
            raise unsound(
                Message(
                    "a signature names subgraph {place} of {count}",
                    place=signature.SubgraphIndex(),
                    count=len(subgraphs),
                )
            )
        if signature.SubgraphIndex() == 0 and not found:
            maps = (signature.Inputs(position) for position in range(signature.InputsLength()))
            found = {int(one.TensorIndex()): _text(one.Name()) for one in maps}
    return found if len(set(found.values())) == len(found) else {}
