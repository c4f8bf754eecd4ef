"""First walk over the nodes: fold constants, look through views and noise, name every other operator.

What one node is, before any pattern: the decisions that need its attributes, constants or shapes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from data.messages import Message
from predictors.fusing.attributes import (
    argument_ints,
    attribute_ints,
    bound,
    channels_first,
    constant_values,
    positive_axes,
    runs_channels_last,
)
from predictors.fusing.operators import (
    KEEPS_STORED,
    KNOWN_DOMAINS,
    NEUTRAL_SECOND,
    NEVER_FOLDED,
    ONE_INPUT_IS_NOTHING,
    OWN_NAMES,
    PASS_THROUGH,
    QUANTISERS,
    SAME_SHAPE_IS_NOTHING,
    SHAPE_READERS,
    VIEWS,
    computes_in_integers,
    spelling,
)
from predictors.fusing.view import GraphView, LogicalOp
from predictors.model.graph import Graph, Node, Shape
from predictors.model.layout_trips import TO_FIRST as TO_CHANNELS_FIRST
from predictors.model.layout_trips import TO_LAST as TO_CHANNELS_LAST
from predictors.model.layout_trips import layout_trips

RELU6_BOUND = 6.0
LAYOUT_PERMUTATIONS = TO_CHANNELS_LAST | TO_CHANNELS_FIRST


def _clip(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """Clip from 0 upwards is a ReLU, up to 6 a ReLU6; other bounds stay a Clip."""
    if bound(view.graph, node, "min", 1) != 0.0:
        return "Clip"
    return "Relu6" if bound(view.graph, node, "max", 2) == RELU6_BOUND else "Relu"


def _reduce_mean(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """The mean over exactly the spatial axes of a picture is global pooling (either layout)."""
    shape = view.graph.shape(inputs[0]) if inputs else None
    axes = argument_ints(view.graph, node, "axes", 1)
    if shape is None or not axes or len(shape) not in (4, 5):
        return "ReduceMean"
    rank = len(shape)
    spatial = (tuple(range(2, rank)), tuple(range(1, rank - 1)))
    return "GlobalAveragePool" if positive_axes(axes, rank) in spatial else "ReduceMean"


def _average_pool(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """An average pool whose window is the whole picture is global pooling."""
    shape = view.graph.shape(inputs[0]) if inputs else None
    covers = shape is not None and attribute_ints(node, "kernel_shape") == channels_first(node, shape)[2:]
    return "GlobalAveragePool" if covers and not any(attribute_ints(node, "pads")) else "AveragePool"


def _matmul(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """A product with a constant matrix is a fully connected layer; of two activations it stays MatMul."""
    dense = any(_is_matrix_constant(view, name) for name in inputs[:2])
    return "Dense" if dense else spelling(node.op, len(node.inputs))[0]


def _is_matrix_constant(view: GraphView, tensor: str) -> bool:
    shape = view.graph.shape(tensor)
    return view.is_constant(tensor) and shape is not None and all(extent == 1 for extent in shape[:-2])


def _gather(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """Rows taken from a constant table by an activation are an embedding."""
    return "Embedding" if inputs and view.is_constant(inputs[0]) else "Gather"


def _add(view: GraphView, node: Node, inputs: tuple[str, ...]) -> str:
    """Adding activations of one shape is a residual add; with a constant or broadcast it is element-wise."""
    shapes = {view.graph.shape(name) for name in inputs}
    constant = any(view.is_constant(name) for name in inputs)
    return "ResidualAdd" if len(inputs) > 1 and len(shapes) == 1 and not constant else "Add"


_DECISIONS: dict[str, Callable[[GraphView, Node, tuple[str, ...]], str]] = {
    "Clip": _clip,
    "ReduceMean": _reduce_mean,
    "AveragePool": _average_pool,
    "MatMul": _matmul,
    "Gemm": _matmul,
    "Gather": _gather,
    "Add": _add,
}


def plain_operator(view: GraphView, node: Node) -> tuple[str, tuple[str, ...]]:
    """Plain name of a node and its data inputs; the name of an unknown operator is kept as it is."""
    if node.domain not in KNOWN_DOMAINS or node.op in OWN_NAMES:
        return f"{node.domain}.{node.op}", tuple(name for name in node.inputs if name)
    count = len(node.inputs)
    plain, positions = spelling(node.op, count)
    inputs = tuple(node.inputs[place] for place in positions if place < count and node.inputs[place])
    decide = _DECISIONS.get(plain)
    if decide is not None:
        plain = decide(view, node, inputs)
    return plain, inputs


CHANNELS_LAST_AXIS = 3
SHUFFLES: dict[tuple[int, ...], int] = {(0, 2, 1, 3, 4): 1, (0, 1, 2, 4, 3): CHANNELS_LAST_AXIS}
"""Permutations of a channel shuffle, and the channel axis of the pictures they shuffle."""

LOWEST_CODE = {"int8": -128.0, "int16": -32768.0}
SCALE_OF_WEIGHTS = 4
"""Input of QLinearConv that holds one scale for all weights, or one for every output channel."""
ZERO_POINT_OF_RESULT = 7
"""Input of QLinearConv and QLinearAdd that holds the zero point of their output."""

VIEW_REASON = Message("reshape is a view")
LAYOUT_REASON = Message("layout change disappears: the runtime keeps one layout")
TRIP_REASON = Message("a change of layout that is undone again: the network does without it")
FOLDED_REASON = "folded constant"
SHAPE_REASON = Message("shape is known before inference")
INTEGER_REASON = Message("integer kernels read it as it is")


def survey(graph: Graph) -> GraphView:
    """Sort every node of a graph into free, quantiser or operator, and index who makes and reads what."""
    view = GraphView(graph, {name for name, tensor in graph.tensors.items() if tensor.is_constant})
    trips = layout_trips(graph)
    if graph.file_format == "tflite":
        view.channels_last.update(graph.tensors.keys() - trips.between)
    uses = Counter(name for node in graph.nodes for name in node.inputs)
    uses.update(graph.outputs)
    makers = view.node_makers
    makers.update((name, place) for place, node in enumerate(graph.nodes) for name in node.outputs)
    matrix_inputs = {name for node in graph.nodes if "MatMul" in node.op for name in node.inputs}
    for place, node in enumerate(graph.nodes):
        if place in trips.turns:
            view.free[place] = TRIP_REASON
            _alias(view, node, is_view=False)
            continue
        _sort_node(view, place, node, makers, matrix_inputs)
        if node.op == "Reshape" and _has_both_ends(node):
            _close_shuffle(view, place, node, makers, uses)
    _index(view)
    return view


def _sort_node(
    view: GraphView, place: int, node: Node, makers: dict[str, int], matrix_inputs: set[str]
) -> None:
    if _is_folded(view, node):
        view.free[place] = SHAPE_REASON if node.op in SHAPE_READERS else FOLDED_REASON
        view.constants.update(node.outputs)
        if _is_per_channel(view, node):
            view.per_channel.update(node.outputs)
        if node.op in KEEPS_STORED and node.inputs:
            origin = view.stored.get(node.inputs[0], node.inputs[0])
            view.stored.update(dict.fromkeys(node.outputs, origin))
    elif reason := _look_through_reason(view, node, makers, matrix_inputs):
        view.free[place] = reason
        _alias(view, node, is_view=reason == VIEW_REASON)
    elif _is_absorbed_quantiser(view, node):
        _absorb_quantiser(view, place, node)
    else:
        _add_operator(view, place, node)


def _is_folded(view: GraphView, node: Node) -> bool:
    """Known before inference: constants, shape arithmetic, and whatever is computed from these alone."""
    if node.op in NEVER_FOLDED or node.domain not in KNOWN_DOMAINS:
        return False
    if node.op == "Constant" or node.op in SHAPE_READERS:
        return True
    read = node.inputs[:1] if node.op == "CastLike" else node.inputs  # the second only says which type
    named = [name for name in read if name]
    return bool(named) and all(name in view.constants for name in named)


def _look_through_reason(view: GraphView, node: Node, makers: dict[str, int], matrix_inputs: set[str]) -> str:
    """Why a node costs nothing and is looked through; empty when it does cost something."""
    if node.domain not in KNOWN_DOMAINS or not _has_both_ends(node):
        return ""
    if node.op in PASS_THROUGH:
        return PASS_THROUGH[node.op]
    if node.op in VIEWS:
        return VIEW_REASON
    if node.op == "Transpose":
        return _transpose_reason(view, node, makers, matrix_inputs)
    return "changes nothing" if _changes_nothing(view, node) else ""


def _has_both_ends(node: Node) -> bool:
    return bool(node.inputs and node.inputs[0] and node.outputs and node.outputs[0])


def _changes_nothing(view: GraphView, node: Node) -> bool:
    """A pad by 0, a slice of everything, a tile by 1, a concat or sum of one tensor, a product with 1."""
    before, after = view.graph.shape(node.inputs[0]), view.graph.shape(node.outputs[0])
    if before is None or before != after:
        return False
    if node.op in ONE_INPUT_IS_NOTHING:
        return len(node.inputs) == 1
    if node.op in NEUTRAL_SECOND:
        return set(constant_values(view.graph, node, 1) or ()) == {NEUTRAL_SECOND[node.op]}
    backwards = any(step < 0 for step in argument_ints(view.graph, node, "steps", 4) or ())
    return node.op in SAME_SHAPE_IS_NOTHING and not (node.op == "Slice" and backwards)


def _transpose_reason(view: GraphView, node: Node, makers: dict[str, int], matrix_inputs: set[str]) -> str:
    """A transpose is free when it moves only axes of extent 1, or between channels first and last.

    The layouts of a transposed attention key have the same permutation: those come from a reshape into
    heads or go into a matrix product, and do cost a copy.
    """
    shape = view.graph.shape(node.inputs[0])
    perm = attribute_ints(node, "perm", tuple(reversed(range(len(shape or ())))))
    if shape is None or sorted(perm) != list(range(len(shape))):
        return ""
    moved = [axis for axis in perm if shape[axis] != 1]
    if moved == sorted(moved):
        return VIEW_REASON
    if attribute_ints(node, "moves_data"):
        return ""
    place = makers.get(node.inputs[0])
    from_heads = place is not None and view.graph.nodes[place].op in VIEWS
    if perm not in LAYOUT_PERMUTATIONS or from_heads or node.outputs[0] in matrix_inputs:
        return ""
    if perm in TO_CHANNELS_FIRST:
        view.channels_last.add(node.inputs[0])
    return LAYOUT_REASON


def _alias(view: GraphView, node: Node, is_view: bool) -> None:
    source, target = node.inputs[0], node.outputs[0]
    view.roots[target] = view.root(source)
    if is_view or source in view.through_view:
        view.through_view.add(target)
    if source in view.dequantised:
        view.dequantised.add(target)
    perm = attribute_ints(node, "perm")
    if perm in TO_CHANNELS_LAST or (not perm and not is_view and source in view.channels_last):
        view.channels_last.add(target)


def _is_absorbed_quantiser(view: GraphView, node: Node) -> bool:
    """Quantising the network's own input is work; between kernels it is part of the kernel in front."""
    if node.op not in QUANTISERS or not _has_both_ends(node):
        return False
    from_network_input = view.root(node.inputs[0]) not in view.producer
    return node.op == "DequantizeLinear" or not from_network_input


