"""Putting the bodies of local functions and of resolved branches where they are called.

Expansion is counted before it happens: functions that call each other twice in a row grow exponentially.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import onnx

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.reading.limits import DEFAULT_LIMITS, Limits
from predictors.reading.prune import too_complex

_Key = tuple[str, str, str]
_MAX_CALL_DEPTH = 64  # exporters nest a handful; Python's own stack holds more


def subgraphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    """The graphs in a node's attributes (branches, loop bodies)."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def captured(node: onnx.NodeProto) -> set[str]:
    """Tensors that a node's subgraphs read from outside."""
    found: set[str] = set()
    for graph in subgraphs(node):
        inside = local_names(graph)
        for inner in graph.node:
            found.update(name for name in inner.input if name not in inside)
            found.update(captured(inner) - inside)
        found.update(output.name for output in graph.output if output.name not in inside)
    found.discard("")
    return found


def local_names(graph: onnx.GraphProto) -> set[str]:
    """Tensors that a subgraph itself defines."""
    names = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    names.update(name for node in graph.node for name in node.output)
    names.discard("")
    return names


def branch_nodes(graph: onnx.GraphProto, prefix: str, outputs: Sequence[str]) -> list[onnx.NodeProto]:
    """The nodes of a branch that is always taken, its own names prefixed, ending in `outputs`.

    Initializers become Constant nodes.
    """
    names = {name: prefix + name for name in local_names(graph)}
    nodes = [
        onnx.helper.make_node("Constant", [], [names[tensor.name]], value=tensor)
        for tensor in graph.initializer
    ]
    nodes.extend(renamed(node, names, prefix) for node in graph.node)
    for given, wanted in zip(graph.output, outputs, strict=False):
        source = names.get(given.name, given.name)
        nodes.append(onnx.helper.make_node("Identity", [source], [wanted], name=prefix + "output"))
    return nodes


def renamed(node: onnx.NodeProto, names: Mapping[str, str], prefix: str) -> onnx.NodeProto:
    """A copy of a node with the tensors in `names` called otherwise, its own name after `prefix`."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    copy.input[:] = [names.get(name, name) for name in node.input]
    copy.output[:] = [names.get(name, name) for name in node.output]
    copy.name = prefix + node.name
    for graph in subgraphs(copy):
        inner = {**names, **{name: prefix + name for name in local_names(graph)}}
        _rename_graph(graph, inner, prefix)
    return copy


def _rename_graph(graph: onnx.GraphProto, names: Mapping[str, str], prefix: str) -> None:
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = names.get(value.name, value.name)
    nodes = [renamed(node, names, prefix) for node in graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]


class FunctionInliner:
    """Replaces calls of a model's local functions by their bodies."""

    def __init__(self, functions: Iterable[onnx.FunctionProto], limits: Limits = DEFAULT_LIMITS) -> None:
        self._functions: dict[_Key, onnx.FunctionProto] = {
            (function.domain, function.name, function.overload): function for function in functions
        }
        self._limits = limits
        self._sizes: dict[_Key, tuple[int, int]] = {}
        self._calls = 0

    def inline(self, nodes: Sequence[onnx.NodeProto]) -> list[onnx.NodeProto]:
        """`nodes` without calls of local functions.

        Raises ModelError: MODEL_FUNCTION_CYCLE if a function leads to itself, MODEL_TOO_COMPLEX if expansion
        would exceed the limits.
        """
        if not self._functions:
            return list(nodes)
        self._checked_size(nodes, ())
        return list(self._expanded(nodes))

    def _function_of(self, node: onnx.NodeProto) -> _Key | None:
        key = (node.domain, node.op_type, node.overload)
        return key if key in self._functions else None

    def _checked_size(self, nodes: Iterable[onnx.NodeProto], trail: tuple[_Key, ...]) -> tuple[int, int]:
        """Nodes and bytes that `nodes` expand to."""
        count = size = 0
        for node in nodes:
            key = self._function_of(node)
            parts = [self._function_size(key, trail)] if key else [(1, node.ByteSize())]
            parts.extend(self._checked_size(graph.node, trail) for graph in subgraphs(node))
            count += sum(part[0] for part in parts)
            size += sum(part[1] for part in parts)
            if count > self._limits.nodes:
                raise too_complex(Message("operators once its functions are expanded"), self._limits.nodes)
            if size > self._limits.kept_bytes:
                raise too_complex(Message("bytes once its functions are expanded"), self._limits.kept_bytes)
        return count, size

    def _function_size(self, key: _Key, trail: tuple[_Key, ...]) -> tuple[int, int]:
        if key in trail:
            raise ModelError(
                "MODEL_FUNCTION_CYCLE",
                "The local function {name} calls itself, so the model has no end. The file was not written "
                "by a working exporter; export it again.",
                name=printable(key[1]),
            )
        if len(trail) >= _MAX_CALL_DEPTH:
            raise too_complex(Message("levels of functions calling functions"), _MAX_CALL_DEPTH)
        if key not in self._sizes:
            self._sizes[key] = self._checked_size(self._functions[key].node, (*trail, key))
        count, size = self._sizes[key]
        return max(count, 1), size

    def _expanded(self, nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
        for node in nodes:
            key = self._function_of(node)
            if key is not None:
                yield from self._expanded(self._body(node, self._functions[key]))
                continue
            for graph in subgraphs(node):
                inlined = list(self._expanded(graph.node))
                del graph.node[:]
                graph.node.extend(inlined)
            yield node

    def _body(self, call: onnx.NodeProto, function: onnx.FunctionProto) -> list[onnx.NodeProto]:
        """The function's nodes with the call's tensors and attributes put in."""
        self._calls += 1
        prefix = f"{call.name or call.op_type}#{self._calls}/"
        names = {name: prefix + name for node in function.node for name in node.output if name}
        names.update(dict.fromkeys(function.input, ""))
        names.update(zip(function.input, call.input, strict=False))
        names.update(zip(function.output, call.output, strict=False))
        given = {attribute.name: attribute for attribute in (*function.attribute_proto, *call.attribute)}
        body = [renamed(node, names, prefix) for node in function.node]
        for node in body:
            _bind_attributes(node, given)
        return body


def _bind_attributes(node: onnx.NodeProto, given: Mapping[str, onnx.AttributeProto]) -> None:
    """Replace references to the function's attributes by what the caller gave; drop those not given."""
    bound = []
    for attribute in node.attribute:
        value = attribute
        if attribute.ref_attr_name:
            if attribute.ref_attr_name not in given:
                continue
            value = onnx.AttributeProto()
            value.CopyFrom(given[attribute.ref_attr_name])
            value.name = attribute.name
        bound.append(value)
    copies = [onnx.AttributeProto.FromString(value.SerializeToString()) for value in bound]
    del node.attribute[:]
    node.attribute.extend(copies)
    for graph in subgraphs(node):
        for inner in graph.node:
            _bind_attributes(inner, given)
