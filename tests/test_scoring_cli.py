"""`python -m scoring`: one JSON object, or exit code 2 and one message."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
HEADER = "dnn_id,delegate,avg_power_w,energy_per_inference_j\n"


def write(folder: Path, text: str) -> str:
    file = folder / "phone.csv"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_two_rows_and_an_empty_one_give_both_scores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, HEADER + "DNN1,CPU1,2.0,0.5\nDNN1,CPU4,,\nDNN5,GPU,4.0,0.1\n")
    assert main([file, "--tdp-w", "10"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["pcs"] == pytest.approx(70.0)  # 100 * (0.8 + 0.6) / 2
    assert report["iecs"] == pytest.approx(12.0)  # 1/0.5 + 1/0.1
    assert (report["rows_used"], report["rows_possible"]) == (2, 35)
    assert report["coverage"] == pytest.approx(2 / 35, abs=1e-4)
    assert report["warnings"] == []


def test_it_runs_as_a_module_from_the_root(tmp_path: Path) -> None:
    file = write(tmp_path, HEADER + "DNN1,nnapi,7,0.5\n")
    command = [sys.executable, "-m", "scoring", file, "--tdp-w", "6"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)["pcs"] < 0
    assert [note["code"] for note in json.loads(done.stdout)["warnings"]] == ["POWER_ABOVE_TDP"]


def test_other_columns_order_spaces_and_a_byte_order_mark_do_not_matter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\ufeffdelegate, energy_per_inference_j ,source_id,dnn_id,avg_power_w\nCPU1, 0.5 ,x,DNN1, 5 \n"
    assert main([write(tmp_path, text), "--tdp-w", "10"]) == 0
    assert json.loads(capsys.readouterr().out)["pcs"] == pytest.approx(50.0)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_semicolons_and_tabs_separate_as_well(
    separator: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (HEADER + "DNN1,CPU1,5,0.5\n").replace(",", separator)
    assert main([write(tmp_path, text), "--tdp-w", "10"]) == 0
    assert json.loads(capsys.readouterr().out)["iecs"] == 2.0


def test_scores_are_not_rounded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([write(tmp_path, HEADER + "DNN1,CPU1,1,60000\n"), "--tdp-w", "3"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["iecs"] == pytest.approx(1 / 60000, rel=1e-12)
    assert report["pcs"] == pytest.approx(200 / 3, rel=1e-12)
    assert report["coverage"] == pytest.approx(1 / 35, rel=1e-12)


@pytest.mark.parametrize("arguments", [[], ["x.csv"], ["x.csv", "--tdp-w", "abc"], ["x.csv", "--what"]])
def test_bad_options_end_with_2_and_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "--help" in err


def test_a_half_empty_row_counts_for_one_score_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, HEADER + "DNN1,CPU1,5,\nDNN2,CPU1,5,0.5\n")
    assert main([file, "--tdp-w", "10"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["pcs_rows_used"], report["iecs_rows_used"], report["rows_used"]) == (2, 1, 1)
    assert [note["code"] for note in report["warnings"]] == ["HALF_EMPTY_ROW"]


@pytest.mark.parametrize(
    ("text", "tdp_w", "code"),
    [
        ("", "6", "EMPTY_FILE"),
        (HEADER, "6", "EMPTY_FILE"),
        ("dnn_id,delegate,avg_power_w\nDNN1,CPU1,1\n", "6", "MISSING_COLUMNS"),
        (HEADER + "DNN1,CPU1,1,0.1\n", "0", "INVALID_TDP"),
        (HEADER + "DNN1,CPU1,1,0.1\n", "nan", "INVALID_TDP"),
        (HEADER + "DNN1,CPU1,-1,0.1\n", "6", "INVALID_POWER"),
        (HEADER + "DNN1,CPU1,1,0\n", "6", "INVALID_ENERGY"),
        (HEADER + "DNN1,CPU1,1,0.1\n", "1e-300", "INVALID_TDP"),
        (HEADER + "DNN1,CPU1,1e300,0.1\n", "6", "INVALID_POWER"),
        (HEADER + "DNN1,CPU1,1,1e-320\n", "6", "INVALID_ENERGY"),
        (HEADER.replace(",", ";") + "DNN1;CPU1;1,5;0,1\n", "6", "NOT_A_NUMBER"),
        (HEADER + "DNN1,CPU1,,0.1\n", "6", "NO_POWER"),
        (HEADER + "DNN1,CPU1,1,\n", "6", "NO_ENERGY"),
        (HEADER + "DNN1,TPU,1,0.1\n", "6", "UNKNOWN_DELEGATE"),
        (HEADER + "DNN1,CPU1,1,0.1\nDNN1,cpu,1,0.1\n", "6", "DUPLICATE_ROW"),
        (HEADER + "DNN1,CPU1,one,0.1\n", "6", "NOT_A_NUMBER"),
        (HEADER + ",CPU1,1,0.1\n", "6", "MISSING_NAME"),
        (HEADER + "DNN1\n", "6", "MISSING_NAME"),
        ("device_id," + HEADER + "a,DNN1,CPU1,1,0.1\nb,DNN2,CPU1,1,0.1\n", "6", "SEVERAL_DEVICES"),
        (HEADER + "".join(f"N{i},CPU1,1,0.1\n" for i in range(10_001)), "6", "TOO_MANY_ROWS"),
    ],
)
def test_bad_input_ends_with_2_and_one_coded_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, tdp_w: str, code: str
) -> None:
    assert main([write(tmp_path, text), "--tdp-w", tdp_w]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.rstrip().endswith(f"[{code}]")


def test_files_that_cannot_be_read_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    for file, code in (
        (tmp_path / "gone.csv", "UNREADABLE_FILE"),
        (tmp_path, "UNREADABLE_FILE"),
        (binary, "NOT_CSV"),
    ):
        assert main([str(file), "--tdp-w", "6"]) == 2
        assert f"[{code}]" in capsys.readouterr().err
