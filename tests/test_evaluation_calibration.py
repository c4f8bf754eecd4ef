"""Calibration: shares inside intervals by hand, wider ones hold more, 80 % as in the accuracy tables."""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, fields

import numpy as np
import pytest

from bench.accuracy import table_name
from bench.calibration import as_table
from data import open_bundle, queries
from predictors.cli.main import main
from predictors.energy.boards.data import bundled_system_rows
from predictors.energy.boards.fit import HeldOutRuns
from predictors.energy.fitting.transfer import HeldOut, RatioCell
from predictors.energy.tx2.forest import ForestSettings
from predictors.energy.tx2.intervals import SPREAD_FLOOR
from predictors.energy.tx2.layers import measured_layers
from predictors.evaluation import calibration, run
from predictors.evaluation.boards import FIVE_FOLD, HeldOutSystem, evaluate_boards
from predictors.evaluation.calibration import LEVELS, calibrations, tail_at, z_at
from predictors.evaluation.p40 import HeldOutCases
from predictors.evaluation.phones import ALL_DELEGATES, ALL_PHONES, Case, evaluate_phones
from predictors.evaluation.rows import KERNELS, NETWORKS, SUMS, CalibrationRow
from predictors.evaluation.run import evaluations
from predictors.evaluation.tx2 import covered_layers
from predictors.evaluation.tx2_held_out import HeldOutLayers, forest_fitter, hold_out, random_folds
from version_support import ROOT

BENCH = ROOT / "docs" / "bench"


@pytest.fixture(scope="module")
def quick() -> dict[str, list[CalibrationRow]]:
    """The families that take seconds: the others find their settings anew in every fold."""
    slow = {"Huawei P40 Pro", "Jetson TX2"}
    return {title: measure() for title, measure in calibrations().items() if title not in slow}


@pytest.fixture(scope="module")
def stored() -> list[CalibrationRow]:
    """The rows of docs/bench/calibration.csv."""
    kinds = {"n": int, "nominal_percent": float, "observed_percent": float}
    with (BENCH / "calibration.csv").open(encoding="utf-8") as source:
        return [
            CalibrationRow(**{name: kinds.get(name, str)(cell) for name, cell in row.items()})  # type: ignore[arg-type]
            for row in csv.DictReader(source)
        ]


def by_series(rows: Iterable[CalibrationRow]) -> dict[tuple[str, ...], list[CalibrationRow]]:
    found: dict[tuple[str, ...], list[CalibrationRow]] = defaultdict(list)
    for row in rows:
        key = (row.device_id, row.delegate, row.precision, row.quantity, row.what, row.protocol)
        found[key].append(row)
    return found


def test_the_share_of_log_normal_intervals_by_hand() -> None:
    # Distances of 0, 0.5, 1 and 2 standard deviations; 68.3 % lie within one.
    held_out = HeldOutCases(np.exp([0.0, 0.05, -0.1, 0.2]), np.zeros(4), np.full(4, 0.1))
    assert z_at(0.6827) == pytest.approx(1.0, abs=1e-3)
    assert held_out.covered(z_at(0.6)).tolist() == [1, 1, 0, 0]
    assert held_out.covered(z_at(0.7)).tolist() == [1, 1, 1, 0]
    rows = list(calibration._log_normal(held_out, "cpu", "energy_mj", KERNELS, "by hand"))
    # z: 0.13, 0.25, 0.39, 0.52, 0.67, 0.84, 1.04, 1.28, 1.64
    assert [row.observed_percent for row in rows] == [25, 25, 25, 50, 50, 50, 75, 75, 75]
    assert [row.nominal_percent for row in rows] == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert {(row.quantity, row.n) for row in rows} == {("energy", 4)}


def test_the_tail_of_the_estimates_stays_and_others_keep_its_proportion() -> None:
    assert tail_at(0.8, 0.1) == pytest.approx(0.1)
    assert tail_at(0.8, 0.085) == pytest.approx(0.085)
    assert tail_at(0.4, 0.1) == pytest.approx(0.3)
    # 83 % between the quantiles for 80 %, so 41.5 % for 40 % and 93.4 % for 90 %.
    assert tail_at(0.4, 0.085) == pytest.approx((1 - 0.415) / 2)
    assert tail_at(0.9, 0.085) == pytest.approx((1 - 0.93375) / 2)
    assert tail_at(1.0, 0.085) == 0.0


