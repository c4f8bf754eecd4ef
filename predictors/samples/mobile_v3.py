"""MobileNetV3, large and small, with squeeze-and-excite and hard-swish or in the minimalistic form."""

from __future__ import annotations

from dataclasses import dataclass

from predictors.samples.builder import NetworkBuilder
from predictors.samples.mobile import TF_CLASSES
from predictors.samples.values import Activation, Value, make_divisible


@dataclass(frozen=True, slots=True)
class V3Block:
    """One row of tables 1 and 2 of arXiv 1905.02244, at width 1."""

    kernel: int
    expanded: int
    c_out: int
    squeezes: bool
    act: Activation
    stride: int


LARGE_BLOCKS: tuple[V3Block, ...] = (
    V3Block(3, 16, 16, False, "relu", 1),
    V3Block(3, 64, 24, False, "relu", 2),
    V3Block(3, 72, 24, False, "relu", 1),
    V3Block(5, 72, 40, True, "relu", 2),
    V3Block(5, 120, 40, True, "relu", 1),
    V3Block(5, 120, 40, True, "relu", 1),
    V3Block(3, 240, 80, False, "hswish", 2),
    V3Block(3, 200, 80, False, "hswish", 1),
    V3Block(3, 184, 80, False, "hswish", 1),
    V3Block(3, 184, 80, False, "hswish", 1),
    V3Block(3, 480, 112, True, "hswish", 1),
    V3Block(3, 672, 112, True, "hswish", 1),
    V3Block(5, 672, 160, True, "hswish", 2),
    V3Block(5, 960, 160, True, "hswish", 1),
    V3Block(5, 960, 160, True, "hswish", 1),
)
SMALL_BLOCKS: tuple[V3Block, ...] = (
    V3Block(3, 16, 16, True, "relu", 2),
    V3Block(3, 72, 24, False, "relu", 2),
    V3Block(3, 88, 24, False, "relu", 1),
    V3Block(5, 96, 40, True, "hswish", 2),
    V3Block(5, 240, 40, True, "hswish", 1),
    V3Block(5, 240, 40, True, "hswish", 1),
    V3Block(5, 120, 48, True, "hswish", 1),
    V3Block(5, 144, 48, True, "hswish", 1),
    V3Block(5, 288, 96, True, "hswish", 2),
    V3Block(5, 576, 96, True, "hswish", 1),
    V3Block(5, 576, 96, True, "hswish", 1),
)


@dataclass(frozen=True, slots=True)
class MobileNetV3Spec:
    """A MobileNetV3: blocks at width 1, hidden width of the classifier, width multiplier.

    Minimalistic means no squeeze-and-excite, ReLU for hard-swish and 3 x 3 for every kernel.
    """

    blocks: tuple[V3Block, ...]
    hidden: int
    width: float = 1.0
    minimalistic: bool = False
    classes: int = TF_CLASSES


def mobilenet_v3_spec(size: str, width: float = 1.0, *, minimalistic: bool = False) -> MobileNetV3Spec:
    """MobileNetV3 "large" or "small"; the hidden layer keeps its width below 1 (TensorFlow slim)."""
    blocks, hidden = {"large": (LARGE_BLOCKS, 1280), "small": (SMALL_BLOCKS, 1024)}[size]
    return MobileNetV3Spec(blocks, make_divisible(hidden * max(1.0, width)), width, minimalistic)


def mobilenet_v3(net: NetworkBuilder, spec: MobileNetV3Spec) -> Value:
    """Stem, inverted residuals, last convolution, global mean, hidden layer, classifier."""
    swish: Activation = "relu" if spec.minimalistic else "hswish"
    x = net.conv(net.image, make_divisible(16 * spec.width), 3, 2, name="stem", act=swish)
    base_c_in = 16
    for index, block in enumerate(spec.blocks, start=1):
        # Slim scales the block's input first and expands that, so ratios survive the rounding of widths.
        expanded = make_divisible(x.channels * block.expanded / base_c_in)
        x = _block(net, x, block, expanded, spec, f"block{index}")
        base_c_in = block.c_out
    last = make_divisible(6 * base_c_in * spec.width)
    x = net.global_pool(net.conv(x, last, 1, name="head", act=swish))
    x = net.conv(x, spec.hidden, 1, name="hidden", act=swish)
    return net.fc(net.flatten(x), spec.classes, name="fc")


def _block(
    net: NetworkBuilder, x: Value, block: V3Block, expanded: int, spec: MobileNetV3Spec, name: str
) -> Value:
    act: Activation = "relu" if spec.minimalistic else block.act
    kernel = 3 if spec.minimalistic else block.kernel
    c_out = make_divisible(block.c_out * spec.width)
    y = x if expanded == x.channels else net.conv(x, expanded, 1, name=f"{name}.expand", act=act)
    y = net.depthwise(y, kernel, block.stride, name=f"{name}.depthwise", act=act)
    if block.squeezes and not spec.minimalistic:
        y = _squeeze_excite(net, y, f"{name}.se")
    y = net.conv(y, c_out, 1, name=f"{name}.project", act="none")
    adds_back = block.stride == 1 and x.channels == c_out
    return net.add(y, x, name=f"{name}.add") if adds_back else y


def _squeeze_excite(net: NetworkBuilder, x: Value, name: str) -> Value:
    y = net.global_pool(x, name=f"{name}.pool")
    y = net.conv(y, make_divisible(x.channels / 4), 1, name=f"{name}.reduce")
    y = net.conv(y, x.channels, 1, name=f"{name}.expand", act="hsigmoid")
    return net.scale_channels(x, y, name=f"{name}.scale")
