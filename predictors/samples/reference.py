"""The reference networks of Tu et al. (SEC 2023) that are no classifiers.

Counts of these networks were not published to the unit; the layers are, and the size of the file that Tu et
al. print (4 bytes a weight) is what they were checked against.

Networks of Tu et al. (SEC 2023) that answer with an image: ESRGAN and DeepLabV3 257.

ESRGAN is captain-pool/esrgan-tf2 (11 blocks, 32 filters). DeepLabV3 is deeplabv3_257_mv_gpu.tflite, which
TensorFlow Lite's documentation offers: MobileNetV2 of depth 0.5 at output stride 8, image pooling and one
pointwise branch, no pyramid of dilations.

The detectors of Tu et al. (SEC 2023): SSD-MobileNetV2 at 300 pixels and its FPNLite sister at 640.

Layers as in TensorFlow's object detection API: configurations ssd_mobilenet_v2_quantized_300x300_coco and
ssd_mobilenet_v2_fpnlite_640x640_coco17_tpu-8. With 6.05 M weights the first is 24.2 MB in float and the
second, with the copies that folding its batch norms makes, 12.3 MB: the sizes that the paper prints.
Non-maximum suppression after the network is not part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from predictors.samples.builder import NetworkBuilder
from predictors.samples.entry import Sample
from predictors.samples.mobile import Inverted, inverted_block, mobilenet_v2_spec
from predictors.samples.networks import Architecture
from predictors.samples.speech import conv_actions
from predictors.samples.tokens import mobilebert
from predictors.samples.values import Activation, Value

ESRGAN_BLOCKS, ESRGAN_WIDTH, RESIDUAL_SCALE = 11, 32, 0.2
DEEPLAB_CLASSES = 21
# Expansion, channels, stride, dilation of the depthwise convolution, of the 17 blocks.
DEEPLAB_BLOCKS = (
    (1, 8, 1, 1),
    (6, 12, 2, 1),
    (6, 12, 1, 1),
    (6, 16, 2, 1),
    *((6, 16, 1, 1),) * 2,
    (6, 32, 1, 1),
    *((6, 32, 1, 2),) * 3,
    *((6, 48, 1, 2),) * 3,
    (6, 80, 1, 2),
    *((6, 80, 1, 4),) * 2,
    (6, 160, 1, 4),
)


def esrgan(net: NetworkBuilder) -> Value:
    """Four times the rows and columns by residual-in-residual dense blocks."""
    first = net.conv(net.image, ESRGAN_WIDTH, 3, name="first", act="none")
    x = first
    for index in range(ESRGAN_BLOCKS):
        x = _residual_of_residuals(net, x, f"block{index}")
    x = net.add(net.conv(x, ESRGAN_WIDTH, 3, name="trunk", act="none"), first, name="skip")
    for index in (1, 2):
        x = net.upconv(x, ESRGAN_WIDTH, 3, name=f"up{index}", act="leaky")
    x = net.conv(x, ESRGAN_WIDTH, 3, name="last_features", act="leaky")
    return net.conv(x, 3, 3, name="image", act="none")


def _residual_of_residuals(net: NetworkBuilder, x: Value, name: str) -> Value:
    y = x
    for index in range(3):
        y = _dense_block(net, y, f"{name}.dense{index}")
    return net.add(x, net.scaled(y, RESIDUAL_SCALE, name=f"{name}.scale"), name=f"{name}.add")


def _dense_block(net: NetworkBuilder, x: Value, name: str) -> Value:
    made = [x]
    y = x
    for index in range(1, 6):
        joined = made[0] if len(made) == 1 else net.concat(made, name=f"{name}.concat{index}")
        act: Activation = "none" if index == 5 else "leaky"
        y = net.conv(joined, ESRGAN_WIDTH, 3, name=f"{name}.conv{index}", act=act)
        made.append(y)
    return net.add(x, net.scaled(y, RESIDUAL_SCALE, name=f"{name}.scale"), name=f"{name}.add")


def deeplab_v3(net: NetworkBuilder) -> Value:
    """Scores of 21 classes for every pixel of the image."""
    x = net.conv(net.image, 16, 3, 2, name="stem", act="relu6")
    for index, (expansion, c_out, stride, dilation) in enumerate(DEEPLAB_BLOCKS, start=1):
        x = _dilated(net, x, (expansion, c_out, stride, dilation), f"block{index}")
    pooled = net.conv(net.global_pool(x), 256, name="pooling")
    pooled = net.resize(pooled, x.height, name="pooling.resize")
    branch = net.conv(x, 256, name="aspp0")
    x = net.conv(net.concat([pooled, branch], name="join"), 256, name="projection")
    x = net.conv(x, DEEPLAB_CLASSES, name="logits", act="none")
    return net.resize(x, net.image.height, name="upsample")


def _dilated(net: NetworkBuilder, x: Value, block: tuple[int, int, int, int], name: str) -> Value:
    expansion, c_out, stride, dilation = block
    y = x if expansion == 1 else net.conv(x, x.channels * expansion, name=f"{name}.expand", act="relu6")
    y = net.depthwise(y, 3, stride, name=f"{name}.depthwise", act="relu6", dilation=dilation)
    y = net.conv(y, c_out, name=f"{name}.project", act="none")
    return net.add(y, x, name=f"{name}.add") if stride == 1 and x.channels == c_out else y


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


COUNTED = "Counted layer by layer. {}"


def _of(architecture: Architecture) -> Callable[[float], Architecture]:
    return lambda width: architecture


REFERENCE_SAMPLES = (
    Sample(
        id="ssd-mobilenet-v2-300",
        title="SSD-MobileNetV2 300",
        family="SSD-MobileNetV2",
        description="Detector on six feature maps with 1x1 box predictors, 90 classes",
        published_macs=772_779_056,
        published_params=6_047_647,
        published_source=COUNTED.format(
            "TensorFlow's ssd_mobilenet_v2_quantized_300x300_coco; with 3x3 predictors the same layers count "
            "16.8 M parameters and 1.875 G as OpenVINO and TI print"
        ),
        design=_of(ssd_mobilenet_v2),
        input_hw=300,
        task="detection",
    ),
    Sample(
        id="ssd-mobilenet-v2-fpnlite-640",
        title="SSD-MobileNetV2-FPNLite 640",
        family="SSD-MobileNetV2",
        description="Detector with a feature pyramid and predictors that all maps share, 90 classes",
        published_macs=3_938_345_600,
        published_params=2_607_898,
        published_source=COUNTED.format(
            "TensorFlow's ssd_mobilenet_v2_fpnlite_640x640_coco17; with what folding batch norms copies and "
            "the anchors its file is 12.30 MB, as Tu et al. print"
        ),
        design=_of(fpnlite_mobilenet_v2),
        input_hw=640,
        task="detection",
    ),
    Sample(
        id="deeplab-v3-257",
        title="DeepLabV3 257",
        family="DeepLabV3",
        description="Segmentation by MobileNetV2 of depth 0.5 with dilated convolutions, 21 classes",
        published_macs=725_849_344,
        published_params=688_357,
        published_source=COUNTED.format("Read from TensorFlow Lite's deeplabv3_257_mv_gpu (2.8 MB)"),
        design=_of(deeplab_v3),
        input_hw=257,
        task="segmentation",
    ),
    Sample(
        id="esrgan-50",
        title="ESRGAN 50 to 200",
        family="ESRGAN",
        description="Four times the rows and columns by 11 residual-in-residual dense blocks of 32 filters",
        published_macs=11_948_400_000,
        published_params=4_605_955,
        published_source=COUNTED.format(
            "captain-pool/esrgan-tf2; its phone file (5.0 MB) holds 8-bit weights and computes in float"
        ),
        design=_of(esrgan),
        input_hw=50,
        task="super-resolution",
    ),
    Sample(
        id="mobilebert",
        title="MobileBERT",
        family="MobileBERT",
        description="Question answering over 384 tokens (arXiv 2004.02984)",
        published_macs=8_682_602_496,
        published_params=24_582_914,
        published_source=COUNTED.format(
            "google-research/mobilebert, uncased_L-24_H-128_B-512_A-4_F-4_OPT; its paper: 25.3 M"
        ),
        input_hw=0,
        task="question-answering",
        written=mobilebert,
    ),
    Sample(
        id="conv-actions",
        title="Speech commands",
        family="Speech commands",
        description="Two convolutions over 99 steps of 40 coefficients of sound, 12 answers",
        published_macs=205_158_400,
        published_params=942_220,
        published_source=COUNTED.format(
            "TensorFlow's conv_actions_frozen (3.8 MB); the spectra before it are not counted"
        ),
        input_hw=0,
        task="speech-commands",
        written=conv_actions,
    ),
)