def test_the_share_of_a_board_by_hand() -> None:
    # Residuals of the seen runs from -1 to 1 in steps of 0.1: quantiles are themselves. Leverage 0, and 3
    # (which doubles the interval) for the last run.
    inner = HeldOutRuns(np.linspace(-1.0, 1.0, 21), np.zeros(21))
    tested = np.array([True, True, True, False])
    runs = HeldOutRuns(np.array([0.5, -0.85, 1.5, np.nan]), np.array([0.0, 0.0, 3.0, np.nan]))
    system = HeldOutSystem(runs, ((tested, inner),))
    assert system.covered(0.1).tolist() == [True, False, True]
    assert system.covered(0.05).tolist() == [True, True, True]
    assert system.covered(0.3).tolist() == [False, False, False]


def test_the_share_of_a_phone_by_hand() -> None:
    def cell(network: int, log_ratio: float) -> RatioCell:
        return RatioCell("phone", "cpu", f"dnn{network}", "fp32", log_ratio, 1.0)

    alike = tuple(HeldOut(cell(place, 0.0), -1.0 + place / 10) for place in range(21))
    inside, outside = (Case(cell(99, 0.0), {"pooled": far}, "pooled", alike) for far in (0.82, 0.93))
    # Quantiles at 10 % of 21 residuals: -0.8 and 0.8; Student's t for 21 networks widens that by 3 %.
    assert [case.covered(0.1) for case in (inside, outside)] == [True, False]
    assert [case.covered(0.05) for case in (inside, outside)] == [True, True]


def test_the_share_of_layers_by_hand_uses_the_other_folds() -> None:
    # Ratios of residual to spread: 1, 2, 3, 4, 5 in fold 0 and ten times as much in fold 1.
    ratios = np.array([1, 2, 3, 4, 5, 10, 20, 30, 40, 50], dtype=np.float64)
    spread = np.full((10, 2), 0.1)
    residual = np.column_stack([ratios, ratios]) * (0.1 + SPREAD_FLOOR)
    held_out = HeldOutLayers(np.arange(10), np.repeat([0, 1], 5), residual, spread)
    # Fold 0 gets the median of fold 1's (30), fold 1 that of fold 0's (3).
    assert covered_layers(held_out, "energy", 0.5).tolist() == [True] * 5 + [False] * 5


@pytest.mark.long
def test_wider_intervals_hold_more(quick: dict[str, list[CalibrationRow]]) -> None:
    layers = measured_layers("gpu").take(np.arange(0, 4000, 16))
    fitter = forest_fitter(ForestSettings(tile=32, trees=5, smallest_leaf=1, feature_share=1.0, seed=0))
    held_out = hold_out(layers, random_folds(len(layers.table)), fitter)
    few = list(calibration._single_layers(held_out, "gpu", "5-fold"))
    for key, rows in by_series([*few, *(row for part in quick.values() for row in part)]).items():
        assert [row.nominal_percent for row in rows] == [100 * level for level in LEVELS], key
        observed = [row.observed_percent for row in rows]
        assert observed == sorted(observed), key
        assert observed[0] < observed[-1] <= 100.0, key


@pytest.mark.long
def test_boards_at_80_percent_are_those_of_the_accuracy_table(quick: dict[str, list[CalibrationRow]]) -> None:
    expected = {
        row.protocol: row.coverage_percent
        for row in evaluate_boards(bundled_system_rows(), ("energy",), forest=False)
        if (row.device_id, row.precision) == ("all-boards", "all") and row.used
    }
    found = {
        row.protocol: row.observed_percent
        for row in quick["Boards"]
        if row.nominal_percent == 80.0 and row.quantity == "energy"
    }
    assert FIVE_FOLD in found
    assert found == pytest.approx({protocol: expected[protocol] for protocol in found})


