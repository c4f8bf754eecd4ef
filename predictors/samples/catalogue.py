"""The sample networks, each with the MACs and parameters its source publishes.

Parameters differ from the published ones by what folding batch norms changes: two trained vectors per
normalised channel become one bias, and the four vectors of a norm that cannot be folded all count.
"""

from __future__ import annotations

from collections.abc import Callable

from predictors.errors import InputError, printable
from predictors.model.reference_networks import REFERENCE_DNNS
from predictors.samples.builder import OPSET, NetworkBuilder
from predictors.samples.classics import (
    SQUEEZENET_1_1,
    AlexNetSpec,
    GoogLeNetSpec,
    SqueezeNetSpec,
    VggSpec,
    alexnet,
    googlenet,
    squeezenet,
    vgg,
)
from predictors.samples.entry import Sample
from predictors.samples.mobile import (
    EFFICIENTNET_LITE_SCALES,
    InvertedSpec,
    efficientnet_lite_spec,
    inverted_network,
    mobilenet_v1,
    mobilenet_v1_spec,
    mobilenet_v2_spec,
    mobilenet_v3,
    mobilenet_v3_spec,
    proxyless_spec,
)
from predictors.samples.networks import Architecture
from predictors.samples.reference import REFERENCE_SAMPLES
from predictors.samples.residual import RESNET_18, RESNET_50, DenseNetSpec, densenet, resnet
from predictors.samples.shuffle import shufflenet, shufflenet_spec
from predictors.samples.values import Precision, Value

TORCHVISION = "torchvision documentation, {}: GFLOPS (multiply-accumulates) {} and num_params"
SLIM_V1 = "TensorFlow model garden, slim, mobilenet_v1.md: MobileNet_v1_1.0_224"
SLIM_V2 = "TensorFlow model garden, slim, mobilenet README: mobilenet_v2_1.0_224"
LITE = (
    "github.com/d-li14/efficientnet-lite.pytorch, README, for TensorFlow's {}. TensorFlow's own README gives "
    "{} MAdds for the same network, {} more than its convolutions and fully connected layer need"
)


def _fixed(architecture: Architecture) -> Callable[[float], Architecture]:
    return lambda width: architecture


def _inverted(spec: Callable[[float], InvertedSpec]) -> Callable[[float], Architecture]:
    return lambda width: lambda net: inverted_network(net, spec(width))


def _v3(size: str) -> Callable[[float], Architecture]:
    return lambda width: lambda net: mobilenet_v3(net, mobilenet_v3_spec(size, width))


def _lite(variant: int, macs: int, params: int, readme: str, excess: str) -> Sample:
    def architecture(net: NetworkBuilder) -> Value:
        return inverted_network(net, efficientnet_lite_spec(variant))

    return Sample(
        id=f"efficientnet-lite{variant}",
        title=f"EfficientNet-lite{variant}",
        family="EfficientNet-lite",
        description="EfficientNet without squeeze-and-excite, with ReLU6, stem and head fixed",
        published_macs=macs,
        published_params=params,
        published_source=LITE.format(f"EfficientNet-lite{variant}", readme, excess),
        design=_fixed(architecture),
        input_hw=EFFICIENTNET_LITE_SCALES[variant][2],
    )


