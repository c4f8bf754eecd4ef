"""Operators that move, compare or combine elements: most are one node of ours with another name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod

from predictors.model.graph import AttributeValue
from predictors.reading.tflite.building import ACTIVATION_NODES, Call

Rule = Callable[[Call], None]

_WHOLE = 2**31 - 1
"""An end beyond every tensor: "to the last element"."""


def same(op: str, call: Call) -> None:
    """The node `op` over all inputs."""
    call.emit(op, call.inputs())


def first_only(op: str, call: Call) -> None:
    """The node `op` over the first input: the others are arguments whose outcome is in the shapes."""
    call.emit(op, (call.name(0),))


def activation(name: str, call: Call) -> None:
    """One of the activations that operators can also have fused."""
    op, attributes = ACTIVATION_NODES[name]
    call.emit(op, (call.name(0),), attributes=attributes)


def concatenation(call: Call) -> None:
    """CONCATENATION along an axis."""
    call.emit("Concat", call.inputs(), attributes={"axis": call.operator.number("Axis")})


def reduction(op: str, call: Call) -> None:
    """MEAN, SUM, ... over constant axes."""
    axes = call.numbers(1)
    attributes: dict[str, AttributeValue] = {"keepdims": call.operator.number("KeepDims")}
    if axes is not None:
        attributes["axes"] = axes
    call.emit(op, (call.name(0),), attributes=attributes)


def transpose(call: Call) -> None:
    """TRANSPOSE: TensorFlow Lite runs it, so it is no change of layout that disappears."""
    perm = call.numbers(1)
    attributes: dict[str, AttributeValue] = {"moves_data": 1}
    if perm is not None:
        attributes["perm"] = perm
    call.emit("Transpose", (call.name(0),), attributes=attributes)


def gather(call: Call) -> None:
    """GATHER of elements along an axis."""
    call.emit("Gather", (call.name(0), call.name(1)), attributes={"axis": call.operator.number("Axis")})


def embedding_lookup(call: Call) -> None:
    """EMBEDDING_LOOKUP: indices first, then the table."""
    call.emit("Gather", (call.name(1), call.name(0)), attributes={"axis": 0})


def split(call: Call) -> None:
    """SPLIT (axis first) and SPLIT_V (data first)."""
    data, axis = (0, 2) if call.operator.op == "SPLIT_V" else (1, 0)
    along = call.numbers(axis)
    call.emit("Split", (call.name(data),), attributes={"axis": along[0] if along else 0})


def unpack(call: Call) -> None:
    """UNPACK: a split whose parts lose the axis."""
    call.emit("Split", (call.name(0),), attributes={"axis": call.operator.number("Axis")})


def pack(call: Call) -> None:
    """PACK: tensors get a new axis and are joined along it."""
    shape = call.shapes[0] or ()
    axis = call.operator.number("Axis") % max(1, len(shape))
    part = (*shape[:axis], 1, *shape[axis + 1 :])
    parts = [
        call.reshaped(name, part, f" part {place}") if call.builder.tensors[name].shape is not None else name
        for place, name in enumerate(call.inputs())
    ]
    call.emit("Concat", parts, attributes={"axis": axis})


def slice_part(call: Call) -> None:
    """SLICE: begin and size per axis; -1 is "to the end"."""
    begin, size = call.numbers(1), call.numbers(2)
    if begin is None or size is None or len(begin) != len(size):
        call.emit("Slice", (call.name(0),))
        return
    ends = [_WHOLE if extent < 0 else start + extent for start, extent in zip(begin, size, strict=True)]
    _cut(call, begin, tuple(ends), (1,) * len(begin))


def strided_slice(call: Call) -> None:
    """STRIDED_SLICE: begin, end and stride per axis; axes that shrink disappear afterwards."""
    begin, end, strides = (call.numbers(place) for place in (1, 2, 3))
    odd = call.operator.number("EllipsisMask") or call.operator.number("NewAxisMask")
    if odd or begin is None or end is None or strides is None or not len(begin) == len(end) == len(strides):
        call.emit("Slice", (call.name(0),))
        return
    starts, ends = list(begin), list(end)
    for axis in range(len(begin)):
        if call.operator.number("ShrinkAxisMask") >> axis & 1:
            ends[axis] = _WHOLE if starts[axis] == -1 else starts[axis] + 1
            continue
        if call.operator.number("BeginMask") >> axis & 1:
            starts[axis] = 0 if strides[axis] > 0 else _WHOLE
        if call.operator.number("EndMask") >> axis & 1:
            ends[axis] = _WHOLE if strides[axis] > 0 else -_WHOLE
    _cut(call, tuple(starts), tuple(ends), strides)


def _cut(call: Call, starts: tuple[int, ...], ends: tuple[int, ...], steps: tuple[int, ...]) -> None:
    """A Slice along the axes that it really cuts; the runtime may drop axes of extent 1 with it."""
    shape = call.shape(0)
    cut = [
        axis
        for axis, extent in enumerate(shape[: len(starts)])
        if not (starts[axis] in (0, -extent) and ends[axis] >= extent and steps[axis] == 1)
    ]
    call.emit(
        "Slice" if cut or prod(shape) != prod(call.shapes[0] or ()) else "Reshape",
        (call.name(0),),
        attributes={
            "starts": tuple(starts[axis] for axis in cut),
            "ends": tuple(ends[axis] for axis in cut),
            "axes": tuple(cut),
            "steps": tuple(steps[axis] for axis in cut),
        },
    )


def quantise(call: Call) -> None:
    """QUANTIZE of an activation, or from one scale to another: TensorFlow Lite runs it on its own."""
    call.emit("Quantize", (call.name(0),))


def dequantise(call: Call) -> None:
    """DEQUANTIZE: of a constant it runs once at load, of an activation each time."""
    call.emit("DequantizeLinear" if call.tensor(0).is_constant else "Dequantize", (call.name(0),))


def select(call: Call) -> None:
    """SELECT between two tensors."""
    call.emit("Where", call.inputs())


def read_variable(call: Call) -> None:
    """READ_VARIABLE: a copy out of what was kept from the last run."""
    call.emit("ReadVariable", (call.name(0),))


def assign_variable(call: Call) -> None:
    """ASSIGN_VARIABLE: a copy of what is kept for the next run."""
    value = call.tensor(1)
    kept = call.builder.add_tensor(f"{call.label} kept", value)
    call.emit("AssignVariable", (call.name(1),), (kept,))


def var_handle(call: Call) -> None:
    """VAR_HANDLE: names a variable, nothing runs."""
    for index in call.operator.outputs:
        call.builder.write(call.scope, index, _variable_shape(call))


def _variable_shape(call: Call) -> tuple[int, ...] | None:
    """Shape of the variable that a handle names, as the operators that use it state it."""
    made = set(call.operator.outputs)
    for operator in call.scope.subgraph.operators:
        if operator.op == "READ_VARIABLE" and made & set(operator.inputs):
            return call.scope.subgraph.tensors[operator.outputs[0]].shape
        if operator.op == "ASSIGN_VARIABLE" and made & set(operator.inputs[:1]):
            return call.scope.subgraph.tensors[operator.inputs[1]].shape
    return None


def custom(call: Call) -> None:
    """A custom operator: its name is all that is known of it. Its scratch memory is made by nobody."""
    names = [call.builder.read(call.scope, index, scratch=True) for index in call.operator.inputs]
    call.emit(call.operator.custom or "unnamed", names, domain="custom")


def unknown(call: Call) -> None:
    """An operator without a rule: it is counted, under its own name."""
    call.emit(call.operator.op, call.inputs(), domain="tflite")


_SAME = (
    "ADD:Add SUB:Sub MUL:Mul DIV:Div FLOOR_DIV:Div POW:Pow MAXIMUM:Max MINIMUM:Min ADD_N:Sum "
    "FLOOR_MOD:Mod SQUARED_DIFFERENCE:SquaredDifference RSQRT:Rsqrt SQRT:Sqrt SQUARE:Square EXP:Exp "
    "LOG:Log ABS:Abs NEG:Neg SIN:Sin COS:Cos FLOOR:Floor CEIL:Ceil ROUND:Round SIGN:Sign EQUAL:Equal "
    "NOT_EQUAL:Equal GREATER:Greater LESS:Less GREATER_EQUAL:GreaterOrEqual LESS_EQUAL:LessOrEqual "
    "LOGICAL_AND:And LOGICAL_OR:Or LOGICAL_NOT:Not ATAN2:Atan BITCAST:Cast LOGISTIC:Sigmoid "
    "HARD_SWISH:HardSwish GELU:Gelu ELU:Elu LEAKY_RELU:LeakyRelu PRELU:PRelu SOFTMAX:Softmax "
    "LOG_SOFTMAX:LogSoftmax L2_NORMALIZATION:LpNormalization LOCAL_RESPONSE_NORMALIZATION:LRN CAST:Cast "
    "SHAPE:Shape RANK:Size RELU:Relu RELU6:Relu6 TANH:Tanh RANGE:Range FILL:Expand BITWISE_XOR:Xor "
    "RIGHT_SHIFT:BitShift BROADCAST_ARGS:Max"
)
_FIRST_ONLY = (
    "RESHAPE:Reshape SQUEEZE:Squeeze EXPAND_DIMS:Unsqueeze RESIZE_BILINEAR:Resize "
    "RESIZE_NEAREST_NEIGHBOR:Resize PAD:Pad PADV2:Pad MIRROR_PAD:Pad TILE:Tile BROADCAST_TO:Expand "
    "SPACE_TO_DEPTH:SpaceToDepth DEPTH_TO_SPACE:DepthToSpace SPACE_TO_BATCH_ND:SpaceToDepth "
    "BATCH_TO_SPACE_ND:DepthToSpace REVERSE_V2:ReverseSequence REVERSE_SEQUENCE:ReverseSequence "
    "ARG_MAX:ArgMax ARG_MIN:ArgMin ZEROS_LIKE:Expand CUMSUM:CumSum ONE_HOT:OneHot TOPK_V2:TopK"
)
_REDUCTIONS = (
    "MEAN:ReduceMean SUM:ReduceSum REDUCE_MAX:ReduceMax REDUCE_MIN:ReduceMin REDUCE_PROD:ReduceProd "
    "REDUCE_ANY:ReduceMax REDUCE_ALL:ReduceMin"
)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(name, op) for name, op in (pair.split(":") for pair in text.split())]


PLAIN_RULES: dict[str, Rule] = {
    **{name: partial(same, op) for name, op in _pairs(_SAME)},
    **{name: partial(first_only, op) for name, op in _pairs(_FIRST_ONLY)},
    **{name: partial(reduction, op) for name, op in _pairs(_REDUCTIONS)},
    **{name: partial(activation, name) for name in ("RELU_N1_TO_1", "RELU_0_TO_1")},
    "CONCATENATION": concatenation,
    "TRANSPOSE": transpose,
    "GATHER": gather,
    "EMBEDDING_LOOKUP": embedding_lookup,
    "SPLIT": split,
    "SPLIT_V": split,
    "UNPACK": unpack,
    "PACK": pack,
    "SLICE": slice_part,
    "STRIDED_SLICE": strided_slice,
    "QUANTIZE": quantise,
    "DEQUANTIZE": dequantise,
    "DENSIFY": partial(first_only, "Identity"),
    "SELECT": select,
    "SELECT_V2": select,
    "GATHER_ND": partial(same, "GatherND"),
    "SCATTER_ND": partial(same, "ScatterND"),
    "DYNAMIC_UPDATE_SLICE": partial(same, "ScatterND"),
    "READ_VARIABLE": read_variable,
    "ASSIGN_VARIABLE": assign_variable,
    "VAR_HANDLE": var_handle,
    "CUSTOM": custom,
}
