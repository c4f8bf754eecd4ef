"""The tables of the bench say what was measured, with units, and lose nothing on the way to a file."""

from __future__ import annotations

import csv
import platform
from pathlib import Path

from bench.accuracy import as_table
from bench.tables import Table, as_markdown, conditions, report, shown, store
from predictors.evaluation.rows import EvaluationRow

TIMES = Table(
    "times",
    "Times",
    "Measured twice.",
    ("step", "median_s", "runs"),
    (("start", 1.23456, 3), ("a|b", None, 0), ("long", 12345.6, 1)),
)


def test_cells_keep_three_digits_and_say_what_is_missing() -> None:
    assert [shown(cell) for cell in (1.23456, 12345.6, 0.000123456, 7, "x", None)] == [
        "1.23",
        "12346",
        "0.000123",
        "7",
        "x",
        "not measured",
    ]


def test_markdown_has_a_row_for_every_row() -> None:
    lines = as_markdown(TIMES).splitlines()
    assert lines[0] == "## Times"
    assert lines[-3:] == ["| start | 1.23 | 3 |", "| a\\|b | not measured | 0 |", "| long | 12346 | 1 |"]


def test_stored_csv_reads_back(tmp_path: Path) -> None:
    store([TIMES], tmp_path / "new")
    with (tmp_path / "new" / "times.csv").open(encoding="utf-8") as source:
        rows = list(csv.reader(source))
    assert rows[0] == ["step", "median_s", "runs"]
    assert rows[1:] == [["start", "1.23", "3"], ["a|b", "", "0"], ["long", "12346", "1"]]
    assert "Measured twice." in (tmp_path / "new" / "README.md").read_text(encoding="utf-8")


def test_conditions_name_versions_but_not_the_machine() -> None:
    found = conditions()
    assert found["python"] == platform.python_version()
    assert int(found["cores"]) >= 1
    assert platform.node() not in report([TIMES], found).split()


def test_an_evaluation_becomes_a_table_with_all_its_columns() -> None:
    row = EvaluationRow("d", "cpu", "fp32", "energy_mj", "ours", "10-fold", 9, 4.25, 3.0, 90.0, None)
    table = as_table("Some phone, kernels", [row])
    assert table.name == "accuracy-some-phone-kernels"
    assert len(table.columns) == len(table.rows[0]) == 12
    assert dict(zip(table.columns, table.rows[0], strict=True))["mape_percent"] == 4.25
    assert as_markdown(table).splitlines()[-1].endswith("| 9 | 4.25 | 3 | 90 |  | no |")


def _board_row(device: str, quantity: str, protocol: str, place: int) -> EvaluationRow:
    return EvaluationRow(device, "cpu", "fp32", quantity, "ours", protocol, place, 4.0, 3.0, 90.0, 80.0)


def test_a_long_table_is_read_as_an_extract_and_stored_in_full(tmp_path: Path) -> None:
    rows = [_board_row("board", "latency", "5-fold", place) for place in range(200)]
    rows += [_board_row("all-boards", "latency", "5-fold", 1), _board_row("board", "energy", "by family", 2)]
    table = as_table("Boards", rows)
    assert table.extract == table.rows[-2:]
    assert "2 of 202 rows; all are in `docs/bench/accuracy-boards.csv`" in as_markdown(table)
    store([table], tmp_path)
    assert len((tmp_path / "accuracy-boards.csv").read_text(encoding="utf-8").splitlines()) == 203
