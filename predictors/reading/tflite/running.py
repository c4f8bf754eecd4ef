"""Going through subgraphs in the order they run, those inside loops and composites included.

How often a WHILE runs its body, where the file says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from data.messages import Message
from predictors.errors import ModelError
from predictors.model.graph import Shape
from predictors.reading.choices import BRANCH, STEPS
from predictors.reading.limits import DEFAULT_LIMITS
from predictors.reading.rough_work import rough_work
from predictors.reading.tflite.building import Builder, Call, Scope, too_many_operators
from predictors.reading.tflite.decode import unsound
from predictors.reading.tflite.decoded import TfModel, TfOperator, TfSubgraph
from predictors.reading.tflite.recurrence import find_cell
from predictors.reading.tflite.rules_compute import (
    bidirectional_lstm,
    bidirectional_rnn,
    convolution,
    convolution_3d,
    depthwise_convolution,
    fully_connected,
    pool,
    product,
    recurrent,
    rnn_step,
    sequence_lstm,
    sequence_rnn,
    svdf,
    transposed_convolution,
    transposed_convolution_3d,
)
from predictors.reading.tflite.rules_plain import PLAIN_RULES, Rule, unknown
from predictors.reading.tflite.shapes import output_shapes

RULES: dict[str, Rule] = {
    **PLAIN_RULES,
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise_convolution,
    "TRANSPOSE_CONV": transposed_convolution,
    "CONV_3D": convolution_3d,
    "CONV_3D_TRANSPOSE": transposed_convolution_3d,
    "FULLY_CONNECTED": fully_connected,
    "BATCH_MATMUL": product,
    "AVERAGE_POOL_2D": partial(pool, "AveragePool"),
    "MAX_POOL_2D": partial(pool, "MaxPool"),
    "L2_POOL_2D": partial(pool, "LpPool"),
    "SVDF": svdf,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": sequence_lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": bidirectional_lstm,
    "UNIDIRECTIONAL_SEQUENCE_RNN": sequence_rnn,
    "BIDIRECTIONAL_SEQUENCE_RNN": bidirectional_rnn,
    "RNN": rnn_step,
}


MOST_TRIPS = 1_000_000  # more steps are no loop of a network


@dataclass(frozen=True, slots=True)
class Loop:
    """`trips`: how often the body runs; None where that depends on the data; `is_exact`: or less often."""

    trips: int | None
    is_exact: bool = True


def find_loop(call: Call, condition: TfSubgraph, body: TfSubgraph) -> Loop:
    """The loop of a WHILE whose condition is one or several `counter < bound`, joined by "and"."""
    makers = {index: operator for operator in condition.operators for index in operator.outputs}
    if len(condition.outputs) != 1:
        return Loop(None)
    waiting, counts = [condition.outputs[0]], []
    for _ in range(len(condition.operators) + 1):
        if not waiting:
            break
        maker = makers.get(waiting.pop())
        if maker is not None and maker.op == "LOGICAL_AND":
            waiting.extend(maker.inputs)
        else:
            counts.append(None if maker is None else _trips(call, maker, condition, body))
    known = [count for count in counts if count is not None]
    return Loop(min(known) if known else None, is_exact=len(known) == len(counts))


def _trips(call: Call, compare: TfOperator, condition: TfSubgraph, body: TfSubgraph) -> int | None:
    """How often `counter < bound` holds; None where start, step or bound are not in the file."""
    if compare.op not in ("LESS", "LESS_EQUAL") or len(compare.inputs) != 2:
        return None
    counter, limit = compare.inputs
    if counter not in condition.inputs:
        return None
    place = condition.inputs.index(counter)
    start, bound = _start(call, place), _bound(call, condition, limit, body)
    step = _step(body, place)
    if start is None or bound is None or step is None or step < 1:
        return None
    trips = (bound + (compare.op == "LESS_EQUAL") - start + step - 1) // step
    return max(0, trips) if trips <= MOST_TRIPS else None


def _start(call: Call, place: int) -> int | None:
    numbers = call.numbers(place)
    return numbers[0] if numbers and len(numbers) == 1 else None


def _bound(call: Call, condition: TfSubgraph, index: int, body: TfSubgraph) -> int | None:
    """A bound that is a constant of the condition, or one that the loop carries along unchanged."""
    if index in condition.inputs:
        place = condition.inputs.index(index)
        carried = place < len(body.outputs) and body.outputs[place] == body.inputs[place]
        return _start(call, place) if carried else None
    return _scalar(condition, index)


def _scalar(subgraph: TfSubgraph, index: int) -> int | None:
    values = subgraph.tensors[index].values
    return (
        int(values.reshape(-1)[0])
        if values is not None and values.size == 1 and values.dtype.kind in "iu"
        else None
    )


def _step(body: TfSubgraph, place: int) -> int | None:
    """What the body adds to a carried counter, if that is a constant."""
    if not place < min(len(body.inputs), len(body.outputs)):
        return None
    for operator in body.operators:
        if operator.op == "ADD" and body.outputs[place] in operator.outputs and len(operator.inputs) == 2:
            left, right = operator.inputs
            other = right if left == body.inputs[place] else left if right == body.inputs[place] else None
            return None if other is None else _scalar(body, other)
    return None


UNROLLED = 8_000
"""Operators that one loop may become; a longer one is counted as one operator without figures."""
INITIALISES = frozenset(("CALL_ONCE",))
"""Runs once before the first inference, so it is no part of one."""


def run_subgraph(builder: Builder, scope: Scope, inside: tuple[int, ...]) -> None:
    """Add a subgraph's operators to the graph. `inside`: the subgraphs that led here, this one included."""
    for operator in scope.subgraph.operators:
        builder.operators += 1
        if builder.operators > DEFAULT_LIMITS.nodes:
            raise too_many_operators()
        if operator.op in INITIALISES:
            continue
        call = Call(builder, scope, operator, f"{operator.op} {builder.operators}", ())
        if operator.op == "STABLEHLO_COMPOSITE":
            _run_inner(call, _inner(call, "Decomposition", inside), inside)
        elif operator.op == "WHILE":
            _run_loop(call, inside)
        elif operator.op == "IF":
            _run_branch(call, inside)
        else:
            _run_plain(call)


