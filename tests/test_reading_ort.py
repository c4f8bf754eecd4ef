"""Files of ONNX Runtime (.ort): the same graph as the ONNX file; damaged ones end in a code."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from predictors.errors import ModelError
from predictors.fusing import fuse
from predictors.model.graph import Graph
from predictors.reading import read_isolated, read_model
from predictors.reading.limits import DEFAULT_LIMITS
from predictors.reading.prune_file import prune_view
from predictors.samples import sample_bytes

onnxruntime = pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sample as ONNX Runtime saves it in its own format."""
    path: Path = tmp_path_factory.mktemp("ort") / "m.ort"
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(path)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(sample_bytes("conv-actions"), options, providers=["CPUExecutionProvider"])
    return path.read_bytes()


def counts(graph: Graph) -> tuple[int, int, list[str]]:
    fused = fuse(graph, "tflite-cpu")
    return fused.macs, graph.params, [kernel.kind.value for kernel in fused.kernels]


def test_it_is_the_graph_of_the_onnx_file(saved: bytes) -> None:
    assert counts(read_model(saved)) == counts(read_model(sample_bytes("conv-actions")))
    assert counts(read_isolated(saved)) == counts(read_model(saved))


def test_damaged_files_end_in_a_code(saved: bytes) -> None:
    chance = random.Random(17)
    damaged = [saved[: len(saved) * part // 40] for part in range(1, 40)]
    for _ in range(150):
        flipped = bytearray(saved)
        for _ in range(chance.randrange(1, 4)):
            flipped[chance.randrange(8, len(saved))] ^= 1 << chance.randrange(8)
        damaged.append(bytes(flipped))
    codes = set()
    for content in damaged:
        try:
            prune_view(memoryview(content), DEFAULT_LIMITS)
        except ModelError as error:
            codes.add(error.code)
    assert {"MODEL_TRUNCATED", "MODEL_MALFORMED"} <= codes


@pytest.mark.parametrize(
    "content", [b"\x20\0\0\0ORTM" + bytes(60), b"\x08\0\0\0ORTM", b"\xff\xff\xff\xffORTM" + bytes(9)]
)
def test_a_file_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        read_model(content)
    assert caught.value.code in {"MODEL_MALFORMED", "MODEL_TRUNCATED"}
