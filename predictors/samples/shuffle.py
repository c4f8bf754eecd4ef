"""ShuffleNetV2, in the form torchvision publishes it."""

from __future__ import annotations

from dataclasses import dataclass

from predictors.errors import InputError
from predictors.samples.builder import NetworkBuilder
from predictors.samples.values import Value


@dataclass(frozen=True, slots=True)
class ShuffleUnit:
    """One unit: output width, width between its two pointwise convolutions, depthwise kernel, stride."""

    c_out: int
    c_mid: int
    kernel: int
    stride: int


@dataclass(frozen=True, slots=True)
class ShuffleNetSpec:
    """ShuffleNetV2: stem, units, head convolution, classifier."""

    stem: int
    units: tuple[ShuffleUnit, ...]
    head: int
    stem_kernel: int = 3
    classes: int = 1000


# arXiv 1807.11164, table 5: widths of stages 2 to 4 and of the head.
SHUFFLENET_WIDTHS: dict[float, tuple[int, int, int, int]] = {
    0.5: (48, 96, 192, 1024),
    1.0: (116, 232, 464, 1024),
    1.5: (176, 352, 704, 1024),
    2.0: (244, 488, 976, 2048),
}
SHUFFLENET_REPEATS = (4, 8, 4)


def shufflenet_spec(width: float = 1.0) -> ShuffleNetSpec:
    """One of the four published widths: 0.5, 1.0, 1.5 or 2.0."""
    if width not in SHUFFLENET_WIDTHS:
        raise InputError(
            "OPTION_VALUE",
            "ShuffleNetV2 is published for widths 0.5, 1.0, 1.5 and 2.0, not {width}. Choose one of these.",
            width=width,
        )
    *stages, head = SHUFFLENET_WIDTHS[width]
    units = tuple(
        ShuffleUnit(c_out, c_out // 2, 3, 2 if index == 0 else 1)
        for c_out, repeats in zip(stages, SHUFFLENET_REPEATS, strict=True)
        for index in range(repeats)
    )
    return ShuffleNetSpec(stem=24, units=units, head=head)


def shufflenet(net: NetworkBuilder, spec: ShuffleNetSpec) -> Value:
    """Stem, pool, shuffle units, head, global mean, classifier."""
    x = net.conv(net.image, spec.stem, spec.stem_kernel, 2, name="stem", padding=spec.stem_kernel // 2)
    x = net.max_pool(x, 3, 2, name="pool", padding=1)
    for index, unit in enumerate(spec.units, start=1):
        x = _unit(net, x, unit, f"unit{index}")
    x = net.conv(x, spec.head, 1, name="head")
    return net.fc(net.flatten(net.global_pool(x)), spec.classes, name="fc")


def _unit(net: NetworkBuilder, x: Value, unit: ShuffleUnit, name: str) -> Value:
    half = unit.c_out // 2
    if unit.stride == 1:
        left, right = net.split_half(x, name=f"{name}.split")
    else:
        left = _depthwise(net, x, unit, f"{name}.left.depthwise")
        left = net.conv(left, half, 1, name=f"{name}.left.project")
        right = x
    right = net.conv(right, unit.c_mid, 1, name=f"{name}.right.expand")
    right = _depthwise(net, right, unit, f"{name}.right.depthwise")
    right = net.conv(right, half, 1, name=f"{name}.right.project")
    joined = net.concat([left, right], name=f"{name}.concat")
    return net.channel_shuffle(joined, 2, name=f"{name}.shuffle")


def _depthwise(net: NetworkBuilder, x: Value, unit: ShuffleUnit, name: str) -> Value:
    return net.depthwise(x, unit.kernel, unit.stride, name=name, padding=unit.kernel // 2, act="none")
