"""Random variants of nine network families, drawn the way the published ones were.

DeepEn2023 publishes the energy range of 50 variants per family. They were made the way nn-Meter (Zhang et
al., MobiSys 2021) made its data set: the width of every layer is multiplied by a factor, and its kernel size
(and expansion, where there is one) is drawn afresh, independently and uniformly from short lists. The lists
below are those of nn-Meter's generator. For MobileNetV1 they agree with the layer tables DeepEn2023 publishes
of its variants, down to widths like 31 = int(32 * 0.9999...). Inputs are 224 x 224 pixels, classes 1000.

Where our families differ from nn-Meter's: SqueezeNet keeps its convolutional classifier, DenseNet has no
transition after the last stage, and pools of AlexNet are unpadded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from predictors.errors import InputError, printable
from predictors.samples.builder import OPSET
from predictors.samples.catalogue import SAMPLES
from predictors.samples.classics import (
    INCEPTIONS,
    AlexNetSpec,
    GoogLeNetSpec,
    Inception,
    SqueezeNetSpec,
    alexnet,
    googlenet,
    squeezenet,
)
from predictors.samples.mobile import (
    Inverted,
    InvertedSpec,
    MobileNetV1Spec,
    inverted_network,
    mobilenet_v1,
    mobilenet_v2_spec,
    proxyless_spec,
)
from predictors.samples.networks import Architecture, write_network
from predictors.samples.residual import (
    RESNET_18,
    DenseNetSpec,
    ResBlock,
    ResNetSpec,
    densenet,
    resnet,
)
from predictors.samples.shuffle import ShuffleNetSpec, ShuffleUnit, shufflenet, shufflenet_spec
from predictors.samples.values import Precision

INPUT_HW = 224  # px, as the published variants


def _scales(start: float, end: float) -> tuple[float, ...]:
    """Width factors from `start` in steps of 0.1.

    Added up one by one on purpose: rounding then keeps the last step out (1.8 never comes) and turns 1.0 into
    0.9999..., which the published variants show.
    """
    scales, scale = [], start
    while scale <= end:
        scales.append(scale)
        scale += 0.1
    return tuple(scales)


WIDE_SCALES = _scales(0.2, 1.8)
NARROW_SCALES = _scales(0.2, 1.2)
GROWING_SCALES = _scales(1, 1.8)


@dataclass(frozen=True, slots=True)
class Variant:
    """One random network.

    `id` names family, seed and number; `family` is spelled as in the published ranges.
    """

    id: str
    family: str
    architecture: Architecture

    def build(self, *, batch: int = 1, precision: Precision = "fp32", opset: int = OPSET) -> bytes:
        """The variant as an ONNX file."""
        return write_network(
            self.id, self.architecture, input_hw=INPUT_HW, batch=batch, precision=precision, opset=opset
        )


def sample_variants(family: str, count: int, seed: int = 0) -> list[Variant]:
    """Draw `count` variants of a family, named by its sample id (`mobilenet-v1`).

    The same seed gives the same variants, and the first ones do not depend on `count`. Raises InputError
    (code OPTION_VALUE) for a family without a generator.
    """
    if family not in VARIANT_FAMILIES:
        raise InputError(
            "OPTION_VALUE",
            "There are no variants of {family}. Known: {variant_families}.",
            family=printable(family),
            variant_families=", ".join(VARIANT_FAMILIES),
        )
    random = Random(f"{family}/{seed}")  # noqa: S311 - drawing test networks, nothing secret
    draw, published_name = VARIANT_FAMILIES[family], SAMPLES[family].family
    return [Variant(f"{family}-s{seed}-{index}", published_name, draw(random)) for index in range(count)]


def _widths(random: Random, base: Sequence[int], scales: Sequence[float]) -> list[int]:
    return [int(width * random.choice(scales)) for width in base]


def _picks(random: Random, choices: Sequence[int], count: int) -> list[int]:
    return [random.choice(choices) for _ in range(count)]


def _mobilenet_v1(random: Random) -> Architecture:
    channels = _widths(random, MobileNetV1Spec().channels, WIDE_SCALES)
    kernels = _picks(random, (1, 3, 5, 7), 13)
    # nn-Meter gives the stem the kernel of the first depthwise layer.
    spec = MobileNetV1Spec(tuple(channels), tuple(kernels), stem_kernel=kernels[0], act="relu", classes=1000)
    return partial(mobilenet_v1, spec=spec)


def _redraw(
    base: InvertedSpec, widths: list[int], kernels: list[int], expansions: list[int]
) -> list[Inverted]:
    """Inverted residuals with new figures; a block that adds its input back keeps that input's width."""
    blocks: list[Inverted] = []
    base_c_in, c_in = base.stem, 0
    for block, width, kernel, expansion in zip(base.blocks, widths, kernels, expansions, strict=True):
        keeps_width = block.stride == 1 and block.c_out == base_c_in
        c_in = c_in if keeps_width else width
        blocks.append(Inverted(c_in, kernel, block.stride, expansion))
        base_c_in = block.c_out
    return blocks


