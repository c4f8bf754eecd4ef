"""The network's own inputs, with every open dimension decided: as given, or by a stated default."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import onnx

from data.messages import Message
from predictors.errors import ModelError, printable
from predictors.model.graph import DefaultedDimension, Shape
from predictors.reading.tensors import checked_shape

BATCH = Message("batch")
IMAGE_SIZE = 224
"""Height and width where the file leaves them open: the input size of ImageNet classifiers (pixels)."""
SEQUENCE_LENGTH = 128
"""Tokens or time steps where the file leaves them open: the usual length of BERT benchmarks."""

_INTEGERS = frozenset((onnx.TensorProto.INT64, onnx.TensorProto.INT32))
_IMAGE_CHANNELS = frozenset((1, 3, 4))
_SEQUENCE_WORDS = ("seq", "len", "token", "time", "frames", "text", "word", "sentence")


@dataclass(frozen=True, slots=True)
class ModelInput:
    """One input of the network. `shape` is None for what is not a tensor (sequences, maps)."""

    name: str
    shape: Shape | None
    elem_type: int


@dataclass(slots=True)
class _Open:
    """One input on its way: extents (None: open), the symbols of open ones, and the weights it meets."""

    name: str
    elem_type: int
    extents: list[int | None]
    symbols: list[str]
    rank_known: bool
    channels: int | None = None


@dataclass(slots=True)
class _Decisions:
    """What symbols stand for, and which dimensions were defaulted."""

    given: dict[str, int] = field(default_factory=dict)
    chosen: dict[str, tuple[int, str]] = field(default_factory=dict)
    defaulted: list[DefaultedDimension] = field(default_factory=list)


def resolve_inputs(
    values: Sequence[onnx.ValueInfoProto],
    shapes: Mapping[str, Sequence[int]],
    channels: Mapping[str, int],
) -> tuple[list[ModelInput], tuple[DefaultedDimension, ...]]:
    """The inputs with static shapes, and the dimensions that got a default.

    `values`: the graph's inputs without weights. `shapes`: shapes the user gave, by input name. `channels`:
    channels that the first operator's weights demand of an input. The same symbol gets the same extent in
    every input. Raises ModelError: SHAPE_* for bad `shapes`, MODEL_BAD_DIMENSION, MODEL_SHAPE_NEEDED where no
    default is sensible.
    """
    _check_names(shapes, [value.name for value in values])
    inputs = [_opened(value, channels.get(value.name)) for value in values]
    decisions = _Decisions()
    for name, extents in shapes.items():
        _apply(next(one for one in inputs if one.name == name), extents, decisions)
    resolved = [_decided(one, decisions) for one in inputs]
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


def _opened(value: onnx.ValueInfoProto, channels: int | None) -> _Open:
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
    return _Open(value.name, tensor.elem_type, extents, symbols, tensor.HasField("shape"), channels)


def _apply(one: _Open, extents: Sequence[int], decisions: _Decisions) -> None:
    """Put the user's shape into an input."""
    shown = printable(one.name)
    if any(isinstance(extent, bool) or not isinstance(extent, int) or extent < 1 for extent in extents):
        raise ModelError(
            "SHAPE_NOT_POSITIVE",
            "The shape for input {shown!r} is {given}, but only positive whole numbers can be sizes. Give "
            "it as in 1,3,224,224.",
            shown=shown,
            given=printable(",".join(map(str, extents))),
        )
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


def _apply_axis(one: _Open, axis: int, extent: int, decisions: _Decisions, shown: str) -> None:
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


def _shown(one: _Open) -> str:
    return printable(
        " x ".join(
            str(extent) if extent is not None else symbol or "?"
            for extent, symbol in zip(one.extents, one.symbols, strict=True)
        )
    )


def _decided(one: _Open, decisions: _Decisions) -> ModelInput:
    if not one.elem_type:
        return ModelInput(one.name, None, 0)
    if not one.rank_known:
        raise shape_needed(one.name, Message("has no shape in the file"))
    for axis, extent in enumerate(one.extents):
        if extent is None:
            one.extents[axis] = _choice(one, axis, decisions)
    shape = checked_shape(
        [extent or 0 for extent in one.extents], Message("Input {name!r}", name=printable(one.name))
    )
    return ModelInput(one.name, shape, one.elem_type)


