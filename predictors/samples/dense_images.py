"""Networks of Tu et al. (SEC 2023) that answer with an image: ESRGAN and DeepLabV3 257.

ESRGAN is captain-pool/esrgan-tf2 (11 blocks, 32 filters). DeepLabV3 is deeplabv3_257_mv_gpu.tflite, which
TensorFlow Lite's documentation offers: MobileNetV2 of depth 0.5 at output stride 8, image pooling and one
pointwise branch, no pyramid of dilations.
"""

from __future__ import annotations

from predictors.samples.builder import NetworkBuilder
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
