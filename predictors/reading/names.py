"""Names from a file: valid text, printable, and of a sensible length."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import onnx

from predictors.errors import printable
from predictors.model.graph import Graph, Node
from predictors.reading.inline_functions import subgraphs

NAME_LENGTH = 200
"""Longer names are cut (characters)."""


def has_bad_text(model: onnx.ModelProto) -> bool:
    """Whether a name in the model is not valid UTF-8 (protobuf then returns bytes instead of text)."""
    nodes = [node for function in model.functions for node in function.node]
    texts = [model.producer_name, model.producer_version, *_texts(model.graph)]
    texts.extend(text for node in nodes for text in _node_texts(node))
    return any(isinstance(text, bytes) for text in texts)


def _texts(graph: onnx.GraphProto) -> Iterator[str]:
    yield graph.name
    for value in (*graph.input, *graph.output, *graph.value_info):
        yield value.name
        yield from (dim.dim_param for dim in value.type.tensor_type.shape.dim)
    yield from (tensor.name for tensor in graph.initializer)
    for node in graph.node:
        yield from _node_texts(node)


def _node_texts(node: onnx.NodeProto) -> Iterator[str]:
    yield from (node.name, node.op_type, node.domain, node.overload, *node.input, *node.output)
    yield from (attribute.name for attribute in node.attribute)
    for graph in subgraphs(node):
        yield from _texts(graph)


def clean(name: str) -> str:
    """A name that can be shown: itself if short and printable, else cut, cleaned and told apart by a hash."""
    if len(name) <= NAME_LENGTH and name.isprintable():
        return name
    return f"{printable(name, 40)}~{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"


def with_clean_names(graph: Graph) -> Graph:
    """The same graph with every name printable and short."""

    def cleaned(node: Node) -> Node:
        return replace(
            node,
            name=clean(node.name),
            op=printable(node.op, NAME_LENGTH),
            domain=printable(node.domain, NAME_LENGTH),
            inputs=tuple(map(clean, node.inputs)),
            outputs=tuple(map(clean, node.outputs)),
        )

    names = (
        graph.name,
        *graph.tensors,
        *(text for node in graph.nodes for text in (node.name, node.op, node.domain)),
    )
    if max(map(len, names)) <= NAME_LENGTH and "".join(names).isprintable():
        return graph
    return replace(
        graph,
        name=clean(graph.name),
        nodes=tuple(map(cleaned, graph.nodes)),
        tensors={clean(name): replace(tensor, name=clean(name)) for name, tensor in graph.tensors.items()},
        inputs=tuple(map(clean, graph.inputs)),
        outputs=tuple(map(clean, graph.outputs)),
        defaulted=tuple(replace(one, input_name=clean(one.input_name)) for one in graph.defaulted),
        remarks=tuple(replace(one, subject=clean(one.subject)) for one in graph.remarks),
    )
