"""Writing Loop and Scan out as the steps they run, where the number of steps is known from the file.

Semantics: https://onnx.ai/onnx/operators/onnx__Loop.html and https://onnx.ai/onnx/operators/onnx__Scan.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import helper, numpy_helper

from predictors.errors import ModelError
from predictors.model.open_choices import LOOP_TOO_LONG, MOST_WRITTEN_OUT, SCAN_TOO_LONG
from predictors.reading.choices import BRANCH, SCAN, STEPS, Choices
from predictors.reading.inline_functions import local_names, renamed, subgraphs
from predictors.reading.known_tensors import Knowledge
from predictors.reading.names import clean
from predictors.reading.tensors import Array

_AXES_AS_INPUT = 13  # the opset from which Squeeze, Unsqueeze and Split take their arguments as inputs
_SCAN_WITHOUT_BATCH = 9  # the opset from which Scan has no batch axis


@dataclass(slots=True)
class Steps:
    """The operators of all steps of a loop, in order, and how many steps there are."""

    count: int
    nodes: list[onnx.NodeProto] = field(default_factory=list)


@dataclass(slots=True)
class _Body:
    """A body with a step's names put in; weights of the body are written once."""

    graph: onnx.GraphProto
    prefix: str
    opset: int
    steps: Steps
    shared: dict[str, str] = field(default_factory=dict)

    def write_weights(self) -> None:
        for tensor in self.graph.initializer:
            self.shared[tensor.name] = f"{self.prefix}{tensor.name}"
            self.steps.nodes.append(
                helper.make_node("Constant", [], [self.shared[tensor.name]], value=tensor)
            )

    def write_step(self, number: int, given: Sequence[str]) -> list[str]:
        """One step that reads the tensors `given`; returns what its outputs are called."""
        prefix = f"{self.prefix}{number}/"
        names = {name: prefix + name for name in local_names(self.graph)} | self.shared
        names.update(zip((value.name for value in self.graph.input), given, strict=False))
        self.steps.nodes.extend(renamed(node, names, prefix) for node in self.graph.node)
        return [names.get(value.name, value.name) for value in self.graph.output]

    def stack(self, parts: Sequence[str], axis: int, output: str) -> None:
        """Put one tensor per step together along a new axis."""
        pieces = [f"{part}#{output}" for part in parts]
        for part, piece in zip(parts, pieces, strict=True):
            self._with_axes("Unsqueeze", part, piece, axis)
        self.steps.nodes.append(helper.make_node("Concat", pieces, [output], axis=axis))

    def slices(self, source: str, axis: int, count: int) -> list[str]:
        """Cut a tensor into its elements along an axis."""
        cut = [f"{self.prefix}{source}[{number}]" for number in range(count)]
        wide = [f"{name}#" for name in cut]
        sizes = [1] * count
        if self.opset >= _AXES_AS_INPUT:
            split = self._constant(f"{self.prefix}{source}#sizes", sizes)
            self.steps.nodes.append(helper.make_node("Split", [source, split], wide, axis=axis))
        else:
            self.steps.nodes.append(helper.make_node("Split", [source], wide, axis=axis, split=sizes))
        for one, name in zip(wide, cut, strict=True):
            self._with_axes("Squeeze", one, name, axis)
        return cut

    def _with_axes(self, op: str, source: str, target: str, axis: int) -> None:
        if self.opset >= _AXES_AS_INPUT:
            axes = self._constant(f"{target}#axes", [axis])
            self.steps.nodes.append(helper.make_node(op, [source, axes], [target]))
        else:
            self.steps.nodes.append(helper.make_node(op, [source], [target], axes=[axis]))

    def _constant(self, name: str, values: Sequence[int]) -> str:
        tensor = helper.make_tensor(name, onnx.TensorProto.INT64, [len(values)], list(values))
        self.steps.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        return name

    def scalar(self, name: str, kind: int, value: int) -> str:
        """A constant number or truth value."""
        tensor = helper.make_tensor(name, kind, [], [value])
        self.steps.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        return name

    def hand_over(self, sources: Sequence[str], targets: Sequence[str]) -> None:
        """Give the last step's results the names that the rest of the network reads."""
        for source, target in zip(sources, targets, strict=False):
            if target:
                self.steps.nodes.append(helper.make_node("Identity", [source], [target]))


def called(node: onnx.NodeProto) -> str:
    """What a branch or loop is called in remarks and choices: its name, else its first result."""
    return node.name or next(iter(node.output), node.op_type)


CHOOSABLE = frozenset((BRANCH, STEPS, SCAN))


def choosable(nodes: Iterable[onnx.NodeProto]) -> dict[str, str]:
    """The branches and loops among `nodes` and inside them, by their names."""
    return {called(node): node.op_type for node in _every_node(nodes) if node.op_type in CHOOSABLE}


def _every_node(nodes: Iterable[onnx.NodeProto], level: int = 0) -> Iterator[onnx.NodeProto]:
    for node in nodes:
        yield node
        if level < _MOST_LEVELS:
            for inner in subgraphs(node):
                yield from _every_node(inner.node, level + 1)


