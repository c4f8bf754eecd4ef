"""Random variants come from the published grid, are valid, repeatable, and average what was published."""

from __future__ import annotations

from statistics import mean

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictors.errors import InputError
from predictors.samples import SAMPLES, VARIANT_FAMILIES, sample_variants
from predictors.samples.variants import NARROW_SCALES, WIDE_SCALES
from samples_support import count_macs_and_params

FAMILIES = sorted(VARIANT_FAMILIES)
# Names of the published ranges per model family (DeepEn2023, table of its README).
PUBLISHED_FAMILIES = {
    "AlexNet",
    "DenseNet",
    "GoogLeNet",
    "MobileNetV1",
    "MobileNetV2",
    "ProxylessNAS",
    "ResNet18",
    "ShuffleNetV2",
    "SqueezeNet",
}


def _layers(data: bytes) -> list[tuple[int, int, int, int, int]]:
    """(c_in, c_out, kernel, stride, groups) of every convolution."""
    model = onnx.load_from_string(data)
    shapes = {
        node.output[0]: [
            int(x) for x in next(i for i in model.graph.initializer if i.name == node.input[0]).int64_data
        ]
        for node in model.graph.node
        if node.op_type == "ConstantOfShape"
    }
    rows = []
    for node in (n for n in model.graph.node if n.op_type == "Conv"):
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        c_out, c_in, kernel, _ = shapes[node.input[1]]
        groups = attributes["group"]
        rows.append((c_in * groups, c_out, kernel, attributes["strides"][0], groups))
    return rows


def test_the_nine_published_families_have_variants() -> None:
    assert {SAMPLES[key].family for key in FAMILIES} == PUBLISHED_FAMILIES


@pytest.mark.parametrize("family", FAMILIES)
def test_variants_are_valid_and_keep_the_family_shape(family: str) -> None:
    base = onnx.load_from_string(SAMPLES[family].build())
    convs = sum(node.op_type == "Conv" for node in base.graph.node)
    for variant in sample_variants(family, 3, seed=1):
        model = onnx.load_from_string(variant.build())
        onnx.checker.check_model(model, full_check=True)
        found = sum(node.op_type == "Conv" for node in model.graph.node)
        # MobileNetV2 gains the expansion of its first block; shortcuts of ResNet-18 follow the widths.
        assert convs <= found <= convs + 1
        assert variant.family == SAMPLES[family].family


@settings(max_examples=12, deadline=None)
@given(st.integers(min_value=0, max_value=10_000))
def test_mobilenet_v1_widths_and_kernels_lie_on_the_grid(seed: int) -> None:
    layers = _layers(sample_variants("mobilenet-v1", 1, seed)[0].build())
    base = _layers(SAMPLES["mobilenet-v1"].build())
    assert len(layers) == len(base) == 27
    for drawn, published in zip(layers, base, strict=True):
        assert drawn[1] in {int(published[1] * scale) for scale in WIDE_SCALES}
        assert drawn[3] == published[3]
        depthwise = published[4] > 1
        assert drawn[4] == (drawn[0] if depthwise else 1)
        assert drawn[2] in ({1} if published[2] == 1 else {1, 3, 5, 7})
    assert layers[0][2] == layers[1][2], "the stem shares its kernel with the first depthwise layer"


def test_the_grid_is_the_published_one() -> None:
    """Widths met in the published MobileNetV1 variants: 31 of 32, 89 of 64, 217 of 128, 1740 of 1024."""
    assert len(WIDE_SCALES) == 16
    assert {31, 54} <= {int(32 * scale) for scale in WIDE_SCALES}
    assert {63, 89} <= {int(64 * scale) for scale in WIDE_SCALES}
    assert {25, 217} <= {int(128 * scale) for scale in WIDE_SCALES}
    assert {1433, 1638, 1740} <= {int(1024 * scale) for scale in WIDE_SCALES}
    assert max(int(1000 * scale) for scale in WIDE_SCALES) == 1700
    assert len(NARROW_SCALES) == 11


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "published_mmacs"),
    [
        ("mobilenet-v1", 519),
        ("densenet-121", 1760),
        ("googlenet", 1535),
        ("proxylessnas-mobile", 526),
        ("resnet-18", 3888),
        ("squeezenet-1.0", 1486),
    ],
)
def test_fifty_variants_average_the_published_macs(family: str, published_mmacs: float) -> None:
    """The published averages are over 50 other draws, so both sides scatter."""
    drawn = [
        count_macs_and_params(variant.build())[0] / 1e6 for variant in sample_variants(family, 50, seed=0)
    ]
    assert mean(drawn) == pytest.approx(published_mmacs, rel=0.10)
    assert max(drawn) > 1.3 * min(drawn)


def test_draws_repeat_and_longer_lists_begin_alike() -> None:
    short, long = sample_variants("resnet-18", 2, seed=7), sample_variants("resnet-18", 5, seed=7)
    assert [v.build() for v in short] == [v.build() for v in long[:2]]
    assert short[0].build() != short[1].build()
    assert short[0].build() != sample_variants("resnet-18", 1, seed=8)[0].build()
    assert len({v.id for v in long}) == 5


def test_mobilenet_v2_variants_keep_a_stage_at_the_width_of_its_first_block() -> None:
    """Blocks that add their input back keep its width: the 17 blocks have one sum for each of ten repeats."""
    for variant in sample_variants("mobilenet-v2", 4, seed=3):
        ops = [node.op_type for node in onnx.load_from_string(variant.build()).graph.node]
        assert ops.count("Add") >= 10


def test_an_unknown_family_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="mobilenet-v1"):
        sample_variants("vgg-16", 1)