def _absorb_quantiser(view: GraphView, place: int, node: Node) -> None:
    root = view.root(node.inputs[0])
    if root in view.producer:
        view.quantisers[place] = root
        if node.op == "QuantizeLinear" and _is_lowest(view, node, 2):
            view.rectified.add(root)
    else:
        view.free[place] = INTEGER_REASON
    _alias(view, node, is_view=False)
    if node.op == "DequantizeLinear":
        view.dequantised.add(node.outputs[0])


def _is_per_channel(view: GraphView, node: Node) -> bool:
    """Weights read from integers with one scale per channel, or moved about after that."""
    if node.op == "DequantizeLinear":
        return _has_many(view, node, 1)
    return any(name in view.per_channel for name in node.inputs)


def _has_many(view: GraphView, node: Node, position: int) -> bool:
    """Whether the scale at an input is one per channel instead of one number."""
    tensor = view.graph.tensors.get(node.inputs[position]) if position < len(node.inputs) else None
    return tensor is not None and tensor.elements > 1


def _is_lowest(view: GraphView, node: Node, position: int) -> bool:
    """Whether the zero point at an input is the lowest code: nothing below 0 survives, a ReLU is in it."""
    tensor = view.graph.tensors.get(node.inputs[position]) if position < len(node.inputs) else None
    if tensor is None:  # absent means unsigned codes from 0
        return True
    return bool(tensor.values) and tensor.values == (LOWEST_CODE.get(tensor.dtype, 0.0),) * tensor.elements


