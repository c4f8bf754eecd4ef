"""The verdict about devices: its words, how sure it is, what could not be compared, its five bars."""

from __future__ import annotations

import math
from statistics import NormalDist

import pandas as pd
import pytest

from app.charts.verdict_bars import verdict_bars
from app.compare.cells import differences
from app.compare.devices import all_cells, scores_of
from app.compare.verdict import bar_rows, left_out_words, probability, sure_words, verdict_sentence
from app.compare.words import ENERGY, LATENCY, PHONES
from scoring.verdict import Z_80, Difference

NAMES = {"huawei-p40-pro": "P40 Pro", "xiaomi-redmi-note8": "Redmi Note8"}


def around(ratio: float, log_sd: float) -> Difference:
    """A difference whose logarithm has this standard deviation."""
    return Difference(ratio, ratio * math.exp(-Z_80 * log_sd), ratio * math.exp(Z_80 * log_sd))


@pytest.mark.parametrize("sds", [0.5, 1.2815515655446004, 1.645, 2.0, 3.0])
@pytest.mark.parametrize("side", [1, -1])
def test_the_probability_is_that_of_the_side_by_the_interval(sds: float, side: int) -> None:
    found = around(math.exp(side * sds * 0.1), 0.1)
    assert probability(found) == pytest.approx(NormalDist().cdf(sds))


@pytest.mark.parametrize(
    ("sds", "words"), [(1.3, "likely"), (1.7, "very likely"), (2.4, "surely"), (5.0, "surely")]
)
def test_how_sure_it_is_follows_from_the_least_sure_part(sds: float, words: str) -> None:
    assert sure_words([around(math.exp(sds * 0.1), 0.1), around(3.0, 0.1)]) == words


def test_the_sentence_names_factor_direction_and_sureness() -> None:
    found = {ENERGY: around(1.63, 0.1), LATENCY: around(2.11, 0.1)}
    assert (
        verdict_sentence("B", "A", found)
        == "**B** is **1.6 times hungrier and 2.1 times slower** than **A**, surely."
    )
    turned = {ENERGY: around(0.5, 0.1), LATENCY: around(1.01, 0.1)}
    sentence = verdict_sentence("B", "A", turned)
    assert "**2.0 times thriftier**" in sentence
    assert "In time **B** cannot be told apart from **A**: 1.01 ×" in sentence
    assert "nothing in common" in verdict_sentence("B", "A", {ENERGY: None, LATENCY: None})


def cells_and_differences() -> tuple[pd.DataFrame, pd.DataFrame]:
    cells = all_cells(list(NAMES), PHONES)
    return cells, differences(cells, "huawei-p40-pro", list(NAMES))


def test_what_only_one_of_two_phones_has_is_said() -> None:
    cells, found = cells_and_differences()
    words = left_out_words(cells, found, NAMES, "huawei-p40-pro", is_scored=True)
    assert words == "Not compared: 2 cells of P40 Pro that Redmi Note8 lacks."
    assert "PCS and IECS" in left_out_words(cells, found, NAMES, "huawei-p40-pro", is_scored=False)


def test_there_are_five_bars_from_zero_and_three_without_scores() -> None:
    _, found = cells_and_differences()
    bars = bar_rows(found, NAMES, "huawei-p40-pro", scores_of(NAMES))
    assert list(bars["quantity"]) == ["Energy ↓", "Time ↓", "Power ↓", "PCS ↑", "IECS ↑"]
    assert bars["words"].iloc[3] == bars["behind"].iloc[3] == "56.8 against 78.1"
    assert len(bar_rows(found, NAMES, "huawei-p40-pro", None)) == 3
    figure = verdict_bars(bars)
    assert figure.layout.xaxis.range[0] == 0
    assert list(figure.layout.yaxis.ticktext) == list(bars["quantity"])


def test_devices_without_scores_have_none_together() -> None:
    assert scores_of({"huawei-p40-pro": "P40 Pro", "raspberry-pi-4": "Pi"}) is None
