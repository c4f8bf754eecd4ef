"""Mobile networks: MobileNetV1, V2 and V3, ProxylessNAS-mobile, EfficientNet-lite."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from predictors.samples.builder import NetworkBuilder
from predictors.samples.values import Activation, Padding, Value, make_divisible

TF_CLASSES = 1001


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


# TensorFlow's ImageNet classifiers have a class for "background".


@dataclass(frozen=True, slots=True)
class MobileNetV1Spec:
    """MobileNetV1 (arXiv 1704.04861, table 1): stem, then 13 depthwise and pointwise pairs.

    `channels` holds the stem's width and the 13 pointwise ones, `kernels` the 13 depthwise kernels.
    """

    channels: tuple[int, ...] = (32, 64, 128, 128, 256, 256, *(512,) * 6, 1024, 1024)
    kernels: tuple[int, ...] = (3,) * 13
    strides: tuple[int, ...] = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    stem_kernel: int = 3
    act: Activation = "relu6"
    classes: int = TF_CLASSES


def mobilenet_v1_spec(width: float = 1.0) -> MobileNetV1Spec:
    """MobileNetV1 with every width multiplied, at least 8, no rounding (TensorFlow slim)."""
    base = MobileNetV1Spec()
    return replace(base, channels=tuple(max(8, int(c * width)) for c in base.channels))


def mobilenet_v1(net: NetworkBuilder, spec: MobileNetV1Spec) -> Value:
    """Stem, 13 separable convolutions, global mean, classifier."""
    x = net.conv(net.image, spec.channels[0], spec.stem_kernel, 2, name="stem", act=spec.act)
    pairs = zip(spec.channels[1:], spec.kernels, spec.strides, strict=True)
    for index, (c_out, kernel, stride) in enumerate(pairs, start=1):
        x = net.depthwise(x, kernel, stride, name=f"conv{index}.depthwise", act=spec.act)
        x = net.conv(x, c_out, 1, name=f"conv{index}.pointwise", act=spec.act)
    return net.fc(net.flatten(net.global_pool(x)), spec.classes, name="fc")


@dataclass(frozen=True, slots=True)
class Inverted:
    """One inverted residual: output width, kernel, stride, expansion of the input width."""

    c_out: int
    kernel: int
    stride: int
    expansion: int


@dataclass(frozen=True, slots=True)
class InvertedSpec:
    """A network of inverted residuals: stem, blocks, head convolution, classifier.

    `always_expands` keeps the first pointwise convolution even where the expansion is 1.
    """

    stem: int
    blocks: tuple[Inverted, ...]
    head: int
    stem_kernel: int = 3
    padding: Padding | None = "same"
    always_expands: bool = False
    classes: int = TF_CLASSES


# arXiv 1801.04381, table 2: expansion, channels, repeats, first stride.
MOBILENET_V2_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v2_spec(width: float = 1.0) -> InvertedSpec:
    """MobileNetV2 with scaled widths; the head stays at 1280 for widths below 1 (TensorFlow slim)."""
    blocks: list[Inverted] = []
    for expansion, channels, repeats, stride in MOBILENET_V2_STAGES:
        c_out = make_divisible(channels * width)
        blocks += [Inverted(c_out, 3, stride if i == 0 else 1, expansion) for i in range(repeats)]
    head = make_divisible(1280 * max(1.0, width))
    return InvertedSpec(stem=make_divisible(32 * width), blocks=tuple(blocks), head=head)


# Published configuration of ProxylessNAS-mobile (arXiv 1812.00332): channels, strides, (kernel, expansion)...
PROXYLESS_STAGES: tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...] = (
    (16, 1, ((3, 1),)),
    (32, 2, ((5, 3), (3, 3))),
    (40, 2, ((7, 3), (3, 3), (5, 3), (5, 3))),
    (80, 2, ((7, 6), (5, 3), (5, 3), (5, 3))),
    (96, 1, ((5, 6), (5, 3), (5, 3), (5, 3))),
    (192, 2, ((7, 6), (7, 6), (7, 3), (7, 3))),
    (320, 1, ((7, 6),)),
)


def proxyless_spec() -> InvertedSpec:
    """ProxylessNAS-mobile."""
    blocks: list[Inverted] = []
    for c_out, stride, layers in PROXYLESS_STAGES:
        for index, (kernel, expansion) in enumerate(layers):
            blocks.append(Inverted(c_out, kernel, stride if index == 0 else 1, expansion))
    return InvertedSpec(stem=32, blocks=tuple(blocks), head=1280, padding=None, classes=1000)


# EfficientNet-B0 (arXiv 1905.11946, table 1): kernel, repeats, channels, expansion, first stride.
EFFICIENTNET_STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)
# Variant: width and depth multiplier, input size in pixels (TensorFlow TPU repository, efficientnet/lite).
EFFICIENTNET_LITE_SCALES: dict[int, tuple[float, float, int]] = {
    0: (1.0, 1.0, 224),
    1: (1.0, 1.1, 240),
    2: (1.1, 1.2, 260),
    3: (1.2, 1.4, 280),
    4: (1.4, 1.8, 300),
}


def efficientnet_lite_spec(variant: int) -> InvertedSpec:
    """EfficientNet-lite: no squeeze-and-excite, ReLU6, stem, head and the two outer stages' depth fixed."""
    width, depth, _ = EFFICIENTNET_LITE_SCALES[variant]
    last = len(EFFICIENTNET_STAGES) - 1
    blocks: list[Inverted] = []
    for stage, (kernel, repeats, channels, expansion, stride) in enumerate(EFFICIENTNET_STAGES):
        count = repeats if stage in (0, last) else ceil(repeats * depth)
        c_out = make_divisible(channels * width)
        blocks += [Inverted(c_out, kernel, stride if i == 0 else 1, expansion) for i in range(count)]
    return InvertedSpec(stem=32, blocks=tuple(blocks), head=1280, classes=1000)