_MOST_LEVELS = 8  # of loops and branches inside one another; exporters write two or three


def written_out(node: onnx.NodeProto, known: Knowledge, opset: int, choices: Choices) -> Steps | None:
    """The steps of a Loop or Scan; None where their number is unknown or too large, or for another node.

    How often a Loop runs is the reader's choice where the file leaves it open or only gives the most.
    """
    body = next((one.g for one in node.attribute if one.name == "body"), None)
    if body is None or node.op_type not in (STEPS, SCAN):
        return None
    if node.op_type == SCAN:
        count = _scan_steps(node, body, known, opset, choices)
    else:
        count = _steps(node, body, known, choices)
    if count is None:
        return None
    if count * max(_size(body), 1) > MOST_WRITTEN_OUT:
        choices.remark(SCAN_TOO_LONG, called(node), str(count))
        return None
    if count == 0 and (node.op_type == SCAN or len(node.output) > len(node.input) - 2):
        if node.op_type == STEPS and choices.of(called(node)) == 0:
            raise ModelError(
                "CHOICE_UNUSABLE",
                "Without a step, {name} has no results to put together. Give 1 step or more, as in --shape "
                "{name}=1.",
                name=clean(choices.own_name(called(node))),
            )
        return None
    prefix = f"{node.name or next(iter(node.output), node.op_type)}/"
    made = _Body(body, prefix, opset, Steps(count))
    made.write_weights()
    if node.op_type == STEPS:
        _loop(node, made, count)
    elif opset < _SCAN_WITHOUT_BATCH:
        batch = (known.tensors[node.input[-1]].shape or (1,))[0]
        _scan_per_element(node, made, count // batch, batch)
    else:
        _scan(node, made, count)
    return made.steps


def _steps(node: onnx.NodeProto, body: onnx.GraphProto, known: Knowledge, choices: Choices) -> int | None:
    """How often a Loop runs: as the file says, or as the reader does where it depends on the data."""
    count, goes_on, room = _trips(node, known), _goes_on(body, known), MOST_WRITTEN_OUT // max(_size(body), 1)
    if goes_on is False:
        count = 1 if count is None else min(count, 1)
    if count is not None and count <= room and (count == 0 or goes_on is not None):
        return count
    if count is not None and count > room and choices.of(called(node)) is None:
        choices.remark(LOOP_TOO_LONG, called(node), str(count))
        return None
    return choices.steps(called(node), count if count is not None and count <= room else None, room)


def _scan_steps(
    node: onnx.NodeProto, body: onnx.GraphProto, known: Knowledge, opset: int, choices: Choices
) -> int | None:
    """How often a Scan runs: as long as what it scans, or as the reader says where that is not known."""
    count = _scan_length(node, known, opset)
    if count is not None or opset < _SCAN_WITHOUT_BATCH or not 0 < _scan_inputs(node) <= len(node.input):
        return count
    return choices.steps(called(node), None, MOST_WRITTEN_OUT // max(_size(body), 1))


def _goes_on(body: onnx.GraphProto, known: Knowledge) -> bool | None:
    """Whether a body never ends its loop early: its condition is handed through or always true.

    False where it ends with the first step: the condition is always false. None where the data decide.
    """
    makers = {output: node for node in body.node for output in node.output}
    held = {tensor.name: tensor for tensor in body.initializer}
    handed = {value.name for value in body.input[1:2]}
    name = body.output[0].name if body.output else ""
    for _ in range(_MOST_LEVELS):
        maker = makers.get(name)
        if name in handed:
            return True
        if name in held:
            return _truth(numpy_helper.to_array(held[name]))
        if maker is None:
            return _truth(known.arrays.get(name))
        if maker.op_type == "Constant":
            return _truth(_content(maker))
        if maker.op_type not in ("Identity", "Cast") or not maker.input:
            return None
        name = maker.input[0]
    return None


def _content(constant: onnx.NodeProto) -> Array | None:
    """What a Constant holds, as far as it is a condition: a tensor or a whole number."""
    for one in constant.attribute:
        if one.name in ("value", "value_int"):
            return numpy_helper.to_array(one.t) if one.name == "value" else np.array(one.i)
    return None


def _truth(array: Array | None) -> bool | None:
    return None if array is None or array.size != 1 else bool(array.reshape(-1)[0])


def body_written_out(
    body: onnx.GraphProto, prefix: str, opset: int, given: Sequence[Sequence[str]]
) -> tuple[Steps, list[list[str]]]:
    """A body once for each list of tensors that it reads, and what its results are called each time."""
    made = _Body(body, prefix, opset, Steps(len(given)))
    made.write_weights()
    return made.steps, [made.write_step(number, names) for number, names in enumerate(given)]


def _size(graph: onnx.GraphProto) -> int:
    return sum(1 + sum(map(_size, subgraphs(node))) for node in graph.node)


def _trips(node: onnx.NodeProto, known: Knowledge) -> int | None:
    """Steps of a Loop: its constant trip count, 0 where its condition is false from the start."""
    names = [*node.input, "", ""][:2]
    trips, condition = (known.arrays.get(name) if name else None for name in names)
    if condition is not None and condition.size == 1 and not bool(condition.reshape(-1)[0]):
        return 0
    return int(trips.reshape(-1)[0]) if trips is not None and trips.size == 1 else None


def _loop(node: onnx.NodeProto, made: _Body, count: int) -> None:
    """Inputs of the body: step number, condition, carried tensors; outputs: condition, carried, stacked."""
    carried = list(node.input[2:])
    condition = node.input[1] if len(node.input) > 1 else ""
    condition = condition or made.scalar(f"{made.prefix}condition", onnx.TensorProto.BOOL, 1)
    stacked: list[list[str]] = [[] for _ in node.output[len(carried) :]]
    for number in range(count):
        step = made.scalar(f"{made.prefix}{number}/#", onnx.TensorProto.INT64, number)
        condition, *results = made.write_step(number, [step, condition, *carried])
        carried = results[: len(carried)]
        for parts, result in zip(stacked, results[len(carried) :], strict=False):
            parts.append(result)
    made.hand_over(carried, node.output)
    for parts, output in zip(stacked, node.output[len(carried) :], strict=True):
        if output and parts:
            made.stack(parts, 0, output)


def _flags(node: onnx.NodeProto, name: str, length: int) -> list[int]:
    found = next((list(one.ints) for one in node.attribute if one.name == name), [])
    return found if len(found) == length else [0] * length


def _scan_inputs(node: onnx.NodeProto) -> int:
    return next((one.i for one in node.attribute if one.name == "num_scan_inputs"), 0)


def _scan_length(node: onnx.NodeProto, known: Knowledge, opset: int) -> int | None:
    """Steps of a Scan: the extent of what it scans, in opset 8 once for every element of the batch."""
    count = _scan_inputs(node)
    if not 0 < count <= len(node.input):
        return None
    tensor = known.tensors.get(node.input[-count])
    shape = None if tensor is None else tensor.shape
    if opset < _SCAN_WITHOUT_BATCH:
        return shape[0] * shape[1] if shape is not None and len(shape) > 1 else None
    axis = _flags(node, "scan_input_axes", count)[0]
    return shape[axis] if shape is not None and -len(shape) <= axis < len(shape) else None


@dataclass(slots=True)
class _Scanned:
    """How a Scan reads and writes: axes and directions of what it takes apart and stacks."""

    axes: list[int]
    backwards: list[int]
    places: list[int]
    turned: list[int]


def _scan(node: onnx.NodeProto, made: _Body, count: int) -> None:
    """Inputs of the body: carried tensors, then an element of each scanned one; outputs: carried, stacked."""
    scanned = _scan_inputs(node)
    carried, sources = list(node.input[:-scanned]), list(node.input[-scanned:])
    results = len(node.output) - len(carried)
    how = _Scanned(
        *(_flags(node, f"scan_input_{name}", scanned) for name in ("axes", "directions")),
        *(_flags(node, f"scan_output_{name}", results) for name in ("axes", "directions")),
    )
    _scan_once(made, range(count), carried, sources, list(node.output), how)


def _scan_per_element(node: onnx.NodeProto, made: _Body, count: int, batch: int) -> None:
    """A Scan of opset 8: everything has a batch in front, and every element of it is scanned on its own.

    Its first input, the lengths of the elements, is taken as the longest: all of what is scanned.
    """
    scanned = _scan_inputs(node)
    taken = [made.slices(name, 0, batch) for name in node.input[1:]]
    carried = len(taken) - scanned
    results = len(node.output) - carried
    how = _Scanned([0] * scanned, _flags(node, "directions", scanned), [0] * results, [0] * results)
    parts: list[list[str]] = []
    for element in range(batch):
        given = [cut[element] for cut in taken]
        outputs = [f"{made.prefix}{output}[{element}]" for output in node.output]
        numbers = range(element * count, (element + 1) * count)
        _scan_once(made, numbers, given[:carried], given[carried:], outputs, how)
        parts.append(outputs)
    for output, pieces in zip(node.output, zip(*parts, strict=True), strict=True):
        if output:
            made.stack(pieces, 0, output)


def _scan_once(
    made: _Body, numbers: range, carried: list[str], sources: list[str], outputs: list[str], how: _Scanned
) -> None:
    """The steps of one Scan over its sequences, and the tensors that it returns."""
    elements = []
    for source, axis, back in zip(sources, how.axes, how.backwards, strict=True):
        cut = made.slices(source, axis, len(numbers))
        elements.append(cut[::-1] if back else cut)
    first = len(carried)
    stacked: list[list[str]] = [[] for _ in outputs[first:]]
    for place, number in enumerate(numbers):
        results = made.write_step(number, [*carried, *(cut[place] for cut in elements)])
        carried = results[:first]
        for parts, result in zip(stacked, results[first:], strict=False):
            parts.append(result)
    made.hand_over(carried, outputs)
    for parts, axis, back, output in zip(stacked, how.places, how.turned, outputs[first:], strict=True):
        if output and parts:
            made.stack(parts[::-1] if back else parts, axis, output)
