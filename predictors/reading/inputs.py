"""The network's own inputs, with every open dimension decided: as given, or by a stated default."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import onnx

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.model.graph import DefaultedDimension, Shape
from predictors.reading.choices import in_the_files_words
from predictors.reading.default_sizes import Choice, Defaults, OpenInput
from predictors.reading.given_shapes import no_shape
from predictors.reading.names import clean
from predictors.reading.tensors import checked_shape


@dataclass(frozen=True, slots=True)
class ModelInput:
    """One input of the network. `shape` is None for what is not a tensor (sequences, maps)."""

    name: str
    shape: Shape | None
    elem_type: int


@dataclass(frozen=True, slots=True)
class Demand:
    """Elements that the first weights ask for: of a convolution `channels`, of a product `features`."""

    channels: int | None = None
    features: int | None = None


@dataclass(slots=True)
class _Decisions:
    """What symbols stand for, and which dimensions were defaulted."""

    given: dict[str, int] = field(default_factory=dict)
    chosen: dict[str, Choice] = field(default_factory=dict)
    defaulted: list[DefaultedDimension] = field(default_factory=list)


def resolve_inputs(
    values: Sequence[onnx.ValueInfoProto],
    shapes: Mapping[str, Sequence[int]],
    demands: Mapping[str, Demand],
    signals: Collection[str] = (),
    spells: bool = False,
) -> tuple[list[ModelInput], tuple[DefaultedDimension, ...]]:
    """The inputs with static shapes, and the dimensions that got a default.

    `values`: the graph's inputs without weights. `shapes`: shapes the user gave, by input name. `demands`:
    what the first operator's weights demand of an input. `signals`: inputs that the network reads as
    a raw signal. `spells`: whether it ends as readers of text lines do. The same symbol gets
    the same extent in every input. Raises ModelError: SHAPE_* for bad `shapes`, MODEL_BAD_DIMENSION,
    MODEL_SHAPE_NEEDED where no default is sensible.
    """
    shapes = in_the_files_words(shapes, [value.name for value in values])
    _check_names(shapes, [value.name for value in values])
    inputs = [_opened(value, demands.get(value.name, Demand())) for value in values]
    decisions = _Decisions()
    defaults = Defaults(inputs, frozenset(signals), spells)
    for name, extents in shapes.items():
        _apply(next(one for one in inputs if one.name == name), extents, decisions, defaults)
    defaults.learn(decisions.given, {name: tuple(extents) for name, extents in shapes.items()})
    resolved = [_decided(one, decisions, defaults) for one in inputs]
    return resolved, tuple(decisions.defaulted)


def _check_names(shapes: Mapping[str, Sequence[int]], names: Collection[str]) -> None:
    for name in shapes:
        if name not in names:
            known = ", ".join(printable(one, 40) for one in list(names)[:5]) or Message("none")
            raise ModelError(
                "SHAPE_UNKNOWN_INPUT",
                "The model has no input named {name!r}. Its inputs are: {known}. Give the shape for one "
                "of these.",
                name=printable(name),
                known=known,
            )


def _opened(value: onnx.ValueInfoProto, demand: Demand) -> OpenInput:
    tensor = value.type.tensor_type
    extents: list[int | None] = []
    symbols: list[str] = []
    for dim in tensor.shape.dim:
        extent = dim.dim_value if dim.HasField("dim_value") else None
        if extent is not None and extent < -1:
            checked_shape([extent], Message("Input {name!r}", name=printable(value.name)))
        # Some converters write 0 or -1 for "any".
        extents.append(extent if extent is not None and extent > 0 else None)
        symbols.append(dim.dim_param)
    ranked = tensor.HasField("shape")
    return OpenInput(value.name, tensor.elem_type, extents, symbols, ranked, demand.channels, demand.features)


def _apply(one: OpenInput, extents: Sequence[int], decisions: _Decisions, defaults: Defaults) -> None:
    """Put the user's shape into an input."""
    shown = printable(one.name)
    if any(not _may_be(extent, defaults.least(one, axis)) for axis, extent in enumerate(extents)):
        raise no_shape(one.name, ",".join(map(str, extents)))
    checked_shape(extents, Message("The given input {shown!r}", shown=shown))
    if not one.rank_known:
        one.extents, one.symbols, one.rank_known = list(extents), [""] * len(extents), True
        return
    if len(extents) != len(one.extents):
        raise ModelError(
            "SHAPE_RANK",
            "The shape for input {shown!r} has {count} dimensions, the model expects {wanted} "
            "({known}). Give one number for each.",
            shown=shown,
            count=len(extents),
            wanted=len(one.extents),
            known=_shown(one),
        )
    for axis, extent in enumerate(extents):
        _apply_axis(one, axis, extent, decisions, shown)


