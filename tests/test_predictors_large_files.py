"""Large files: the checksum is taken in pieces while predictors are loaded, and nothing else changes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from predictors import estimate
from predictors.errors import InputError, ModelError
from predictors.estimate import estimate_model
from predictors.fusing.network import Network
from predictors.fusing.recent import MOST_NODES, RECENT
from predictors.model.graph import Graph
from predictors.reading import read_model, source
from predictors.results.report import ModelReport
from predictors.results.targets import Target
from predictors.samples import sample_bytes
from reading_support import from_text

TARGET = {"device": "raspberry-pi-4", "delegate": "tflite-ruy", "precision": "fp32"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(sample_bytes("mobilenet-v1"))
    return path


@pytest.fixture
def every_file_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "IN_MEMORY_BYTES", 0)


@pytest.mark.usefixtures("every_file_is_large")
@pytest.mark.parametrize("piece", [7, 4096, 1 << 20])
def test_a_checksum_in_pieces_is_that_of_the_file(
    model: Path, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PIECE_BYTES", piece)
    assert read_model(model).sha256 == hashlib.sha256(model.read_bytes()).hexdigest()


def test_a_large_file_is_read_like_a_small_one(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = read_model(model)
    monkeypatch.setattr(source, "IN_MEMORY_BYTES", 0)
    assert read_model(model) == at_once


@pytest.mark.usefixtures("every_file_is_large")
def test_what_is_wrong_with_a_large_file_is_told_as_for_a_small_one(tmp_path: Path) -> None:
    path = tmp_path / "cut.onnx"
    path.write_bytes(sample_bytes("alexnet")[:700])
    with pytest.raises(ModelError) as large:
        read_model(path)
    with pytest.raises(ModelError) as small:
        read_model(path.read_bytes())
    assert (large.value.code, str(large.value)) == (small.value.code, str(small.value))


@pytest.mark.usefixtures("every_file_is_large")
@pytest.mark.parametrize("size", [0, 100, 4096])
def test_a_file_that_is_shortened_while_it_is_read_ends_no_process_of_ours(
    model: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file shrinks between the look at its size and the walk; the mapping of it then ends at nothing."""
    start = source.WorkerProcess

    def shortened(module: str, arguments: list[str], files: list[int]) -> object:
        worker = start(module, arguments, files)
        os.truncate(model, size)
        return worker

    monkeypatch.setattr(source, "WorkerProcess", shortened)
    with pytest.raises(ModelError) as caught:
        read_model(model)
    assert caught.value.code in {"MODEL_READER_CRASHED", "MODEL_NOT_ONNX", "MODEL_TRUNCATED"}


def test_a_file_that_takes_long_is_estimated_as_any_other(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = estimate_model(model, **TARGET)
    loaded: list[str] = []
    monkeypatch.setattr(estimate, "LARGE_BYTES", 1000)
    before = estimate.predictor_for

    def noted(target: Target) -> object:
        loaded.append(target.device_id)
        return before(target)

    monkeypatch.setattr(estimate, "predictor_for", noted)
    RECENT.forget()
    assert estimate_model(model, **TARGET) == usual
    assert loaded == [TARGET["device"]] * 2


def test_a_damaged_file_is_told_before_an_unknown_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "LARGE_BYTES", 10)
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(sample_bytes("alexnet")[:700])
    with pytest.raises(ModelError):
        estimate_model(damaged, device="no-such-device")


def test_an_unknown_device_is_told_for_a_sound_file(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "LARGE_BYTES", 10)
    with pytest.raises(InputError) as caught:
        estimate_model(model, device="no-such-device")
    assert caught.value.code == "DEVICE_UNKNOWN"


def test_a_file_asked_about_again_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless its content, its shapes or its name are others; what is given out has the file's checksum."""
    one = from_text("g (float[N,8] x) => (float[N,4] y) <float[8,4] w> { y = MatMul(x, w) }")
    other = one.replace(b"MatMul", b"Matmul")
    reads: list[object] = []

    def read(*given: Any, **named: Any) -> Graph:
        reads.append(given[0])
        return read_model(*given, **named)

    monkeypatch.setattr("predictors.estimate.read_model", read)
    RECENT.forget()

    def ask(source: bytes | Path, **named: Any) -> ModelReport:
        return estimate_model(source, device="raspberry-pi-4", isolated=False, **named)

    path = tmp_path / "net.onnx"
    path.write_bytes(one)
    assert ask(one) == ask(one)
    assert (ask(path).model.name, ask(path).model.macs) == ("net", 32)
    assert ask(one, shapes={"x": (3, 8)}).model.macs == 96
    assert len(reads) == 3
    path.write_bytes(other)  # as long, and another network
    assert ask(path).not_estimated
    path.unlink()
    with pytest.raises(ModelError, match="net"):
        ask(path)
    assert len(reads) == 5
    large = Network(replace(read_model(one), nodes=read_model(one).nodes * (MOST_NODES + 1)))
    RECENT.keep(large, one, None)
    assert RECENT.find(one, None) is not large
