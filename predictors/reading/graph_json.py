"""Our graph as JSON and back, so that it can cross a process border without running anything."""

from __future__ import annotations

import json
from typing import Any

from predictors.model.graph import AttributeValue, DefaultedDimension, Graph, Node, Remark, Tensor

_PLAIN = ("name", "sha256", "params", "opset", "producer", "precision", "file_format")


def to_json(graph: Graph) -> str:
    """The graph as JSON text; infinite and undefined numbers as Python's json writes them."""
    document: dict[str, Any] = {name: getattr(graph, name) for name in _PLAIN}
    document["inputs"] = graph.inputs
    document["outputs"] = graph.outputs
    document["tensors"] = [
        (one.name, one.shape, one.dtype, one.is_constant, one.values) for one in graph.tensors.values()
    ]
    document["nodes"] = [
        (one.index, one.name, one.op, one.domain, one.inputs, one.outputs, dict(one.attributes))
        for one in graph.nodes
    ]
    document["defaulted"] = [
        (one.input_name, one.axis, one.symbol, one.value, one.reason) for one in graph.defaulted
    ]
    document["remarks"] = [(one.code, one.subject, one.detail) for one in graph.remarks]
    return json.dumps(document, separators=(",", ":"))


def from_json(text: str | bytes) -> Graph:
    """The graph that `to_json` wrote. Raises ValueError for anything else."""
    try:
        return _graph(json.loads(text))
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("this is not a graph as JSON") from error


def _graph(document: dict[str, Any]) -> Graph:
    return Graph(
        **{name: document[name] for name in _PLAIN},
        inputs=tuple(document["inputs"]),
        outputs=tuple(document["outputs"]),
        tensors={name: _tensor(name, *rest) for name, *rest in document["tensors"]},
        nodes=tuple(_node(*one) for one in document["nodes"]),
        defaulted=tuple(DefaultedDimension(*one) for one in document["defaulted"]),
        remarks=tuple(Remark(*one) for one in document["remarks"]),
    )


def _tensor(
    name: str, shape: list[int] | None, dtype: str, is_constant: bool, values: list[float] | None
) -> Tensor:
    return Tensor(name, _tuple(shape), dtype, is_constant, _tuple(values))


def _node(
    index: int,
    name: str,
    op: str,
    domain: str,
    inputs: list[str],
    outputs: list[str],
    attributes: dict[str, Any],
) -> Node:
    plain: dict[str, AttributeValue] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in attributes.items()
    }
    return Node(index, name, op, domain, tuple(inputs), tuple(outputs), plain)


def _tuple(values: list[Any] | None) -> tuple[Any, ...] | None:
    return None if values is None else tuple(values)
