"""AlexNet, VGG-16, SqueezeNet and GoogLeNet, in the form torchvision publishes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from predictors.errors import InputError
from predictors.samples.builder import NetworkBuilder
from predictors.samples.values import Padding, Value


@dataclass(frozen=True, slots=True)
class AlexNetSpec:
    """AlexNet of "One weird trick" (arXiv 1404.5997): one tower, no grouped convolutions, no LRN.

    `pooled_hw` is the size of the feature map handed to the classifier: 6 as published, 1 for a global mean.
    """

    channels: tuple[int, ...] = (64, 192, 384, 256, 256)
    kernels: tuple[int, ...] = (11, 5, 3, 3, 3)
    hidden: tuple[int, int] = (4096, 4096)
    stem_padding: Padding = 2
    pooled_hw: int = 6
    classes: int = 1000


def alexnet(net: NetworkBuilder, spec: AlexNetSpec) -> Value:
    """Five convolutions, three max pools and three fully connected layers."""
    x = net.image
    for index, (c_out, kernel) in enumerate(zip(spec.channels, spec.kernels, strict=True), start=1):
        stride, padding = (4, spec.stem_padding) if index == 1 else (1, "same")
        x = net.conv(x, c_out, kernel, stride, name=f"conv{index}", padding=padding)
        if index in (1, 2, 5):
            x = net.max_pool(x, 3, 2, name=f"pool{index}", padding=0)
    if spec.pooled_hw == 1:
        x = net.global_pool(x)
    elif x.height != spec.pooled_hw:
        # torchvision pools adaptively; for any size but 224 that is a plain mean over equal windows.
        stride = x.height // spec.pooled_hw
        if stride < 1:
            raise InputError(
                "OPTION_VALUE", "AlexNet needs at least 224 x 224 pixels. Choose a larger input_hw."
            )
        kernel = x.height - (spec.pooled_hw - 1) * stride
        x = net.avg_pool(x, kernel, stride, name="adaptive_pool", padding=0)
    x = net.flatten(x)
    for index, features in enumerate(spec.hidden, start=6):
        x = net.fc(x, features, name=f"fc{index}", act="relu")
    return net.fc(x, spec.classes, name="fc8")


@dataclass(frozen=True, slots=True)
class VggSpec:
    """VGG configuration D (arXiv 1409.1556, table 1): channels of the convolutions of each of five stages."""

    stages: tuple[tuple[int, ...], ...] = ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3)
    classes: int = 1000


def vgg(net: NetworkBuilder, spec: VggSpec) -> Value:
    """Stages of 3 x 3 convolutions, each closed by a max pool, and three fully connected layers."""
    x = net.image
    for stage, widths in enumerate(spec.stages, start=1):
        for index, c_out in enumerate(widths, start=1):
            x = net.conv(x, c_out, 3, name=f"conv{stage}_{index}")
        x = net.max_pool(x, 2, 2, name=f"pool{stage}", padding=0)
    x = net.flatten(x)
    x = net.fc(x, 4096, name="fc6", act="relu")
    x = net.fc(x, 4096, name="fc7", act="relu")
    return net.fc(x, spec.classes, name="fc8")


@dataclass(frozen=True, slots=True)
class SqueezeNetSpec:
    """SqueezeNet (arXiv 1602.07360): squeeze width, expand width and expand kernel of eight fire modules.

    `pool_before` lists the fire modules (from 0) that a max pool precedes.
    """

    stem: tuple[int, int] = (96, 7)
    squeeze: tuple[int, ...] = (16, 16, 32, 32, 48, 48, 64, 64)
    expand: tuple[int, ...] = (64, 64, 128, 128, 192, 192, 256, 256)
    kernels: tuple[int, ...] = (3,) * 8
    pool_before: tuple[int, ...] = (0, 3, 7)
    stem_padding: Padding = 0
    classes: int = 1000


SQUEEZENET_1_1 = SqueezeNetSpec(stem=(64, 3), pool_before=(0, 2, 4))


def squeezenet(net: NetworkBuilder, spec: SqueezeNetSpec) -> Value:
    """A stem, eight fire modules with three pools between, and a convolution as classifier."""
    x = net.conv(net.image, spec.stem[0], spec.stem[1], 2, name="stem", padding=spec.stem_padding)
    modules = zip(spec.squeeze, spec.expand, spec.kernels, strict=True)
    for index, (squeeze, expand, kernel) in enumerate(modules):
        if index in spec.pool_before:
            x = net.max_pool(x, 3, 2, name=f"pool{index + 1}", padding=0, ceil=True)
        x = _fire(net, x, squeeze, expand, kernel, f"fire{index + 2}")
    x = net.conv(x, spec.classes, 1, name="classifier")
    return net.flatten(net.global_pool(x))


def _fire(net: NetworkBuilder, x: Value, squeeze: int, expand: int, kernel: int, name: str) -> Value:
    x = net.conv(x, squeeze, 1, name=f"{name}.squeeze")
    narrow = net.conv(x, expand, 1, name=f"{name}.expand_narrow")
    wide = net.conv(x, expand, kernel, name=f"{name}.expand_wide")
    return net.concat([narrow, wide], name=f"{name}.concat")


@dataclass(frozen=True, slots=True)
class Inception:
    """Widths of one inception module: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection."""

    c1: int
    c3_reduce: int
    c3: int
    c5_reduce: int
    c5: int
    pool: int


# Table 1 of arXiv 1409.4842.
INCEPTIONS: tuple[Inception, ...] = (
    Inception(64, 96, 128, 16, 32, 32),
    Inception(128, 128, 192, 32, 96, 64),
    Inception(192, 96, 208, 16, 48, 64),
    Inception(160, 112, 224, 24, 64, 64),
    Inception(128, 128, 256, 24, 64, 64),
    Inception(112, 144, 288, 32, 64, 64),
    Inception(256, 160, 320, 32, 128, 128),
    Inception(256, 160, 320, 32, 128, 128),
    Inception(384, 192, 384, 48, 128, 128),
)
INCEPTION_NAMES = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")


@dataclass(frozen=True, slots=True)
class GoogLeNetSpec:
    """GoogLeNet without auxiliary heads. `wide_kernel` is 3 in torchvision's weights, 5 in the paper."""

    modules: tuple[Inception, ...] = field(default=INCEPTIONS)
    wide_kernel: int = 3
    classes: int = 1000


