"""Writing Loop and Scan out as the steps they run, where the number of steps is known from the file.

Semantics: https://onnx.ai/onnx/operators/onnx__Loop.html and https://onnx.ai/onnx/operators/onnx__Scan.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import onnx
from onnx import helper

from predictors.errors import ModelError, printable
from predictors.reading.inline_functions import local_names, renamed, subgraphs
from predictors.reading.known_tensors import Knowledge
from predictors.reading.limits import DEFAULT_LIMITS

MOST_WRITTEN_OUT = DEFAULT_LIMITS.nodes // 2
"""Operators that a loop may become: half of what a model may have; beyond it, it stays one operator."""
_AXES_AS_INPUT = 13  # the opset from which Squeeze, Unsqueeze and Split take their arguments as inputs
_SCAN_WITHOUT_BATCH = 9


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


def chosen_parts(
    graph: onnx.GraphProto, shapes: Mapping[str, Sequence[int]]
) -> tuple[dict[str, int], dict[str, Sequence[int]]]:
    """What the reader decided about branches and loops, by their names; and the shapes that are left.

    A single number under the name of an If is 1 (then) or 0 (else), under that of a Loop how often it runs.
    Raises ModelError CHOICE_UNUSABLE for another number.
    """
    parts = {called(node): node.op_type for node in _every_node(graph) if node.op_type in ("If", "Loop")}
    inputs = {value.name for value in graph.input}
    chosen = {name: list(numbers) for name, numbers in shapes.items() if name in parts and name not in inputs}
    for name, numbers in chosen.items():
        most = 1 if parts[name] == "If" else MOST_WRITTEN_OUT
        if len(numbers) != 1 or not 0 <= numbers[0] <= most:
            raise ModelError(
                "CHOICE_UNUSABLE",
                "{name} is no input but {kind}. Give 1 for its then-branch or 0 for its else-branch, or how "
                "often a loop runs (at most {most:,} times), as in {name}=1.",
                name=printable(name),
                kind=parts[name],
                most=most,
            )
    rest = {name: numbers for name, numbers in shapes.items() if name not in chosen}
    return {name: numbers[0] for name, numbers in chosen.items()}, rest


def _every_node(graph: onnx.GraphProto, level: int = 0) -> Iterator[onnx.NodeProto]:
    for node in graph.node:
        yield node
        if level < _MOST_LEVELS:
            for inner in subgraphs(node):
                yield from _every_node(inner, level + 1)


_MOST_LEVELS = 8


def written_out(node: onnx.NodeProto, known: Knowledge, opset: int, trips: int | None = None) -> Steps | None:
    """The steps of a Loop or Scan; None where their number is unknown or too large, or for another node.

    `trips` is how often a Loop runs where the reader said so and the file does not.
    """
    body = next((one.g for one in node.attribute if one.name == "body"), None)
    if body is None or node.op_type not in ("Loop", "Scan"):
        return None
    count = _trips(node, known) if node.op_type == "Loop" else _scan_length(node, known, opset)
    if count is None and node.op_type == "Loop":
        count = trips
    if not count or count * max(_size(body), 1) > MOST_WRITTEN_OUT:
        return None
    prefix = f"{node.name or next(iter(node.output), node.op_type)}/"
    made = _Body(body, prefix, opset, Steps(count))
    made.write_weights()
    if node.op_type == "Loop":
        _loop(node, made, count)
    else:
        _scan(node, made, count)
    return made.steps


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
    """Steps of a Scan: the extent of what it scans."""
    count = _scan_inputs(node)
    if opset < _SCAN_WITHOUT_BATCH or not 0 < count <= len(node.input):
        return None
    tensor = known.tensors.get(node.input[-count])
    axis = _flags(node, "scan_input_axes", count)[0]
    shape = None if tensor is None else tensor.shape
    return shape[axis] if shape is not None and -len(shape) <= axis < len(shape) else None


def _scan(node: onnx.NodeProto, made: _Body, count: int) -> None:
    """Inputs of the body: carried tensors, then an element of each scanned one; outputs: carried, stacked."""
    scanned = _scan_inputs(node)
    carried, sources = list(node.input[:-scanned]), node.input[-scanned:]
    axes, backwards = (_flags(node, f"scan_input_{name}", scanned) for name in ("axes", "directions"))
    elements = []
    for source, axis, back in zip(sources, axes, backwards, strict=True):
        cut = made.slices(source, axis, count)
        elements.append(cut[::-1] if back else cut)
    stacked: list[list[str]] = [[] for _ in node.output[len(carried) :]]
    for number in range(count):
        results = made.write_step(number, [*carried, *(cut[number] for cut in elements)])
        carried = results[: len(carried)]
        for parts, result in zip(stacked, results[len(carried) :], strict=False):
            parts.append(result)
    made.hand_over(carried, node.output)
    places = _flags(node, "scan_output_axes", len(stacked))
    turned = _flags(node, "scan_output_directions", len(stacked))
    for parts, axis, back, output in zip(stacked, places, turned, node.output[len(carried) :], strict=True):
        if output and parts:
            made.stack(parts[::-1] if back else parts, axis, output)
