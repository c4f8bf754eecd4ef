"""Real architectures: kernels known by hand, MACs against figures worked out or published."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import onnx
import pytest

from fusing_support import fused, fused_everywhere, histogram
from predictors.model.graph import Graph
from predictors.model.kernels import KernelKind
from predictors.reading import read_model
from predictors.samples import CLASSIFIERS, SAMPLES, sample_bytes

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"

LIGHT_MODELS = {
    "bvlc_alexnet": (654_560_384, {"conv-bn-relu": 2, "grouped-conv": 3, "fc": 3, "maxpool": 3, "lrn": 2}),
    "densenet121": (
        2_834_161_664,
        {"conv-bn-relu": 121, "bn-relu": 62, "concat": 58, "maxpool": 1, "global-avgpool": 1},
    ),
    "inception_v1": (
        1_431_556_352,
        {"conv-bn-relu": 57, "maxpool": 13, "lrn": 2, "concat": 9, "avgpool": 1, "fc": 1},
    ),
    "inception_v2": (
        2_018_851_840,
        {"conv-bn-relu": 69, "maxpool": 5, "avgpool": 7, "concat": 10, "global-avgpool": 1, "fc": 1},
    ),
    "resnet50": (
        4_089_184_256,
        {"conv-bn-relu": 53, "maxpool": 1, "add-relu": 16, "global-avgpool": 1, "fc": 1},
    ),
    "shufflenet": (
        124_664_528,
        {
            "conv-bn-relu": 1,
            "dwconv-bn-relu": 16,
            "grouped-conv": 32,
            "channel-shuffle": 16,
            "maxpool": 1,
            "avgpool": 3,
            "concat": 3,
            "relu": 3,
            "add-relu": 13,
            "global-avgpool": 1,
            "fc": 1,
        },
    ),
    "squeezenet": (349_151_936, {"conv-bn-relu": 26, "maxpool": 3, "concat": 8, "global-avgpool": 1}),
    "vgg19": (19_632_062_464, {"conv-bn-relu": 16, "maxpool": 5, "fc": 3}),
    "zfnet512": (1_481_727_008, {"conv-bn-relu": 5, "lrn": 2, "maxpool": 3, "fc": 3}),
}
NO_SOFTMAX = ("densenet121",)


@lru_cache
def _light(name: str) -> Graph:
    return read_model(LIGHT / f"light_{name}.onnx")


@lru_cache
def _sample(name: str) -> Graph:
    return read_model(sample_bytes(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", LIGHT_MODELS)
def test_light_models_of_the_onnx_package(name: str) -> None:
    macs, kernels = LIGHT_MODELS[name]
    model = fused(_light(name))
    assert histogram(model) == kernels | ({} if name in NO_SOFTMAX else {"softmax": 1})
    assert model.macs == macs


def test_there_are_nine_light_models_and_all_are_tested() -> None:
    assert {path.stem.removeprefix("light_") for path in LIGHT.glob("light_*.onnx")} == set(LIGHT_MODELS)


def test_vgg19_layer_by_layer() -> None:
    """Side, channels in and out of each 3 x 3 convolution (arXiv 1409.1556, table 1, column E)."""
    blocks = [(224, 3, 64, 2), (112, 64, 128, 2), (56, 128, 256, 4), (28, 256, 512, 4), (14, 512, 512, 4)]
    expected = [
        side * side * 9 * (c_in if place == 0 else c_out) * c_out
        for side, c_in, c_out, count in blocks
        for place in range(count)
    ]
    expected += [7 * 7 * 512 * 4096, 4096 * 4096, 4096 * 1000]
    kernels = fused(_light("vgg19")).kernels
    assert [kernel.macs for kernel in kernels if kernel.macs] == expected


def test_first_bottleneck_of_resnet50() -> None:
    """56 x 56 pixels: 64 to 64 (1 x 1), 64 to 64 (3 x 3), 64 to 256 (1 x 1), and the shortcut 64 to 256."""
    pixels = 56 * 56
    kernels = [kernel for kernel in fused(_light("resnet50")).kernels if kernel.kind is KernelKind.CONV]
    assert kernels[0].macs == 112 * 112 * 64 * 3 * 49
    assert sorted(kernel.macs for kernel in kernels[1:5]) == sorted(
        pixels * size for size in (64 * 64, 9 * 64 * 64, 64 * 256, 64 * 256)
    )


@pytest.mark.slow
def test_dense_layers_of_densenet_run_norm_and_relu_first() -> None:
    kinds = [kernel.kind.value for kernel in fused(_light("densenet121")).kernels[:6]]
    assert kinds == ["conv-bn-relu", "maxpool", "bn-relu", "conv-bn-relu", "conv-bn-relu", "concat"]


SAMPLE_KERNELS = {
    "mobilenet-v1": {"conv-bn-relu": 14, "dwconv-bn-relu": 13, "global-avgpool": 1, "fc": 1},
    "mobilenet-v2": {"conv-bn-relu": 35, "dwconv-bn-relu": 17, "add": 10, "global-avgpool": 1, "fc": 1},
    "resnet-18": {"conv-bn-relu": 20, "maxpool": 1, "add-relu": 8, "global-avgpool": 1, "fc": 1},
    "shufflenet-v2": {
        "conv-bn-relu": 37,
        "dwconv-bn-relu": 19,
        "maxpool": 1,
        "channel-shuffle": 16,
        "concat": 16,
        "split": 13,
        "global-avgpool": 1,
        "fc": 1,
    },
}


@pytest.mark.parametrize("name", SAMPLE_KERNELS)
def test_kernels_of_sample_networks(name: str) -> None:
    assert histogram(fused(_sample(name))) == SAMPLE_KERNELS[name]


def test_mobilenet_v3_keeps_hard_swish_behind_depthwise_convolutions_only() -> None:
    """Ten of the 15 blocks use hard-swish; it was measured to fuse with convolutions, not depthwise ones."""
    kernels = fused(_sample("mobilenet-v3-large")).kernels
    counts = histogram(fused(_sample("mobilenet-v3-large")))
    assert (counts["dwconv-bn-relu"], counts["se"], counts["add"]) == (15, 8, 10)
    assert not any("HardSwish" in kernel.ops for kernel in kernels if kernel.kind is KernelKind.DWCONV)
    assert any("HardSwish" in kernel.ops for kernel in kernels if kernel.kind is KernelKind.CONV)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CLASSIFIERS))
def test_macs_of_sample_networks_match_the_published_ones(name: str) -> None:
    graph = _sample(name)
    models = fused_everywhere(graph)
    assert models["tflite-cpu"].macs == pytest.approx(SAMPLES[name].published_macs, rel=0.01)
    assert KernelKind.UNSUPPORTED not in {kernel.kind for m in models.values() for kernel in m.kernels}
    assert sum(kernel.params for kernel in models["tflite-cpu"].kernels) == graph.params


@pytest.mark.parametrize("name", ["mobilenet-v3-large", "shufflenet-v2", "resnet-50"])
def test_the_batch_multiplies_macs_and_changes_no_kernel(name: str) -> None:
    one = fused(_sample(name))
    three = fused(read_model(sample_bytes(name, batch=3)))
    assert three.macs == 3 * one.macs
    assert histogram(three) == histogram(one)
