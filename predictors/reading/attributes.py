"""A node's attributes as plain Python values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import onnx

from predictors.errors import ModelError, printable
from predictors.model.graph import AttributeValue
from predictors.reading.topology import label

_PROTO = onnx.AttributeProto
_LONGEST_LIST = 65_536  # elements; longer lists are weights, not settings
_LONGEST_KEPT = 1_024  # elements; rules read strides, axes and shapes, all short
_POSITIVE = frozenset(
    ("strides", "dilations", "kernel_shape", "group", "blocksize", "num_heads", "hidden_size", "num_groups")
)


def node_attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """Numbers, strings and lists by name; tensors as TensorProto; graphs and types left out.

    Raises ModelError MODEL_BAD_ATTRIBUTE where a stride, kernel, dilation or group count is not positive.
    """
    found: dict[str, Any] = {}
    for attribute in node.attribute:
        value = _value(attribute)
        if value is None:
            continue
        name = printable(attribute.name)
        found[name] = value
        if name in _POSITIVE:
            _check_positive(node, name, value)
    return found


def _value(attribute: onnx.AttributeProto) -> Any:
    kind = attribute.type or _untyped(attribute)
    if kind == _PROTO.INT:
        return attribute.i
    if kind == _PROTO.FLOAT:
        return attribute.f
    if kind == _PROTO.STRING:
        return attribute.s.decode("utf-8", "replace")
    if kind == _PROTO.TENSOR:
        return attribute.t
    listed = _LISTS.get(int(kind))
    values = () if listed is None else getattr(attribute, listed)
    if listed is None or len(values) > _LONGEST_LIST:
        return None
    return tuple(text.decode("utf-8", "replace") for text in values) if listed == "strings" else tuple(values)


_LISTS: dict[int, str] = {
    int(_PROTO.INTS): "ints",
    int(_PROTO.FLOATS): "floats",
    int(_PROTO.STRINGS): "strings",
}


def _untyped(attribute: onnx.AttributeProto) -> int:
    """The type of an attribute from before ONNX stated it (IR version 1)."""
    for name, kind in (("i", _PROTO.INT), ("f", _PROTO.FLOAT), ("s", _PROTO.STRING), ("t", _PROTO.TENSOR)):
        if attribute.HasField(name):
            return int(kind)
    for name, kind in (("ints", _PROTO.INTS), ("floats", _PROTO.FLOATS), ("strings", _PROTO.STRINGS)):
        if len(getattr(attribute, name)):
            return int(kind)
    return 0


def _check_positive(node: onnx.NodeProto, name: str, value: Any) -> None:
    numbers = value if isinstance(value, tuple) else (value,)
    if all(isinstance(number, int) and number >= 1 for number in numbers):
        return
    raise ModelError(
        "MODEL_BAD_ATTRIBUTE",
        "{node} has {name} = {value}; it must be positive whole numbers. The file is damaged or was "
        "written by a faulty exporter: export the model again.",
        node=label(node),
        name=name,
        value=printable(str(value)),
    )


def plain_attributes(attributes: Mapping[str, Any]) -> dict[str, AttributeValue]:
    """The attributes that our own graph keeps: no tensors, no lists of more than a thousand items."""
    return {
        name: value
        for name, value in attributes.items()
        if not isinstance(value, onnx.TensorProto)
        and not (isinstance(value, tuple) and len(value) > _LONGEST_KEPT)
    }
