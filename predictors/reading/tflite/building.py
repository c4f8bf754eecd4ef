"""Our graph while it is being built from subgraphs: names, tensors, nodes, and one operator at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.model.graph import AttributeValue, Node, Shape, Tensor
from predictors.reading.choices import Choices
from predictors.reading.limits import DEFAULT_LIMITS, VALUES_KEPT
from predictors.reading.tflite.decoded import OPTIONAL, TfModel, TfOperator, TfSubgraph, TfTensor
from predictors.reading.tflite.types import ACTIVATIONS

QUANTISED_TYPES = frozenset({"int8", "uint8", "int4", "uint4", "int2"})
"""Element types whose numbers are codes of a scale."""


@dataclass(slots=True)
class Scope:
    """One run of a subgraph: which tensor of ours each of its tensors is."""

    subgraph: TfSubgraph
    place: int
    names: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Builder:
    """The graph so far. `arrays`: contents of small constants and of shape arithmetic, by tensor name.

    `dynamic`: input sizes differ from what the file stores, so that later shapes have to be worked out.
    """

    model: TfModel
    dynamic: bool = False
    nodes: list[Node] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    choices: Choices = field(default_factory=Choices)
    operators: int = 0
    in_use: set[str] = field(default_factory=set)
    _constants: dict[tuple[int, int], str] = field(default_factory=dict)
    _taken: dict[str, int] = field(default_factory=dict)

    def add_tensor(self, wanted: str, tensor: Tensor) -> str:
        """Take in a tensor under a name that is free; returns that name."""
        name = wanted
        while name in self.tensors:
            self._taken[wanted] = self._taken.get(wanted, 1) + 1
            name = f"{wanted}~{self._taken[wanted]}"
        self.tensors[name] = replace(tensor, name=name)
        return name

    def read(self, scope: Scope, index: int, *, scratch: bool = False) -> str:
        """Our name of a tensor that an operator reads; empty for an input that is left out.

        `scratch`: it may be working memory that nothing fills beforehand.
        """
        if index == OPTIONAL:
            return ""
        if index in scope.names:
            return scope.names[index]
        source = scope.subgraph.tensors[index]
        if source.is_constant or prod(source.shape) == 0:
            scope.names[index] = self._constant(scope, index, source)
        elif scratch or source.is_state or source.dtype in ("resource", "variant"):
            scope.names[index] = self.add_tensor(_base(source, index), _described(source))
        else:
            raise _never_made(scope, index)
        return scope.names[index]

    def _constant(self, scope: Scope, index: int, source: TfTensor) -> str:
        """A constant, once for all runs of its subgraph."""
        key = (scope.place, index)
        if key not in self._constants:
            values = source.values
            shown = None
            if values is not None and values.size <= VALUES_KEPT:
                shown = tuple(values.reshape(-1).tolist())
            tensor = replace(_described(source), is_constant=True, values=shown)
            self._constants[key] = self.add_tensor(_base(source, index), tensor)
            if values is not None:
                self.arrays[self._constants[key]] = values
        return self._constants[key]

    def write(self, scope: Scope, index: int, shape: Shape | None, constant: bool = False) -> str:
        """Our name of a tensor that an operator makes. Raises ModelError where something made it before."""
        source = scope.subgraph.tensors[index]
        if index in scope.names or source.is_constant:
            raise ModelError(
                "MODEL_DUPLICATE_NAME",
                "Two operators write the tensor {name}, or one writes a constant or an input. Convert the "
                "model again.",
                name=printable(_base(source, index)),
            )
        if shape is not None and prod(shape) == 0 and not constant:
            raise ModelError(
                "MODEL_BAD_DIMENSION",
                "The tensor {name} holds no element: a dimension of it is 0. The file is damaged, or an "
                "operator does not fit its input's size; check the model or give another --shape.",
                name=printable(_base(source, index)),
            )
        tensor = replace(_described(source), shape=shape, is_constant=constant)
        scope.names[index] = self.add_tensor(_base(source, index), tensor)
        return scope.names[index]

    def add_node(
        self,
        label: str,
        op: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        attributes: dict[str, AttributeValue],
        domain: str = "",
    ) -> None:
        """Append one node. Raises ModelError MODEL_TOO_COMPLEX beyond the limit."""
        if len(self.nodes) >= DEFAULT_LIMITS.nodes:
            raise too_many_operators()
        self.in_use.update(inputs)
        self.nodes.append(Node(len(self.nodes), label, op, domain, tuple(inputs), tuple(outputs), attributes))


def too_many_operators() -> ModelError:
    """The error for more operators than are read."""
    return ModelError(
        "MODEL_TOO_COMPLEX",
        "The model has more than {most:,} operators, loops unrolled, which is the limit. Networks for edge "
        "devices stay far below it: check how the file was made, or split the model.",
        most=DEFAULT_LIMITS.nodes,
    )


def _base(source: TfTensor, index: int) -> str:
    return source.name or f"tensor_{index}"


def _described(source: TfTensor) -> Tensor:
    return Tensor(source.name, source.shape, source.dtype)


def _never_made(scope: Scope, index: int) -> ModelError:
    name = printable(_base(scope.subgraph.tensors[index], index))
    if any(index in operator.outputs for operator in scope.subgraph.operators):
        return ModelError(
            "MODEL_CYCLE",
            "The tensor {name} is read before it is made: operators are out of order or wait for each other. "
            "Convert the model again.",
            name=name,
        )
    return ModelError(
        "MODEL_MISSING_INPUT",
        "The tensor {name} is read and nothing makes it. The file is incomplete: convert the model again.",
        name=name,
    )


@dataclass(slots=True)
class Call:
    """One operator on its way into the graph."""

    builder: Builder
    scope: Scope
    operator: TfOperator
    label: str
    shapes: tuple[Shape | None, ...]
    """Shapes of its outputs."""
    computed: np.ndarray | None = None
    """Content of its only output, where that is known before inference."""
    is_quantised: bool = False
    """Whether the weights that it brings along from elsewhere are 8-bit codes."""

    def has(self, place: int) -> bool:
        """Whether an input is there."""
        return place < len(self.operator.inputs) and self.operator.inputs[place] != OPTIONAL

    def source(self, place: int) -> TfTensor:
        """An input as the file states it. Raises ModelError where the operator lacks it."""
        if not self.has(place):
            raise ModelError(
                "MODEL_BAD_ATTRIBUTE",
                "The operator {label} lacks its input {place}. Convert the model again.",
                label=self.label,
                place=place + 1,
            )
        return self.scope.subgraph.tensors[self.operator.inputs[place]]

    def name(self, place: int) -> str:
        """Our name of an input. Raises ModelError where the operator lacks it."""
        self.source(place)
        return self.builder.read(self.scope, self.operator.inputs[place])

    def optional(self, place: int) -> str:
        """Our name of an input that may be left out (then empty)."""
        return self.name(place) if self.has(place) else ""

    def tensor(self, place: int) -> Tensor:
        """Our tensor of an input."""
        return self.builder.tensors[self.name(place)]

    def shape(self, place: int) -> Shape:
        """Shape of an input; of unknown rank: empty."""
        return self.tensor(place).shape or ()

    def array(self, place: int) -> np.ndarray | None:
        """Content of an input that is a small constant."""
        return self.builder.arrays.get(self.name(place)) if self.has(place) else None

    def numbers(self, place: int) -> tuple[int, ...] | None:
        """Whole numbers of an input that is a small constant."""
        found = self.array(place)
        if found is None or found.dtype.kind not in "iu":
            return None
        return tuple(int(value) for value in found.reshape(-1))

    def inputs(self) -> list[str]:
        """Our names of all inputs."""
        return [self.builder.read(self.scope, index) for index in self.operator.inputs]

    def outputs(self) -> list[str]:
        """Our names of all outputs, made here; known before inference where all that is read is."""
        constant = self.operator.op == "SHAPE" or self._reads_constants_only()
        names = [
            self.builder.write(self.scope, index, shape, constant)
            for index, shape in zip(self.operator.outputs, self.shapes, strict=True)
        ]
        if self.computed is not None:
            self.builder.arrays[names[0]] = self.computed
        return names

    def _reads_constants_only(self) -> bool:
        names = [name for name in self.inputs() if name]
        known = bool(names) and all(self.builder.tensors[name].is_constant for name in names)
        return known and self.operator.op != "CUSTOM"

    def emit(
        self,
        op: str,
        inputs: Sequence[str],
        outputs: Sequence[str] | None = None,
        *,
        suffix: str = "",
        domain: str = "",
        attributes: Mapping[str, AttributeValue] | None = None,
    ) -> None:
        """Append a node, and behind the operator's own outputs the activation that it has fused."""
        made = self.outputs() if outputs is None else list(outputs)
        kept: dict[str, AttributeValue] = {}
        if not domain and (self.quantised() or self.is_quantised):
            kept["quantised"] = self._activation_bits()
        label, own = self.label + suffix, {**(attributes or {}), **kept}
        activation = ACTIVATIONS.get(self.operator.number("FusedActivationFunction"))
        if activation is None or outputs is not None:
            self.builder.add_node(label, op, inputs, made, own, domain)
            return
        before = [self.builder.add_tensor(f"{name}~before", self.builder.tensors[name]) for name in made]
        self.builder.add_node(label, op, inputs, before, own, domain)
        name, more = ACTIVATION_NODES[activation]
        self.builder.add_node(f"{label} {activation}", name, before[:1], made[:1], {**more, **kept})

    def quantised(self) -> bool:
        """Whether it computes on 8-bit codes: of activations, or of weights that meet float activations."""
        sources = [self.scope.subgraph.tensors[index] for index in self.operator.inputs if index != OPTIONAL]
        return any(one.scales and one.dtype in QUANTISED_TYPES for one in sources)

    def _activation_bits(self) -> int:
        sources = [self.scope.subgraph.tensors[index] for index in self.operator.inputs if index != OPTIONAL]
        wide = any(one.dtype == "int16" and one.scales and not one.is_constant for one in sources)
        return 16 if wide else 8

    def reshaped(self, name: str, shape: Shape, suffix: str) -> str:
        """The same memory under another shape; returns its name."""
        tensor = self.builder.tensors[name]
        made = self.builder.add_tensor(f"{name}{suffix}", replace(tensor, shape=shape, values=None))
        self.builder.add_node(self.label + suffix, "Reshape", (name,), (made,), {})
        return made

    def weight(self, place: int, shape: Shape) -> str:
        """A constant input in the order of axes that our graph keeps such weights in (`shape`)."""
        return laid_out(self.builder, self.name(place), shape)

    def bad(self, reason: Message) -> ModelError:
        """The error for options that make no sense."""
        return ModelError(
            "MODEL_BAD_ATTRIBUTE",
            "The operator {label} {reason}. The file is damaged: convert it again.",
            label=self.label,
            reason=reason,
        )


