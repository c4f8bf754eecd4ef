"""The same networks through every exporter: read in full, and seen as the same kernels.

The files in `tests/models` are written by `tests/models/make_exports.py` (PyTorch's two exporters, Keras,
onnxruntime's quantisation), with the content of weights taken out.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from fusing_support import check_every_node_once, check_runnable_order, histogram
from predictors.errors import ModelError
from predictors.fusing import RUNTIMES, fuse
from predictors.graph import Graph
from predictors.kernels import KernelKind
from predictors.reading import read_model

FOLDER = Path(__file__).parent / "models"
FROZEN = "encoder-script-17-free"
"""Its exporter wrote the length of the example into a reshape: the file only works at that length."""
IMAGE, SEQUENCE = (1, 3, 64, 64), {"encoder": (1, 20, 16), "recurrent": (1, 20, 8), "transformer": (1, 128)}
REFERENCE = "script-17"
NAMES = sorted(path.stem for path in FOLDER.glob("*.onnx"))
OPEN = [stem for stem in NAMES if stem.endswith(("-batch", "-free")) and stem != FROZEN]
OPEN_IMAGES = [stem for stem in OPEN if stem.endswith("-free") and stem.split("-")[0] not in SEQUENCE]
COMPILERS = [name for name in RUNTIMES if name != "unfused"]
"""An interpreter that fuses nothing also runs the batch norms that a file still has."""

KERNELS = {
    "mobile": "conv-bn-relu 8, dwconv-bn-relu 3, add 2, se 2, hswish 1, global-avgpool 1, fc 1",
    "residual": "conv-bn-relu 6, maxpool 1, add-relu 2, global-avgpool 1, fc 1",
    "shuffle": "conv-bn-relu 5, dwconv-bn-relu 2, split 2, concat 2, channel-shuffle 2, global-avgpool 1, "
    "fc 1",
    "convolutions": "conv-bn-relu 3, dwconv-bn-relu 1, dilated-conv 1, grouped-conv 1, transposed-conv 1, "
    "activation 6, avgpool 1, softmax 1",
    "unet": "conv-bn-relu 6, transposed-conv 1, maxpool 2, resize 2, concat 2, activation 1",
    "transformer": "fc 9, attention 2, layernorm 5, embedding 1, activation 2, split 2, copy 4, "
    "elementwise 1, reduce 1",
    "encoder": "fc 5, attention 1, layernorm 2, copy 8",
    "recurrent": "rnn 2, fc 1, copy 1",
    "keras": "conv-bn-relu 2, dwconv-bn-relu 1, global-avgpool 1, fc 1, softmax 1",
}
"""Kernels of each network on TensorFlow Lite's CPU, counted by hand from its definition."""


def macs_by_hand(name: str) -> int:
    """Multiply-accumulates of a network, from the layers in `tests/models/architectures.py`."""
    block = 128 * (16 * 48 + 16 * 16 + 2 * 16 * 64) + 2 * 128 * 128 * 16
    return {
        "mobile": 32 * 32 * (8 * 27 + 8 * 32 + 32 * 9 + 32 * 8)
        + 32 * 32 * 8 * 32 + 16 * 16 * (32 * 9 + 32 * 12) + 2 * 32 * 8
        + 16 * 16 * (12 * 48 + 48 * 9 + 48 * 12) + 2 * 48 * 12
        + 16 * 16 * 12 * 32 + 32 * 10,
        "residual": 32 * 32 * 8 * 3 * 49 + 16 * 16 * 2 * 8 * 8 * 9
        + 8 * 8 * (8 * 16 * 9 + 16 * 16 * 9 + 8 * 16) + 160,
        "shuffle": 32 * 32 * (16 * 27 + 2 * (64 + 72 + 64)) + 160,
        "convolutions": 64 * 64 * (8 * 27 + 16 * 25 + 16 * 16 * 9) + 32 * 32 * (24 * 4 * 9 + 24 * 8 * 16)
        + 64 * 64 * 8 * 8 * 5 + 30 * 30 * 4 * 8 * 9,
        "unet": 64 * 64 * (8 * 27 + 8 * 16 * 9 + 2 * 8) + 32 * 32 * (16 * 8 * 9 + 8 * 32 * 9 + 8 * 8 * 4)
        + 16 * 16 * 16 * 16 * 9,
        "transformer": 2 * block + 16 * 4,
        "encoder": 20 * (16 * 48 + 16 * 16 + 2 * 16 * 32 + 16 * 4) + 2 * 20 * 20 * 16,
        "recurrent": 20 * (2 * 4 * 12 * (8 + 12) + 3 * 10 * (24 + 10)) + 40,
        "keras": 16 * 16 * (8 * 27 + 8 * 9 + 8 * 16) + 16 * 4,
    }[name]  # fmt: skip


def network_of(stem: str) -> str:
    """The network that a file holds."""
    return stem.split("-", 1)[0]


@cache
def graph_of(stem: str) -> Graph:
    """A file at the size its network was exported with, whatever it leaves open."""
    network = network_of(stem)
    shapes = {"x": SEQUENCE.get(network, IMAGE)} if stem.endswith(("-free", "-batch")) else None
    return read_model(FOLDER / f"{stem}.onnx", shapes=shapes)