def _choice(one: _Open, axis: int, decisions: _Decisions) -> int:
    symbol = one.symbols[axis]
    if symbol in decisions.given:
        return decisions.given[symbol]
    choice = decisions.chosen.get(symbol) or _default(one, axis, decisions)
    if choice is None:
        raise shape_needed(
            one.name,
            Message("leaves dimension {dimension} of {shown} open", dimension=axis + 1, shown=_shown(one)),
        )
    value, reason = choice
    if symbol:
        decisions.chosen[symbol] = choice
    decisions.defaulted.append(DefaultedDimension(one.name, axis, symbol, value, reason))
    return value


def shape_needed(name: str, why: str) -> ModelError:
    """The error that asks for an input's shape; `why` continues "Input 'x' ..."."""
    return ModelError(
        "MODEL_SHAPE_NEEDED",
        "Input {name!r} {why}, and no default fits. Give the shape you use, for example --shape "
        "{name}=1,3,224,224 (numbers separated by commas).",
        name=printable(name),
        why=why,
    )


def _default(one: _Open, axis: int, decisions: _Decisions) -> tuple[int, str] | None:
    symbol = one.symbols[axis].lower()
    if "+" in symbol:
        parts = [_term(part.strip(), one, axis, decisions) for part in symbol.split("+")]
        if all(part is not None for part in parts):
            return sum(part for part in parts if part is not None), Message("sum of other dimensions")
    return _by_symbol(symbol, axis) or _by_layout(one, axis)


def _term(text: str, one: _Open, axis: int, decisions: _Decisions) -> int | None:
    if text.isdecimal():
        return int(text[:10])
    if text in decisions.given:
        return decisions.given[text]
    choice = decisions.chosen.get(text) or _by_symbol(text, axis)
    return None if choice is None else choice[0]


def _by_symbol(symbol: str, axis: int) -> tuple[int, str] | None:
    """What a dimension's name says it is."""
    if "batch" in symbol or (axis == 0 and symbol in ("n", "b", "bs")):
        return 1, BATCH
    if "past" in symbol or "cache" in symbol:
        return 0, Message("empty cache")
    if any(word in symbol for word in _SEQUENCE_WORDS):
        return SEQUENCE_LENGTH, Message("sequence length")
    if symbol in ("h", "w") or re.search("height|width", symbol):
        return IMAGE_SIZE, Message("image size")
    return None


def _by_layout(one: _Open, axis: int) -> tuple[int, str] | None:
    """What a dimension's place among the others says it is."""
    extents, rank = one.extents, len(one.extents)
    channel_axis = _channel_axis(one)
    spatial = _spatial_axes(rank, channel_axis)
    if axis in spatial:
        fixed = [extent for place in spatial if (extent := extents[place]) is not None and place != axis]
        return (fixed[0] if fixed else IMAGE_SIZE), Message("image size")
    if axis == 0:
        return 1, BATCH
    if one.channels is not None and axis == 1 and rank in (2, 3, 4):
        return one.channels, Message("channels of the first weights")
    if rank == 2 and one.elem_type in _INTEGERS:
        return SEQUENCE_LENGTH, Message("sequence length")
    if rank == 3 and sum(extent is None for extent in extents[1:]) <= 1:
        return SEQUENCE_LENGTH, Message("sequence length")
    return None


def _channel_axis(one: _Open) -> int | None:
    """Where an image input keeps its channels; None when it does not look like an image."""
    extents, rank = one.extents, len(one.extents)
    if rank == 4:
        if extents[1] in _IMAGE_CHANNELS or (extents[1] is None and one.channels in _IMAGE_CHANNELS):
            return 1
        return 3 if extents[3] in _IMAGE_CHANNELS else None
    if rank == 3:
        if extents[0] == 3 and extents[1] is None and extents[2] is None:
            return 0
        return 2 if extents[2] in (3, 4) and extents[0] is None and extents[1] is None else None
    return None


def _spatial_axes(rank: int, channel_axis: int | None) -> tuple[int, ...]:
    if channel_axis is None:
        return ()
    first = 1 if rank == 4 else 0
    return tuple(axis for axis in range(first, rank) if axis != channel_axis)
