"""The nine published networks that ship with onnx go through, with every shape static."""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnx
import pytest

from predictors.reading import read_model

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"

# Nodes as in the file. Parameters of VGG-19, ResNet-50 and SqueezeNet 1.1: torchvision's model documentation;
# of DenseNet-121: torchvision's 7,978,856 and 83,648 more, because scale and shift stand in
# BatchNormalization and again in Mul and Add; of AlexNet and GoogLeNet: the models of Caffe (60.97 M, 7.0 M).
# The other three guard against change.
NETWORKS = {
    "bvlc_alexnet": (40, 60_965_224, (1, 1000)),
    "densenet121": (1746, 8_062_504, (1, 1000, 1, 1)),
    "inception_v1": (237, 6_998_552, (1, 1000)),
    "inception_v2": (916, 11_214_888, (1, 1000)),
    "resnet50": (415, 25_557_032, (1, 1000)),
    "shufflenet": (446, 1_393_320, (1, 1000)),
    "squeezenet": (105, 1_235_496, (1, 1000, 1, 1)),
    "vgg19": (82, 143_667_240, (1, 1000)),
    "zfnet512": (38, 87_250_536, (1, 1000)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_light_network_is_read_with_static_shapes(name: str) -> None:
    nodes, params, output = NETWORKS[name]
    path = LIGHT / f"light_{name}.onnx"
    graph = read_model(path)
    assert len(graph.nodes) == nodes
    assert graph.params == params
    assert [graph.shape(one) for one in graph.outputs] == [output]
    assert [one.name for one in graph.tensors.values() if one.shape is None] == []
    assert graph.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert graph.precision == "fp32"
    assert graph.defaulted == ()


@pytest.mark.parametrize("name", ["squeezenet", "shufflenet"])
def test_shapes_agree_with_onnx_inference_over_the_whole_model(name: str) -> None:
    path = LIGHT / f"light_{name}.onnx"
    inferred = onnx.shape_inference.infer_shapes(onnx.load(path), data_prop=True)
    graph = read_model(path)
    compared = 0
    for value in inferred.graph.value_info:
        dims = value.type.tensor_type.shape.dim
        if value.type.tensor_type.HasField("shape") and all(dim.HasField("dim_value") for dim in dims):
            assert graph.shape(value.name) == tuple(dim.dim_value for dim in dims), value.name
            compared += 1
    assert compared > 60


def test_path_and_bytes_read_the_same() -> None:
    path = LIGHT / "light_squeezenet.onnx"
    assert read_model(path) == read_model(path.read_bytes()) == read_model(memoryview(path.read_bytes()))


def test_weights_made_by_nodes_are_constants_and_not_inputs() -> None:
    graph = read_model(LIGHT / "light_zfnet512.onnx")
    assert graph.inputs == ("gpu_0/data_0",)
    made = {name for node in graph.nodes if node.op == "ConstantOfShape" for name in node.outputs}
    assert made
    assert all(graph.tensors[name].is_constant for name in made)
    first = next(node for node in graph.nodes if node.op == "Conv")
    assert graph.shape(first.inputs[1]) == (96, 3, 7, 7)
    assert not graph.tensors[first.outputs[0]].is_constant
