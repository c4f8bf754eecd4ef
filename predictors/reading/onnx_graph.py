"""From the bytes of a pruned ONNX model to our own graph: with its neighbours in this folder, the only
place that knows onnx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx
from google.protobuf.message import DecodeError

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.model.graph import DefaultedDimension, Graph
from predictors.reading.census import count_params, precision_of
from predictors.reading.custom_shapes import Known
from predictors.reading.finishing import check_compute, used_tensors
from predictors.reading.inline_functions import FunctionInliner
from predictors.reading.inputs import BATCH, resolve_inputs
from predictors.reading.known_tensors import Knowledge
from predictors.reading.names import NAME_LENGTH, has_bad_text, with_clean_names
from predictors.reading.shape_inference import ShapePass
from predictors.reading.tensors import checked_shape, dtype_name
from predictors.reading.topology import duplicate, ordered

ONE_PROCESSOR = "com.microsoft.nchwc"
"""Domain of operators that ONNX Runtime makes for the blocks of channels of a processor at hand."""


def graph_from_pruned(pruned: bytes, shapes: Mapping[str, Sequence[int]] | None = None) -> Graph:
    """The network in a pruned model, with static shapes; `sha256` (of the whole file) is left empty.

    `shapes` decides open dimensions of inputs by name. Raises ModelError; see `predictors.errors.CODES`.
    """
    try:
        model = onnx.load_model_from_string(pruned)
    except DecodeError as error:
        if "alloc failed" in str(error):  # how protobuf says that there is no memory
            raise MemoryError from error
        raise ModelError(
            "MODEL_MALFORMED",
            "The file is not sound ONNX ({problem}). It is probably damaged: export it again.",
            problem=printable(str(error), 120),
        ) from error
    try:
        return _graph(model, shapes or {})
    except (UnicodeError, AttributeError, TypeError) as error:
        # protobuf hands text that is not UTF-8 over as bytes, which then fails at the first use as text.
        if isinstance(error, UnicodeError) or has_bad_text(model):
            raise ModelError(
                "MODEL_BAD_TEXT",
                "A name in the file is not valid UTF-8 text. The file is damaged or not written by an ONNX "
                "exporter: export it again.",
            ) from error
        raise


def _graph(model: onnx.ModelProto, shapes: Mapping[str, Sequence[int]]) -> Graph:
    source = model.graph
    weights = _weights(source)
    values = [value for value in source.input if value.name not in weights]
    _check_unique(values)
    nodes = FunctionInliner(model.functions).inline(source.node)
    _refuse_optimised(nodes)
    inputs, defaulted = resolve_inputs(values, shapes, _demanded_channels(nodes, weights))
    opsets = {_domain(opset.domain): _version(opset.version) for opset in model.opset_import}
    known = Knowledge()
    for tensor in weights.values():
        known.add_weight(tensor.name, tensor)
    for one in inputs:
        known.add(one.name, one.shape, dtype_name(one.elem_type))
    walk = ShapePass(known, opsets, _stated(source), _guessed(defaulted))
    walk.sequences.look_over(nodes, (value.name for value in source.output))
    walk.run(ordered(nodes, known.tensors.keys()))
    tensors = known.tensors
    check_compute(walk.nodes, tensors)
    graph = Graph(
        name=source.name,
        sha256="",
        nodes=tuple(walk.nodes),
        tensors=used_tensors(walk.nodes, tensors, [one.name for one in inputs]),
        inputs=tuple(one.name for one in inputs),
        outputs=tuple(value.name for value in source.output if value.name in tensors),
        params=count_params(walk.nodes, tensors),
        opset=opsets.get("", 1),
        producer=printable(f"{model.producer_name} {model.producer_version}".strip(), NAME_LENGTH),
        precision=precision_of(walk.nodes, tensors),
        defaulted=defaulted,
    )
    return with_clean_names(graph)


def _refuse_optimised(nodes: Sequence[onnx.NodeProto]) -> None:
    """Raise ModelError MODEL_OPTIMISED where ONNX Runtime laid the weights out for one kind of processor."""
    for node in nodes:
        if node.domain == ONE_PROCESSOR:
            raise ModelError(
                "MODEL_OPTIMISED",
                "ONNX Runtime optimised this file for one kind of processor (operator {op}), so it says "
                "nothing about others. Use the file from before, or write it again with "
                "session_options.graph_optimization_level = ORT_ENABLE_EXTENDED.",
                op=printable(node.op_type),
            )


def _domain(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain


def _version(version: int) -> int:
    """The version of an operator set, as near to it as onnx's rules can be asked for (32 bits)."""
    return max(-(2**31), min(version, 2**31 - 1))


def _weights(source: onnx.GraphProto) -> dict[str, onnx.TensorProto]:
    """Initializers by name; those of a sparse one with its dense shape."""
    found: dict[str, onnx.TensorProto] = {}
    dense = [
        onnx.TensorProto(name=sparse.values.name, data_type=sparse.values.data_type, dims=sparse.dims)
        for sparse in source.sparse_initializer
    ]
    for tensor in (*source.initializer, *dense):
        if tensor.name in found:
            raise duplicate(tensor.name, Message("another weight"))
        found[tensor.name] = tensor
    return found


def _check_unique(values: Sequence[onnx.ValueInfoProto]) -> None:
    seen: set[str] = set()
    for value in values:
        if value.name in seen:
            raise duplicate(value.name, Message("another input"))
        seen.add(value.name)


def _demanded_channels(
    nodes: Sequence[onnx.NodeProto], weights: Mapping[str, onnx.TensorProto]
) -> dict[str, int]:
    """Channels (features) that the weights of the first operator demand of a tensor."""
    demanded: dict[str, int] = {}
    for node in nodes:
        if len(node.input) < 2 or node.input[1] not in weights:
            continue
        dims = weights[node.input[1]].dims
        flags = {attribute.name: attribute.i for attribute in node.attribute}
        if node.op_type == "Conv" and len(dims) > 2:
            demanded.setdefault(node.input[0], dims[1] * flags.get("group", 1))
        elif node.op_type in ("Gemm", "MatMul") and len(dims) == 2:
            demanded.setdefault(node.input[0], dims[1] if flags.get("transB") else dims[0])
    return demanded


def _stated(source: onnx.GraphProto) -> dict[str, Known]:
    """Shapes that the file itself claims and that leave nothing open; symbolic ones may be out of date."""
    found: dict[str, Known] = {}
    for value in (*source.value_info, *source.output):
        tensor = value.type.tensor_type
        extents = [dim.dim_value for dim in tensor.shape.dim if dim.HasField("dim_value")]
        complete = tensor.HasField("shape") and len(extents) == len(tensor.shape.dim)
        if complete and min(extents, default=1) > 0:
            shape = checked_shape(extents, Message("The tensor {name!r}", name=printable(value.name)))
            found[value.name] = (shape, dtype_name(tensor.elem_type))
    return found


def _guessed(defaulted: Sequence[DefaultedDimension]) -> str | None:
    return next((one.input_name for one in defaulted if one.reason != BATCH), None)
