"""What an operator of a cell costs on one core of Raspberry Pi 5, and how far that is off held out."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from app.devices.today import LEAST_MACS_M, MOST_MACS_M
from data import open_bundle, queries
from predictors.cli.main import main
from predictors.energy.cells.law import cell_laws, fit_cells
from predictors.energy.cells.question import counts_of_cell, estimate_cell
from predictors.errors import InputError
from predictors.evaluation.today import evaluate_cells, evaluate_tokens


def test_a_law_finds_what_it_was_made_of() -> None:
    rows = pd.DataFrame(
        {"conv3x3": [0, 1, 2, 3, 6, 0, 2] * 5, "conv1x1": [1, 0, 2, 3, 0, 4, 1] * 5,
         "avgpool3x3": [5, 0, 1, 0, 0, 1, 2] * 5, "skips": [0, 3, 1, 0, 0, 2, 0] * 5}
    )  # fmt: skip
    rows["energy_mj"] = 2 + 4 * rows["conv3x3"] + 0.7 * rows["conv1x1"] + 0.3 * rows["avgpool3x3"]
    law = fit_cells("x", rows.assign(macs_m=rows["conv3x3"] + 1.0))
    assert law.constant_mj == pytest.approx(2.0)
    assert law.operator_mj == pytest.approx(
        {"conv3x3": 4, "conv1x1": 0.7, "avgpool3x3": 0.3, "skips": 0}, abs=1e-6
    )
    assert law.mean_error_percent == pytest.approx(0.0, abs=1e-6)
    assert law.energy_mj({"conv3x3": 2, "conv1x1": 1}) == pytest.approx(10.7)


def test_every_runtime_has_its_law_and_is_better_than_macs_alone() -> None:
    laws = {law.software: law for law in cell_laws()}
    assert set(laws) == {"LiteRT", "ONNX Runtime", "Torch Mobile"}
    assert all(law.mean_error_percent < law.baseline_percent for law in laws.values())
    assert all(law.cells == 1000 for law in laws.values())
    # Stated on the page: five folds, mean.
    assert laws["LiteRT"].median_error_percent < 4
    assert laws["ONNX Runtime"].median_error_percent < 4
    assert laws["Torch Mobile"].median_error_percent < 8


def test_the_range_on_the_page_is_the_measured_one() -> None:
    macs = queries.cell_runs(open_bundle())["macs_m"]
    assert (round(macs.min(), 1), round(macs.max())) == (LEAST_MACS_M, MOST_MACS_M)


CELL = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2|"


def test_a_cell_is_asked_by_its_text_or_by_its_operators(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"conv3x3": 1, "conv1x1": 1, "avgpool3x3": 1, "skips": 1}
    assert counts_of_cell(CELL) == counts
    answer = estimate_cell(counts, "ONNX Runtime")
    law = answer.law
    assert answer.energy_mj.value == pytest.approx(law.constant_mj + sum(law.operator_mj.values()))
    assert answer.energy_mj.low < answer.energy_mj.value < answer.energy_mj.high
    assert main(["cells", CELL, "--runtime", "ONNX Runtime", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["energy_mj"] == pytest.approx(answer.energy_mj.value)
    assert told["energy_mj_low"] < told["energy_mj"] < told["energy_mj_high"]
    assert "core rail" in told["scope"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nothing of the kind"], "CELL_TEXT"),
        ([CELL.replace("none", "dil_conv")], "CELL_TEXT"),
        ([CELL + CELL], "CELL_TEXT"),
        (["--conv3x3", "-1"], "CELL_COUNTS"),
        (["--conv3x3", "4", "--skips", "3"], "CELL_COUNTS"),
        (["--conv3x3", "6"], "CELL_COUNTS"),
        ([f"x{CELL}"], "CELL_TEXT"),
        ([CELL.replace("skip_connect~1", "skip_connect~0")], "CELL_TEXT"),
        (["--skips", "1", "--runtime", "NCNN"], "CELL_RUNTIME"),
        ([], "OPTION_VALUE"),
        ([CELL, "--conv1x1", "0"], "OPTION_VALUE"),
    ],
)
def test_a_cell_that_nobody_measured_is_refused(
    arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cells", *arguments]) == 2
    assert capsys.readouterr().err.startswith(code)


def test_a_bundle_without_cells_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("predictors.energy.cells.question.cell_laws", tuple)
    with pytest.raises(InputError) as refused:
        estimate_cell({"conv3x3": 1}, "LiteRT")
    assert refused.value.code == "CELL_NOT_MEASURED"


def test_the_bench_says_how_far_off_the_laws_of_newer_figures_are() -> None:
    """The aims: tokens within 15 % and modes within 8 % in the median, intervals that hold 70 to 90 %."""
    rows = evaluate_tokens()
    [whole] = [
        row
        for row in rows
        if (row.quantity, row.delegate, row.stratum) == ("energy per token", "all power modes", "")
    ]
    assert whole.median_ape_percent == pytest.approx(10.4, abs=0.1)
    assert 70.0 <= (whole.coverage_percent or 0.0) <= 90.0
    left_out = {row.stratum for row in rows if row.stratum}
    assert len(left_out) == 13
    modes = {row.delegate: row for row in rows if row.quantity == "energy beside 25 W"}
    assert set(modes) == {"7W", "15W", "MAXN"}
    assert all(row.median_ape_percent <= 8.0 for row in modes.values())
    cells = [row for row in evaluate_cells() if row.used]
    assert len(cells) == 3
    assert all(75.0 <= (row.coverage_percent or 0.0) <= 85.0 for row in cells)
