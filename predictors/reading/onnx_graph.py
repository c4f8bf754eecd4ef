"""From the bytes of a pruned ONNX model to our own graph: with its neighbours in this folder, the only
place that knows onnx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import onnx
from google.protobuf.message import DecodeError

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.model.graph import DefaultedDimension, Graph, Node
from predictors.reading.census import params_and_precision
from predictors.reading.choices import read_choices
from predictors.reading.control_flow import choosable
from predictors.reading.custom_shapes import Known
from predictors.reading.default_sizes import BATCH
from predictors.reading.finishing import check_compute, used_tensors
from predictors.reading.inline_functions import FunctionInliner, subgraphs
from predictors.reading.inputs import Demand, resolve_inputs
from predictors.reading.known_tensors import Knowledge
from predictors.reading.names import NAME_LENGTH, has_bad_text, with_clean_names
from predictors.reading.shape_inference import ShapePass
from predictors.reading.tensors import checked_shape, dtype_name
from predictors.reading.topology import duplicate, ordered
from predictors.reading.unused import unused_remarks

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
    choices, shapes = read_choices(choosable(nodes), [value.name for value in values], shapes)
    inputs, defaulted = resolve_inputs(
        values, shapes, _demands(nodes, weights), raw_signals(nodes, weights), _spells(nodes, source.output)
    )
    opsets = {_domain(opset.domain): _version(opset.version) for opset in model.opset_import}
    known = Knowledge()
    for tensor in weights.values():
        known.add_weight(tensor.name, tensor)
    for one in inputs:
        known.add(one.name, one.shape, dtype_name(one.elem_type))
    walk = ShapePass(known, opsets, _stated(source), _guessed(defaulted), choices)
    walk.sequences.look_over(nodes, (value.name for value in source.output))
    in_order = ordered(nodes, known.tensors.keys())
    remarks = unused_remarks(
        in_order, [value.name for value in source.output], [value.name for value in values]
    )
    walk.run(in_order)
    tensors, made = known.tensors, _numbered(walk.nodes)
    check_compute(made, tensors)
    params, precision = params_and_precision(made, tensors)
    graph = Graph(
        name=source.name,
        sha256="",
        nodes=tuple(made),
        tensors=used_tensors(made, tensors, [one.name for one in inputs]),
        inputs=tuple(one.name for one in inputs),
        outputs=tuple(value.name for value in source.output if value.name in tensors),
        params=params,
        opset=opsets.get("", 1),
        producer=printable(f"{model.producer_name} {model.producer_version}".strip(), NAME_LENGTH),
        precision=precision,
        defaulted=defaulted,
        remarks=(*choices.remarks, *remarks),
    )
    return with_clean_names(graph)


def _numbered(nodes: Sequence[Node]) -> list[Node]:
    """The nodes with their place as index: those of a branch that was not taken are gone."""
    return [node if node.index == place else replace(node, index=place) for place, node in enumerate(nodes)]


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


def _demands(nodes: Sequence[onnx.NodeProto], weights: Mapping[str, onnx.TensorProto]) -> dict[str, Demand]:
    """What the weights of the first operator demand of a tensor."""
    demanded: dict[str, Demand] = {}
    for node in nodes:
        if len(node.input) < 2 or node.input[1] not in weights:
            continue
        dims = weights[node.input[1]].dims
        flags = {attribute.name: attribute.i for attribute in node.attribute}
        if node.op_type == "Conv" and len(dims) > 2:
            demanded.setdefault(node.input[0], Demand(channels=dims[1] * flags.get("group", 1)))
        elif node.op_type in ("Gemm", "MatMul") and len(dims) == 2:
            demanded.setdefault(node.input[0], Demand(features=dims[1] if flags.get("transB") else dims[0]))
    return demanded


_SIGNAL_WINDOW = 5
"""Shortest window over one channel that is taken for one over a raw signal (filter banks have 10 to 400)."""
_KEEPS_SAMPLES = frozenset(
    ("Unsqueeze", "Squeeze", "Reshape", "Identity", "Cast", "Mul", "Div", "Sub", "Add", "Pad")
)


def raw_signals(nodes: Sequence[onnx.NodeProto], weights: Mapping[str, onnx.TensorProto]) -> set[str]:
    """Tensors whose last axis are samples, seen through additions and changes of rank.

    A one-dimensional convolution over one channel or a short-time Fourier transform reads them.
    """
    every = list(_from_last(nodes))
    inner = (tensor for node in every for graph in subgraphs(node) for tensor in graph.initializer)
    held = {**{tensor.name: tensor for tensor in inner}, **weights}
    found: set[str] = set()
    for node in every:
        if node.op_type == "STFT" and node.input:
            found.add(node.input[0])
        elif node.op_type == "Conv" and len(node.input) > 1 and node.input[1] in held:
            dims = held[node.input[1]].dims
            if len(dims) == 3 and dims[1] == 1 and dims[2] >= _SIGNAL_WINDOW and dims[0] > 1:
                groups = next((one.i for one in node.attribute if one.name == "group"), 1)
                found.update(node.input[:1] if groups == 1 else ())
        elif node.op_type in _KEEPS_SAMPLES and not found.isdisjoint(node.output):
            found.add(node.input[0])
    return found


_RECURRENT = frozenset(("LSTM", "GRU", "RNN"))
_KEEPS_CHANCES = frozenset(("Identity", "Cast", "Transpose"))


def _spells(nodes: Sequence[onnx.NodeProto], outputs: Sequence[onnx.ValueInfoProto]) -> bool:
    """Whether a network reads line by line: recurrent layers, or, at the end, chances of characters per step.

    The latter is what CTC decodes: a softmax whose output has three dimensions (batch, steps, characters).
    """
    ends = {value.name for value in outputs if len(value.type.tensor_type.shape.dim) == 3}
    for node in reversed(nodes):
        if node.op_type in _RECURRENT:
            return True
        if not ends.isdisjoint(node.output):
            if node.op_type in ("Softmax", "LogSoftmax"):
                return True
            if node.op_type in _KEEPS_CHANCES:
                ends.add(node.input[0])
    return False


def _from_last(nodes: Sequence[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    """All nodes from the last to the first, those of subgraphs before the node that holds them."""
    for node in reversed(nodes):
        for graph in subgraphs(node):
            yield from _from_last(graph.node)
        yield node


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


def _guessed(defaulted: Sequence[DefaultedDimension]) -> tuple[str, list[int]] | None:
    """An input with sizes that were assumed and may be what does not fit, and the axes of them; a batch that
    calls itself so fits.
    """
    unsure = [one for one in defaulted if one.reason != BATCH]
    unsure += [one for one in defaulted if one.reason == BATCH and _may_be_time(one)]
    if not unsure:
        return None
    return unsure[0].input_name, [one.axis for one in unsure if one.input_name == unsure[0].input_name]


def _may_be_time(one: DefaultedDimension) -> bool:
    return (
        bool(one.symbol) and "batch" not in one.symbol.lower() and one.symbol.lower() not in ("n", "b", "bs")
    )