def counts(text: str) -> dict[str, int]:
    """`conv 2, fc 1` as a histogram."""
    return {kind: int(count) for kind, count in (part.strip().split(" ") for part in text.split(","))}


def expected_kernels(stem: str) -> dict[str, int]:
    """Quantised files also quantise the input; a dynamic one quantises what two convolutions share once."""
    kernels = counts(KERNELS[network_of(stem)])
    if stem.endswith(("-qdq", "-qoperator")) or stem == "residual-dynamic":
        kernels["quantize"] = 1
    if stem == "transformer-dynamic":  # onnxruntime's optimiser splits before it transposes
        kernels["copy"] += 4
    return kernels


def test_the_corpus_covers_what_people_export() -> None:
    assert len(NAMES) > 75
    for network in KERNELS.keys() - {"keras"}:
        for label in ("script-17", "script-17-plain", "dynamo-18-plain", "dynamo-20-batch", "dynamo-23"):
            assert f"{network}-{label}" in NAMES
    assert sum(path.stat().st_size for path in FOLDER.glob("*.onnx")) < 1_000_000


@pytest.mark.parametrize("stem", NAMES)
def test_an_export_is_read_in_full(stem: str) -> None:
    """All shapes static, every node in one kernel or free, nothing unsupported, the work as by hand."""
    graph = graph_of(stem)
    assert all(graph.shape(name) is not None for node in graph.nodes for name in node.outputs if name)
    for runtime in RUNTIMES:
        model = fuse(graph, runtime)
        check_every_node_once(graph, model)
        check_runnable_order(graph, model)
        assert [kernel.note for kernel in model.kernels if kernel.kind is KernelKind.UNSUPPORTED] == []
        assert model.macs == macs_by_hand(network_of(stem))


@pytest.mark.parametrize("stem", NAMES)
def test_an_export_has_the_kernels_of_its_network(stem: str) -> None:
    assert histogram(fuse(graph_of(stem), "tflite-cpu")) == expected_kernels(stem)


@pytest.mark.parametrize("stem", [stem for stem in NAMES if "script" in stem or "dynamo" in stem])
def test_exporter_opset_and_open_dimensions_do_not_change_the_kernels(stem: str) -> None:
    reference = graph_of(f"{network_of(stem)}-{REFERENCE}")
    for runtime in COMPILERS:
        ours, theirs = (
            [(kernel.kind, kernel.config, kernel.macs) for kernel in fuse(graph, runtime).kernels]
            for graph in (graph_of(stem), reference)
        )
        assert sorted(map(repr, ours)) == sorted(map(repr, theirs))


@pytest.mark.parametrize("stem", NAMES)
def test_precision_is_what_the_file_computes_in(stem: str) -> None:
    quantised = stem.endswith(("-qdq", "-qoperator", "-dynamic"))
    assert graph_of(stem).precision == ("int8" if quantised else "fp32")


@pytest.mark.parametrize("stem", OPEN)
def test_open_dimensions_get_a_stated_default_that_can_be_changed(stem: str) -> None:
    graph = read_model(FOLDER / f"{stem}.onnx")
    network = network_of(stem)
    chosen = {one.axis: (one.value, one.reason) for one in graph.defaulted}
    image = {2: (224, "image size"), 3: (224, "image size")}
    free = {1: (128, "sequence length")} if network in SEQUENCE else image
    assert chosen == {0: (1, "batch")} | (free if stem.endswith("-free") else {})
    shape = list(graph.shape("x") or ())
    shape[0] = 2
    twice = read_model(FOLDER / f"{stem}.onnx", shapes={"x": tuple(shape)})
    assert twice.defaulted == ()
    assert fuse(twice, "tflite-cpu").macs == 2 * fuse(graph, "tflite-cpu").macs


@pytest.mark.parametrize("stem", OPEN_IMAGES)
def test_a_larger_picture_is_more_work(stem: str) -> None:
    """Twice the height and width: about four times the work (borders without padding make it a bit more)."""
    small, large = (
        fuse(read_model(FOLDER / f"{stem}.onnx", shapes={"x": (1, 3, side, side)}), "tflite-cpu").macs
        for side in (96, 192)
    )
    assert large == pytest.approx(4 * small, rel=0.02)


def test_a_length_that_the_exporter_froze_is_asked_for() -> None:
    with pytest.raises(ModelError, match=r"--shape x=1,128,16 with your own numbers") as caught:
        read_model(FOLDER / f"{FROZEN}.onnx")
    assert caught.value.code == "MODEL_SHAPE_NEEDED"
    assert graph_of(FROZEN).shape("x") == (1, 20, 16)


@pytest.mark.parametrize("stem", NAMES)
def test_a_file_tells_nothing_of_where_it_was_made(stem: str) -> None:
    content = (FOLDER / f"{stem}.onnx").read_bytes()
    assert re.search(rb"site-packages|/tmp/|/home/|/root/|\.py\b", content) is None
