"""Shapes of activations and the arithmetic of padding, shared by every sample network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from predictors.errors import InputError

Padding: TypeAlias = int | Literal["same"]
Activation: TypeAlias = Literal["relu", "relu6", "hswish", "hsigmoid", "leaky", "sigmoid", "none"]
Precision: TypeAlias = Literal["fp32", "int8"]


@dataclass(frozen=True, slots=True)
class Value:
    """One activation inside a network being written: its tensor name and shape (N, C, H, W) or (N, C)."""

    name: str
    shape: tuple[int, ...]

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.shape[1]

    @property
    def height(self) -> int:
        """Rows of the feature map; 1 once it is flattened."""
        return self.shape[2] if len(self.shape) == 4 else 1


@dataclass(frozen=True, slots=True)
class Window:
    """How a square kernel slides over one axis: pads before and after, and the output size (elements)."""

    begin: int
    end: int
    out: int

    @property
    def onnx_pads(self) -> list[int]:
        """Pads of both spatial axes in ONNX order (top, left, bottom, right)."""
        return [self.begin, self.begin, self.end, self.end]


def window(size: int, kernel: int, stride: int, padding: Padding, *, ceil: bool = False) -> Window:
    """Pads and output size of a kernel over `size` elements.

    "same" is TensorFlow's rule: ceil(size / stride) outputs, the odd pad at the end. A number pads both
    sides alike; `ceil` then rounds the output up, as PyTorch's pools do on request.
    """
    if padding == "same":
        out = -(-size // stride)
        total = max((out - 1) * stride + kernel - size, 0)
        return Window(begin=total // 2, end=total - total // 2, out=out)
    span = size + 2 * padding - kernel
    if span < 0:
        raise InputError(
            "OPTION_VALUE",
            "A kernel of {kernel} does not fit a feature map of {size} with padding {padding}. "
            "Choose a larger input_hw.",
            kernel=kernel,
            size=size,
            padding=padding,
        )
    out = -(-span // stride) + 1 if ceil else span // stride + 1
    if ceil and (out - 1) * stride >= size + padding:
        out -= 1
    return Window(begin=padding, end=padding, out=out)


def make_divisible(channels: float, divisor: int = 8) -> int:
    """Round a scaled channel count to a multiple of `divisor` without losing more than a tenth of it.

    The rule MobileNetV2 and its successors scale their widths with (TensorFlow model garden, slim).
    """
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded if rounded >= 0.9 * channels else rounded + divisor
