"""Make the .onnx files of this folder again: the same networks through many exporters.

Needs PyTorch, onnxscript, onnx, onnxruntime and, for one file, Keras. None of them but onnx is a requirement
of the project, and nothing runs this file but a person: `python tests/models/make_exports.py [folder]`. The
files in the repository were made with the versions in VERSIONS. What the tests do not need is taken out of
them: the content of weights, traces of the exporter, names of files.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import onnx
import torch
from architectures import (
    Convolutions,
    Encoder,
    Mobile,
    Recurrent,
    Residual,
    Shuffle,
    Transformer,
    UNet,
)
from onnx import AttributeProto, GraphProto, ModelProto, TensorProto
from torch import Tensor, nn

VERSIONS = "torch 2.13.0, onnxscript 0.7.2, onnx 1.23.2, onnxruntime 1.31.1, keras 3"
KEPT_ELEMENTS = 64
"""Larger constants lose their content: they are weights. Smaller ones may be shapes, axes or scales."""

IMAGE, TOKENS, STEPS = (1, 3, 64, 64), (1, 128), (1, 20)
NETWORKS: dict[str, tuple[type[nn.Module], tuple[int, ...], torch.dtype]] = {
    "mobile": (Mobile, IMAGE, torch.float32),
    "residual": (Residual, IMAGE, torch.float32),
    "shuffle": (Shuffle, IMAGE, torch.float32),
    "convolutions": (Convolutions, IMAGE, torch.float32),
    "unet": (UNet, IMAGE, torch.float32),
    "transformer": (Transformer, TOKENS, torch.int64),
    "encoder": (Encoder, (*STEPS, 16), torch.float32),
    "recurrent": (Recurrent, (*STEPS, 8), torch.float32),
}

# Which dimensions are left open: name of the variant -> axis -> symbol.
OPEN_IMAGE = {"batch": {0: "batch"}, "free": {0: "batch", 2: "height", 3: "width"}}
OPEN_SEQUENCE = {"batch": {0: "batch"}, "free": {0: "batch", 1: "steps"}}
PLAIN = {"dynamo": False, "training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
"""TorchScript without any optimisation: batch norms stay, constants are not folded."""

REFUSED = frozenset(
    {
        "transformer-script-11",  # scaled_dot_product_attention has no export before opset 14
        "encoder-script-11",
        "recurrent-dynamo-20-free",  # the exporter wants a fixed number of steps
    }
)
EXPORTS: dict[str, dict[str, Any]] = {
    "script-11": {"dynamo": False, "opset_version": 11},
    "script-17": {"dynamo": False, "opset_version": 17},
    "script-17-plain": {"opset_version": 17, **PLAIN},
    "script-17-free": {"dynamo": False, "opset_version": 17, "open": "free"},
    "dynamo-18": {"dynamo": True, "opset_version": 18},
    "dynamo-18-plain": {"dynamo": True, "opset_version": 18, "optimize": False},
    "dynamo-23": {"dynamo": True, "opset_version": 23},
    "dynamo-20-batch": {"dynamo": True, "opset_version": 20, "open": "batch"},
    "dynamo-20-free": {"dynamo": True, "opset_version": 20, "open": "free"},
}
QUANTISED = ("mobile", "residual", "shuffle", "convolutions", "transformer")
QUANTISED_FROM = "script-17"


def example(name: str) -> Tensor:
    """An input of a network."""
    _, shape, dtype = NETWORKS[name]
    return torch.zeros(shape, dtype=dtype) if dtype == torch.int64 else torch.rand(shape)


def exported(name: str, options: dict[str, Any]) -> ModelProto:
    """One network through one exporter."""
    torch.manual_seed(0)
    network = NETWORKS[name][0]().eval()
    for weight in network.parameters():  # equal weights would be stored once
        weight.data.uniform_(-0.5, 0.5)
    for statistic in network.buffers():
        if statistic.is_floating_point():
            statistic.data.uniform_(0.5, 1.5)
    arguments = dict(options)
    opened = arguments.pop("open", "")
    arguments |= _openings(name, opened, arguments["dynamo"]) if opened else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        names = {"input_names": ["x"], "output_names": ["y"]}
        torch.onnx.export(network, (example(name),), path, external_data=False, **names, **arguments)
        return onnx.load(path)


def _openings(name: str, opened: str, dynamo: bool) -> dict[str, Any]:
    """The exporter's arguments that leave dimensions open."""
    axes = (OPEN_IMAGE if NETWORKS[name][1] == IMAGE else OPEN_SEQUENCE)[opened]
    if not dynamo:
        return {"dynamic_axes": {"x": axes}}
    # A size of a UNet has to be a multiple of four, which PyTorch wants to be told.
    symbols = {axis: torch.export.Dim.DYNAMIC if name == "unet" else symbol for axis, symbol in axes.items()}
    return {"dynamic_shapes": [symbols]}


