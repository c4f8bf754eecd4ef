"""Kernels from table rows: published measurements and users' kernel files become `Kernel` objects here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from data.messages import Message
from predictors.errors import InputError, printable
from predictors.model.kernels import KIND_ALIASES, MEASURED_KINDS, Kernel, KernelConfig, KernelKind

CHANNEL_COLUMNS = ("c_in1", "c_in2", "c_in3", "c_in4")
SPATIAL_KINDS = frozenset({KernelKind.CONV, KernelKind.DWCONV, KernelKind.AVGPOOL, KernelKind.MAXPOOL})
PASS_KINDS = (
    KernelKind.ACTIVATION, KernelKind.SOFTMAX, KernelKind.ELEMENTWISE, KernelKind.LAYERNORM, KernelKind.NORM,
    KernelKind.LRN, KernelKind.COPY,
)  # fmt: skip
"""Kernels whose work is their elements, which is all that a row's `input_hw` and `c_in` tell."""
TABLE_KINDS = (*MEASURED_KINDS, *PASS_KINDS)
"""What a row can describe. The work of the others depends on more: groups, dilation, the second matrix."""
SE_REDUCTION = 4
"""Squeeze-and-excite layers squeeze channels by 4 (MobileNetV3 paper, arXiv 1905.02244, section 5.3)."""
MAX_EXTENT = 1_000_000  # no real layer comes near


def parse_kind(text: str) -> KernelKind:
    """Kernel kind that a row can describe, from any spelling in use. Raises InputError KERNEL_UNKNOWN."""
    word = text.strip().lower().replace("_", "-")
    if word in KIND_ALIASES:
        return KIND_ALIASES[word]
    known = {kind.value: kind for kind in TABLE_KINDS}
    if word in known:
        return known[word]
    if word in {kind.value for kind in KernelKind}:
        raise InputError(
            "KERNEL_UNKNOWN",
            "A row can't describe a kernel of type {word}: its work depends on more than these columns. "
            "Estimate an ONNX model that holds it, or use one of: {known}.",
            word=word,
            known=", ".join(known),
        )
    raise InputError(
        "KERNEL_UNKNOWN",
        "There is no kernel type called {given!r}. Use one of: {known}.",
        given=printable(text.strip()),
        known=", ".join(known),
    )


def kernel_from_row(row: Mapping[str, Any], index: int = 0) -> Kernel:
    """One kernel from a row with `kernel`, `input_hw`, `c_in`, `c_out`, `kernel_size`, `stride`, `padding`,
    `c_in1`..`c_in4` (elements; absent or empty cells are missing; pools may have `pool_stride` instead).

    Raises InputError: KERNEL_UNKNOWN, KERNEL_VALUE (not a whole number in range), KERNEL_INCOMPLETE.
    """
    kind = parse_kind(str(row["kernel"]))
    if kind is KernelKind.FC:
        return _fc(row, index)
    if kind is KernelKind.CONCAT:
        return _concat(row, index)
    if kind in SPATIAL_KINDS:
        return _windowed(row, index, kind)
    return _pointwise(row, index, kind)


def output_side(input_hw: int, kernel_size: int, stride: int, padding: str) -> int:
    """Side of the output image (elements): ceil(input/stride) padded, floor((input-kernel)/stride)+1 not."""
    if padding == "valid":
        return (input_hw - kernel_size) // stride + 1
    return math.ceil(input_hw / stride)


def _number(row: Mapping[str, Any], column: str, default: int | None = None, low: int = 1) -> int:
    value = row.get(column)
    if value is None or value == "" or value != value:
        if default is not None:
            return default
        name = printable(str(row["kernel"]).strip())
        message = Message(
            "A kernel of type {name} needs a value in column {column}. Fill it in or remove the row.",
            name=name,
            column=column,
        )
        raise InputError("KERNEL_INCOMPLETE", message)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not number.is_integer() or not low <= number <= MAX_EXTENT:
        shown = printable(str(value), 40)
        message = Message(
            "Column {column} holds {shown!r}. Write a whole number from {low} to {max_extent}.",
            column=column,
            shown=shown,
            low=low,
            max_extent=MAX_EXTENT,
        )
        raise InputError("KERNEL_VALUE", message)
    return int(number)


