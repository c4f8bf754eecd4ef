"""The sample networks are valid ONNX and count what their sources publish."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from math import prod
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from predictors.errors import InputError
from predictors.samples import CLASSIFIERS, SAMPLES, sample_bytes, write_samples
from predictors.samples.__main__ import main
from samples_support import count_macs_and_params, inferred_shapes

CLASSIFYING = sorted(CLASSIFIERS)
ISSUED = {
    "alexnet",
    "vgg-16",
    "resnet-18",
    "resnet-50",
    "googlenet",
    "densenet-121",
    "mobilenet-v1",
    "mobilenet-v2",
    "mobilenet-v3-large",
    "shufflenet-v2",
    "efficientnet-lite0",
    "proxylessnas-mobile",
}


def _ops(data: bytes) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load_from_string(data).graph.node)


def test_every_promised_network_is_there() -> None:
    assert set(SAMPLES) >= ISSUED
    assert any(name.startswith("squeezenet") for name in SAMPLES)
    assert all(sample.id == key for key, sample in SAMPLES.items())


@pytest.mark.parametrize("sample_id", CLASSIFYING)
def test_macs_and_parameters_match_the_published_ones(sample_id: str) -> None:
    sample = SAMPLES[sample_id]
    macs, params = count_macs_and_params(sample.build())
    assert macs == pytest.approx(sample.published_macs, rel=0.01)
    assert params == pytest.approx(sample.published_params, rel=0.01)
    assert sample.published_source


@pytest.mark.parametrize(
    ("sample_id", "macs"),
    [
        # Hand-computed: conv1 55*55*64*363, conv2 27*27*192*1600, conv3..5 at 13*13, three fully connected.
        (
            "alexnet",
            55 * 55 * 64 * 363
            + 27 * 27 * 192 * 1600
            + 169 * (384 * 1728 + 256 * 3456 + 256 * 2304)
            + 9216 * 4096
            + 4096 * 4096
            + 4096 * 1000,
        ),
        # 16 convolutions of 3x3 in five stages of 224, 112, 56, 28 and 14 pixels, three fully connected.
        (
            "vgg-16",
            9
            * (
                224**2 * (3 * 64 + 64 * 64)
                + 112**2 * (64 * 128 + 128 * 128)
                + 56**2 * (128 * 256 + 2 * 256 * 256)
                + 28**2 * (256 * 512 + 2 * 512 * 512)
                + 14**2 * 3 * 512 * 512
            )
            + 25088 * 4096
            + 4096 * 4096
            + 4096 * 1000,
        ),
    ],
)
def test_macs_match_a_hand_computation(sample_id: str, macs: int) -> None:
    assert count_macs_and_params(sample_bytes(sample_id))[0] == macs


@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("sample_id", CLASSIFYING)
def test_files_are_valid_onnx_and_infer_to_the_declared_output(sample_id: str, precision: str) -> None:
    sample = SAMPLES[sample_id]
    data = sample.build(precision=precision)
    model = onnx.load_from_string(data)
    onnx.checker.check_model(model, full_check=True)
    shapes = inferred_shapes(model)
    assert shapes["input"] == sample.input_shape
    classes = 1001 if sample_id.startswith("mobilenet") else 1000
    assert shapes[model.graph.output[0].name] == (1, classes)
    assert len(data) < 250_000


@pytest.mark.parametrize("sample_id", CLASSIFYING)
def test_int8_has_the_same_layers_and_parameters(sample_id: str) -> None:
    fp32, int8 = sample_bytes(sample_id), sample_bytes(sample_id, precision="int8")
    plain, quantised = _ops(fp32), _ops(int8)
    for op in ("Conv", "Gemm", "Add", "Concat", "MaxPool", "GlobalAveragePool", "HardSwish", "Split"):
        assert quantised[op] == plain[op], op
    assert quantised["QuantizeLinear"] > quantised["Conv"]
    assert quantised["Relu"] == quantised["Clip"] == 0
    assert count_macs_and_params(int8) == count_macs_and_params(fp32)


def test_int8_weights_are_bytes_behind_a_dequantizer() -> None:
    model = onnx.load_from_string(sample_bytes("mobilenet-v1", precision="int8"))
    made_by = {output: node for node in model.graph.node for output in node.output}
    for conv in (node for node in model.graph.node if node.op_type == "Conv"):
        assert [made_by[name].op_type for name in conv.input] == ["DequantizeLinear"] * 3
        stored = [made_by[made_by[name].input[0]] for name in conv.input[1:]]
        kinds = [node.attribute[0].t.data_type for node in stored]
        assert kinds == [onnx.TensorProto.INT8, onnx.TensorProto.INT32]


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("sample_id", ["mobilenet-v3-small", "shufflenet-v2", "densenet-121"])
def test_files_can_be_run(sample_id: str, precision: str) -> None:
    # Opset 19: ONNX's reference runtime has no older DequantizeLinear.
    data = sample_bytes(sample_id, input_hw=32, precision=precision, opset=19)
    image = np.ones((1, 3, 32, 32), dtype=np.float32)
    (scores,) = ReferenceEvaluator(onnx.load_from_string(data)).run(None, {"input": image})
    assert scores.shape == (1, 1001 if sample_id.startswith("mobilenet") else 1000)
    assert np.isfinite(scores).all()


def test_same_bytes_every_time() -> None:
    code = (
        "import hashlib; from predictors.samples import sample_bytes; "
        "print(hashlib.sha256(sample_bytes('shufflenet-v2', precision='int8')).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_import_stays_light() -> None:
    code = "import sys, predictors.samples; sys.exit('onnx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent.parent, check=False)
    assert done.returncode == 0


def test_batch_and_size_scale_macs() -> None:
    one, _ = count_macs_and_params(sample_bytes("resnet-18"))
    model = onnx.load_from_string(sample_bytes("resnet-18", batch=4, input_hw=448))
    shapes = inferred_shapes(model)
    assert shapes["input"] == (4, 3, 448, 448)
    convs = sum(
        prod(shapes[n.output[0]]) * prod(shapes[n.input[1]][1:])
        for n in model.graph.node
        if n.op_type == "Conv"
    )
    assert convs == 16 * (one - 512_000)


def test_width_scales_pointwise_layers_with_its_square() -> None:
    full, half = (count_macs_and_params(sample_bytes("mobilenet-v1", width=width))[1] for width in (1.0, 0.5))
    assert 0.25 * full < half < 0.5 * full


@pytest.mark.parametrize("opset", [14, 18, 21])
@pytest.mark.parametrize("sample_id", ["mobilenet-v3-small", "shufflenet-v2", "densenet-121"])
def test_other_opsets_are_valid_too(sample_id: str, opset: int) -> None:
    model = onnx.load_from_string(sample_bytes(sample_id, opset=opset))
    onnx.checker.check_model(model, full_check=True)
    assert model.opset_import[0].version == opset


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"sample_id": "alexnt"}, "alexnt"),
        ({"sample_id": "alexnet", "input_hw": 32}, "larger input_hw"),
        ({"sample_id": "alexnet", "width": 0.5}, "no width multiplier"),
        ({"sample_id": "shufflenet-v2", "width": 0.7}, "not 0.7"),
        ({"sample_id": "vgg-16", "precision": "int4"}, "int4"),
        ({"sample_id": "vgg-16", "batch": 0}, "below 1"),
        ({"sample_id": "vgg-16", "opset": 9}, "Opset 9"),
    ],
)
def test_bad_wishes_are_answered_in_words(options: dict[str, object], reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        sample_bytes(**options)
    assert caught.value.code == "OPTION_VALUE"
    assert str(caught.value).endswith(".")


def test_files_are_written_and_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "new")]) == 0
    files = sorted((tmp_path / "new").glob("*.onnx"))
    assert [path.stem for path in files] == sorted(SAMPLES)
    assert sum(path.stat().st_size for path in files) < 1_500_000
    assert capsys.readouterr().out.count("kB") == len(SAMPLES)
    assert write_samples(tmp_path, precision="int8")[0].name == "alexnet-int8.onnx"


def test_a_folder_that_cannot_be_made_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    assert main([str(blocker / "inside")]) == 2
    assert "Choose another folder" in capsys.readouterr().err
