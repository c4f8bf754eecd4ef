"""The networks of the board measurements, from their names in the published table.

The names come from MLPerf Inference submissions, which spell one network in several ways. The networks are
TensorFlow's: "same" padding, ReLU6, 1001 classes (EfficientNet-lite and ResNet-50: 1000).

MACs and parameters of that table are TensorFlow's README figures. The networks written here agree with them
but for these, where the README is off: MobileNetV1 of width 0.75 (317 M at 224 pixels; the paper prints 325)
and 0.25 at 192 pixels (34 M; 30 follow from its other rows), MobileNetV3-small (66 M, 2.9 M parameters, and
65 M minimalistic; the paper's last version prints 56 M and 2.5 M) and EfficientNet-lite (407, 899, 2640 M:
3 to 6 % more than its convolutions and fully connected layer need).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from predictors.errors import InputError, printable
from predictors.samples.builder import OPSET
from predictors.samples.mobile import (
    EFFICIENTNET_LITE_SCALES,
    efficientnet_lite_spec,
    inverted_network,
    mobilenet_v1,
    mobilenet_v1_spec,
    mobilenet_v2_spec,
    mobilenet_v3,
    mobilenet_v3_spec,
)
from predictors.samples.networks import Architecture, write_network
from predictors.samples.residual import RESNET_50, resnet
from predictors.samples.values import Precision

MOBILENET = re.compile(
    r"mobilenet-(?P<version>v[12])-(?:precision_(?P<prefix>float|uint8)-)?(?P<width>\d\.\d+)-(?P<hw>\d+)"
    r"(?:-(?P<suffix>non-quantized|quantized))?"
)
MOBILENET_V3 = re.compile(
    r"mobilenet-v3-(?P<size>large|small)(?P<minimal>-minimalistic)?_(?P<hw>\d+)_(?P<width>\d\.\d+)"
    r"_(?P<suffix>float|uint8)"
)
EFFICIENTNET_LITE = re.compile(
    r"efficientnet-(?:(?P<prefix>fp32|int8)-)?lite(?P<variant>[0-4])(?:-(?P<suffix>non-quantized|quantized))?"
)
PER_CHANNEL_FAMILIES = frozenset({"efficientnet-lite"})
"""Families whose published int8 files have a scale for every channel; those of the MobileNets have one."""
PRECISION_WORDS: dict[str, Precision] = {
    "float": "fp32",
    "fp32": "fp32",
    "non-quantized": "fp32",
    "uint8": "int8",
    "int8": "int8",
    "quantized": "int8",
}


@dataclass(frozen=True, slots=True)
class BoardNetwork:
    """A network as its name describes it.

    `family` is spelled as in the table of board measurements; `variant` is the EfficientNet-lite number or
    "large"/"small"; `precision` is None where the name does not say.
    """

    model_name: str
    family: str
    input_hw: int
    width: float = 1.0
    variant: str = ""
    minimalistic: bool = False
    precision: Precision | None = None

    @property
    def architecture(self) -> Architecture:
        """The function that writes this network's layers."""
        if self.family == "mobilenet-v1":
            return partial(mobilenet_v1, spec=mobilenet_v1_spec(self.width))
        if self.family == "mobilenet-v2":
            return partial(inverted_network, spec=mobilenet_v2_spec(self.width))
        if self.family == "mobilenet-v3":
            spec = mobilenet_v3_spec(self.variant, self.width, minimalistic=self.minimalistic)
            return partial(mobilenet_v3, spec=spec)
        if self.family == "efficientnet-lite":
            return partial(inverted_network, spec=efficientnet_lite_spec(int(self.variant)))
        return partial(resnet, spec=RESNET_50)

    def build(self, precision: Precision | None = None, *, batch: int = 1, opset: int = OPSET) -> bytes:
        """The ONNX file, in `precision` or, without it, in the one the name says (fp32 if it is silent)."""
        return write_network(
            self.model_name,
            self.architecture,
            input_hw=self.input_hw,
            batch=batch,
            precision=precision or self.precision or "fp32",
            opset=opset,
            per_channel=self.family in PER_CHANNEL_FAMILIES,
        )


def parse_board_network_name(model_name: str) -> BoardNetwork:
    """Read a model name of the board table. Raises InputError (code OPTION_VALUE) for any other name."""
    if match := MOBILENET.fullmatch(model_name):
        return BoardNetwork(
            model_name=model_name,
            family=f"mobilenet-{match['version']}",
            input_hw=int(match["hw"]),
            width=float(match["width"]),
            precision=_precision(match["prefix"], match["suffix"]),
        )
    if match := MOBILENET_V3.fullmatch(model_name):
        return BoardNetwork(
            model_name=model_name,
            family="mobilenet-v3",
            input_hw=int(match["hw"]),
            width=float(match["width"]),
            variant=match["size"],
            minimalistic=match["minimal"] is not None,
            precision=_precision(match["suffix"]),
        )
    if match := EFFICIENTNET_LITE.fullmatch(model_name):
        return BoardNetwork(
            model_name=model_name,
            family="efficientnet-lite",
            input_hw=EFFICIENTNET_LITE_SCALES[int(match["variant"])][2],
            variant=match["variant"],
            precision=_precision(match["prefix"], match["suffix"]),
        )
    if model_name == "resnet50":
        return BoardNetwork(model_name=model_name, family="resnet50", input_hw=224)
    raise InputError(
        "OPTION_VALUE",
        "{model_name} is not a board network that can be built here. Built are MobileNetV1, V2 and "
        "V3, EfficientNet-lite and ResNet-50, named as in the table of board networks.",
        model_name=printable(model_name),
    )


def board_network(model_name: str, precision: Precision | None = None, *, batch: int = 1) -> bytes:
    """The ONNX file of a network of the board table; see `BoardNetwork.build`."""
    return parse_board_network_name(model_name).build(precision, batch=batch)


def _precision(*words: str | None) -> Precision | None:
    return next((PRECISION_WORDS[word] for word in words if word), None)
