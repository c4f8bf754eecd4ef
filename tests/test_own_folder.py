"""The server's folder of device files: edited files count without a restart, and nothing is read twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.memo import kept
from predictors.energy.calibrated import own_devices, own_folder
from predictors.energy.calibrated.checked import resolved
from predictors.energy.calibrated.device_file import OwnDevice, written
from predictors.energy.calibrated.device_rows import MeasuredNetwork
from predictors.errors import InputError
from predictors.estimate import estimate_model
from predictors.registry import find_targets
from predictors.samples import sample_bytes

ROWS = (MeasuredNetwork("mobilenet-v2-0.35-96", "fp32", 14.0), MeasuredNetwork("mobilenet-v1", "fp32", 250.0))


def _write(folder: Path, device: OwnDevice) -> None:
    for ending, text in zip((".toml", ".csv"), written(device), strict=True):
        (folder / (device.device_id + ending)).write_text(text, encoding="utf-8")
    own_folder.look_again()


def _energy_mj() -> float:
    return estimate_model(sample_bytes("squeezenet-1.1"), device="my-board").estimates[0].energy_mj


def test_edited_files_count_at_once_and_unchanged_ones_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(own_folder.VARIABLE, str(tmp_path))
    read: list[Path] = []
    reading = own_devices.read_device_files
    monkeypatch.setattr(own_devices, "read_device_files", lambda path: (read.append(path), reading(path))[1])
    device = resolved(OwnDevice("my-board", "My board", rows=ROWS))
    _write(tmp_path, device)
    first = kept(_energy_mj)
    for _ in range(3):
        own_folder.look_again()
        (tmp_path / "my-board.kernels.csv").write_text("as it goes", encoding="utf-8")
        assert kept(_energy_mj) == first
    assert len(read) == 1
    _write(
        tmp_path,
        replace(device, rows=tuple(replace(row, energy_mj=2.0 * row.energy_mj) for row in device.rows)),
    )
    assert kept(_energy_mj) == pytest.approx(2.0 * first, rel=0.05)  # the prior knows the level's spread
    _write(tmp_path, OwnDevice("other", "Other", rows=device.rows))
    assert set(own_devices.own_names()) == {"my-board", "other"}
    (tmp_path / "other.csv").write_text("model,precision,energy_mj\nmobilenet-v1,fp32,-1\n", encoding="utf-8")
    own_folder.look_again()
    assert set(own_devices.own_names()) == {"my-board"}  # and the bundled ones: one bad file stops nobody
    assert [each.device_id for each in find_targets("raspberry-pi-4", "tflite-ruy", "fp32")]
    with pytest.raises(InputError) as caught:
        find_targets("other")
    assert caught.value.code == "CALIBRATION_ROWS"
    assert "other.toml" in str(caught.value) and "Row 2" in str(caught.value)
    _write(tmp_path, replace(device, device_id="other", name="Other"))
    shutil.copy(tmp_path / "other.toml", tmp_path / "twin.toml")
    shutil.copy(tmp_path / "other.csv", tmp_path / "twin.csv")
    (tmp_path / "a.toml").symlink_to("nowhere")
    own_folder.look_again()
    broken = {name: error.code for name, error in own_devices.broken_devices().items()}
    assert broken == {"a": "INPUT_FILE", "other": "DEVICE_FILE_ID"}  # nobody knows which of two is meant
    for name in ("other", "twin", "a"):
        (tmp_path / f"{name}.toml").unlink()
    own_folder.look_again()
    assert set(own_devices.own_names()) == {"my-board"}


def test_rows_written_by_hand_count_and_those_of_unknown_models_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without amount_ columns: a sample's are known here, those of another model are not."""
    monkeypatch.setenv(own_folder.VARIABLE, str(tmp_path))
    _write(tmp_path, OwnDevice("my-board", "My board", rows=(*ROWS, MeasuredNetwork("mine", "fp32", 80.0))))
    [device] = own_devices.own_devices()
    assert [bool(row.amounts) for row in device.rows] == [True, True, False]
    [estimate] = estimate_model(sample_bytes("mobilenet-v2"), device="my-board").estimates
    assert "CALIBRATION_NOT_COUNTED" in {note.code for note in estimate.warnings}