def _add_operator(view: GraphView, place: int, node: Node) -> None:
    op, inputs = plain_operator(view, node)
    outputs = tuple(name for name in node.outputs if name)
    integers = computes_in_integers(node) or any(name in view.dequantised for name in inputs)
    view.ops[place] = LogicalOp(op, node, [place], inputs, outputs, quantised=integers)
    many = node.op == "QLinearConv" and _has_many(view, node, SCALE_OF_WEIGHTS)
    view.ops[place].per_channel = many or any(name in view.per_channel for name in inputs)
    view.node_ops[place] = (op, inputs)
    view.producer.update(dict.fromkeys(outputs, place))
    if node.op in ("QLinearConv", "QLinearAdd") and _is_lowest(view, node, ZERO_POINT_OF_RESULT):
        view.rectified.update(outputs)
    keeps_layout = bool(inputs) and inputs[0] in view.channels_last and op != "Transpose"
    if keeps_layout or runs_channels_last(node):
        view.channels_last.update(outputs)


def _close_shuffle(
    view: GraphView, place: int, node: Node, makers: dict[str, int], uses: Counter[str]
) -> None:
    """Turn Reshape, Transpose, Reshape into one channel shuffle if shapes and permutation say so."""
    middle_place, after = _maker_behind_noise(view, node.inputs[0], makers, uses)
    middle = view.ops.get(middle_place)
    if middle is None or middle.op != "Transpose":
        return
    first_place, before = _maker_behind_noise(view, middle.anchor.inputs[0], makers, uses)
    first = view.graph.nodes[first_place] if first_place >= 0 else None
    if first is None or first.op != "Reshape":
        return
    axis = SHUFFLES.get(attribute_ints(middle.anchor, "perm"))
    shapes = [view.graph.shape(name) for name in (first.inputs[0], first.outputs[0], node.outputs[0])]
    if axis is None or not _is_shuffle(shapes, axis):
        return
    parts = [first_place, *before, middle_place, *after, place]
    for part in parts:
        view.free.pop(part, None)
        view.quantisers.pop(part, None)
    del view.roots[node.outputs[0]]
    view.through_view.discard(node.outputs[0])
    middle.op, middle.nodes = "ChannelShuffle", sorted(parts)
    middle.inputs, middle.outputs = (first.inputs[0],), (node.outputs[0],)
    if axis == CHANNELS_LAST_AXIS:
        view.channels_last.update((first.inputs[0], node.outputs[0]))
    view.ops[place] = view.ops.pop(middle_place)
    view.node_ops[place] = ("ChannelShuffle", middle.inputs)
    view.producer[node.outputs[0]] = view.producer[middle.anchor.outputs[0]] = place


