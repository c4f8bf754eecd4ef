"""No option of a command line is silently without effect, and no output overwrites another file of it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from command_support import run_here
from predictors.samples import sample_bytes

NET, ON = "net.onnx", "--device raspberry-pi-4"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, tables, and links that lead to them."""
    made = tmp_path_factory.mktemp("options")
    (made / NET).write_bytes(sample_bytes("mobilenet-v2"))
    for name in ("mine.csv", "power.csv", "rows.json", "nets/keep"):
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_text("model,precision,energy_mj\nmobilenet-v1,fp32,250\n", encoding="utf-8")
    (made / "link.csv").symlink_to("mine.csv")
    (made / "later.csv").symlink_to("b.csv")
    return made


@pytest.mark.parametrize(
    ("module", "line", "named"),
    [
        # A second value of one option: which one was meant?
        ("predictors", f"check {NET} {ON} --device jetson-tx2 --max-energy-mj 10", "--device"),
        ("predictors", f"check {NET} {ON} --max-energy-mj 10 --max-energy-mj=1000", "--max-energy-mj"),
        ("predictors", f"estimate {NET} {ON} --dev huawei-p40-pro", "--dev"),
        ("predictors", f"estimate {NET} {ON} --shape x=1,3,9,9 --shape x=1,3,8,8", "--shape"),
        ("predictors", "search --target a/b/fp32 --target a/b/fp32", "--target"),
        ("predictors.samples", "out --precision fp32 --precision int8", "--precision"),
        ("data", "check mine.csv --level kernel --level application", "--level"),
        ("data", "trace power.csv --rail a --rail b --start 1 --start 2", "--start"),
        ("data", "trace power.csv --unit p=mW --unit p=W", "--unit"),
        ("scoring", "mine.csv --tdp-w 5 --tdp-w 9", "--tdp-w"),
        ("app.label", f"model {NET} --shape x=1,3,9,9 --shape x=1,3,8,8", "--shape"),
        # Two files in one, or an input that would be overwritten.
        ("predictors", "batch nets --out b.csv --matrix nets/../b.csv", "--matrix"),
        ("predictors", "batch nets --out b.csv --matrix later.csv", "--matrix"),
        ("predictors", f"estimate {NET} {ON} --out ./{NET}", "--out"),
        ("predictors", "search --from mine.csv --out link.csv", "--out"),
        ("predictors", "search --accuracy mine.csv --out mine.csv", "--out"),
        ("predictors", "calibrate mine.csv --name Mine --out .", "--out"),
        ("predictors", "calibrate link.csv --name Box --out . --contribution box.csv", "--contribution"),
        ("predictors", "measure join mine.csv --log ./mine.measuring.json", "--log"),
        ("data", "trace power.csv --save-recipe power.csv", "--save-recipe"),
        ("app.label", f"model {NET} --out {NET}", "--out"),
        # Options that another one makes idle.
        ("predictors", "search --from mine.csv --family mobilenet-v2 --seed 3", "--family, --seed"),
        ("predictors", "batch nets --out b.csv --jobs 2 --dask tcp://x:1", "--jobs"),
        ("predictors", "batch nets --out b.csv --max-energy-mj 5", "--max-energy-mj"),
        ("predictors", "measure join power.csv --log b.measuring.json --name Mine", "--name"),
        ("data", "trace power.csv --offset 1", "--offset"),
        ("data", "check mine.csv --template", "--template"),
        ("data", "check mine.csv --delegate gpu", "--delegate"),
    ],
)
def test_what_would_be_ignored_or_overwritten_is_refused(
    folder: Path, module: str, line: str, named: str
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    ended = run_here(module, shlex.split(line), folder)
    assert ended.returncode == 2 and ended.stdout == ""
    assert "OPTION_VALUE" in ended.stderr and named in ended.stderr and ended.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_broken_device_of_ones_own_is_told_and_the_others_answer(folder: Path) -> None:
    own = folder / "own"
    own.mkdir()
    (own / "a.toml").symlink_to("nowhere")
    part = ["--delegate", "tflite-ruy", "--precision", "fp32"]
    ask = ["estimate", NET, *part, "--devices", "own", "--format", "json", "--device"]
    answered = run_here("predictors", [*ask, "raspberry-pi-4"], folder)
    assert answered.returncode == 0 and '"raspberry-pi-4"' in answered.stdout
    assert answered.stderr.startswith("note: INPUT_FILE: a.toml")
    refused = run_here("predictors", [*ask, "a"], folder)
    assert (refused.returncode, refused.stdout) == (2, "") and refused.stderr.startswith("INPUT_FILE: a.toml")
