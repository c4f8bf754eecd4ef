"""What is known of every tensor while the nodes are gone through."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import onnx

from data.messages import Message
from predictors.errors import printable
from predictors.model.graph import Shape, Tensor
from predictors.reading.limits import FOLD_ELEMENTS, FOLDED_ELEMENTS_IN_ALL, VALUES_KEPT
from predictors.reading.tensors import (
    Array,
    array_code,
    checked_shape,
    dtype_code,
    dtype_name,
    small_array,
)

_ARGUMENT_TYPES = frozenset((onnx.TensorProto.INT64, onnx.TensorProto.INT32))


@dataclass(slots=True)
class Knowledge:
    """`tensors` as our graph will have them, `types` the same as onnx wants it (shared, never to be changed),
    `arrays` the content of small constants, of which `room` more elements may be kept, `elsewhere` the small
    whole numbers whose content lies in a file beside the model."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    types: dict[str, onnx.TypeProto] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    room: int = FOLDED_ELEMENTS_IN_ALL

    def add(
        self,
        name: str,
        shape: Shape | None,
        dtype: str,
        constant: bool = False,
        values: tuple[float, ...] | None = None,
    ) -> None:
        """Take in a tensor of known or unknown shape."""
        self.tensors[name] = Tensor(name, shape, dtype, constant, values)
        if shape is not None or name not in self.types:
            self.types[name] = _type_proto(shape, dtype)

    def add_partly_known(self, name: str, found: onnx.TypeProto) -> None:
        """Remember a type of which some dimensions are known, for the rules of later operators."""
        self.types[name] = found

    def add_array(self, name: str, array: Array) -> None:
        """Take in a constant with its content."""
        if array.size <= min(FOLD_ELEMENTS, self.room):
            self.arrays[name] = array
            self.room -= array.size
        values = tuple(array.reshape(-1).tolist()) if array.size <= VALUES_KEPT else None
        self.add(name, array.shape, dtype_name(array_code(array)), True, values)

    def add_weight(self, name: str, tensor: onnx.TensorProto) -> None:
        """Take in a weight or a constant of the file, with its content if that is small and was kept."""
        shape = checked_shape(tensor.dims, Message("The weight {name!r}", name=printable(name)))
        array = small_array(tensor, shape)
        if array is None:
            if tensor.data_location == onnx.TensorProto.EXTERNAL and tensor.data_type in _ARGUMENT_TYPES:
                self.elsewhere.add(name)
            self.add(name, shape, dtype_name(tensor.data_type), constant=True)
        else:
            self.add_array(name, array)


@lru_cache(maxsize=4096)
def _type_proto(shape: Shape | None, dtype: str) -> onnx.TypeProto:
    made = onnx.TypeProto()
    tensor = made.tensor_type
    tensor.elem_type = dtype_code(dtype)
    if shape is not None:
        dims = tensor.shape.dim
        tensor.shape.SetInParent()
        for extent in shape:
            dims.add().dim_value = extent
    return made
