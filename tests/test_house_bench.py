"""The tables of the bench say what was measured, with units, and lose nothing on the way to a file."""

from __future__ import annotations

import csv
import json
import platform
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from bench.__main__ import FOLDER
from bench.accuracy import as_table
from bench.tables import Table, as_markdown, conditions, renew, report, shown, store
from bench.throughput import TARGETS, BatchRun, cpu_times_s, run_batch, write_variants
from data.messages import Message, unpacked
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


def test_one_part_is_renewed_and_the_others_stay(tmp_path: Path) -> None:
    other, more = replace(TIMES, name="other", title="Other"), replace(TIMES, name="more", title="More")
    store([TIMES, other], tmp_path)
    before = (tmp_path / "README.md").read_text(encoding="utf-8")
    renew([TIMES], tmp_path)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == before
    # The cell in words goes with its table.
    renew([replace(TIMES, rows=((Message("switch to {page}", page="Compare"), 9.0, 3),))], tmp_path)
    assert "switch to Compare" in (tmp_path / "tables.json").read_text(encoding="utf-8")
    renew([replace(TIMES, rows=(("start", 9.0, 3),)), more], tmp_path)
    after = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert re.findall("^## (.*)$", after, flags=re.MULTILINE) == ["Times", "Other", "More"]
    assert as_markdown(other) in after
    assert "| start | 9 | 3 |" in after.split("## Other")[0]
    assert (tmp_path / "times.csv").read_text(encoding="utf-8").endswith("start,9,3\n")
    full = tmp_path / "full"
    store([replace(TIMES, rows=(("start", 9.0, 3),)), other, more], full)
    for name in ("README.md", "tables.json"):
        assert (tmp_path / name).read_text(encoding="utf-8") == (full / name).read_text(encoding="utf-8")


def test_tables_of_other_conditions_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(report([TIMES], {"cores": "64"}), encoding="utf-8")
    with pytest.raises(ValueError, match="other conditions"):
        renew([TIMES], tmp_path)


def test_the_index_says_what_the_report_and_the_csv_files_say() -> None:
    stored = json.loads((FOLDER / "tables.json").read_text(encoding="utf-8"))
    assert [text for text, message in stored["cells"].items() if unpacked(message) != text] == []
    report_text = (FOLDER / "README.md").read_text(encoding="utf-8")
    notes = {f"## {unpacked(each['title'])}\n\n{unpacked(each['note'])}" for each in stored["tables"]}
    assert {note for note in notes if note not in report_text} == set()
    with (FOLDER / "recording-trials.csv").open(encoding="utf-8") as source:
        trials = list(csv.DictReader(source))
    [note] = [each["note"][1] for each in stored["tables"] if each["name"] == "recording-trials"]
    held = sum(int(row["held_by_the_80_percent_interval"]) for row in trials)
    answered = sum(int(row["answered"]) for row in trials)
    shares = [float(row["held_percent"]) for row in trials if int(row["answered"]) >= 100]
    worst = "error_worst_of_the_others_percent"
    assert note == {
        "answered": answered,
        "held": held,
        "percent": pytest.approx(100 * held / answered),
        "trials": max(int(row["trials"]) for row in trials),
        "least": pytest.approx(min(shares), rel=0.01),
        "most": pytest.approx(max(shares), rel=0.01),
        "rough": sum(int(row["marked_rough"] or 0) for row in trials),
        "sure": pytest.approx(max(float(row[worst] or 0) for row in trials), rel=0.01),
    }


def test_conditions_name_versions_but_not_the_machine() -> None:
    found = conditions()
    assert found["python"] == platform.python_version()
    assert int(found["cores"]) >= 1
    assert platform.node() not in report([TIMES], found).split()


def test_an_evaluation_becomes_a_table_with_all_its_columns() -> None:
    row = EvaluationRow("d", "cpu", "fp32", "energy_mj", "ours", "10-fold", 9, 4.25, 3.0, 90.0, None)
    table = as_table("Huawei P40 Pro, kernels", [row])
    assert table.name == "accuracy-huawei-p40-pro-kernels"
    assert len(table.columns) == len(table.rows[0]) == 15
    assert dict(zip(table.columns, table.rows[0], strict=True))["mape_percent"] == 4.25
    assert as_markdown(table).splitlines()[-1].endswith("| 9 | 4.25 | 3 | 90 |  | no |  |  |  |")


def _board_row(device: str, quantity: str, used: bool, place: int) -> EvaluationRow:
    return EvaluationRow(device, "cpu", "fp32", quantity, "ours", "5-fold", place, 4.0, 3.0, 90.0, 80.0, used)


def test_a_long_table_is_read_as_an_extract_and_stored_in_full(tmp_path: Path) -> None:
    rows = [_board_row("board", "latency", True, place) for place in range(200)]
    rows += [_board_row("all-boards", "latency", False, 1), _board_row("board", "energy", True, 2)]
    table = as_table("Boards, networks", rows)
    assert table.extract == table.rows[-2:]
    assert "2 of 202 rows; all are in `docs/bench/accuracy-boards-networks.csv`" in as_markdown(table)
    store([table], tmp_path)
    assert len((tmp_path / "accuracy-boards-networks.csv").read_text(encoding="utf-8").splitlines()) == 203


def test_processor_time_counts_what_a_process_started() -> None:
    child = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass\ninput()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE) as process:
        spent: dict[int, float] = {}
        while sum(spent.values()) < 0.3 and process.poll() is None:
            spent |= cpu_times_s(process.pid)
        assert process.poll() is None
        assert process.pid in spent
        assert len(spent) == 2
        process.communicate(b"\n")


@pytest.mark.slow
def test_a_batch_of_the_bench_is_estimated(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    write_variants(folder, 4)
    run = run_batch(folder, tmp_path / "out.parquet", TARGETS["huawei-p40-pro, cpu"])
    assert len(pd.read_parquet(tmp_path / "out.parquet")) == run.models == 4
    assert run.cpu_s > 0


def test_the_rate_of_quiet_cores_is_by_processor_time() -> None:
    run = BatchRun(models=1000, elapsed_s=120.0, cpu_s=80.0)
    assert (run.per_minute, run.per_minute_of_two_cores) == (500.0, 1500.0)


def test_the_stored_batch_reaches_a_thousand_models_a_minute() -> None:
    with (FOLDER / "batch-throughput.csv").open(encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    assert {row["targets"] for row in rows} == set(TARGETS)
    assert all(float(row["models_per_minute_two_quiet_cores"]) >= 1000 for row in rows)