def quantised(name: str, source: ModelProto) -> Iterator[tuple[str, ModelProto]]:
    """A network quantised by onnxruntime in three ways; transformers only dynamically."""
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        quantize_dynamic,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Samples(CalibrationDataReader):
        """A few random inputs to find ranges with."""

        def __init__(self) -> None:
            self.left = [{"x": example(name).numpy()} for _ in range(3)]

        def get_next(self) -> dict[str, Any] | None:
            return self.left.pop() if self.left else None

    with tempfile.TemporaryDirectory() as folder:
        plain, made = Path(folder) / "plain.onnx", Path(folder) / "made.onnx"
        quant_pre_process(source, plain)
        if NETWORKS[name][2] != torch.int64:
            for label, form in (("qdq", QuantFormat.QDQ), ("qoperator", QuantFormat.QOperator)):
                quantize_static(plain, made, Samples(), quant_format=form)
                yield label, onnx.load(made)
        quantize_dynamic(plain, made)
        yield "dynamic", onnx.load(made)


def keras_network() -> ModelProto:
    """A small network through Keras's own exporter (with PyTorch behind it)."""
    import os

    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    from keras import layers

    x = given = keras.Input((32, 32, 3), name="x")
    x = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(8, 3, 2, "same", use_bias=False)(x)))
    x = layers.ReLU(6.0)(layers.BatchNormalization()(layers.DepthwiseConv2D(3, 1, "same", use_bias=False)(x)))
    x = layers.Conv2D(16, 1, activation="hard_swish")(x)
    x = layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keras.onnx"
        network = keras.Model(given, x)
        network(torch.zeros((1, 32, 32, 3)))
        network.export(str(path), format="onnx", verbose=False)
        return onnx.load(path)


def stripped(model: ModelProto) -> ModelProto:
    """The model without the content of weights and without traces of how and where it was exported."""
    model.producer_version = ""
    for place in (model, model.graph, *model.functions):
        place.doc_string = ""
        del place.metadata_props[:]
    _strip_graph(model.graph)
    for function in model.functions:
        _strip_nodes(function.node)
        for value in function.value_info:
            _forget(value)
    return model


def _strip_graph(graph: GraphProto) -> None:
    for tensor in graph.initializer:
        _strip_tensor(tensor)
    for value in (*graph.input, *graph.output, *graph.value_info):
        _forget(value)
    _strip_nodes(graph.node)


def _strip_nodes(nodes: Any) -> None:
    for node in nodes:
        _forget(node)
        for attribute in node.attribute:
            attribute.doc_string = ""
            if attribute.type == AttributeProto.TENSOR:
                _strip_tensor(attribute.t)
            if attribute.type == AttributeProto.GRAPH:
                _strip_graph(attribute.g)


def _strip_tensor(tensor: TensorProto) -> None:
    elements = 1
    for extent in tensor.dims:
        elements *= extent
    if elements > KEPT_ELEMENTS:
        for field in ("raw_data", "float_data", "int32_data", "int64_data", "double_data"):
            tensor.ClearField(field)
    _forget(tensor)


def _forget(thing: Any) -> None:
    thing.doc_string = ""
    del thing.metadata_props[:]


def all_exports() -> Iterator[tuple[str, Callable[[], Iterator[tuple[str, ModelProto]]]]]:
    """Every network through every exporter: a name for messages, and what makes files of it."""

    def one(name: str, label: str) -> Iterator[tuple[str, ModelProto]]:
        yield f"{name}-{label}", exported(name, EXPORTS[label])

    def three(name: str) -> Iterator[tuple[str, ModelProto]]:
        for label, model in quantised(name, exported(name, EXPORTS[QUANTISED_FROM])):
            yield f"{name}-{label}", model

    for name in NETWORKS:
        for label in EXPORTS:
            if f"{name}-{label}" in REFUSED:
                continue
            yield f"{name}-{label}", lambda name=name, label=label: one(name, label)
        if name in QUANTISED:
            yield f"{name}-quantised", lambda name=name: three(name)
    yield "keras", lambda: iter([("keras", keras_network())])


def main(arguments: list[str]) -> int:
    """Write all files into a folder (by default this one)."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    warnings.simplefilter("ignore")
    for title, make in all_exports():
        print(title)
        with redirect_stdout(StringIO()):
            made = list(make())
        for name, model in made:
            (folder / f"{name}.onnx").write_bytes(stripped(model).SerializeToString())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
