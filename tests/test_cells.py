"""What an operator of a cell costs on one core of Raspberry Pi 5, and how far that is off held out."""

from __future__ import annotations

import pandas as pd
import pytest

from app.devices.today import LEAST_MACS_M, MOST_MACS_M
from data import open_bundle, queries
from predictors.energy.cells.law import cell_laws, fit_cells


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
