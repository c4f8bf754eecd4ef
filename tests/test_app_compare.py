"""What the compare page is made of: cells, tables, words, options, pictures."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest

from app.charts.axes import log_axis, log_ticks
from app.charts.cells import cell_dots
from app.charts.pareto import DIMMED, Lines, front_chart
from app.compare.cells import (
    board_cells,
    common_only,
    difference,
    differences,
    odd_ids,
    phone_cells,
)
from app.compare.conditions import (
    BOARD,
    KINDS,
    OTHER,
    PHONE,
    RAIL,
    apart_words,
    board_facts,
    differing_conditions,
    facts_by_name,
    facts_of,
    meter_kind,
    meter_words,
    phone_facts,
    scopes_apart,
    shared_conditions,
)
from app.compare.frames import (
    BASE_WORDS,
    cell_table,
    device_differences,
    dot_rows,
    typical_figures,
    typical_values,
)
from app.compare.limit_words import front_sentence, limit_sentence
from app.compare.limits import log_sds_of
from app.compare.options import COLUMNS, with_ends, with_measured
from app.compare.words import ESTIMATES, Compared, answer, cell_words, conditions_sentence, verdict_words
from data import open_bundle, queries
from predictors.registry import targets
from scoring.pareto import Cost, Limits, best_within
from scoring.verdict import Difference, Verdict

PHONES = ["huawei-p40-pro", "xiaomi-redmi-note8"]
BOARDS = ["raspberry-pi-4", "khadas-vim4"]
LESS = Difference(0.5, 0.4, 0.6, 10, 5)
MORE = Difference(2.0, 1.5, 2.5, 10, 5)
ALIKE = Difference(1.0, 0.9, 1.1, 10, 5)


@pytest.fixture(scope="module")
def phones() -> pd.DataFrame:
    bundle = open_bundle()
    odd = odd_ids(queries.corrections(bundle))
    return phone_cells(queries.application_measurements(bundle), queries.reference_dnns(bundle), PHONES, odd)


@pytest.fixture(scope="module")
def boards() -> pd.DataFrame:
    bundle = open_bundle()
    odd = odd_ids(queries.corrections(bundle))
    return board_cells(queries.board_networks(bundle), targets(), BOARDS, odd)


@pytest.fixture
def options() -> pd.DataFrame:
    """Four choices: two on the front, one as good within its interval, one clearly beaten."""
    rows = [
        ("a", "Small", 10.0, 40.0, 1.1, "predicted", 1, False),
        ("b", "Small", 12.0, 45.0, 1.5, "transferred", 0, True),
        ("c", "Large", 80.0, 9.0, 1.1, "measured", 2, False),
        ("d", "Large", 300.0, 400.0, 1.1, "predicted", 0, False),
    ]
    frame = pd.DataFrame(
        rows,
        columns=["option_id", "model", "energy_mj", "latency_ms", "factor", "evidence", "rank", "rival"],
    )
    for column in ("energy_mj", "latency_ms"):
        frame[f"{column}_low"] = frame[column] / frame["factor"]
        frame[f"{column}_high"] = frame[column] * frame["factor"]
    return frame.assign(
        label="P40 Pro · GPU", precision="fp32", device_id="huawei-p40-pro", meter=PHONE, unsupported=0,
        fits=[True, True, False, False], name=["Small", "", "Large", ""],
    )  # fmt: skip


def test_phone_cells_are_the_sources_measured_cells_with_odd_ones_marked(phones: pd.DataFrame) -> None:
    counts = phones.groupby("device_id").size()
    assert counts["huawei-p40-pro"] == 35
    assert counts["xiaomi-redmi-note8"] == 33
    odd = phones[phones["is_odd"]]
    assert ("xiaomi-redmi-note8", "DNN2", "nnapi") in set(
        zip(odd["device_id"], odd["network_id"], odd["delegate"], strict=True)
    )


def test_board_cells_are_one_per_network_of_the_system_behind_the_estimates(boards: pd.DataFrame) -> None:
    keys = ["device_id", "network_id", "precision", "delegate"]
    assert not boards.duplicated(keys).any()
    runs = queries.board_networks(open_bundle())
    chosen = runs[
        (runs["system"] == "rpi4-tflite-v2.7.1-ruy")
        & (runs["network"] == "mobilenet-v2-1.0-224")
        & (runs["precision"] == "int8")
    ]
    cell = boards[
        (boards["device_id"] == "raspberry-pi-4")
        & (boards["network_id"] == "mobilenet-v2-1.0-224")
        & (boards["precision"] == "int8")
        & (boards["delegate"] == "tflite-ruy")
    ]
    assert cell["energy_mj"].iloc[0] == pytest.approx(chosen["energy_mj"].mean())
    assert not boards["is_odd"].any()


def test_a_difference_is_the_geometric_mean_ratio_over_common_cells(phones: pd.DataFrame) -> None:
    found = difference(phones, PHONES[1], PHONES[0], "energy")
    assert found is not None
    table = phones.pivot_table(
        index=["network_id", "delegate"], columns="device_id", values="energy_mj"
    ).dropna()
    expected = np.exp(np.log(table[PHONES[1]] / table[PHONES[0]]).mean())
    assert found.ratio == pytest.approx(expected)
    assert found.cells == len(table) == 33
    assert found.groups == table.index.get_level_values("network_id").nunique()
    assert found.verdict is Verdict.HIGHER


def test_differences_of_a_device_turn_round_with_the_one_compared_with(phones: pd.DataFrame) -> None:
    there = differences(phones, PHONES[0], PHONES).iloc[0]
    back = differences(phones, PHONES[1], PHONES).iloc[0]
    for quantity in ("energy", "power", "latency"):
        assert there[quantity].verdict is back[quantity].verdict.turned


def test_the_table_of_differences_begins_with_the_one_compared_with(phones: pd.DataFrame) -> None:
    scores = pd.DataFrame({"pcs": [78.1], "iecs": [223.0], "tdp_w": [15.0]}, index=[PHONES[0]])
    names = {PHONES[1]: "Note8", PHONES[0]: "P40 Pro"}
    table = device_differences(phones, names, PHONES[0])
    figures = typical_figures(phones, names, PHONES[0], scores)
    assert list(table["Device"]) == list(figures["Device"]) == ["P40 Pro", "Note8"]
    assert table.loc[0, "Energy"] == BASE_WORDS
    assert table.loc[1, "Energy"].startswith("uses more, 1.6")
    assert figures.loc[0, "PCS"] == "78.1"
    assert figures.loc[1, "PCS"] == "not scored"
    assert "PCS" not in typical_figures(phones, names, PHONES[0])
    assert table.loc[1, "Cells in common"] == "33"


def test_typical_figures_are_over_the_cells_that_all_have(phones: pd.DataFrame) -> None:
    shared = common_only(phones, PHONES)
    assert (shared.groupby("device_id").size() == 33).all()
    own = shared[shared["device_id"] == PHONES[0]]["avg_power_w"]
    assert typical_values(phones, PHONES)["power"][PHONES[0]] == pytest.approx(np.exp(np.log(own).mean()))


def test_the_cell_table_keeps_cells_that_one_device_lacks(phones: pd.DataFrame) -> None:
    names = {PHONES[0]: "P40 Pro", PHONES[1]: "Note8"}
    table = cell_table(phones, names, PHONES[0], "energy")
    assert len(table) == 35
    lacking = table[table["Note8"] == "not measured"]
    assert len(lacking) == 2
    assert (lacking["Note8 …"] == "").all()
    assert table["Note8"].str.endswith("*").sum() == 1
    power = cell_table(phones, names, PHONES[0], "power")
    assert all(text.removesuffix(" *").endswith("W") for text in power["P40 Pro"])
    assert set(power["Note8 …"]) <= {"draws less", "draws more", "cannot be told apart", ""}


def test_the_picture_shows_networks_of_phones_and_gathers_those_of_boards(
    phones: pd.DataFrame, boards: pd.DataFrame
) -> None:
    rows = dot_rows(phones, PHONES)
    assert rows["row"].nunique() == 33
    assert rows["row"].str.contains("CPU1").any()
    gathered = dot_rows(boards, BOARDS)
    assert gathered["row"].nunique() <= 4 * 2 * 3
    fp32 = boards[(boards["precision"] == "fp32") & (boards["application"] == "efficientnet-lite")]
    ruy = fp32[(fp32["delegate"] == "tflite-ruy") & (fp32["device_id"] == "khadas-vim4")]
    [shown] = gathered[
        gathered["row"].str.startswith("efficientnet-lite fp32 · TFLite, ruy")
        & (gathered["device_id"] == "khadas-vim4")
    ]["energy_mj"]
    assert shown == pytest.approx(np.exp(np.log(ruy["energy_mj"]).mean()))


def test_words_follow_verdict_and_quantity() -> None:
    assert verdict_words(LESS) == "uses less"
    assert verdict_words(MORE, "power") == "draws more"
    assert verdict_words(LESS, "latency") == "is faster"
    assert verdict_words(ALIKE) == "cannot be told apart"
    assert verdict_words(None) == "nothing in common"
    assert cell_words(LESS) == "uses less, 0.500 × (0.400–0.600)"


def test_the_answer_groups_devices_by_verdict() -> None:
    compared = [Compared("B", MORE), Compared("C", LESS), Compared("D", ALIKE), Compared("E", None)]
    assert answer("A", compared) == (
        "**C** (0.500 ×) uses less energy than **A**. **B** (2.00 ×) uses more energy than **A**. "
        "**D** (1.00 ×) cannot be told apart from **A**. **E** has nothing in common with **A**."
    )
    assert answer("A", [Compared("B", LESS), Compared("C", LESS)]) == (
        "**B** (0.500 ×) and **C** (0.500 ×) use less energy than **A**."
    )
    assert answer("A", []) == ""


def test_conditions_say_what_differs_and_keep_abbreviations() -> None:
    facts = {"TDP": ["15 W", "6 W"], "meter": ["x", "x"]}
    assert conditions_sentence(facts) == "What differs: TDP. The same: meter."
    assert differing_conditions(facts, ["A", "B"]).to_dict("records") == [
        {"Condition": "TDP", "A": "15 W", "B": "6 W"}
    ]
    assert shared_conditions(facts).to_dict("records") == [{"Condition": "Meter", "On all of them": "x"}]
    assert differing_conditions({"meter": ["x", "x"]}, ["A", "B"]).empty
    assert shared_conditions({"TDP": ["15 W", "6 W"]}).empty


def test_facts_of_phones_and_boards_come_from_their_rows(phones: pd.DataFrame) -> None:
    bundle = open_bundle()
    rows = queries.application_measurements(bundle)
    sources = queries.sources(bundle).set_index("source_id")
    devices = queries.devices(bundle).set_index("device_id")
    facts = [
        phone_facts(
            devices.loc[each].to_dict(), rows[rows["device_id"] == each], sources.loc["tu-2023-sec"].to_dict()
        )
        for each in PHONES
    ]
    together = facts_by_name(facts)
    assert together["cells without a figure"] == ["0", "2"]
    assert set(together["what the meter saw"]) == {meter_words(PHONE)}
    runs = queries.board_networks(bundle)
    board = board_facts(
        runs[runs["system"] == "rpi4-tflite-v2.7.1-ruy"], sources.loc["mlperf-inference-power"].to_dict()
    )
    assert board["what the meter saw"] == meter_words(BOARD)
    assert board["networks"] == "fp32 46, int8 42"
    # Every figure says when it was measured, or that its source does not.
    found = [*facts, board, facts_of("jetson-agx-orin", ESTIMATES)]
    assert all(re.search(r"20\d\d|not stated", each["year of measuring"]) for each in found)
    assert "2023" in board["year of measuring"]


def test_every_target_has_a_kind_of_meter() -> None:
    assert {meter_kind(target.meter) for target in targets()} == {PHONE, BOARD, RAIL}
    assert meter_kind("a thermometer") == OTHER
    assert len({meter_words(kind) for kind in (*KINDS, OTHER)}) == 4
    cells = pd.DataFrame({"device_id": ["a", "b", "b"], "meter": [PHONE, BOARD, BOARD]})
    assert scopes_apart({"a": "A", "b": "B"}, cells) == {PHONE: ["A"], BOARD: ["B"]}
    assert scopes_apart({"b": "B"}, cells[1:]) == {}
    assert "not compared" in apart_words({PHONE: ["A"], BOARD: ["B"]})


def test_a_measured_run_takes_the_place_of_an_estimate() -> None:
    row = dict.fromkeys(COLUMNS, 0) | {
        "model_id": "mobilenet-v2",
        "device_id": "raspberry-pi-4",
        "delegate": "tflite-ruy",
        "precision": "int8",
        "evidence": "predicted",
        "energy_mj": 1.0,
        "latency_ms": 1.0,
    }
    estimates = pd.DataFrame([row, row | {"delegate": "other"}])
    runs = queries.board_networks(open_bundle())
    found = with_measured(estimates, runs)
    assert list(found["evidence"]) == ["measured", "predicted"]
    chosen = runs[(runs["system"] == "rpi4-tflite-v2.7.1-ruy") & (runs["network"] == "mobilenet-v2-1.0-224")]
    expected = chosen[chosen["precision"] == "int8"]["energy_mj"].mean()
    assert found["energy_mj"].iloc[0] == pytest.approx(expected)
    assert found["energy_mj_low"].iloc[0] < expected < found["energy_mj_high"].iloc[0]
    unknown = with_measured(estimates.assign(model_id="vgg-16"), runs)
    assert list(unknown["evidence"]) == ["predicted", "predicted"]


def test_ends_of_measured_figures_lie_evenly_on_the_logarithm() -> None:
    rows = with_ends(pd.DataFrame({"energy_mj": [100.0], "latency_ms": [10.0]}), [0.1])
    assert rows["energy_mj_low"].iloc[0] * rows["energy_mj_high"].iloc[0] == pytest.approx(100.0**2)
    assert math.log(rows["latency_ms_high"].iloc[0] / 10.0) == pytest.approx(0.12816, abs=1e-4)


def costs(options: pd.DataFrame) -> list[Cost]:
    return [Cost(row.energy_mj, row.latency_ms) for row in options.itertuples()]


def test_the_answer_within_limits_says_how_sure_it_is(options: pd.DataFrame) -> None:
    limits = Limits(energy_mj=50, latency_ms=42)
    words = limit_sentence(options, best_within(costs(options), limits), limits)
    assert "Small in fp32 on P40 Pro" in words
    assert "within 42.0 ms and 50.0 mJ: 10.0 mJ in 40.0 ms (predicted)" in words
    assert "reaches beyond the latency limit" in words
    wide = Limits(energy_mj=50, latency_ms=50)
    words = limit_sentence(options, best_within(costs(options), wide), wide)
    assert "stays within the limits as well. 2 of 4 choices fit; 1 of them may take just as little" in words
    untold = options.assign(latency_ms_low=math.nan, latency_ms_high=math.nan)
    words = limit_sentence(untold, best_within(costs(untold), wide), wide)
    assert "Its latency has no interval" in words
    assert "stays within" not in words
    assert [math.isnan(each.latency_ms) for each in log_sds_of(untold)] == [True] * len(untold)
    none = limit_sentence(options, best_within(costs(options), Limits()), Limits())
    assert "without any limit" in none
    assert "stays within" not in none


def test_where_nothing_fits_the_tight_limit_and_what_relaxing_it_gives_are_named(
    options: pd.DataFrame,
) -> None:
    limits = Limits(energy_mj=50, latency_ms=20)
    words = limit_sentence(options, best_within(costs(options), limits), limits)
    assert words.startswith("**Nothing fits 20.0 ms and 50.0 mJ.** The energy limit is the tight one")
    assert "with 80.0 mJ instead of 50.0 mJ, **Large" in words
    assert "Or, with 40.0 ms instead of 20.0 ms, **Small" in words
    both = Limits(energy_mj=1, latency_ms=1)
    assert "both are in the way" in limit_sentence(options, best_within(costs(options), both), both)


def test_the_front_is_said_in_one_sentence(options: pd.DataFrame) -> None:
    words = front_sentence(options)
    assert words.startswith("2 of 4 choices are on the front, from Small in fp32")
    assert "One choice beats all" in front_sentence(options.assign(rank=[1, 0, 0, 0]))


def test_the_front_is_numbered_and_joined_and_only_what_is_clearly_beaten_is_dimmed(
    options: pd.DataFrame,
) -> None:
    figure = front_chart(options, Lines(energy_mj=50.0))
    beaten, line, others, names = figure.data[:4]
    assert list(names.text) == ["Small", "Large"]
    assert list(line.x) == [40.0, 9.0]
    assert [row[0] for row in beaten.customdata] == ["d"]
    assert beaten.marker.opacity == DIMMED < others.marker.opacity
    symbols = dict(zip([row[0] for row in others.customdata], others.marker.symbol, strict=True))
    assert symbols["a"] == "circle"
    assert symbols["c"] == "square-open", "measured, and over the limit"
    [shape] = figure.layout.shapes
    assert shape.y0 == shape.y1 == 50.0
    assert "mJ" in figure.layout.yaxis.title.text and "ms" in figure.layout.xaxis.title.text


def test_a_limit_out_of_sight_of_the_choices_still_shows(options: pd.DataFrame) -> None:
    figure = front_chart(options, Lines(1.0, 1.0))
    assert figure.layout.yaxis.range[0] < 0.0
    assert figure.layout.xaxis.range[0] < 0.0
    assert len(front_chart(options.iloc[:0], Lines()).data) == 4


def test_dots_tell_devices_apart_by_colour_and_symbol(phones: pd.DataFrame) -> None:
    rows = dot_rows(phones, PHONES)
    figure = cell_dots(rows, {PHONES[0]: "P40 Pro", PHONES[1]: "Note8"}, "power")
    joins, first, second = figure.data
    assert first.marker.symbol != second.marker.symbol
    assert first.marker.color != second.marker.color
    assert len(first.x) == len(second.x) == 33
    assert "Power (W)" in figure.layout.xaxis.title.text
    assert joins.x[2] is None


def test_logarithmic_ticks_are_round_and_span_the_values() -> None:
    assert log_ticks([3.0, 40.0]) == [2.0, 5.0, 10.0, 20.0, 50.0]
    assert log_ticks([3.0, 40.0], sparse=True) == [1.0, 3.0, 10.0, 30.0, 100.0]
    assert log_ticks([]) == []
    axis = log_axis([10.0, 1000.0], room=0.1)
    assert axis["range"] == pytest.approx([0.9, 3.1])
    assert axis["ticktext"][1] == "10"