def _mobilenet_v2(random: Random) -> Architecture:
    base = mobilenet_v2_spec()
    stem, *widths, head = _widths(
        random, (base.stem, *(block.c_out for block in base.blocks), base.head), WIDE_SCALES
    )
    kernels = _picks(random, (1, 3, 5, 7), len(base.blocks))
    expansions = _picks(random, range(1, 9), len(base.blocks))
    blocks = _redraw(base, widths, kernels, expansions)
    spec = InvertedSpec(stem, tuple(blocks), head, stem_kernel=kernels[0], always_expands=True, classes=1000)
    return partial(inverted_network, spec=spec)


def _proxyless(random: Random) -> Architecture:
    base = proxyless_spec()
    widths = _widths(random, [block.c_out for block in base.blocks], WIDE_SCALES)
    kernels = _picks(random, (3, 5, 7), len(base.blocks))
    expansions = _picks(random, (3, 6), len(base.blocks))
    blocks = _redraw(base, widths, kernels, expansions)
    spec = InvertedSpec(base.stem, tuple(blocks), base.head, classes=1000)
    return partial(inverted_network, spec=spec)


def _alexnet(random: Random) -> Architecture:
    base = AlexNetSpec()
    widths = _widths(random, (*base.channels, *base.hidden), WIDE_SCALES)
    kernels = _picks(random, (1, 3, 5, 7), len(base.kernels))
    spec = AlexNetSpec(tuple(widths[:5]), tuple(kernels), (widths[5], widths[6]), stem_padding=0, pooled_hw=1)
    return partial(alexnet, spec=spec)


def _squeezenet(random: Random) -> Architecture:
    base = SqueezeNetSpec()
    factors = [random.choice(WIDE_SCALES) for _ in base.expand]
    kernels = _picks(random, (1, 3, 5, 7), len(base.kernels))
    spec = SqueezeNetSpec(
        squeeze=tuple(int(w * f) for w, f in zip(base.squeeze, factors, strict=True)),
        expand=tuple(int(w * f) for w, f in zip(base.expand, factors, strict=True)),
        kernels=tuple(kernels),
        stem_padding="same",
    )
    return partial(squeezenet, spec=spec)


def _googlenet(random: Random) -> Architecture:
    modules = []
    for base in INCEPTIONS:
        base_widths = (base.c1, base.c3_reduce, base.c3, base.c5_reduce, base.c5, base.pool)
        modules.append(Inception(*_widths(random, base_widths, WIDE_SCALES)))
    return partial(googlenet, spec=GoogLeNetSpec(tuple(modules), wide_kernel=5))


def _densenet(random: Random) -> Architecture:
    base = DenseNetSpec()
    growths = _widths(random, base.growths, NARROW_SCALES)
    kernels = _picks(random, (1, 3, 5), len(base.kernels))
    return partial(densenet, spec=DenseNetSpec(growths=tuple(growths), kernels=tuple(kernels)))


def _resnet_18(random: Random) -> Architecture:
    widths = _widths(random, [block.width for block in RESNET_18.blocks], NARROW_SCALES)
    kernels = _picks(random, (3, 5, 7), len(widths))
    blocks: list[ResBlock] = []
    current = 64
    for base, width, kernel in zip(RESNET_18.blocks, widths, kernels, strict=True):
        # Blocks of a stage share the width its first block drew; the first stage keeps the stem's.
        current = current if base.stride == 1 else width
        blocks.append(ResBlock(current, kernel, base.stride))
    return partial(resnet, spec=ResNetSpec(tuple(blocks)))


def _shufflenet(random: Random) -> Architecture:
    base = shufflenet_spec()
    stem, *widths, head = _widths(
        random, (base.stem, *(unit.c_out for unit in base.units), base.head), GROWING_SCALES
    )
    kernels = _picks(random, (3, 5, 7, 9), len(base.units))
    units: list[ShuffleUnit] = []
    c_out = 0
    for unit, width, kernel in zip(base.units, widths, kernels, strict=True):
        c_out = c_out if unit.stride == 1 else width // 2 * 2
        c_mid = int(c_out // 2 * random.choice(WIDE_SCALES))
        units.append(ShuffleUnit(c_out, c_mid, kernel, unit.stride))
    spec = ShuffleNetSpec(stem, tuple(units), head, stem_kernel=kernels[0])
    return partial(shufflenet, spec=spec)


VARIANT_FAMILIES: dict[str, Callable[[Random], Architecture]] = {
    "alexnet": _alexnet,
    "densenet-121": _densenet,
    "googlenet": _googlenet,
    "mobilenet-v1": _mobilenet_v1,
    "mobilenet-v2": _mobilenet_v2,
    "proxylessnas-mobile": _proxyless,
    "resnet-18": _resnet_18,
    "shufflenet-v2": _shufflenet,
    "squeezenet-1.0": _squeezenet,
}