@pytest.mark.long
def test_phones_at_80_percent_are_those_of_the_accuracy_table(quick: dict[str, list[CalibrationRow]]) -> None:
    expected = {
        (row.quantity, row.delegate): (row.n, row.coverage_percent)
        for row in evaluate_phones(queries.application_measurements(open_bundle()))
        if (row.device_id, row.precision) == (ALL_PHONES, "all") and row.used
    }
    found = {
        (row.quantity, row.delegate): (row.n, row.observed_percent)
        for row in quick["Other phones"]
        if row.nominal_percent == 80.0
    }
    assert ("energy", ALL_DELEGATES) in found
    assert found == expected


@pytest.mark.long
def test_stored_calibration_is_what_the_code_gives(
    quick: dict[str, list[CalibrationRow]], stored: list[CalibrationRow]
) -> None:
    on_file = by_series(stored)
    for key, rows in by_series(row for part in quick.values() for row in part).items():
        shares = [row.observed_percent for row in on_file[key]]
        assert shares == pytest.approx([row.observed_percent for row in rows], rel=6e-3), key


def test_stored_calibration_at_80_percent_is_the_stored_coverage(stored: list[CalibrationRow]) -> None:
    """Both tables come from the same held-out measurements, also where running both takes minutes."""
    coverage = stored_coverage()
    at_80 = [row for row in stored if row.nominal_percent == 80.0]
    assert {row.what for row in at_80} == {KERNELS, SUMS, NETWORKS}
    compared = 0
    for row in at_80:
        found = coverage[row.device_id, row.delegate, row.precision, accuracy_quantity(row), row.protocol]
        assert row.observed_percent == pytest.approx(found), row
        compared += 1
    assert compared >= 30


def stored_coverage() -> dict[tuple[str, ...], float]:
    """Coverage (per cent) of the methods in use in the stored accuracy tables."""
    found = {}
    for title in evaluations():
        with (BENCH / f"{table_name(title)}.csv").open(encoding="utf-8") as source:
            for row in csv.DictReader(source):
                if row["used"] == "yes" and row["coverage_percent"] and not row["stratum"]:
                    key = (
                        row["device_id"],
                        row["delegate"],
                        row["precision"],
                        row["quantity"],
                        row["protocol"],
                    )
                    found[key] = float(row["coverage_percent"])
    return found


def accuracy_quantity(row: CalibrationRow) -> str:
    """What the accuracy table of the P40 Pro calls it."""
    names = {KERNELS: "convolutions", SUMS: "sums of 20 held-out kernels"}
    return f"{names[row.what]}, {row.quantity}" if row.device_id == "huawei-p40-pro" else row.quantity


def test_levels_of_estimates_hold_75_to_85_percent_of_single_kernels(stored: list[CalibrationRow]) -> None:
    for row in stored:
        if row.nominal_percent == 80.0 and row.what == KERNELS and "fold" in row.protocol:
            assert 75.0 <= row.observed_percent <= 85.0, row


def test_the_table_has_every_level_and_reads_the_estimates() -> None:
    rows = [
        CalibrationRow("d", "cpu", "fp32", "energy", KERNELS, "5-fold", 9, 100 * x, 100 * x) for x in LEVELS
    ]
    table = as_table(rows)
    assert len(table.rows) == 9
    assert table.extract is not None
    assert [row[7:] for row in table.extract] == [(80.0, 80.0)]


def test_the_command_line_tells_either(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [CalibrationRow("d", "cpu", "fp32", "energy", SUMS, "5-fold", 9, 100 * x, 100 * x) for x in LEVELS]
    monkeypatch.setattr(run, "calibrate_all", lambda: rows)
    assert main(["evaluate", "--what", "calibration"]) == 0
    table = capsys.readouterr().out
    assert [int(share) for share in table.splitlines()[1].split()[-9:]] == [
        10,
        20,
        30,
        40,
        50,
        60,
        70,
        80,
        90,
    ]
    main(["evaluate", "--what", "calibration", "--format", "json"])
    assert json.loads(capsys.readouterr().out) == [asdict(row) for row in rows]
    main(["evaluate", "--what", "calibration", "--format", "csv"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split(",") == [field.name for field in fields(CalibrationRow)]
    assert len(lines) == 10
    assert math.isclose(float(lines[8].split(",")[-1]), 80.0)
