"""The command beside a figure gives the same digits, for every sample model, or says why it cannot."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from app.estimate.export import commands
from app.models.model import Model, sample_model
from app.models.targets import target_named
from predictors.cli.main import main
from predictors.errors import CODES
from predictors.estimate import estimate_graph
from predictors.results.frames import DIGITS, rounded, rounded_ratio, short
from predictors.results.report import ModelReport
from predictors.results.rows import report_json
from predictors.results.targets import Target
from predictors.samples import SAMPLES

CHOICES = (
    target_named("huawei-p40-pro", "cpu", "fp32"),
    target_named("raspberry-pi-4", "armnn-neon", "int8"),
    target_named("huawei-p40-pro", "gpu", "fp32"),
    target_named("jetson-tx2", "gpu", "fp32"),
    target_named("motorola-one-macro", "cpu4", "fp32"),
)
"""One of each family of predictors; the samples take turns."""


def on_screen(model: Model, choice: Target) -> ModelReport:
    return estimate_graph(
        model.graph,
        device=choice.device_id,
        delegate=choice.delegate,
        precision=choice.precision,
        name=model.name,
    )


def in_the_shell(lines: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the last of some command lines prints, run in this process and folder."""
    answer = ""
    for line in lines:
        python, *words = shlex.split(line)
        assert python == "python"
        if words[0] == "-c":
            exec(words[1], {})  # noqa: S102 - a line of the project's own
            continue
        assert words[:2] == ["-m", "predictors"]
        assert main(words[2:]) == 0
        answer = capsys.readouterr().out
    return answer


@pytest.mark.slow
@pytest.mark.parametrize(("place", "sample_id"), list(enumerate(SAMPLES)))
def test_the_command_beside_every_sample_gives_the_same_text(
    place: int,
    sample_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    model, choice = sample_model(sample_id, None), CHOICES[place % len(CHOICES)]
    report = on_screen(model, choice)
    assert in_the_shell(commands(model, choice, report), capsys) == report_json(report) + "\n"


def test_options_of_a_sample_are_in_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    model = sample_model("mobilenet-v2", 96, 2, 0.5)
    report = on_screen(model, CHOICES[0])
    assert report.model.inputs[0].shape == (2, 3, 96, 96)
    assert in_the_shell(commands(model, CHOICES[0], report), capsys) == report_json(report) + "\n"


def test_a_command_of_another_version_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", str(tmp_path / "m.onnx"), "--versions", "1999.1.0/0.1"]) == 2
    refused = capsys.readouterr().err
    assert refused.startswith("VERSION_DIFFERS: ")
    assert "1999.1.0/0.1" in refused
    assert "VERSION_DIFFERS" in CODES


@pytest.mark.parametrize(
    ("figure", "written"),
    [
        (0.0, 0.0),
        (123456789.0, 123456800.0),
        (1.23456789e-5, 1.234568e-5),
        (-2.00000004, -2.0),
        (float("inf"), float("inf")),
    ],
)
def test_figures_keep_seven_digits(figure: float, written: float) -> None:
    assert rounded(figure) == written
    assert DIGITS == 7


@pytest.mark.parametrize(
    ("figure", "digits", "sign", "written"),
    [
        (1189.6, 3, "", "1190"),
        (54.24497, 3, "", "54.2"),
        (0.000123456, 3, "", "0.000123"),
        (2_345_678.0, 3, "", "2.35e+06"),
        (300.7755, 4, "", "300.8"),
        (17.64, 3, "+", "+17.6"),
        (-1234.5, 3, "+", "-1230"),
        (0.0, 3, "+", "+0"),
        (float("nan"), 3, "", "nan"),
    ],
)
def test_figures_for_people_have_no_exponent_below_a_million(
    figure: float, digits: int, sign: str, written: str
) -> None:
    assert short(figure, digits, sign) == written


def test_power_is_the_ratio_of_the_written_figures() -> None:
    energy_mj, latency_ms = 1.00000049, 3.00000049
    assert rounded_ratio(energy_mj, latency_ms) == rounded(1.0 / 3.0)
    assert rounded_ratio(1.0, 0.0) == 0.0
