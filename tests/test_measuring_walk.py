"""The walk of docs/measure.md with a meter of stated truth: measure, estimate one's own model, scores."""

from __future__ import annotations

from pathlib import Path

import pytest

from predictors.cli.main import main
from predictors.energy.calibrated.own_devices import read_device_files
from predictors.energy.calibrated.reference_rows import reference_rows
from predictors.measuring import rounds
from predictors.samples import sample_bytes
from scoring import MeasuredRow, iecs, pcs
from simulated_meter import Truth, running_meter


@pytest.mark.slow
def test_from_the_sensor_to_estimates_and_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rounds, "MORE_ROUNDS", 1)
    monkeypatch.setattr(rounds, "IDLE_S", 0.8)
    monkeypatch.setenv("JOULELENS_DEVICES", "")
    sysfs, devices = tmp_path / "sys", tmp_path / "devices"
    with running_meter(sysfs, Truth(idle_w=3.0, cpu_w=8.0, rate_hz=200.0, noise=0.0)):
        assert main(["measure", "sensors", "--sysfs", str(sysfs)]) == 0
        assert "usable: yes" in capsys.readouterr().out
        arguments = [
            "measure",
            "networks",
            "--name",
            "My laptop",
            "--out",
            str(devices),
            "--sysfs",
            str(sysfs),
        ]
        assert main([*arguments, "--seconds", "1.5", "--rounds", "3"]) == 0
    assert "Use it: python -m predictors estimate" in capsys.readouterr().out
    (tmp_path / "own.onnx").write_bytes(sample_bytes("efficientnet-lite0"))
    chosen = ["--devices", str(devices), "--device", "my-laptop"]
    assert main(["estimate", str(tmp_path / "own.onnx"), *chosen]) == 0
    assert "calibrated" in capsys.readouterr().out
    device = read_device_files(devices / "my-laptop.toml")
    powers = [row.avg_power_w for row in device.rows]
    assert powers == pytest.approx([11.0] * len(powers), rel=0.2)  # 3 W idle and 8 W for a busy core
    rows = [
        MeasuredRow(row.dnn_id, "CPU1", row.avg_power_w, row.energy_mj / 1000.0)
        for row in reference_rows(device)
    ]
    assert pcs(rows, 15.0).value > 0.0
    assert iecs(rows).value > 0.0