_SAMPLES = (
    Sample(
        id="alexnet",
        title="AlexNet",
        family="AlexNet",
        description="One-tower AlexNet of torchvision (arXiv 1404.5997): ungrouped, no LRN",
        published_macs=710_000_000,
        published_params=61_100_840,
        published_source=TORCHVISION.format("alexnet", "0.71"),
        design=_fixed(lambda net: alexnet(net, AlexNetSpec())),
    ),
    Sample(
        id="vgg-16",
        title="VGG-16",
        family="VGG",
        description="VGG configuration D without batch norm (arXiv 1409.1556)",
        published_macs=15_470_000_000,
        published_params=138_357_544,
        published_source=TORCHVISION.format("vgg16", "15.47"),
        design=_fixed(lambda net: vgg(net, VggSpec())),
    ),
    Sample(
        id="resnet-18",
        title="ResNet-18",
        family="ResNet18",
        description="Basic residual blocks (arXiv 1512.03385)",
        published_macs=1_810_000_000,
        published_params=11_689_512,
        published_source=TORCHVISION.format("resnet18", "1.81"),
        design=_fixed(lambda net: resnet(net, RESNET_18)),
    ),
    Sample(
        id="resnet-50",
        title="ResNet-50",
        family="ResNet50",
        description="Bottlenecks with the stride in the 3x3 convolution, known as v1.5",
        published_macs=4_090_000_000,
        published_params=25_557_032,
        published_source=TORCHVISION.format("resnet50", "4.09"),
        design=_fixed(lambda net: resnet(net, RESNET_50)),
    ),
    Sample(
        id="googlenet",
        title="GoogLeNet",
        family="GoogLeNet",
        description="GoogLeNet of torchvision: batch norm, 3x3 in place of 5x5, no auxiliary heads",
        published_macs=1_500_000_000,
        published_params=6_624_904,
        published_source=TORCHVISION.format("googlenet", "1.50"),
        design=_fixed(lambda net: googlenet(net, GoogLeNetSpec())),
    ),
    Sample(
        id="densenet-121",
        title="DenseNet-121",
        family="DenseNet",
        description="DenseNet-BC with growth 32 (arXiv 1608.06993); most of its batch norms cannot be folded",
        published_macs=2_830_000_000,
        published_params=7_978_856,
        published_source=TORCHVISION.format("densenet121", "2.83"),
        design=_fixed(lambda net: densenet(net, DenseNetSpec())),
    ),
    Sample(
        id="squeezenet-1.0",
        title="SqueezeNet 1.0",
        family="SqueezeNet",
        description="Fire modules, 7x7 stem of 96 channels (arXiv 1602.07360)",
        published_macs=820_000_000,
        published_params=1_248_424,
        published_source=TORCHVISION.format("squeezenet1_0", "0.82"),
        design=_fixed(lambda net: squeezenet(net, SqueezeNetSpec())),
    ),
    Sample(
        id="squeezenet-1.1",
        title="SqueezeNet 1.1",
        family="SqueezeNet",
        description="Fire modules, 3x3 stem of 64 channels, earlier pools",
        published_macs=350_000_000,
        published_params=1_235_496,
        published_source=TORCHVISION.format("squeezenet1_1", "0.35"),
        design=_fixed(lambda net: squeezenet(net, SQUEEZENET_1_1)),
    ),
    Sample(
        id="mobilenet-v1",
        title="MobileNetV1",
        family="MobileNetV1",
        description="Depthwise separable convolutions (arXiv 1704.04861), TensorFlow's 1001 classes",
        published_macs=569_000_000,
        published_params=4_240_000,
        published_source=SLIM_V1,
        design=lambda width: lambda net: mobilenet_v1(net, mobilenet_v1_spec(width)),
        has_width=True,
    ),
    Sample(
        id="mobilenet-v2",
        title="MobileNetV2",
        family="MobileNetV2",
        description="Inverted residuals (arXiv 1801.04381), TensorFlow's 1001 classes",
        published_macs=300_000_000,
        published_params=3_470_000,
        published_source=SLIM_V2,
        design=_inverted(mobilenet_v2_spec),
        has_width=True,
    ),
    Sample(
        id="mobilenet-v3-large",
        title="MobileNetV3-large",
        family="MobileNetV3",
        description="Squeeze-and-excite and hard-swish (arXiv 1905.02244), TensorFlow's 1001 classes",
        published_macs=217_000_000,
        published_params=5_483_032,
        published_source=(
            "MACs: Keras documentation, MobileNetV3Large (217 M, 5.4 M parameters); parameters to the unit: "
            "torchvision documentation, mobilenet_v3_large, num_params"
        ),
        design=_v3("large"),
        has_width=True,
    ),
    Sample(
        id="mobilenet-v3-small",
        title="MobileNetV3-small",
        family="MobileNetV3",
        description="The small sibling (arXiv 1905.02244), TensorFlow's 1001 classes",
        published_macs=56_000_000,
        published_params=2_542_856,
        published_source=(
            "MACs: arXiv 1905.02244, table 3 (56 M, 2.5 M parameters); parameters to the unit: torchvision "
            "documentation, mobilenet_v3_small, num_params. Keras prints 66 M and 2.9 M, an earlier design"
        ),
        design=_v3("small"),
        has_width=True,
    ),
    Sample(
        id="shufflenet-v2",
        title="ShuffleNetV2 x1.0",
        family="ShuffleNetV2",
        description="Channel split and shuffle (arXiv 1807.11164)",
        published_macs=146_000_000,
        published_params=2_278_604,
        published_source=(
            "MACs: github.com/megvii-model/ShuffleNet-Series (146 M, 2.3 M parameters); parameters to the "
            "unit: torchvision documentation, shufflenet_v2_x1_0, num_params"
        ),
        design=lambda width: lambda net: shufflenet(net, shufflenet_spec(width)),
        has_width=True,
    ),
    _lite(0, 385_000_000, 4_652_000, "407 M", "6 %"),
    _lite(2, 860_000_000, 6_092_000, "899 M", "5 %"),
    _lite(4, 2_553_000_000, 13_007_000, "2.64 G", "3 %"),
    Sample(
        id="proxylessnas-mobile",
        title="ProxylessNAS-mobile",
        family="ProxylessNAS",
        description="Inverted residuals found by search for a phone (arXiv 1812.00332)",
        published_macs=320_000_000,
        published_params=4_080_512,
        published_source=(
            "MACs: README of the ProxylessNAS repository (mobile, 320 M); parameters: "
            "github.com/osmr/imgclsmob, model table"
        ),
        design=_inverted(lambda width: proxyless_spec()),
    ),
)
CLASSIFIERS: dict[str, Sample] = {sample.id: sample for sample in _SAMPLES}
"""Networks that name what an image shows: quick to read and estimate."""
SAMPLES: dict[str, Sample] = CLASSIFIERS | {sample.id: sample for sample in REFERENCE_SAMPLES}
"""All of them: the reference networks of other tasks too, which have up to 700 kernels."""


