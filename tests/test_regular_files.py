"""Files named on a command line: a pipe or a device is refused at every door, and nobody waits for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from command_support import run_here
from data.regular_files import NoRegularFile, open_file, read_small
from house_rules import ROOT

POWER = "docs/examples/power.csv"
DOORS = [
    ["predictors", "estimate", "FILE", "--device", "raspberry-pi-4"],
    ["predictors", "kernels", "FILE", "--device", "huawei-p40-pro", "--delegate", "cpu"],
    ["predictors", "calibrate", "FILE", "--name", "x", "--out", "OUT"],
    ["predictors", "measure", "networks", "--networks", "FILE", "--sensor", "none", "--name", "x",
     "--out", "OUT"],
    ["predictors", "measure", "join", "FILE", "--log", POWER],
    ["predictors", "measure", "join", POWER, "--log", "FILE"],
    ["data", "trace", "FILE"],
    ["data", "trace", POWER, "--inferences", "FILE"],
    ["data", "trace", POWER, "--profile", "FILE"],
    ["data", "trace", POWER, "--recipe", "FILE"],
    ["data", "check", "FILE", "--level", "kernel"],
    ["scoring", "FILE", "--tdp-w", "6"],
    ["predictors", "search", "--from", "FILE.csv"],
    ["predictors", "check", "FILE", "--device", "huawei-p40-pro", "--delegate", "cpu"],
    ["predictors", "diff", "FILE", "FILE", "--device", "huawei-p40-pro", "--delegate", "cpu"],
    ["predictors", "split", "FILE", "--device", "huawei-p40-pro", "--delegate", "cpu"],
    ["predictors", "tokens", "FILE"],
    ["app.label", "model", "FILE", "--device", "huawei-p40-pro", "--delegate", "cpu"],
    ["predictors", "layers", POWER, "--profile", "FILE", "--model", "FILE", "--on", "huawei-p40-pro"],
]  # fmt: skip


class WaitedTooLong(BaseException):
    """Nothing that a command catches."""


@contextmanager
def at_most_s(seconds: int) -> Iterator[None]:
    """End what waits longer than this."""

    def end(_number: int, _frame: object) -> None:
        raise WaitedTooLong

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_a_pipe_is_refused_at_every_door(door: list[str], tmp_path: Path) -> None:
    """Whoever opened it the usual way would wait for ever: the alarm is the proof."""
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.csv")
    pipe = str(tmp_path / "pipe")
    places = {"FILE": pipe, "FILE.csv": f"{pipe}.csv", "OUT": str(tmp_path / "out")}
    module, *arguments = (places.get(word, word) for word in door)
    with at_most_s(60):
        done = run_here(module, arguments, ROOT)
    assert done.returncode == 2
    assert done.stderr


@pytest.mark.parametrize("name", ["/dev/zero", ".", "pipe"])
def test_only_regular_files_are_opened(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NoRegularFile):
        open_file(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "none")


def test_no_more_is_read_than_asked_for(tmp_path: Path) -> None:
    (tmp_path / "five").write_bytes(b"12345")
    assert read_small(tmp_path / "five", 5) == b"12345"
    with pytest.raises(OSError, match="too large"):
        read_small(tmp_path / "five", 4)
