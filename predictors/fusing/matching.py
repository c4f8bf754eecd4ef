"""Find the patterns in a graph view and merge what they match into one operator each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from predictors.fusing.pattern_language import Call, Constant, Expression, Pattern, Variable
from predictors.fusing.view import GraphView

COMMUTATIVE = frozenset({"Add", "Mul", "ResidualAdd", "Max", "Min"})
CORES: dict[str, tuple[str, ...]] = {
    "Dense": ("Dense", "MatMulInteger"),
    "MatMul": ("MatMul", "MatMulInteger"),
    "Conv": ("Conv", "ConvInteger"),
}
"""Inner operators that a result keeps its inputs and name from; elsewhere: one named like the result."""

CODE_TYPES = frozenset({"int8", "uint8"})
"""Numbers of these types are codes of a scale that stands elsewhere: like a content that was not kept, they
are taken for the number that a pattern asks for."""

RELATIVE_TOLERANCE = 1e-3
"""Constants of exports are rounded (1/6 as 0.1667, as float16, ...)."""


@dataclass(frozen=True, slots=True)
class Match:
    """Tensors bound to names so far, and the operators matched so far."""

    names: Mapping[str, str]
    members: tuple[int, ...]


def apply_patterns(view: GraphView, groups: Sequence[Mapping[str, tuple[Pattern, ...]]]) -> None:
    """Rewrite the operators of a view with groups of patterns, in order."""
    for group in groups:
        for op_id in sorted(view.ops):
            op = view.ops.get(op_id)
            if op is not None and op.op in group:
                _apply_first(view, op_id, group[op.op])


def _apply_first(view: GraphView, op_id: int, patterns: tuple[Pattern, ...]) -> None:
    makers = [view.maker(name) for name in view.ops[op_id].inputs]
    behind = {maker.op for maker in makers if maker is not None}
    for pattern in patterns:
        if any(behind.isdisjoint(ops) for ops in pattern.needs):  # most lines end here
            continue
        match = _match_operator(view, pattern.call, op_id, Match({}, ()))
        if match is not None and _is_closed(view, op_id, pattern, match):
            _merge(view, op_id, pattern, match)
            return


def _merge(view: GraphView, op_id: int, pattern: Pattern, match: Match) -> None:
    """The root takes over the match, with inputs and anchor of the operator that does the work."""
    absorbed = [member for member in dict.fromkeys(match.members) if member != op_id]
    root = view.ops[op_id]
    wanted = CORES.get(pattern.result, (pattern.result,))
    cores = [view.ops[member] for member in absorbed if view.ops[member].op in wanted]
    if cores:
        root.anchor, root.inputs = cores[0].anchor, cores[0].inputs
    else:
        root.inputs = tuple(name for label, name in match.names.items() if not _is_inner(view, name, match))
    root.op = pattern.result
    view.merge(op_id, absorbed)


def _is_inner(view: GraphView, tensor: str, match: Match) -> bool:
    """Whether a named tensor is made inside the match (a label such as `d=`)."""
    return view.maker_id(tensor) in match.members


def _is_closed(view: GraphView, op_id: int, pattern: Pattern, match: Match) -> bool:
    """Whether no inner result is used outside the match or stands for something from outside."""
    outer = (name for label, name in match.names.items() if label not in pattern.labels)
    if any(_is_inner(view, name, match) for name in outer):
        return False
    return all(view.only_read_by(member, match.members) for member in match.members if member != op_id)


def _match(view: GraphView, expression: Expression, tensor: str, match: Match) -> Match | None:
    if isinstance(expression, Variable):
        return _match_variable(view, expression, tensor, match)
    if isinstance(expression, Constant):
        return match if _fits_constant(view, expression, tensor) else None
    return _match_call(view, expression, tensor, match)


def _match_variable(view: GraphView, variable: Variable, tensor: str, match: Match) -> Match | None:
    if variable.name == "*":
        return match
    if view.is_constant(tensor):
        return None
    bound = match.names.get(variable.name)
    if bound is None:
        return Match({**match.names, variable.name: tensor}, match.members)
    return match if view.root(bound) == view.root(tensor) else None


def _fits_constant(view: GraphView, constant: Constant, tensor: str) -> bool:
    if not view.is_constant(tensor):
        return False
    found = view.graph.tensors.get(tensor)
    shape = None if found is None else found.shape
    if constant.form == "$":
        return True
    wide_axes = sum(extent > 1 for extent in shape or ())
    if constant.form == "$v":
        return shape is not None and wide_axes <= 1
    if constant.form == "$c":
        return shape is not None and wide_axes == 1
    if found is None or wide_axes:
        return False
    if not found.values or constant.value is None or found.dtype in CODE_TYPES:
        return True
    return abs(found.values[0] - constant.value) <= RELATIVE_TOLERANCE * max(1.0, abs(constant.value))


def _match_call(view: GraphView, call: Call, tensor: str, match: Match) -> Match | None:
    op_id = view.maker_id(tensor)
    found = None if op_id is None else _match_operator(view, call, op_id, match)
    if found is not None and call.label:
        found = Match({**found.names, call.label: tensor}, found.members)
    if found is None and call.optional:
        return _match(view, call.arguments[0], tensor, match)
    return found


def _match_operator(view: GraphView, call: Call, op_id: int, match: Match) -> Match | None:
    op = view.ops[op_id]
    if op.op not in call.ops or len(call.arguments) > len(op.inputs):
        return None
    if any(not view.is_constant(name) for name in op.inputs[len(call.arguments) :]):
        return None
    started = Match(match.names, (*match.members, op_id))
    found = _match_arguments(view, call, op.inputs, started)
    if found is None and op.op in COMMUTATIVE and len(call.arguments) == 2:
        found = _match_arguments(view, call, (op.inputs[1], op.inputs[0]), started)
    return found


def _match_arguments(view: GraphView, call: Call, inputs: tuple[str, ...], match: Match) -> Match | None:
    found: Match | None = match
    for argument, tensor in zip(call.arguments, inputs, strict=False):
        if found is None:
            return None
        found = _match(view, argument, tensor, found)
    return found