def _run_plain(call: Call) -> None:
    call.shapes = _shapes(call)
    rule = RULES.get(call.operator.op, unknown)
    rule(call)


def _shapes(call: Call) -> tuple[Shape | None, ...]:
    stored = [call.scope.subgraph.tensors[index] for index in call.operator.outputs]
    if not call.builder.dynamic and all(tensor.rank_known for tensor in stored):
        return tuple(tensor.shape for tensor in stored)
    found = output_shapes(call)
    if found is not None and len(found) == len(stored):
        return tuple(found)
    return tuple(
        None if -1 in tensor.signature or not tensor.rank_known else tensor.shape for tensor in stored
    )


def _inner(call: Call, option: str, inside: tuple[int, ...]) -> Scope:
    """A fresh run of the subgraph that an option names. Raises ModelError for one that holds itself."""
    subgraphs, place = call.builder.model.subgraphs, call.operator.number(option, -1)
    if not 0 <= place < len(subgraphs):
        raise unsound(
            Message(
                "{label} names subgraph {place} of {count}",
                label=call.label,
                place=place,
                count=len(subgraphs),
            )
        )
    if place in inside:
        raise ModelError(
            "MODEL_CYCLE",
            "The operator {label} runs a subgraph that it is part of itself, which never ends. The file is "
            "damaged: convert the model again.",
            label=call.label,
        )
    if len(inside) >= DEFAULT_LIMITS.depth:
        raise ModelError(
            "MODEL_TOO_COMPLEX",
            "The model holds subgraphs inside subgraphs more than {most} deep, which is the limit. Check how "
            "the file was made.",
            most=DEFAULT_LIMITS.depth,
        )
    return Scope(subgraphs[place], place)


def _run_inner(call: Call, inner: Scope, inside: tuple[int, ...]) -> None:
    """Run a subgraph once on an operator's inputs; its outputs are the operator's."""
    outputs = _pass(call, inner, call.inputs(), inside)
    _check_count(call, outputs, call.operator.outputs)
    call.scope.names.update(zip(call.operator.outputs, outputs, strict=True))


def _pass(call: Call, inner: Scope, inputs: list[str], inside: tuple[int, ...]) -> list[str]:
    _check_count(call, inputs, inner.subgraph.inputs)
    inner.names = dict(zip(inner.subgraph.inputs, inputs, strict=True))
    run_subgraph(call.builder, inner, (*inside, inner.place))
    return [call.builder.read(inner, index) for index in inner.subgraph.outputs]


def _check_count(call: Call, one: list[str], other: tuple[int, ...]) -> None:
    if len(one) != len(other):
        raise unsound(Message("{label} and its subgraph have another number of tensors", label=call.label))