def _may_be(extent: object, least: int) -> bool:
    return isinstance(extent, int) and not isinstance(extent, bool) and extent >= least


def _apply_axis(one: OpenInput, axis: int, extent: int, decisions: _Decisions, shown: str) -> None:
    fixed, symbol = one.extents[axis], one.symbols[axis]
    if fixed is not None and fixed != extent:
        raise ModelError(
            "SHAPE_CONFLICT",
            "The shape for input {shown!r} says {extent} in place {axis}, but the model fixes {fixed} "
            "there ({known}). Change only what the model leaves open, or export it with another size.",
            shown=shown,
            extent=extent,
            axis=axis + 1,
            fixed=fixed,
            known=_shown(one),
        )
    if fixed is None and symbol and decisions.given.setdefault(symbol, extent) != extent:
        raise ModelError(
            "SHAPE_CONFLICT",
            "The shape for input {shown!r} says {extent} for {symbol!r}, but another given shape says "
            "{given}. The same symbol must have one size.",
            shown=shown,
            extent=extent,
            symbol=printable(symbol),
            given=decisions.given[symbol],
        )
    one.extents[axis] = extent


def _shown(one: OpenInput) -> str:
    return printable(
        " x ".join(
            str(extent) if extent is not None else symbol or "?"
            for extent, symbol in zip(one.extents, one.symbols, strict=True)
        )
    )


def _decided(one: OpenInput, decisions: _Decisions, defaults: Defaults) -> ModelInput:
    if not one.elem_type:
        return ModelInput(one.name, None, 0)
    if not one.rank_known:
        raise shape_needed(one, Message("has no shape in the file"))
    for axis, extent in enumerate(one.extents):
        if extent is None:
            one.extents[axis] = _choice(one, axis, decisions, defaults)
    shape = checked_shape(
        [extent or 0 for extent in one.extents], Message("Input {name!r}", name=printable(one.name))
    )
    return ModelInput(one.name, shape, one.elem_type)


def _choice(one: OpenInput, axis: int, decisions: _Decisions, defaults: Defaults) -> int:
    symbol = one.symbols[axis]
    if symbol in decisions.given:
        return decisions.given[symbol]
    choice = decisions.chosen.get(symbol) or defaults.of(one, axis, decisions.given, decisions.chosen)
    if choice is None:
        raise shape_needed(
            one,
            Message("leaves dimension {dimension} of {shown} open", dimension=axis + 1, shown=_shown(one)),
        )
    value, reason = choice
    if symbol:
        decisions.chosen[symbol] = choice
    decisions.defaulted.append(DefaultedDimension(one.name, axis, symbol, value, reason))
    return value


def shape_needed(one: OpenInput, why: str) -> ModelError:
    """The error that asks for an input's shape; `why` continues "Input 'x' ..."."""
    known = [
        str(extent or (EXAMPLE_BATCH if axis == 0 else EXAMPLE_SIZE))
        for axis, extent in enumerate(one.extents)
    ]
    return ModelError(
        "MODEL_SHAPE_NEEDED",
        "Input {name!r} {why}, and no default fits. Give the shape you use, for example --shape "
        "{name}={example} (numbers separated by commas).",
        name=clean(one.name),
        why=why,
        example=",".join(known) or "1,3,224,224",
        form=form_of(one.extents),
    )


def form_of(extents: Sequence[int | None]) -> str:
    """A shape as screens ask for it: its sizes, "?" for each one that is open; "" where there is no rank."""
    return ",".join("?" if extent is None else str(extent) for extent in extents)


EXAMPLE_BATCH, EXAMPLE_SIZE = 1, 128
"""What an example of a shape has in place of open dimensions (elements)."""