def sample(sample_id: str) -> Sample:
    """The sample with this id. Raises InputError (code OPTION_VALUE) that lists the known ones."""
    if sample_id not in SAMPLES:
        raise InputError(
            "OPTION_VALUE",
            "There is no sample called {sample_id}. Known: {samples}.",
            sample_id=printable(sample_id),
            samples=", ".join(SAMPLES),
        )
    return SAMPLES[sample_id]


def sample_bytes(
    sample_id: str,
    *,
    input_hw: int | None = None,
    batch: int = 1,
    width: float = 1.0,
    precision: Precision = "fp32",
    opset: int = OPSET,
) -> bytes:
    """The ONNX file of one sample; see `Sample.build` for the options."""
    chosen = sample(sample_id)
    return chosen.build(input_hw=input_hw, batch=batch, width=width, precision=precision, opset=opset)


def reference_bytes(dnn_id: str) -> bytes:
    """The ONNX file of a reference network (DNN1 to DNN12) in the precision it was measured in.

    Raises InputError OPTION_VALUE for any other name.
    """
    if dnn_id not in REFERENCE_DNNS:
        raise InputError(
            "OPTION_VALUE",
            "There is no reference network called {dnn_id}. Name one of the table reference_dnns.",
            dnn_id=printable(dnn_id),
        )
    sample_id, precision = REFERENCE_DNNS[dnn_id]
    return sample_bytes(sample_id, precision=precision)