def _padding(row: Mapping[str, Any]) -> str:
    value = row.get("padding")
    word = "same" if value is None or value == "" or value != value else str(value).strip().lower()
    if word not in {"same", "valid"}:
        shown = printable(word, 40)
        raise InputError("KERNEL_VALUE", "Column padding holds {shown!r}. Write same or valid.", shown=shown)
    return word


def _windowed(row: Mapping[str, Any], index: int, kind: KernelKind) -> Kernel:
    side, c_in, size = _number(row, "input_hw"), _number(row, "c_in"), _number(row, "kernel_size")
    pool_stride = (
        1 if kind in {KernelKind.CONV, KernelKind.DWCONV} else _number(row, "pool_stride", default=1)
    )
    stride, padding = _number(row, "stride", default=pool_stride), _padding(row)
    c_out = _number(row, "c_out") if kind is KernelKind.CONV else c_in
    out = output_side(side, size, stride, padding)
    if out < 1:
        message = Message(
            "A {size}x{size} window does not fit a {side}x{side} image without padding. Make one of them "
            "fit, or pad.",
            size=size,
            side=side,
        )
        raise InputError("KERNEL_VALUE", message)
    groups = c_in if kind is KernelKind.DWCONV else 1
    has_weights = kind in {KernelKind.CONV, KernelKind.DWCONV}
    weights = c_out * (c_in // groups) * size * size if has_weights else 0
    config = KernelConfig(
        side, side, c_in, c_out, size, size, stride, stride, out, out, groups, padding=padding
    )
    return Kernel(
        index, f"{kind.value}_{index}", kind, config, (kind.value,), (),
        ((1, c_in, side, side),), ((1, c_out, out, out),),
        macs=out * out * weights, params=weights + (c_out if has_weights else 0),
        input_elements=side * side * c_in, output_elements=out * out * c_out,
    )  # fmt: skip


def _fc(row: Mapping[str, Any], index: int) -> Kernel:
    c_in, c_out = _number(row, "c_in"), _number(row, "c_out")
    config = KernelConfig(1, 1, c_in, c_out, 1, 1, out_h=1, out_w=1)
    return Kernel(
        index, f"fc_{index}", KernelKind.FC, config, ("fc",), (), ((1, c_in),), ((1, c_out),),
        macs=c_in * c_out, params=c_in * c_out + c_out, input_elements=c_in, output_elements=c_out,
    )  # fmt: skip


def _concat(row: Mapping[str, Any], index: int) -> Kernel:
    side = _number(row, "input_hw")
    parts = tuple(p for p in (_number(row, c, default=0, low=0) for c in CHANNEL_COLUMNS) if p > 0)
    if len(parts) < 2:
        raise InputError(
            "KERNEL_INCOMPLETE",
            "A concat has at least two inputs. Fill in two or more of c_in1 to c_in4, above 0.",
        )
    total = sum(parts)
    config = KernelConfig(side, side, total, total, out_h=side, out_w=side, concat_c=parts)
    elements = side * side * total
    shapes = tuple((1, part, side, side) for part in parts)
    return Kernel(
        index, f"concat_{index}", KernelKind.CONCAT, config, ("concat",), (), shapes,
        ((1, total, side, side),),
        input_elements=elements, output_elements=elements,
    )  # fmt: skip


def _pointwise(row: Mapping[str, Any], index: int, kind: KernelKind) -> Kernel:
    side, c_in = _number(row, "input_hw"), _number(row, "c_in")
    out = 1 if kind is KernelKind.GLOBAL_AVGPOOL else side
    elements = side * side * c_in
    squeeze = 2 * c_in * max(c_in // SE_REDUCTION, 1) if kind is KernelKind.SE else 0
    inputs = 2 if kind in {KernelKind.ADD, KernelKind.ADD_RELU} else 1
    config = KernelConfig(side, side, c_in, c_in, out_h=out, out_w=out)
    shape = (1, c_in, side, side)
    return Kernel(
        index, f"{kind.value}_{index}", kind, config, (kind.value,), (), (shape,) * inputs,
        ((1, c_in, out, out),), macs=squeeze, params=squeeze,
        input_elements=elements * inputs, output_elements=out * out * c_in,
    )  # fmt: skip
