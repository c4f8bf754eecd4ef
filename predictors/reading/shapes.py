"""One pass over the nodes in order: shapes of all tensors, and the content of small constants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx

from predictors.errors import ModelError, printable
from predictors.graph import Node, Shape, Tensor
from predictors.reading.attributes import node_attributes, plain_attributes
from predictors.reading.custom_shapes import Known, custom_outputs
from predictors.reading.folding import fold
from predictors.reading.inline import branch_nodes
from predictors.reading.limits import DEFAULT_LIMITS, FOLD_ELEMENTS, VALUES_KEPT
from predictors.reading.schemas import STANDARD_DOMAINS, RefusedError, infer
from predictors.reading.tensors import (
    Array,
    array_code,
    checked_shape,
    dtype_code,
    dtype_name,
    small_array,
    tensor_proto,
)
from predictors.reading.topology import label, ordered
from predictors.reading.wire import too_complex

_RANDOM = frozenset(
    ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial")
)
_CONTROL_FLOW = frozenset(("If", "Loop", "Scan", "SequenceMap"))
_WINDOWED = frozenset(("Conv", "ConvInteger", "QLinearConv", "MaxPool", "AveragePool", "LpPool"))
_MAX_UNROLLED_LEVELS = 8


@dataclass(slots=True)
class ShapePass:
    """What is known so far. `opsets`: version by domain. `stated`: static shapes that the file itself claims.

    `guessed` is the name of an input of which more than the batch was defaulted: then a misfit is blamed
    on the guess, and the shape is asked for.
    """

    opsets: Mapping[str, int]
    stated: Mapping[str, Known]
    guessed: str | None = None
    tensors: dict[str, Tensor] = field(default_factory=dict)
    types: dict[str, onnx.TypeProto] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    data: dict[str, onnx.TensorProto] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)

    def add_weight(self, tensor: onnx.TensorProto) -> None:
        """Take in an initializer."""
        self._add_proto(tensor.name, tensor)

    def add_input(self, name: str, shape: Shape | None, elem_type: int) -> None:
        """Take in an input of the network."""
        self._add(name, shape, dtype_name(elem_type))

    def run(self, nodes: Iterable[onnx.NodeProto], level: int = 0) -> None:
        """Go through `nodes`, which are in topological order."""
        for node in nodes:
            branch = self._taken_branch(node)
            if branch is not None and level < _MAX_UNROLLED_LEVELS:
                prefix = f"{node.name or node.output[0]}/"
                inner = branch_nodes(branch, prefix, node.output)
                self.run(ordered(inner, self.tensors.keys()), level + 1)
            else:
                self._step(node)
                if len(self.nodes) > DEFAULT_LIMITS.nodes:
                    raise too_complex("operators once its branches are expanded", DEFAULT_LIMITS.nodes)

    def _taken_branch(self, node: onnx.NodeProto) -> onnx.GraphProto | None:
        """The branch of an If whose condition is a known constant; None for any other node."""
        if node.op_type != "If" or node.domain not in STANDARD_DOMAINS or not node.input:
            return None
        condition = self.arrays.get(node.input[0])
        if condition is None or condition.size != 1:
            return None
        wanted = "then_branch" if bool(condition.reshape(-1)[0]) else "else_branch"
        return next((one.g for one in node.attribute if one.name == wanted), None)

    def _step(self, node: onnx.NodeProto) -> None:
        attributes = node_attributes(node)
        inputs = [self.tensors.get(name) if name else None for name in node.input]
        constant = self._is_constant(node, inputs)
        outputs = list(node.output)
        if node.op_type == "Constant":
            self._add_constant(node, attributes)
        else:
            known = self._known_outputs(node, inputs, attributes)
            content = self._content(node, known, attributes, constant)
            for place, name in enumerate(outputs):
                if not name:
                    continue
                if content is not None and place < len(content):
                    self._add_array(name, content[place])
                else:
                    self._add(name, *known[place], constant=constant)
        domain = "" if node.domain == "ai.onnx" else node.domain
        self.nodes.append(
            Node(
                index=len(self.nodes),
                name=node.name,
                op=node.op_type,
                domain=domain,
                inputs=tuple(node.input),
                outputs=tuple(outputs),
                attributes=plain_attributes(attributes),
            )
        )

    def _is_constant(self, node: onnx.NodeProto, inputs: Sequence[Tensor | None]) -> bool:
        """Whether the outputs are known before inference: all inputs are, or only a static shape is read."""
        if node.op_type in _RANDOM or node.op_type in _CONTROL_FLOW:
            return False
        if node.op_type in ("Shape", "Size"):
            return bool(inputs) and inputs[0] is not None and inputs[0].shape is not None
        present = [one for one in inputs if one is not None]
        return (bool(present) or node.op_type == "Constant") and all(one.is_constant for one in present)

    # --- shapes -----------------------------------------------------------------------------------------

    def _known_outputs(
        self, node: onnx.NodeProto, inputs: Sequence[Tensor | None], attributes: Mapping[str, Any]
    ) -> list[Known]:
        """Shape (or None) and element type of every output."""
        found: dict[str, onnx.TypeProto] = {}
        if node.op_type not in _CONTROL_FLOW:
            found = self._inferred(node)
        custom = None
        known: list[Known] = []
        for place, name in enumerate(node.output):
            result = self._from_type(node, name, found.get(name))
            if result[0] is None and not found:
                custom = custom if custom is not None else custom_outputs(node.op_type, inputs, attributes) or []
                result = custom[place] if place < len(custom) else result
            if result[0] is None:
                result = self.stated.get(name, result)
            if result[0] is not None:
                self._check_result(node, result[0])
            known.append(result)
        return known

    def _inferred(self, node: onnx.NodeProto) -> dict[str, onnx.TypeProto]:
        types = {name: self.types[name] for name in node.input if name}
        data = {name: self.data[name] for name in node.input if name in self.data}
        domain = "" if node.domain == "ai.onnx" else node.domain
        try:
            return infer(node, self.opsets.get(domain, self.opsets.get("", 1)), types, data)
        except RefusedError as error:
            if any(one is None or one.shape is None for one in map(self.tensors.get, filter(None, node.input))):
                return {}  # it may fit once the open shape is known; the node goes on without one
            raise self._misfit(node, str(error)) from error

    def _misfit(self, node: onnx.NodeProto, reason: str) -> ModelError:
        shapes = ", ".join(
            "x".join(map(str, one.shape or ())) or "scalar"
            for one in map(self.tensors.get, filter(None, list(node.input)[:4]))
            if one is not None
        )
        why = f"{label(node)} can't work on inputs of shape {printable(shapes)} ({printable(reason.strip(), 200)})"
        if self.guessed is not None:
            name = printable(self.guessed)
            return ModelError(
                "MODEL_SHAPE_NEEDED",
                f"The model leaves the size of input {name!r} open, and with the usual size {why}. Give the size you "
                f"use, for example --shape {name}=1,3,224,224.",
            )
        return ModelError(
            "MODEL_SHAPE_CONFLICT",
            f"{why}. The file is damaged, made for another version of ONNX, or given the wrong --shape.",
        )

    def _from_type(self, node: onnx.NodeProto, name: str, found: onnx.TypeProto | None) -> Known:
        """A static shape out of an inferred type. What is partly known is kept for the rules that follow."""
        if found is None or not found.HasField("tensor_type"):
            return None, "unknown"
        tensor = found.tensor_type
        dtype = dtype_name(tensor.elem_type)
        if not tensor.HasField("shape"):
            return None, dtype
        extents = [dim.dim_value for dim in tensor.shape.dim if dim.HasField("dim_value")]
        if len(extents) < len(tensor.shape.dim):
            self.types[name] = found
            return None, dtype
        if min(extents, default=0) < 0:
            raise self._misfit(node, f"the result would be {'x'.join(map(str, extents))}")
        return tuple(extents), dtype

    def _check_result(self, node: onnx.NodeProto, shape: Shape) -> None:
        if node.op_type in _WINDOWED and 0 in shape[2:]:
            raise self._misfit(node, "its window is larger than its input")
        checked_shape(shape, f"The result of {label(node)}")

    # --- content ----------------------------------------------------------------------------------------

    def _content(
        self, node: onnx.NodeProto, known: Sequence[Known], attributes: Mapping[str, Any], constant: bool
    ) -> list[Array] | None:
        """The outputs' content where it is constant, small and computable."""
        if not constant or node.domain not in STANDARD_DOMAINS:
            return None
        if node.op_type in ("Shape", "Size"):
            return [self._shape_content(node, attributes)]
        inputs = [self.arrays.get(name) if name else None for name in node.input]
        if any(array is None and name for array, name in zip(inputs, node.input, strict=True)):
            return None
        sizes = [int(np.prod(shape, dtype=object)) if shape is not None else None for shape, _ in known]
        if any(size is None and node.op_type != "NonZero" or (size or 0) > FOLD_ELEMENTS for size in sizes):
            return None
        fill = attributes.get("value")
        if isinstance(fill, onnx.TensorProto):
            attributes = {**attributes, "value": small_array(fill, tuple(fill.dims))}
        return fold(node.op_type, inputs, attributes)

    def _shape_content(self, node: onnx.NodeProto, attributes: Mapping[str, Any]) -> Array:
        shape = self.tensors[node.input[0]].shape or ()
        if node.op_type == "Size":
            return np.asarray(int(np.prod(shape, dtype=np.int64)), np.int64)
        return np.asarray(shape[attributes.get("start", 0) : attributes.get("end")], np.int64)

    # --- adding -----------------------------------------------------------------------------------------

    def _add_constant(self, node: onnx.NodeProto, attributes: Mapping[str, Any]) -> None:
        name = node.output[0] if node.output else ""
        for attribute, value in attributes.items():
            if isinstance(value, onnx.TensorProto):
                self._add_proto(name, value)
                return
            if attribute in ("value_int", "value_ints"):
                self._add_array(name, np.asarray(value, np.int64))
                return
            if attribute in ("value_float", "value_floats"):
                self._add_array(name, np.asarray(value, np.float32))
                return
        self._add(name, *self.stated.get(name, (None, "unknown")), constant=True)

    def _add_proto(self, name: str, tensor: onnx.TensorProto) -> None:
        shape = checked_shape(tensor.dims, f"The weight {printable(name)!r}")
        array = small_array(tensor, shape)
        if array is None:
            self._add(name, shape, dtype_name(tensor.data_type), constant=True)
        else:
            self._add_array(name, array)

    def _add_array(self, name: str, array: Array) -> None:
        if array.size <= FOLD_ELEMENTS:
            self.arrays[name] = array
            self.data[name] = tensor_proto(array)
        values = tuple(array.reshape(-1).tolist()) if array.size <= VALUES_KEPT else None
        self._add(name, array.shape, dtype_name(array_code(array)), constant=True, values=values)

    def _add(
        self,
        name: str,
        shape: Shape | None,
        dtype: str,
        constant: bool = False,
        values: tuple[float, ...] | None = None,
    ) -> None:
        self.tensors[name] = Tensor(name, shape, dtype, constant, values)
        partly_known = self.types.get(name) if shape is None else None
        if partly_known is None:
            self.types[name] = _type_proto(shape, dtype)


def _type_proto(shape: Shape | None, dtype: str) -> onnx.TypeProto:
    made = onnx.TypeProto()
    made.tensor_type.elem_type = dtype_code(dtype)
    if shape is not None:
        made.tensor_type.shape.SetInParent()
        for extent in shape:
            made.tensor_type.shape.dim.add().dim_value = extent
    return made