def _run_loop(call: Call, inside: tuple[int, ...]) -> None:
    condition = _inner(call, "CondSubgraphIndex", inside)
    body = _inner(call, "BodySubgraphIndex", inside)
    loop = find_loop(call, condition.subgraph, body.subgraph)
    cell = find_cell(call.builder, body) if loop.trips != 0 else None
    if loop.trips is None or not loop.is_exact:
        room = UNROLLED // max(len(body.subgraph.operators), 1) if cell is None else MOST_TRIPS
        name = part_name(call.scope.subgraph, call.operator)
        loop = Loop(call.builder.choices.steps(name, loop.trips, room))
    if cell is not None and loop.trips:
        _run_cell(call, body, loop)
    elif loop.trips is None or loop.trips * len(body.subgraph.operators) > UNROLLED:
        call.shapes = tuple(call.scope.subgraph.tensors[index].shape for index in call.operator.outputs)
        unknown(call)
    else:
        _unroll(call, body, loop.trips, inside)
        name = part_name(call.scope.subgraph, call.operator)
        call.builder.choices.remark("LOOP_WRITTEN_OUT", name, str(loop.trips))


_BRANCHES = {"then_branch": "ThenSubgraphIndex", "else_branch": "ElseSubgraphIndex"}


def _run_branch(call: Call, inside: tuple[int, ...]) -> None:
    """The branch that the file or the reader decides on; of two, the dearer one."""
    builder, name = call.builder, part_name(call.scope.subgraph, call.operator)
    decided, chosen = call.numbers(0), builder.choices.of(name)
    if decided or chosen is not None:
        branch = "then_branch" if (decided[0] if decided else chosen) else "else_branch"
        if not decided:
            builder.choices.remark("BRANCH_CHOSEN", name, branch)
        outputs = _branch(call, branch, inside)
    else:
        outputs = _dearer(call, name, inside)
    _check_count(call, outputs, call.operator.outputs)
    call.scope.names.update(zip(call.operator.outputs, outputs, strict=True))


def _branch(call: Call, branch: str, inside: tuple[int, ...]) -> list[str]:
    return _pass(call, _inner(call, _BRANCHES[branch], inside), call.inputs()[1:], inside)


def _dearer(call: Call, name: str, inside: tuple[int, ...]) -> list[str]:
    builder = call.builder
    start, before = len(builder.nodes), builder.choices.remarks
    walked = {}
    for branch in _BRANCHES:
        builder.choices.remarks = dict(before)
        outputs = _branch(call, branch, inside)
        nodes = builder.nodes[start:]
        del builder.nodes[start:]
        walked[branch] = rough_work(nodes, builder.tensors), nodes, outputs, builder.choices.remarks
    taken = max(walked, key=lambda branch: walked[branch][0])
    _, nodes, outputs, builder.choices.remarks = walked[taken]
    builder.nodes.extend(replace(node, index=start + place) for place, node in enumerate(nodes))
    builder.choices.remark("BRANCH_TAKEN", name, taken)
    return outputs


def part_name(subgraph: TfSubgraph, operator: TfOperator) -> str:
    """What an IF or WHILE is called in choices and remarks: as operators have no names, by its result."""
    tensor = subgraph.tensors[operator.outputs[0]] if operator.outputs else None
    return (tensor.name if tensor is not None else "") or operator.op


def choosable(model: TfModel) -> dict[str, str]:
    """The branches and loops of a file by their names, each with its kind."""
    kinds = {"IF": BRANCH, "WHILE": STEPS}
    return {
        part_name(subgraph, operator): kinds[operator.op]
        for subgraph in model.subgraphs
        for operator in subgraph.operators
        if operator.op in kinds
    }


def _run_cell(call: Call, body: Scope, loop: Loop) -> None:
    """A loop over the steps of a recurrent cell is one layer of ours, as other formats have it."""
    cell = find_cell(call.builder, body)
    assert cell is not None and loop.trips is not None  # noqa: S101  # asked by the caller
    data = call.builder.read(call.scope, call.operator.inputs[cell.sequence])
    call.shapes = tuple(call.scope.subgraph.tensors[index].shape for index in call.operator.outputs)
    shape = call.builder.tensors[data].shape or ()
    by_steps = call.reshaped(data, (loop.trips, shape[-2] if len(shape) > 2 else 1, cell.width), " by steps")
    recurrent(call, by_steps, [(cell.inner, cell.outer)], cell.others, op=cell.op, time_major=True)


def _unroll(call: Call, body: Scope, trips: int, inside: tuple[int, ...]) -> None:
    """The body as often as it runs."""
    carried = call.inputs()
    for _ in range(trips):
        carried = _pass(call, Scope(body.subgraph, body.place), carried, inside)
    _check_count(call, carried, call.operator.outputs)
    call.scope.names.update(zip(call.operator.outputs, carried, strict=True))