def laid_out(builder: Builder, name: str, shape: Shape) -> str:
    """A weight with its axes as our graph orders them (`shape`, of the same elements).

    Only its shape matters, so the first reader decides it; one that other nodes read too is a view of it.
    """
    tensor = builder.tensors[name]
    if tensor.shape == shape:
        return name
    if tensor.is_constant and name not in builder.in_use:
        builder.tensors[name] = replace(tensor, shape=shape)
        return name
    view = f"{name}~{'x'.join(map(str, shape))}"
    if view not in builder.tensors:
        builder.tensors[view] = replace(tensor, name=view, shape=shape, values=None)
        builder.add_node(f"{printable(name, 40)} again", "Reshape", (name,), (view,), {})
    return view


ACTIVATION_NODES: dict[str, tuple[str, dict[str, AttributeValue]]] = {
    "RELU": ("Relu", {}),
    "RELU6": ("Relu6", {}),
    "RELU_N1_TO_1": ("Clip", {"min": -1.0, "max": 1.0}),
    "RELU_0_TO_1": ("HardSigmoid", {"alpha": 1.0, "beta": 0.0}),
    "TANH": ("Tanh", {}),
    "SIGN_BIT": ("Sign", {}),
}
"""Activations as nodes of ours; y = max(0, min(1, x)) is a hard sigmoid of slope 1 and offset 0."""
