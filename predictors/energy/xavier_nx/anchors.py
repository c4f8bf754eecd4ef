"""The convolutional networks that were measured on Jetson Xavier NX, layer by layer, for anchoring.

Architectures: ResNet-50 (He et al., arXiv 1512.03385, with the stride in the 3x3 convolution as in version
1.5); SSD-MobileNet-v1 at 300x300 (Howard et al., arXiv 1704.04861; Liu et al., arXiv 1512.02325; 91
classes) and SSD-ResNet-34 at 1200x1200 (81 classes), both as the reference models of the MLPerf inference
benchmark. MACs are checked against the operations of Reddi et al., "MLPerf Inference Benchmark", arXiv
1911.02549, table I, where one MAC counts as two operations. Batch norm and ReLU are part of their
convolution (TensorRT fuses them); box decoding and non-maximum suppression have no MACs and are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from predictors.model.kernel_rows import kernel_from_row
from predictors.model.kernels import Kernel

PUBLISHED_GMACS = {"resnet50": 8.2 / 2, "ssd-mobilenet": 2.47 / 2, "ssd-resnet34": 433.0 / 2}
"""Multiply-accumulates (10^9) of one inference, from Reddi et al., table I."""

SSD_MOBILENET_CLASSES = 91
SSD_RESNET34_CLASSES = 81


def _conv(side: int, c_in: int, c_out: int, window: int, stride: int = 1) -> Kernel:
    row = {"kernel": "conv-bn-relu", "input_hw": side, "c_in": c_in, "c_out": c_out}
    return kernel_from_row({**row, "kernel_size": window, "stride": stride})


def _depthwise(side: int, channels: int, stride: int) -> Kernel:
    row = {"kernel": "dwconv-bn-relu", "input_hw": side, "c_in": channels, "c_out": channels}
    return kernel_from_row({**row, "kernel_size": 3, "stride": stride})


def _maxpool(side: int, channels: int) -> Kernel:
    row = {"kernel": "maxpool", "input_hw": side, "c_in": channels, "c_out": channels}
    return kernel_from_row({**row, "kernel_size": 3, "stride": 2, "pool_stride": 2})


def resnet50() -> Iterator[Kernel]:
    """ResNet-50 at 224x224: residual adds belong to their convolution."""
    yield _conv(224, 3, 64, 7, 2)
    yield _maxpool(112, 64)
    side, c_in = 56, 64
    for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512))):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            yield _conv(side, c_in, width, 1)
            yield _conv(side, width, width, 3, stride)
            if not block:
                yield _conv(side, c_in, 4 * width, 1, stride)
            side //= stride
            yield _conv(side, width, 4 * width, 1)
            c_in = 4 * width
    yield kernel_from_row({"kernel": "global-avgpool", "input_hw": side, "c_in": c_in})
    yield kernel_from_row({"kernel": "fc", "c_in": c_in, "c_out": 1000})


def ssd_mobilenet() -> Iterator[Kernel]:
    """SSD-MobileNet-v1 at 300x300: backbone, four extra feature maps, six pairs of 1x1 heads."""
    yield _conv(300, 3, 32, 3, 2)
    side, c_in = 150, 32
    widths = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
    for block, c_out in enumerate(widths):
        stride = 2 if block in (1, 3, 5, 11) else 1
        yield _depthwise(side, c_in, stride)
        side = -(-side // stride)
        yield _conv(side, c_in, c_out, 1)
        c_in = c_out
        if block == 10:
            yield from _heads(side, c_in, 3, SSD_MOBILENET_CLASSES, window=1, stride=1)
    yield from _heads(side, c_in, 6, SSD_MOBILENET_CLASSES, window=1, stride=1)
    for squeezed, c_out in ((256, 512), (128, 256), (128, 256), (64, 128)):
        yield _conv(side, c_in, squeezed, 1)
        yield _conv(side, squeezed, c_out, 3, 2)
        side, c_in = -(-side // 2), c_out
        yield from _heads(side, c_in, 6, SSD_MOBILENET_CLASSES, window=1, stride=1)


def ssd_resnet34() -> Iterator[Kernel]:
    """SSD-ResNet-34 at 1200x1200: three stages, five extra feature maps, six pairs of 3x3 heads."""
    yield _conv(1200, 3, 64, 7, 2)
    yield _maxpool(600, 64)
    side, c_in = 300, 64
    for blocks, width, first_stride in ((3, 64, 1), (4, 128, 2), (6, 256, 1)):
        for block in range(blocks):
            stride = 1 if block else first_stride
            yield _conv(side, c_in, width, 3, stride)
            if c_in != width:
                yield _conv(side, c_in, width, 1, stride)
            side = -(-side // stride)
            yield _conv(side, width, width, 3)
            c_in = width
    yield from _heads(side, c_in, 4, SSD_RESNET34_CLASSES, window=3, stride=3)
    extras = ((256, 512, 6, 3), (256, 512, 6, 2), (128, 256, 6, 2), (128, 256, 4, 2), (128, 256, 4, 2))
    for squeezed, c_out, anchors, head_stride in extras:
        yield _conv(side, c_in, squeezed, 1)
        yield _conv(side, squeezed, c_out, 3, 2)
        side, c_in = -(-side // 2), c_out
        yield from _heads(side, c_in, anchors, SSD_RESNET34_CLASSES, window=3, stride=head_stride)


def _heads(side: int, c_in: int, anchors: int, classes: int, window: int, stride: int) -> Iterator[Kernel]:
    """The box and the class convolution of one feature map."""
    yield _conv(side, c_in, anchors * 4, window, stride)
    yield _conv(side, c_in, anchors * classes, window, stride)


ANCHORS: dict[str, Callable[[], Iterator[Kernel]]] = {
    "resnet50": resnet50,
    "ssd-mobilenet": ssd_mobilenet,
    "ssd-resnet34": ssd_resnet34,
}
"""Network as its source names it -> its kernels."""
