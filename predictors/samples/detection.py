"""The detectors of Tu et al. (SEC 2023): SSD-MobileNetV2 at 300 pixels and its FPNLite sister at 640.

Layers as in TensorFlow's object detection API: configurations ssd_mobilenet_v2_quantized_300x300_coco and
ssd_mobilenet_v2_fpnlite_640x640_coco17_tpu-8. With 6.05 M weights the first is 24.2 MB in float and the
second, with the copies that folding its batch norms makes, 12.3 MB: the sizes that the paper prints.
Non-maximum suppression after the network is not part of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from predictors.samples.builder import NetworkBuilder
from predictors.samples.mobile import Inverted, inverted_block, mobilenet_v2_spec
from predictors.samples.values import Activation, Value

CLASSES = 91
"""90 classes of COCO and the background."""
BOX = 4
"""Figures that say where a box is."""
SSD_ANCHORS = (3, 6, 6, 6, 6, 6)
SSD_EXTRAS = (512, 256, 256, 128)
"""Widths of the four added feature maps, each behind a pointwise convolution of half the width."""
FPN_DEPTH, FPN_ANCHORS, FPN_TOWER = 128, 6, 4
HEAD_WIDTH = 1280


def _backbone(net: NetworkBuilder, taps: Sequence[int], expanded: int = 0) -> tuple[list[Value], Value]:
    """MobileNetV2 up to its head; outputs of the blocks `taps`, and of block `expanded`'s expansion first."""
    spec = mobilenet_v2_spec()
    x = net.conv(net.image, spec.stem, 3, 2, name="stem", act="relu6")
    tapped: list[Value] = []
    for index, block in enumerate(spec.blocks, start=1):
        if index == expanded:
            x, wide = _tapped_block(net, x, block, f"block{index}")
            tapped.append(wide)
        else:
            x = inverted_block(net, x, block, f"block{index}")
        if index in taps:
            tapped.append(x)
    return tapped, net.conv(x, HEAD_WIDTH, name="head", act="relu6")


def _tapped_block(net: NetworkBuilder, x: Value, block: Inverted, name: str) -> tuple[Value, Value]:
    wide = net.conv(x, x.channels * block.expansion, name=f"{name}.expand", act="relu6")
    y = net.depthwise(wide, block.kernel, block.stride, name=f"{name}.depthwise", act="relu6")
    return net.conv(y, block.c_out, name=f"{name}.project", act="none"), wide


def ssd_mobilenet_v2(net: NetworkBuilder) -> tuple[Value, Value]:
    """SSD-MobileNetV2 with 1x1 box predictors: boxes and scores of 1,917 anchors at 300 pixels."""
    maps, x = _backbone(net, (), expanded=14)
    maps.append(x)
    for index, width in enumerate(SSD_EXTRAS, start=1):
        x = net.conv(x, width // 2, name=f"extra{index}.reduce", act="relu6")
        x = net.conv(x, width, 3, 2, name=f"extra{index}", act="relu6")
        maps.append(x)
    boxes, scores = [], []
    for index, (x, anchors) in enumerate(zip(maps, SSD_ANCHORS, strict=True)):
        place = net.conv(x, anchors * BOX, name=f"boxes{index}", act="none")
        score = net.conv(x, anchors * CLASSES, name=f"classes{index}", act="none")
        boxes.append(net.boxes(place, BOX, name=f"boxes{index}.rows"))
        scores.append(net.boxes(score, CLASSES, name=f"classes{index}.rows"))
    return net.join_boxes(boxes, name="boxes"), net.join_boxes(scores, name="classes", act="sigmoid")


def fpnlite_mobilenet_v2(net: NetworkBuilder) -> tuple[Value, Value]:
    """SSD-MobileNetV2-FPNLite: boxes and scores of 51,150 anchors on five maps at 640 pixels.

    All maps share the convolutions of their tower and of both predictors.
    """
    boxes, scores = [], []
    for index, x in enumerate(_pyramid(net)):
        for layer in range(FPN_TOWER):
            x = _separable(net, x, FPN_DEPTH, name=f"tower{index}.{layer}", shared=f"tower.{layer}")
        place = _separable(net, x, FPN_ANCHORS * BOX, name=f"boxes{index}", shared="box_predictor")
        score = _separable(net, x, FPN_ANCHORS * CLASSES, name=f"classes{index}", shared="class_predictor")
        boxes.append(net.boxes(place, BOX, name=f"boxes{index}.rows"))
        scores.append(net.boxes(score, CLASSES, name=f"classes{index}.rows"))
    return net.join_boxes(boxes, name="boxes"), net.join_boxes(scores, name="classes", act="sigmoid")


def _pyramid(net: NetworkBuilder) -> list[Value]:
    """Feature maps of 80, 40, 20, 10 and 5 rows (at 640 pixels), 128 channels each."""
    (c3, c4), c5 = _backbone(net, (6, 13))
    p5 = net.conv(c5, FPN_DEPTH, name="lateral5", act="none")
    p4 = _merged(net, p5, c4, 4)
    p3 = _merged(net, p4, c3, 3)
    p6 = _separable(net, p5, FPN_DEPTH, name="coarse6", stride=2)
    p7 = _separable(net, p6, FPN_DEPTH, name="coarse7", stride=2)
    return [p3, p4, p5, p6, p7]


def _merged(net: NetworkBuilder, above: Value, below: Value, level: int) -> Value:
    lateral = net.conv(below, FPN_DEPTH, name=f"lateral{level}", act="none")
    upper = net.resize(above, below.height, name=f"up{level}", mode="nearest")
    return _separable(net, net.add(lateral, upper, name=f"merge{level}"), FPN_DEPTH, name=f"smooth{level}")


def _separable(
    net: NetworkBuilder, x: Value, c_out: int, *, name: str, stride: int = 1, shared: str = ""
) -> Value:
    """A depthwise and a pointwise convolution, the latter without activation where it predicts."""
    own = (f"{shared}.depthwise", f"{shared}.pointwise") if shared else ("", "")
    y = net.depthwise(x, 3, stride, name=f"{name}.depthwise", act="none", weights=own[0])
    act: Activation = "none" if shared.endswith("predictor") else "relu6"
    return net.conv(y, c_out, name=f"{name}.pointwise", act=act, weights=own[1])
