"""Our own picture of a neural network: frozen types that every later step reads.

Nothing here knows the foreign file format. `predictors.reading` is the only place that builds a
`Graph` from a file; fusing, features and prediction see these types alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Shape: TypeAlias = tuple[int, ...]
AttributeValue: TypeAlias = int | float | str | tuple[int, ...] | tuple[float, ...] | tuple[str, ...]

WIDE_ACTIVATIONS = "int16x8"
"""Precision of weights of 8 bits that meet activations of 16: measured nowhere here."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One value of the graph.

    `shape` is fully static (dimensions in elements, `()` for a scalar) or None when it could not be
    found. `dtype` is `float32`, `float16`, `int8`, `uint8`, `int64`, `bool`, ... or `unknown`.
    `is_constant` marks weights and folded constants: they are known before inference starts.
    `values` holds the content of small constants only (at most 64 elements: shape arguments, clip bounds).
    """

    name: str
    shape: Shape | None
    dtype: str
    is_constant: bool = False
    values: tuple[float, ...] | None = None

    @property
    def elements(self) -> int:
        """Number of elements; 0 when the shape is unknown."""
        if self.shape is None:
            return 0
        count = 1
        for extent in self.shape:
            count *= extent
        return count


@dataclass(frozen=True, slots=True)
class Node:
    """One operator. `inputs` and `outputs` name tensors; an absent optional input is the empty string."""

    index: int
    name: str
    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DefaultedDimension:
    """A dimension the file left open, and the value that was used for it (elements).

    `reason` says what the dimension was taken for: "batch" (always 1), "image size", "sequence length",
    "empty cache", "channels of the first weights" or "sum of other dimensions".
    """

    input_name: str
    axis: int
    symbol: str
    value: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about the file that the reader of a figure must know: a stable `code`, what it is about (a
    name
    from the file), and a detail (a name or a number as text)."""

    code: str
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """A network with static shapes, nodes in a topological order.

    `inputs` and `outputs` name the network's own inputs (weights excluded) and outputs.
    `params` counts the elements of all weights (scalars and shape arguments excluded). `file_format` is
    "onnx" or "tflite": pictures of the latter keep their channels last.
    """

    name: str
    sha256: str
    nodes: tuple[Node, ...]
    tensors: Mapping[str, Tensor]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    params: int
    opset: int
    producer: str = ""
    precision: str = "fp32"
    defaulted: tuple[DefaultedDimension, ...] = ()
    file_format: str = "onnx"
    remarks: tuple[Remark, ...] = ()

    def shape(self, tensor_name: str) -> Shape | None:
        """Shape of a tensor, None when the tensor or its shape is unknown."""
        tensor = self.tensors.get(tensor_name)
        return None if tensor is None else tensor.shape
