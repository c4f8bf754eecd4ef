"""How often a WHILE runs its body, where the file says so."""

from __future__ import annotations

from dataclasses import dataclass

from predictors.reading.tflite.building import Call
from predictors.reading.tflite.decoded import TfOperator, TfSubgraph

MOST_TRIPS = 1_000_000


@dataclass(frozen=True, slots=True)
class Loop:
    """`trips`: how often the body runs; None where that depends on the data."""

    trips: int | None


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
    return Loop(min(known) if known else None)


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
