"""The command line as scripts use it: fields, figures that agree with each other, codes for bad input."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest

from predictors.cli.main import main
from predictors.cli.options import parse_shapes
from predictors.errors import InputError
from predictors.samples import sample_bytes

ESTIMATE_FIELDS = {
    "device_id", "delegate", "precision", "energy_mj", "energy_mj_low", "energy_mj_high", "interval_level",
    "latency_ms", "avg_power_w", "evidence", "coverage", "kernels", "warnings",
}  # fmt: skip
KERNEL_FIELDS = {
    "index", "name", "kernel", "ops", "input_shapes", "output_shapes", "macs", "params", "energy_mj",
    "energy_mj_low", "energy_mj_high", "latency_ms", "power_mw", "evidence",
}  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "mobilenet-v2.onnx"
    path.write_bytes(sample_bytes("mobilenet-v2"))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


P40 = ("--device", "huawei-p40-pro", "--delegate", "cpu")


def test_json_has_every_promised_field(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "estimate", str(model), *P40, "--format", "json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert {"name", "sha256", "inputs", "macs", "params", "nodes", "kernels"} <= report["model"].keys()
    (estimate,) = report["estimates"]
    assert estimate.keys() >= ESTIMATE_FIELDS
    shares = {"macs_percent", "bytes_percent"}
    assert set(estimate["coverage"]) == {"kernels", "predicted", "approximated", "unsupported"} | shares
    assert all(kernel.keys() >= KERNEL_FIELDS for kernel in estimate["kernels"])


def test_json_adds_up(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(run(capsys, "estimate", str(model), *P40, "--format", "json")[1])
    (estimate,) = report["estimates"]
    kernels = estimate["kernels"]
    assert estimate["kernel_sum"]["energy_mj"] == pytest.approx(
        math.fsum(kernel["energy_mj"] for kernel in kernels)
    )
    assert report["model"]["macs"] == sum(kernel["macs"] for kernel in kernels)
    assert estimate["coverage"]["kernels"] == len(kernels) == report["model"]["kernels"]
    assert estimate["avg_power_w"] == pytest.approx(estimate["energy_mj"] / estimate["latency_ms"])


def test_csv_and_json_hold_the_same_kernels(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(run(capsys, "estimate", str(model), *P40, "--format", "json")[1])
    rows = list(csv.DictReader(io.StringIO(run(capsys, "estimate", str(model), *P40, "--format", "csv")[1])))
    kernels = report["estimates"][0]["kernels"]
    assert [float(row["energy_mj"]) for row in rows] == [kernel["energy_mj"] for kernel in kernels]
    assert {row["device_id"] for row in rows} == {"huawei-p40-pro"}


def test_table_shows_headline_and_kernels(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(run(capsys, "estimate", str(model), *P40, "--format", "json")[1])
    out = run(capsys, "estimate", str(model), *P40)[1]
    assert f"{report['estimates'][0]['energy_mj']:.3g}" in out
    assert out.count("dwconv-bn-relu") == 17


def test_without_device_every_target_answers_or_says_why(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = json.loads(run(capsys, "estimate", str(model), "--format", "json")[1])
    listed = json.loads(run(capsys, "devices", "--format", "json")[1])
    asked = {(t["device_id"], t["delegate"]) for t in listed if t["precision"] == "fp32"}
    asked.add(("jetson-xavier-nx", "tensorrt"))  # measured in int8 only
    answered = {(e["device_id"], e["delegate"]) for e in report["estimates"]}
    refused = {(e["device_id"], e["delegate"]) for e in report["not_estimated"]}
    assert answered | refused == asked
    assert not answered & refused
    devices = {device_id for device_id, _ in answered}
    assert devices == {target["device_id"] for target in listed}
    other = next(e for e in report["estimates"] if e["device_id"] == "jetson-xavier-nx")
    assert other["precision"] == "int8"
    assert "PRECISION_DIFFERS" in {note["code"] for note in other["warnings"]}


def test_a_device_answers_in_the_only_precision_it_has(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("estimate", str(model), "--device", "jetson-xavier-nx", "--format", "json")
    code, out, _ = run(capsys, *arguments)
    assert (code, [each["precision"] for each in json.loads(out)["estimates"]]) == (0, ["int8"])
    code, _, err = run(capsys, *arguments, "--precision", "fp32")
    assert (code, err.partition(":")[0]) == (2, "PRECISION_UNKNOWN")


def test_devices_name_their_evidence_error_and_systems(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(run(capsys, "devices", "--format", "json")[1])
    for target in listed:
        assert target["evidence"] in {"predicted", "transferred", "approximated", "unsupported"}
        assert target["error_basis"]
    boards = [target for target in listed if target["device_id"] == "raspberry-pi-4"]
    assert boards
    assert all(target["systems"] for target in boards)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_kernels_come_back_with_predictions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "note,kernel,input_hw,c_in,c_out,kernel_size,stride\n"
        '"a, b",conv-bn-relu,56,64,64,3,1\n'
        ",dwconv-bn-relu,14,384,,3,1\n"
        ",fc,,1280,1000,,\n"
    )
    path = write(tmp_path / "kernels.csv", text)
    code, out, _ = run(capsys, "kernels", str(path), *P40)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["note"] for row in rows] == ["a, b", "", ""]
    for row in rows:
        assert 0 < float(row["energy_mj_low"]) < float(row["energy_mj_pred"]) < float(row["energy_mj_high"])
    # Published: dwconv DeepEn2023 N4..: 384 channels at 14x14, 3x3 is 0.395 mJ; fc 1280x1000 is 1.149 mJ.
    assert float(rows[1]["energy_mj_pred"]) == pytest.approx(0.395, rel=0.15)
    assert float(rows[2]["energy_mj_pred"]) == pytest.approx(1.149, rel=0.15)


ODD_TABLES = {
    "semicolons": "note;kernel; input_hw;c_in;c_out;kernel_size;stride\na;conv;56;64;64;3;1\n",
    "tabs": "note\tkernel\tinput_hw\tc_in\tc_out\tkernel_size\tstride\na\tconv\t56\t64\t64\t3\t1\n",
    "byte-order mark, CRLF, quotes, blank line": (
        '\ufeffnote,"kernel", input_hw ,c_in,c_out,kernel_size,stride\r\n\r\na,"conv",56,64,64,3,1\r\n'
    ),
}


@pytest.mark.parametrize("name", ODD_TABLES)
def test_tables_of_any_spreadsheet_give_the_same_figure(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = "note,kernel,input_hw,c_in,c_out,kernel_size,stride\na,conv,56,64,64,3,1\n"
    answers = []
    for text in (plain, ODD_TABLES[name]):
        path = tmp_path / "kernels.csv"
        path.write_text(text, encoding="utf-8", newline="")
        code, out, _ = run(capsys, "kernels", str(path), *P40)
        assert code == 0
        separator = next(mark for mark in ",;\t" if f"note{mark}" in out)
        answers.append(list(csv.DictReader(io.StringIO(out), delimiter=separator)))
    assert answers[0] == answers[1]


BAD: list[tuple[str, tuple[str, ...], str]] = [
    ("no such file", ("estimate", "missing.onnx"), "MODEL_FILE"),
    ("no such device", ("estimate", "{model}", "--device", "toaster"), "DEVICE_UNKNOWN"),
    ("no such delegate", ("estimate", "{model}", *P40[:2], "--delegate", "abacus"), "DELEGATE_UNKNOWN"),
    ("no such precision", ("estimate", "{model}", "--precision", "fp7"), "OPTION_VALUE"),
    ("shape of no form", ("estimate", "{model}", "--shape", "input"), "OPTION_VALUE"),
    ("shape of no input", ("estimate", "{model}", "--shape", "ghost=1,3,8,8"), "SHAPE_UNKNOWN_INPUT"),
    ("no command", (), "OPTION_VALUE"),
    ("no kernel file", ("kernels", "missing.csv", *P40), "INPUT_FILE"),
    ("batch without folder", ("batch", "nowhere", "--out", "x.csv"), "INPUT_FILE"),
    ("batch to a format unknown", ("batch", ".", "--out", "x.docx"), "OPTION_VALUE"),
]


@pytest.mark.parametrize(("_why", "arguments", "code"), BAD, ids=[entry[0] for entry in BAD])
def test_bad_input_ends_with_2_and_one_line(
    _why: str, arguments: tuple[str, ...], code: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code, out, err = run(capsys, *(part.replace("{model}", str(model)) for part in arguments))
    assert exit_code == 2
    assert out == ""
    assert err.startswith(f"{code}: ")
    assert err.count("\n") == 1


BAD_TABLES = {
    "no kernel column": ("a,b\n1,2\n", "INPUT_COLUMNS"),
    "header only": ("kernel,c_in\n", "INPUT_EMPTY"),
    "nothing": ("", "INPUT_COLUMNS"),
    "ragged": ("kernel,c_in,c_out\nfc,3\n", "INPUT_VALUE"),
    "a column twice": ("kernel,c_in,c_in\nfc,3,4\n", "INPUT_COLUMNS"),
    "a bad cell": ("kernel,c_in,c_out\nfc,3,4\nfc,three,4\n", "KERNEL_VALUE"),
    "a bad cell after a blank line": ("kernel,c_in,c_out\n\nfc,three,4\n", "KERNEL_VALUE"),
    "a kernel that a row can't describe": ("kernel,input_hw,c_in\nmatmul,3,4\n", "KERNEL_UNKNOWN"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_bad_kernel_tables_are_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, code = BAD_TABLES[name]
    exit_code, out, err = run(capsys, "kernels", str(write(tmp_path / "k.csv", text)), *P40)
    assert (exit_code, out) == (2, "")
    assert err.startswith(code)
    if name.startswith("a bad cell"):
        assert "Line 3" in err


def test_shapes_are_parsed() -> None:
    assert parse_shapes(["x=1,3,8,8", "ids=1x16"]) == {"x": (1, 3, 8, 8), "ids": (1, 16)}
    with pytest.raises(InputError):
        parse_shapes(["x=1,,2"])


def test_batch_writes_one_row_per_model_and_names_failures(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "models"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "good.onnx").write_bytes(model.read_bytes())
    (folder / "bad.onnx").write_bytes(b"not a model at all")
    out = tmp_path / "rows.csv"
    code, text, _ = run(capsys, "batch", str(folder), *P40, "--out", str(out))
    rows: dict[str, dict[str, Any]] = {row["file"]: row for row in csv.DictReader(out.open(encoding="utf-8"))}
    assert code == 0
    assert "1 of 2 models estimated, 1 with errors" in text
    assert rows["bad.onnx"]["error_code"] == "MODEL_NOT_ONNX"
    report = json.loads(run(capsys, "estimate", str(model), *P40, "--format", "json")[1])
    assert float(rows["deep/good.onnx"]["energy_mj"]) == pytest.approx(report["estimates"][0]["energy_mj"])


def test_batch_in_two_processes_gives_the_same_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import pandas as pd

    folder = tmp_path / "models"
    folder.mkdir()
    for width in (0.25, 0.5, 0.75, 1.0):
        (folder / f"w{width}.onnx").write_bytes(sample_bytes("mobilenet-v1", width=width))
    for jobs in ("1", "2"):
        run(capsys, "batch", str(folder), *P40, "--jobs", jobs, "--out", str(tmp_path / f"{jobs}.parquet"))
    one, two = (pd.read_parquet(tmp_path / f"{jobs}.parquet") for jobs in ("1", "2"))
    pd.testing.assert_frame_equal(one, two)
    assert one.sort_values("macs")["energy_mj"].is_monotonic_increasing
