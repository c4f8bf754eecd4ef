"""`python -m predictors check`: exit codes, the table, and what is bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from predictors import estimate_model
from predictors.cli.main import main
from reading_support import from_text
from tflite_support import build, small_network

DEVICE = ("--device", "raspberry-pi-4", "--delegate", "tflite-ruy")
WIDER = """g (float[1,3,8,8] x) => (float[1,8,8,8] y) <float[8,3,3,3] w>
    { y = Conv<pads=[1,1,1,1]>(x, w) }"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.tflite"
    path.write_bytes(build(small_network()))
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.onnx"
    path.write_bytes(from_text(WIDER))
    return path


def predicted(path: Path) -> tuple[float, float]:
    (estimate,) = estimate_model(path, device="raspberry-pi-4", delegate="tflite-ruy").estimates
    return estimate.energy_mj, estimate.latency_ms


def test_limits_decide_the_exit_code(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    energy_mj, latency_ms = predicted(model)
    roomy = ("--max-energy-mj", str(energy_mj * 1.01), "--max-latency-ms", str(latency_ms * 1.01))
    assert main(["check", str(model), *DEVICE, *roomy]) == 0
    printed = capsys.readouterr().out
    assert printed.count("| kept") == printed.count("| board-wall |") == 2
    assert main(["check", str(model), *DEVICE, *roomy[:2], "--max-latency-ms", str(latency_ms * 0.99)]) == 1
    printed = capsys.readouterr().out
    assert printed.count("**exceeded**") == 1
    assert "limit inside the range" in printed
    assert main(["check", str(model), *DEVICE, "--max-energy-mj", str(energy_mj * 0.99)]) == 1


def test_increase_is_compared_with_the_model_before(
    model: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (new_mj, new_ms), (old_mj, old_ms) = predicted(model), predicted(other)
    worst = 100 * max(new_mj / old_mj - 1, new_ms / old_ms - 1)
    arguments = ["check", str(model), "--against", str(other), *DEVICE, "--max-increase-percent"]
    assert main([*arguments, str(worst + 0.5)]) == 0
    assert f"{100 * (new_mj / old_mj - 1):+.1f} %" in capsys.readouterr().out
    assert main([*arguments, str(worst - 0.5)]) == 1


def test_the_same_model_has_no_increase(model: Path) -> None:
    assert main(["check", str(model), "--against", str(model), *DEVICE, "--max-increase-percent", "0"]) == 0


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), "OPTION_VALUE"),
        (("--max-increase-percent", "5"), "OPTION_VALUE"),
        (("--max-energy-mj", "nan"), "OPTION_VALUE"),
        (("--max-energy-mj", "0"), "OPTION_VALUE"),
        (("--max-latency-ms", "many"), "OPTION_VALUE"),
        (("--against", "missing.onnx"), "MODEL_FILE"),
    ],
)
def test_bad_input_ends_with_2(
    model: Path, options: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        ended = main(["check", str(model), *DEVICE, *options])
    except SystemExit as stopped:  # argparse's own refusals
        ended = int(str(stopped.code))
    printed = capsys.readouterr()
    assert ended == 2
    assert printed.err.startswith(code)
    assert printed.out == ""


def test_broken_model_before_is_named(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "old.tflite"
    broken.write_bytes(build(small_network())[:100])
    assert main(["check", str(model), "--against", str(broken), *DEVICE, "--max-increase-percent", "5"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("MODEL_")
    assert "old.tflite" in error


def test_unknown_device_ends_with_2(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(model), "--device", "toaster", "--max-energy-mj", "5"]) == 2
    assert capsys.readouterr().err.startswith("DEVICE_UNKNOWN")
