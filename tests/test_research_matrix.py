"""The matrix of models and devices: CSV, LaTeX, and what lies within limits."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from predictors.cli.main import main
from predictors.research.matrix import Cell, Gap, Matrix, Within
from tflite_support import INT8, build, small_network


def cell(model: str, device: str, energy_mj: float, latency_ms: float, missing: int = 0) -> Cell:
    return Cell(
        model,
        device,
        "cpu",
        "fp32",
        energy_mj,
        energy_mj * 0.9,
        energy_mj * 1.2,
        latency_ms,
        "predicted",
        missing,
        scope="kernels" if device == "phone" else "board-wall",
    )


CELLS = [
    cell("=small_net", "phone", 10, 5),
    cell("=small_net", "board", 200, 5),
    cell("large", "phone", 90, 60, missing=2),
]

GAPS = [Gap("huge", "phone", "cpu", "fp32", "DOES_NOT_FIT", 9_000.0)]
GAPS.append(Gap("large", "board", "cpu", "fp32", "NO_BASIS"))
TABLE = Matrix(tuple(CELLS), tuple(GAPS), Within(100, 50))


def test_limits_hold_where_both_values_keep_them() -> None:
    limits = Within(100, 50)
    assert [limits.holds(one) for one in CELLS] == [True, False, False]
    assert [Within(energy_mj=100).holds(one) for one in CELLS] == [True, False, True]
    assert not any(Within().holds(one) for one in CELLS)


def test_csv_has_a_row_per_model_and_says_what_is_missing() -> None:
    rows = list(csv.DictReader(io.StringIO(TABLE.csv())))
    assert [row["model"] for row in rows] == ["'=small_net", "large", "huge"]
    assert [row["phone cpu why_empty"] for row in rows] == ["", "", "does not fit"]
    assert (rows[0]["peak_memory_mb"], rows[2]["peak_memory_mb"]) == ("", "9000.0")
    assert [row["board cpu why_empty"] for row in rows] == ["", "no figure", ""]
    assert float(rows[0]["phone cpu energy_mj"]) == 10
    assert float(rows[0]["phone cpu energy_mj_low"]) == 9
    assert float(rows[0]["phone cpu energy_mj_high"]) == 12
    assert (rows[0]["phone cpu within_limits"], rows[0]["board cpu within_limits"]) == ("yes", "no")
    assert rows[1]["board cpu energy_mj"] == ""
    assert rows[1]["phone cpu missing_kernels"] == "2"
    assert (rows[0]["phone cpu scope"], rows[0]["board cpu scope"]) == ("kernels", "board-wall")
    assert rows[1]["board cpu scope"] == ""


def test_latex_frames_what_is_within_and_escapes_names() -> None:
    text = TABLE.latex()
    assert "does not fit" in text
    assert r"Memory needed (MB) & & & -- & -- & 9000 \\" in text
    assert r"board & cpu & board-wall & " in text
    assert text.count(r"\fbox{") == 1
    assert r"=small\_net" in text
    assert r"90 (81--108)\textsuperscript{*}" in text
    assert text.count("--") >= 4


def test_batch_writes_the_matrix(tmp_path: Path) -> None:
    (tmp_path / "a.tflite").write_bytes(build(small_network()))
    (tmp_path / "b.TFLITE").write_bytes(build(small_network(INT8)))
    (tmp_path / "broken.tflite").write_bytes(b"\x1c\x00\x00\x00TFL3")
    out, matrix = tmp_path / "rows.csv", tmp_path / "matrix.csv"
    options = ["--device", "raspberry-pi-4", "--delegate", "tflite-ruy", "--max-energy-mj", "1e6"]
    ended = main(["batch", str(tmp_path), "--out", str(out), "--matrix", str(matrix), *options])
    assert ended == 0
    rows = list(csv.DictReader(matrix.open()))
    assert [(row["model"], row["precision"]) for row in rows] == [("a.tflite", "fp32"), ("b.TFLITE", "int8")]
    assert {row["raspberry-pi-4 tflite-ruy within_limits"] for row in rows} == {"yes"}
    assert "MODEL_" in out.read_text()


def test_matrix_of_another_kind_is_refused(tmp_path: Path) -> None:
    arguments = ["batch", str(tmp_path), "--out", str(tmp_path / "r.csv"), "--matrix", "m.xlsx"]
    assert main(arguments) == 2