def _maker_behind_noise(
    view: GraphView, name: str, makers: dict[str, int], uses: Counter[str]
) -> tuple[int, list[int]]:
    """The node that makes a tensor, and the identities and quantisers it is seen through; -1 if anything else
    reads the tensor on the way."""
    noise: list[int] = []
    while uses[name] == 1 and name in makers:
        place = makers[name]
        looked_through = place in view.free and view.graph.nodes[place].op in PASS_THROUGH
        if place not in view.quantisers and not looked_through:
            return place, noise
        noise.append(place)
        name = view.graph.nodes[place].inputs[0]
    return -1, noise


def _is_shuffle(shapes: list[Shape | None], axis: int) -> bool:
    """Whether only the channel axis of a picture was split in two groups' axes and joined again.

    The permutation alone would also accept a transformer that merges its heads.
    """
    before, split, after = shapes
    if before is None or split is None or len(before) != 4 or len(split) != 5 or before != after:
        return False
    joined = (*split[:axis], split[axis] * split[axis + 1], *split[axis + 2 :])
    return joined == before


def _index(view: GraphView) -> None:
    """Fill who reads what, and which tensors leave the network."""
    view.exposed = {view.root(name) for name in view.graph.outputs}
    for op_id, op in view.ops.items():
        for name in _all_inputs(view.graph.nodes[op_id], op):
            if name not in view.constants:
                view.consumers.setdefault(view.root(name), []).append(op_id)


def _all_inputs(node: Node, op: LogicalOp) -> tuple[str, ...]:
    """Data inputs plus what else the node reads (bounds, scales): they keep a tensor alive too."""
    return op.inputs if len(op.nodes) > 1 else tuple(name for name in node.inputs if name)
