"""ONNX Runtime's own format (.ort): the same graph as the ONNX file that it was made from, in FlatBuffers.

Slots and enumerations: onnxruntime/core/flatbuffers/schema/ort.fbs (MIT) at version 1.32. A file that was
optimised for one processor holds operators of that processor, which estimating names.
"""

from __future__ import annotations

from collections.abc import Iterable

import onnx
from onnx import helper

from data.messages import Message
from predictors.reading.flat_tables import FlatFile, Table, malformed
from predictors.reading.limits import Limits
from predictors.reading.prune import prune, too_complex

_KEPT_BYTES = 32_768
"""Content of a tensor up to this size is kept, as it may be a shape argument; weights are left out."""
_SESSION_MODEL = 1
_MODEL_IR, _MODEL_OPSETS, _MODEL_PRODUCER, _MODEL_VERSION, _MODEL_GRAPH = 0, 1, 2, 3, 7
_GRAPH_TENSORS, _GRAPH_VALUES, _GRAPH_NODES, _GRAPH_INPUTS, _GRAPH_OUTPUTS, _GRAPH_SPARSE = 0, 1, 2, 5, 6, 7
_NODE_NAME, _NODE_DOMAIN, _NODE_OP, _NODE_INPUTS, _NODE_OUTPUTS, _NODE_ATTRIBUTES = 0, 2, 5, 8, 9, 10
_TENSOR_NAME, _TENSOR_DIMS, _TENSOR_TYPE, _TENSOR_CONTENT = 0, 2, 3, 4
_IS_TENSOR, _IS_EXTENT, _IS_SYMBOL = 1, 1, 2
_HIGHEST_IR = 13


def prune_ort(view: memoryview, limits: Limits) -> bytes:
    """The network of an .ort file as an ONNX model without its weights.

    Raises ModelError: MODEL_TRUNCATED, MODEL_MALFORMED or MODEL_TOO_COMPLEX.
    """
    file = FlatFile(view)
    session = file.table(file.follow(0))
    source = session.table(_SESSION_MODEL)
    graph = None if source is None else source.table(_MODEL_GRAPH)
    if source is None or graph is None:
        raise malformed(session.place, Message("it holds no graph"))
    model = onnx.ModelProto(
        ir_version=max(1, min(source.number(_MODEL_IR, "q"), _HIGHEST_IR)),
        producer_name=source.text(_MODEL_PRODUCER),
        producer_version=source.text(_MODEL_VERSION),
    )
    for opset in source.tables(_MODEL_OPSETS):
        model.opset_import.add(domain=opset.text(0), version=opset.number(1, "q"))
    _Graphs(limits).fill(model.graph, graph, 0)
    return prune(memoryview(model.SerializeToString()), limits)


class _Graphs:
    """Writes graphs and those inside them; what is kept of all together is limited."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._kept = 0
        self._nodes = 0

    def fill(self, made: onnx.GraphProto, graph: Table, depth: int) -> None:
        """Write one graph."""
        if depth > self._limits.depth:
            raise too_complex(Message("subgraphs inside subgraphs"), self._limits.depth)
        made.name = f"graph {depth}" if depth else "graph"
        values = {table.text(0): table for table in graph.tables(_GRAPH_VALUES)}
        for tensor in graph.tables(_GRAPH_TENSORS):
            made.initializer.append(self._tensor(tensor))
        for sparse in graph.tables(_GRAPH_SPARSE):
            held = sparse.table(0)
            if held is not None:
                made.sparse_initializer.add(values=self._tensor(held), dims=sparse.numbers(2))
        weights = {tensor.name for tensor in made.initializer}
        made.input.extend(_values((one for one in graph.texts(_GRAPH_INPUTS) if one not in weights), values))
        made.output.extend(_values(graph.texts(_GRAPH_OUTPUTS), values))
        for node in graph.tables(_GRAPH_NODES):
            self._nodes += 1
            if self._nodes > self._limits.nodes:
                raise too_complex(Message("operators"), self._limits.nodes)
            made.node.append(self._node(node, depth))

    def _node(self, node: Table, depth: int) -> onnx.NodeProto:
        made = onnx.NodeProto(
            name=node.text(_NODE_NAME),
            domain=node.text(_NODE_DOMAIN),
            op_type=node.text(_NODE_OP),
            input=node.texts(_NODE_INPUTS),
            output=node.texts(_NODE_OUTPUTS),
        )
        made.attribute.extend(self._attribute(one, depth) for one in node.tables(_NODE_ATTRIBUTES))
        return made

    def _attribute(self, table: Table, depth: int) -> onnx.AttributeProto:
        kinds = onnx.AttributeProto
        if table.number(2) not in kinds.AttributeType.values():
            raise malformed(table.place, Message("an attribute of no known type"))
        kind = kinds.AttributeType.ValueType(table.number(2))
        made = onnx.AttributeProto(name=table.text(0), type=kind)
        if kind == kinds.FLOAT:
            made.f = table.real(3)
        elif kind == kinds.INT:
            made.i = table.number(4, "q")
        elif kind == kinds.STRING:
            made.s = table.text(5).encode()
        elif kind == kinds.TENSOR and (tensor := table.table(6)) is not None:
            made.t.CopyFrom(self._tensor(tensor))
        elif kind == kinds.GRAPH and (graph := table.table(7)) is not None:
            self.fill(made.g, graph, depth + 1)
        made.floats.extend(table.reals(8) if kind == kinds.FLOATS else ())
        made.ints.extend(table.numbers(9) if kind == kinds.INTS else ())
        made.strings.extend(one.encode() for one in (table.texts(10) if kind == kinds.STRINGS else ()))
        made.tensors.extend(map(self._tensor, table.tables(11) if kind == kinds.TENSORS else ()))
        for inner in table.tables(12) if kind == kinds.GRAPHS else ():
            self.fill(made.graphs.add(), inner, depth + 1)
        return made

    def _tensor(self, table: Table) -> onnx.TensorProto:
        content = table.content(_TENSOR_CONTENT)
        made = onnx.TensorProto(
            name=table.text(_TENSOR_NAME),
            dims=table.numbers(_TENSOR_DIMS),
            data_type=table.number(_TENSOR_TYPE),
        )
        if 0 < len(content) <= _KEPT_BYTES:
            self._kept += len(content)
            if self._kept > self._limits.kept_bytes:
                raise too_complex(Message("bytes without its weights"), self._limits.kept_bytes)
            made.raw_data = bytes(content)
        return made


def _values(names: Iterable[str], values: dict[str, Table]) -> list[onnx.ValueInfoProto]:
    return [_value(name, values.get(name)) for name in names]


def _value(name: str, table: Table | None) -> onnx.ValueInfoProto:
    """An input or output with its type: a tensor with sizes, symbols and what is open."""
    info = None if table is None else table.table(2)
    tensor = info.table(2) if info is not None and info.number(1, "B") == _IS_TENSOR else None
    if tensor is None:
        return onnx.ValueInfoProto(name=name)
    shape = tensor.table(1)
    extents = None if shape is None else [_extent(one.table(0)) for one in shape.tables(0)]
    try:
        return helper.make_tensor_value_info(name, tensor.number(0), extents)
    except (TypeError, ValueError) as error:
        raise malformed(tensor.place, Message("a size that no tensor can have")) from error


def _extent(value: Table | None) -> int | str | None:
    if value is None:
        return None
    kind = value.number(0, "b")
    if kind == _IS_EXTENT:
        return value.number(1, "q")
    return value.text(2) if kind == _IS_SYMBOL else None
