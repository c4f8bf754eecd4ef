"""Command lines whose output takes no more: no word when its reader leaves, one when its disk is full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from command_support import run_here
from data.command_output import READER_GONE, until_reader_leaves
from house_rules import ROOT

ENDED_BY_PIPE = {READER_GONE, -signal.SIGPIPE}
WITH_OUTPUT = [
    ["data", "check", "--template"],
    ["predictors", "devices"],
    ["predictors", "--help"],
    ["app.label", "device", "huawei-p40-pro"],
]
DEVICE = "dnn_id,delegate,avg_power_w,energy_per_inference_j\nDNN1,CPU1,2.0,0.5\n"


def unread(words: list[str], *, buffered: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a module whose standard output is a pipe that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    environment = os.environ | {"PYTHONUNBUFFERED": "" if buffered else "1"}
    try:
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=ROOT, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    WITH_OUTPUT,
    ids=" ".join,
)
def test_a_command_that_nobody_reads_ends_in_silence(words: list[str]) -> None:
    done = unread(words)
    assert done.stderr == ""
    assert done.returncode in ENDED_BY_PIPE


@pytest.mark.parametrize("buffered", [True, False])
def test_so_do_scores(tmp_path: Path, buffered: bool) -> None:
    file = tmp_path / "device.csv"
    file.write_text(DEVICE, encoding="utf-8")
    done = unread(["scoring", str(file), "--tdp-w", "6"], buffered=buffered)
    assert done.stderr == ""
    assert done.returncode in ENDED_BY_PIPE


def test_each_line_may_be_the_one_that_fails() -> None:
    done = unread(["predictors", "devices"], buffered=False)
    assert (done.stderr, done.returncode) == ("", READER_GONE)


def test_refused_input_is_still_said_where_nobody_reads_the_output() -> None:
    for words in (["scoring", "gone.csv", "--tdp-w", "6"], ["predictors", "estimate", "gone.onnx"]):
        done = unread(words)
        assert "gone." in done.stderr
        assert done.returncode == 2


def test_without_any_output_a_command_does_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert until_reader_leaves(lambda: 3) == 3


def test_an_exit_code_is_passed_on_and_an_error_as_well() -> None:
    def fails() -> int:
        raise ValueError("not the reader's doing")

    assert until_reader_leaves(lambda: 2) == 2
    with pytest.raises(ValueError, match="not the reader"):
        until_reader_leaves(fails)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize(
    "words",
    [*WITH_OUTPUT, ["scoring", "--help"]],
    ids=" ".join,
)
def test_a_full_disk_under_the_output_is_said(words: list[str]) -> None:
    # Without a buffer, argparse itself keeps silent about help that cannot be written.
    environment = os.environ | {"PYTHONUNBUFFERED": ""}
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=ROOT, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert "OUTPUT_UNWRITTEN" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.returncode == 2


NAME = "n" * 5_000


@pytest.mark.parametrize(
    "words",
    [
        ["predictors", "estimate", f"{NAME}.onnx", "--device", "raspberry-pi-4"],
        ["predictors", "kernels", f"{NAME}.onnx", "--device", "raspberry-pi-4"],
        ["predictors", "check", f"{NAME}.onnx", "--device", "raspberry-pi-4"],
        ["predictors", "diff", f"{NAME}.onnx", f"{NAME}.onnx", "--device", "raspberry-pi-4"],
        ["predictors", "batch", NAME],
        ["predictors", "calibrate", f"{NAME}.csv", "--name", "x", "--out", NAME],
        ["predictors.samples", NAME],
        ["data", "trace", f"{NAME}.csv"],
        ["data", "check", f"{NAME}.csv"],
        ["data", "build", "--out", f"{NAME}.duckdb"],
        ["data", "doctor", "--bundle", f"{NAME}.duckdb"],
        ["scoring", f"{NAME}.csv", "--tdp-w", "6"],
    ],
    ids=lambda words: " ".join(words[:2]).replace(NAME, "NAME")[:30],
)
def test_a_name_of_5000_characters_is_refused_in_a_few_lines(words: list[str]) -> None:
    done = run_here(words[0], words[1:], ROOT)
    assert done.returncode in {1, 2}
    assert len(done.stderr + done.stdout) < 2_000