def googlenet(net: NetworkBuilder, spec: GoogLeNetSpec) -> Value:
    """Stem, nine inception modules with two pools between, global mean, classifier."""
    x = net.conv(net.image, 64, 7, 2, name="conv1", padding=3)
    x = net.max_pool(x, 3, 2, name="pool1", padding=0, ceil=True)
    x = net.conv(x, 64, 1, name="conv2")
    x = net.conv(x, 192, 3, name="conv3")
    x = net.max_pool(x, 3, 2, name="pool2", padding=0, ceil=True)
    for module, label in zip(spec.modules, INCEPTION_NAMES, strict=True):
        if label == "4a":
            x = net.max_pool(x, 3, 2, name="pool3", padding=0, ceil=True)
        elif label == "5a":
            x = net.max_pool(x, 2, 2, name="pool4", padding=0, ceil=True)
        x = _inception(net, x, module, spec.wide_kernel, f"inception{label}")
    return net.fc(net.flatten(net.global_pool(x)), spec.classes, name="fc")


def _inception(net: NetworkBuilder, x: Value, widths: Inception, wide_kernel: int, name: str) -> Value:
    point = net.conv(x, widths.c1, 1, name=f"{name}.branch1")
    reduced = net.conv(x, widths.c3_reduce, 1, name=f"{name}.branch2.reduce")
    middle = net.conv(reduced, widths.c3, 3, name=f"{name}.branch2.conv")
    reduced = net.conv(x, widths.c5_reduce, 1, name=f"{name}.branch3.reduce")
    wide = net.conv(reduced, widths.c5, wide_kernel, name=f"{name}.branch3.conv")
    pooled = net.max_pool(x, 3, 1, name=f"{name}.branch4.pool", padding=1)
    projected = net.conv(pooled, widths.pool, 1, name=f"{name}.branch4.project")
    return net.concat([point, middle, wide, projected], name=f"{name}.concat")
