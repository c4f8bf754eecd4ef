"""The stated repeatability and correlations are those of the bundled measurements."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from app.measurements.noise import (
    BOARD_OWN_LOG_SD,
    BOARD_SHARED_LOG_SD,
    PHONE_OWN_LOG_SD,
    SAME_FAMILY_CORRELATION,
    cell_log_sd,
    correlation,
    noise_of,
)
from data import open_bundle, queries

CONFIGURATION = ["kernel", "input_hw", "c_in", "c_out", "kernel_size", "stride", "pool_stride"]
INPUTS = ["c_in1", "c_in2", "c_in3", "c_in4"]


@pytest.fixture(scope="module")
def rounds() -> pd.DataFrame:
    """Shift and scatter (logarithms) between two software rounds of one board, back end and precision."""
    runs = queries.board_networks(open_bundle())
    marks = runs["correction_ids"].fillna("")
    runs = runs[~marks.str.contains("rk3588s-v21-tflite")]
    runs = runs.assign(campaign=runs["system"] + runs["round"], log=np.log(runs["energy_mj"]))
    found = []
    for _, rows in runs.groupby(["device_id", "delegate", "precision"]):
        table = rows.pivot_table(index="network", columns="campaign", values="log", aggfunc="median")
        for one, other in combinations(table.columns, 2):
            change = (table[one] - table[other]).dropna()
            found.append((change.median(), (change - change.median()).std()))
    return pd.DataFrame(found, columns=["shift", "scatter"])


def test_boards_repeat_as_well_as_stated(rounds: pd.DataFrame) -> None:
    assert len(rounds) == 24
    assert np.sqrt((rounds["shift"] ** 2).mean() / 2) == pytest.approx(BOARD_SHARED_LOG_SD, abs=0.005)
    assert rounds["scatter"].median() / np.sqrt(2) == pytest.approx(BOARD_OWN_LOG_SD, abs=0.005)


@pytest.mark.parametrize(("delegate", "configurations"), [("cpu", 12), ("gpu", 3)])
def test_kernels_repeat_as_well_as_stated(delegate: str, configurations: int) -> None:
    rows = queries.kernel_measurements(open_bundle(), "huawei-p40-pro", delegate)
    keys = [name for name in CONFIGURATION + INPUTS if name in rows]
    logs = rows.assign(log=np.log(rows["energy_mj"])).groupby(keys, dropna=False)["log"]
    variances = logs.var().dropna()
    assert len(variances) == configurations
    assert np.sqrt(variances.mean()) == pytest.approx(PHONE_OWN_LOG_SD[delegate], abs=0.005)


def test_a_cell_has_both_kinds_of_noise() -> None:
    assert cell_log_sd("tflite-ruy", is_board=True) == pytest.approx(np.hypot(0.03, 0.06))
    assert cell_log_sd("gpu", is_board=False) > cell_log_sd("cpu", is_board=False)
    assert noise_of("unheard-of", is_board=False) == noise_of("gpu", is_board=False)


def test_only_one_family_shares_errors() -> None:
    assert correlation("ResNet", "ResNet") == SAME_FAMILY_CORRELATION
    assert correlation("ResNet", "VGG") == 0.0
    assert correlation("", "") == 0.0
