"""From the bytes of a pruned TensorFlow Lite file to our own graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx

from data.messages import Message
from predictors.errors import printable
from predictors.model.graph import DefaultedDimension, Graph, Tensor
from predictors.reading.census import params_and_precision
from predictors.reading.choices import read_choices
from predictors.reading.finishing import check_compute, used_tensors
from predictors.reading.inputs import resolve_inputs
from predictors.reading.names import NAME_LENGTH, with_clean_names
from predictors.reading.tensors import dtype_code
from predictors.reading.tflite.building import Builder, Scope
from predictors.reading.tflite.decode import decode, unsound
from predictors.reading.tflite.decoded import TfModel, TfSubgraph, TfTensor
from predictors.reading.tflite.running import choosable, run_subgraph

SCHEMA_VERSION = 3


def graph_from_tflite(pruned: bytes, shapes: Mapping[str, Sequence[int]] | None = None) -> Graph:
    """The network in a pruned file: its first subgraph and what that runs, with static shapes.

    `shapes` decides open dimensions of inputs by name. `sha256` is left empty. Raises ModelError.
    """
    model = decode(pruned)
    main = model.subgraphs[0]
    names = _input_names(model)
    choices, shapes = read_choices(choosable(model), names, shapes or {})
    inputs, defaulted, dynamic = _inputs(main, names, shapes)
    builder = Builder(model, dynamic, choices=choices)
    scope = Scope(main, 0)
    for index, tensor in zip(main.inputs, inputs, strict=True):
        if index in scope.names:
            raise unsound(Message("it names one input twice"))
        scope.names[index] = builder.add_tensor(tensor.name, tensor)
    run_subgraph(builder, scope, (0,))
    given = [scope.names[index] for index in main.inputs]
    return with_clean_names(_graph(builder, scope, given, defaulted))


def _graph(
    builder: Builder, scope: Scope, inputs: list[str], defaulted: tuple[DefaultedDimension, ...]
) -> Graph:
    nodes, tensors = builder.nodes, builder.tensors
    check_compute(nodes, tensors)
    outputs = [builder.read(scope, index) for index in scope.subgraph.outputs]
    params, precision = params_and_precision(nodes, tensors)
    return Graph(
        name=scope.subgraph.name,
        sha256="",
        nodes=tuple(nodes),
        tensors=used_tensors(nodes, tensors, inputs),
        inputs=tuple(inputs),
        outputs=tuple(dict.fromkeys(outputs)),
        params=params,
        opset=SCHEMA_VERSION,
        producer=printable(builder.model.description, NAME_LENGTH),
        precision=precision,
        defaulted=defaulted,
        file_format="tflite",
        remarks=tuple(builder.choices.remarks),
    )


def _input_names(model: TfModel) -> list[str]:
    """What the inputs are called: by the signature, else by their tensors."""
    main = model.subgraphs[0]
    names = [
        model.input_names.get(index) or main.tensors[index].name or f"input_{place}"
        for place, index in enumerate(main.inputs)
    ]
    if len(set(names)) != len(names):
        names = [f"{name}~{place}" for place, name in enumerate(names)]
    return names


def _inputs(
    main: TfSubgraph, names: Sequence[str], shapes: Mapping[str, Sequence[int]]
) -> tuple[list[Tensor], tuple[DefaultedDimension, ...], bool]:
    """The inputs with static shapes, what was defaulted, and whether they differ from what is stored."""
    stated = [main.tensors[index] for index in main.inputs]
    values = [_value(name, tensor) for name, tensor in zip(names, stated, strict=True)]
    resolved, defaulted = resolve_inputs(values, shapes, {})
    tensors = [
        Tensor(name, one.shape if dtype_code(tensor.dtype) else tensor.shape, tensor.dtype)
        for name, one, tensor in zip(names, resolved, stated, strict=True)
    ]
    resized = any(found.shape != tensor.shape for found, tensor in zip(tensors, stated, strict=True))
    return tensors, defaulted, resized or _leaves_shapes_open(main)


def _leaves_shapes_open(main: TfSubgraph) -> bool:
    """Whether the file lacks the shape of something that an operator makes (old converters left out some)."""
    made = (main.tensors[index] for operator in main.operators for index in operator.outputs)
    return any(not tensor.rank_known for tensor in made)


def _value(name: str, tensor: TfTensor) -> onnx.ValueInfoProto:
    """An input as the rules for open dimensions want it."""
    shape = None if not tensor.rank_known else [None if extent < 0 else extent for extent in tensor.signature]
    return onnx.helper.make_tensor_value_info(name, dtype_code(tensor.dtype), shape)
