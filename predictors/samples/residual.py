"""ResNet-18, ResNet-50 and DenseNet-121, in the form torchvision publishes them."""

from __future__ import annotations

from dataclasses import dataclass

from predictors.samples.builder import NetworkBuilder
from predictors.samples.values import Value


@dataclass(frozen=True, slots=True)
class ResBlock:
    """One residual block: inner width, kernel of its spatial convolutions, stride."""

    width: int
    kernel: int
    stride: int


def res_blocks(depths: tuple[int, ...]) -> tuple[ResBlock, ...]:
    """Blocks of the four stages of a ResNet (arXiv 1512.03385, table 1), `depths` blocks each."""
    blocks = []
    for stage, depth in enumerate(depths):
        for index in range(depth):
            stride = 2 if stage > 0 and index == 0 else 1
            blocks.append(ResBlock(width=64 << stage, kernel=3, stride=stride))
    return tuple(blocks)


@dataclass(frozen=True, slots=True)
class ResNetSpec:
    """A ResNet of basic blocks (expansion 1) or bottlenecks (expansion 4, stride in the 3x3: "v1.5")."""

    blocks: tuple[ResBlock, ...]
    expansion: int = 1
    classes: int = 1000


RESNET_18 = ResNetSpec(res_blocks((2, 2, 2, 2)))
RESNET_50 = ResNetSpec(res_blocks((3, 4, 6, 3)), expansion=4)


def resnet(net: NetworkBuilder, spec: ResNetSpec) -> Value:
    """Stem, residual blocks, global mean, classifier."""
    x = net.conv(net.image, 64, 7, 2, name="conv1", padding=3)
    x = net.max_pool(x, 3, 2, name="pool1", padding=1)
    for index, block in enumerate(spec.blocks, start=1):
        x = _res_block(net, x, block, spec.expansion, f"block{index}")
    return net.fc(net.flatten(net.global_pool(x)), spec.classes, name="fc")


def _res_block(net: NetworkBuilder, x: Value, block: ResBlock, expansion: int, name: str) -> Value:
    c_out, half = block.width * expansion, block.kernel // 2
    if expansion == 1:
        y = net.conv(x, block.width, block.kernel, block.stride, name=f"{name}.conv1", padding=half)
        y = net.conv(y, c_out, block.kernel, name=f"{name}.conv2", padding=half, act="none")
    else:
        y = net.conv(x, block.width, 1, name=f"{name}.conv1")
        y = net.conv(y, block.width, block.kernel, block.stride, name=f"{name}.conv2", padding=half)
        y = net.conv(y, c_out, 1, name=f"{name}.conv3", act="none")
    if block.stride != 1 or x.channels != c_out:
        x = net.conv(x, c_out, 1, block.stride, name=f"{name}.shortcut", padding=0, act="none")
    return net.add(y, x, name=f"{name}.add", act="relu")


@dataclass(frozen=True, slots=True)
class DenseNetSpec:
    """DenseNet-BC (arXiv 1608.06993): growth and kernel of every dense layer, layers per stage."""

    stages: tuple[int, ...] = (6, 12, 24, 16)
    growths: tuple[int, ...] = (32,) * 58
    kernels: tuple[int, ...] = (3,) * 58
    classes: int = 1000


def densenet(net: NetworkBuilder, spec: DenseNetSpec) -> Value:
    """Stem, dense stages with halving transitions between, batch norm, global mean, classifier."""
    x = net.conv(net.image, 64, 7, 2, name="conv0", padding=3)
    x = net.max_pool(x, 3, 2, name="pool0", padding=1)
    layers = iter(zip(spec.growths, spec.kernels, strict=True))
    for stage, depth in enumerate(spec.stages, start=1):
        for index in range(1, depth + 1):
            growth, kernel = next(layers)
            x = _dense_layer(net, x, growth, kernel, f"block{stage}.layer{index}")
        if stage < len(spec.stages):
            x = net.batch_norm(x, name=f"transition{stage}.norm")
            x = net.conv(x, x.channels // 2, 1, name=f"transition{stage}.conv", act="none")
            x = net.avg_pool(x, 2, 2, name=f"transition{stage}.pool", padding=0)
    x = net.batch_norm(x, name="norm5")
    return net.fc(net.flatten(net.global_pool(x)), spec.classes, name="classifier")


def _dense_layer(net: NetworkBuilder, x: Value, growth: int, kernel: int, name: str) -> Value:
    y = net.batch_norm(x, name=f"{name}.norm1")
    y = net.conv(y, 4 * growth, 1, name=f"{name}.conv1")
    y = net.conv(y, growth, kernel, name=f"{name}.conv2", act="none")
    return net.concat([x, y], name=f"{name}.concat")