def inverted_network(net: NetworkBuilder, spec: InvertedSpec) -> Value:
    """Stem, inverted residuals, head, global mean, classifier; ReLU6 throughout."""
    padding = _padding(spec.padding, spec.stem_kernel)
    x = net.conv(net.image, spec.stem, spec.stem_kernel, 2, name="stem", padding=padding, act="relu6")
    for index, block in enumerate(spec.blocks, start=1):
        x = _inverted(net, x, block, spec, f"block{index}")
    x = net.conv(x, spec.head, 1, name="head", act="relu6")
    return net.fc(net.flatten(net.global_pool(x)), spec.classes, name="fc")


def _padding(padding: Padding | None, kernel: int) -> Padding:
    """None means PyTorch's habit: half a kernel on both sides."""
    return kernel // 2 if padding is None else padding


def _inverted(net: NetworkBuilder, x: Value, block: Inverted, spec: InvertedSpec, name: str) -> Value:
    padding = _padding(spec.padding, block.kernel)
    return inverted_block(net, x, block, name, padding, spec.always_expands)


def inverted_block(
    net: NetworkBuilder,
    x: Value,
    block: Inverted,
    name: str,
    padding: Padding = "same",
    always_expands: bool = False,
) -> Value:
    """One inverted residual: expansion, depthwise convolution, projection, and the input where it fits."""
    y = x
    if block.expansion != 1 or always_expands:
        y = net.conv(y, x.channels * block.expansion, 1, name=f"{name}.expand", act="relu6")
    y = net.depthwise(y, block.kernel, block.stride, name=f"{name}.depthwise", padding=padding, act="relu6")
    y = net.conv(y, block.c_out, 1, name=f"{name}.project", act="none")
    adds_back = block.stride == 1 and x.channels == block.c_out
    return net.add(y, x, name=f"{name}.add") if adds_back else y
