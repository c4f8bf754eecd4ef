"""Groups that need a look at attributes: slices that make a split, transposes that an operator takes in its
stride, and what runs as part of its only reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from predictors.fusing.attributes import argument_ints, attribute_ints
from predictors.fusing.view import GraphView, LogicalOp
from predictors.model.graph import Shape

PADDED_OPS = frozenset({"Conv", "ConvInteger", "ConvTranspose", "MaxPool", "AveragePool"})
PRODUCTS = frozenset({"MatMul", "MatMulInteger", "Attention"})
INTEGER_PRODUCTS = frozenset({"Dense", "MatMul", "Conv", "MatMulInteger", "ConvInteger"})


@dataclass(frozen=True, slots=True)
class Part:
    """One slice along one axis: elements `start` up to `end` (not included)."""

    axis: int
    start: int
    end: int
    op_id: int


def join_slices(view: GraphView) -> None:
    """Slices that cut one tensor along one axis into adjoining parts become one Split."""
    cuts: dict[tuple[str, int], list[Part]] = defaultdict(list)
    for op_id, op in view.ops.items():
        part = _part(view, op_id) if op.op == "Slice" and op.inputs else None
        if part is not None:
            cuts[view.root(op.inputs[0]), part.axis].append(part)
    for parts in cuts.values():
        _join_if_complete(view, sorted(parts, key=lambda part: part.start))


def _part(view: GraphView, op_id: int) -> Part | None:
    """What a Slice cuts, None when it is not a plain cut along one axis with known bounds."""
    node = view.ops[op_id].anchor
    shape = view.graph.shape(node.inputs[0])
    arguments = [
        argument_ints(view.graph, node, name, position)
        for position, name in enumerate(("starts", "ends", "axes", "steps"), start=1)
    ]
    starts, ends, axes, steps = arguments
    if not shape or starts is None or ends is None or (steps or (1,)) != (1,):
        return None
    if len(starts) != 1 or len(ends) != 1:
        return None
    axis = (axes or (0,))[0] % len(shape)
    start, end = (_clamped(bound[0], shape[axis]) for bound in (starts, ends))
    return Part(axis, start, end, op_id)


def _clamped(bound: int, extent: int) -> int:
    return max(0, min(bound + extent if bound < 0 else bound, extent))


def _join_if_complete(view: GraphView, parts: list[Part]) -> None:
    source = view.graph.shape(view.ops[parts[0].op_id].inputs[0])
    edges = [0, *(part.end for part in parts)]
    adjoining = all(part.start == edge for part, edge in zip(parts, edges, strict=False))
    if len(parts) < 2 or not adjoining or source is None or edges[-1] != source[parts[0].axis]:
        return
    first, *rest = sorted(part.op_id for part in parts)
    split = view.ops[first]
    split.op = "Split"
    split.outputs = tuple(name for part in parts for name in view.ops[part.op_id].outputs)
    view.merge(first, rest)


def absorb_transposes(view: GraphView) -> None:
    """Transposes that runtimes do not run; to be called once blocks are known.

    A product reads its second factor either way round, so swapping the last two axes in front of it is free
    (**assumption** for all runtimes; TensorFlow Lite's BATCH_MATMUL has a flag for it). Exports before opset
    13 bring the channels of a picture to the end for a softmax and back again.
    """
    for op_id in sorted(view.ops):
        op = view.ops.get(op_id)
        if op is not None and op.op == "Transpose" and len(op.inputs) == len(op.outputs) == 1:
            _absorb_swap(view, op_id)
            _absorb_around_softmax(view, op_id)


def _absorb_swap(view: GraphView, op_id: int) -> None:
    reader_id = _only_reader(view, op_id, PRODUCTS)
    swap = view.ops[op_id]
    perm, shape = attribute_ints(swap.anchor, "perm"), view.graph.shape(swap.outputs[0])
    rank = len(perm)
    if reader_id is None or shape is None or rank < 2 or perm != (*range(rank - 2), rank - 1, rank - 2):
        return
    reader = view.ops[reader_id]
    if [place for place, name in enumerate(reader.inputs) if view.maker_id(name) == op_id] != [1]:
        return
    if (view.graph.shape(reader.inputs[1]) or ())[-2:] != shape[-2:]:  # it was cut differently since
        return
    reader.inputs = _read_through(view, op_id, reader.inputs, swap.inputs[0])
    view.merge(reader_id, [op_id])


def _absorb_around_softmax(view: GraphView, last_id: int) -> None:
    """Transpose, softmax and the transpose back (`last_id`) become the softmax."""
    softmax_id = _behind(view, last_id, ("Softmax", "LogSoftmax"))
    first_id = None if softmax_id is None else _behind(view, softmax_id, ("Transpose",))
    if softmax_id is None or first_id is None:
        return
    first, softmax, last = (view.ops[op_id] for op_id in (first_id, softmax_id, last_id))
    if not _is_undone(first, last) or not view.only_read_by(first_id, [softmax_id]):
        return
    if view.only_read_by(softmax_id, [last_id]):
        last.op, last.anchor, last.inputs = softmax.op, softmax.anchor, first.inputs
        view.merge(last_id, [first_id, softmax_id])


def _behind(view: GraphView, op_id: int, wanted: Iterable[str]) -> int | None:
    """The operator that makes the first input of another, if it is one of those wanted."""
    op = view.ops.get(op_id)
    maker = view.maker_id(op.inputs[0]) if op is not None and op.inputs else None
    return maker if maker is not None and view.ops[maker].op in wanted else None


def _is_undone(first: LogicalOp, last: LogicalOp) -> bool:
    """Whether the second transpose puts every axis back in its place."""
    there, back = (attribute_ints(op.anchor, "perm") for op in (first, last))
    return len(there) == len(back) > 0 and all(there[axis] == place for place, axis in enumerate(back))


def absorb_in_front(view: GraphView) -> None:
    """A Pad runs inside the convolution or pool behind it, a dynamic quantisation inside its only product."""
    for op_id in sorted(view.ops):
        op = view.ops.get(op_id)
        if op is None or not op.inputs:
            continue
        if op.op == "Pad":
            _absorb_pad(view, op_id)
        elif op.op == "DynamicQuantizeLinear":
            _absorb_dynamic_quantisation(view, op_id)


def _only_reader(view: GraphView, op_id: int, wanted: Iterable[str]) -> int | None:
    readers = {reader for name in view.ops[op_id].outputs for reader in view.readers(name)}
    if len(readers) != 1 or not view.only_read_by(op_id, readers):
        return None
    reader = readers.pop()
    return reader if view.ops[reader].op in wanted else None


def _absorb_pad(view: GraphView, op_id: int) -> None:
    reader_id = _only_reader(view, op_id, PADDED_OPS)
    if reader_id is None:
        return
    pad, reader = view.ops[op_id], view.ops[reader_id]
    if view.maker_id(reader.inputs[0]) != op_id:  # it pads the weights
        return
    if reader.inputs[0] != pad.outputs[0]:  # a change of layout or rank lies between the two
        reader.data_shape = _without_pads(view, pad, view.graph.shape(reader.inputs[0]))
    reader.inputs = _read_through(view, op_id, reader.inputs, pad.inputs[0])
    reader.padded = True
    view.merge(reader_id, [op_id])


def _without_pads(view: GraphView, pad: LogicalOp, shape: Shape | None) -> Shape | None:
    """A shape behind a pad and a change of layout, as it would be without the pad: each padded extent is
    found
    again by its size."""
    before, after = view.graph.shape(pad.inputs[0]), view.graph.shape(pad.outputs[0])
    if shape is None or before is None or after is None or len(before) != len(after):
        return shape
    grown = [(large, small) for small, large in zip(before, after, strict=True) if small != large]
    found = []
    for extent in shape:
        match = next((pair for pair in grown if pair[0] == extent), None)
        if match is not None:
            grown.remove(match)
        found.append(extent if match is None else match[1])
    return tuple(found)


def _absorb_dynamic_quantisation(view: GraphView, op_id: int) -> None:
    reader_id = _only_reader(view, op_id, INTEGER_PRODUCTS)
    if reader_id is None:
        return
    quantiser, reader = view.ops[op_id], view.ops[reader_id]
    read = [name for name in reader.inputs if view.maker_id(name) == op_id]
    if any(view.graph.shape(name) != view.graph.shape(quantiser.inputs[0]) for name in read):
        return  # it was cut or turned since, and the product's sizes are those it reads
    reader.inputs = _read_through(view, op_id, reader.inputs, quantiser.inputs[0])
    view.merge(reader_id, [op_id])


def _read_through(view: GraphView, op_id: int, names: tuple[str, ...], source: str) -> tuple[str, ...]:
    """The names with every tensor made by an absorbed operator replaced by what that operator reads."""
    return tuple(source if view.maker_id(name) == op_id else name for name in names)
