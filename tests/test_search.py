"""Architecture search: fronts that nothing beats, rows that the batch would write, tables read back."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictors.cli import main
from predictors.errors import InputError
from predictors.estimate import estimate_model
from predictors.front import Candidate, front
from predictors.samples import sample_variants
from predictors.search import SearchOptions, fronts_of, parse_target, search_rows
from predictors.search_plot import front_svg, ticks


def candidate(name: str, proxy: float, energy_mj: float) -> Candidate:
    return Candidate(name, proxy, energy_mj, energy_mj, energy_mj, 1.0)


def test_a_front_by_hand() -> None:
    some = [
        candidate("cheap", 1.0, 1.0),
        candidate("worse than cheap", 0.5, 2.0),
        candidate("middle", 2.0, 3.0),
        candidate("as good, dearer", 2.0, 4.0),
        candidate("best", 5.0, 9.0),
    ]
    assert [one.id for one in front(some)] == ["cheap", "middle", "best"]
    assert front([]) == []


numbers = st.integers(0, 20).map(float)


@given(st.lists(st.tuples(numbers, numbers), max_size=30))
def test_nothing_beats_what_is_on_the_front_and_all_else_is_beaten(pairs: list[tuple[float, float]]) -> None:
    some = [candidate(str(place), *pair) for place, pair in enumerate(pairs)]
    best = front(some)

    def beats(a: Candidate, b: Candidate) -> bool:
        no_worse = a.proxy >= b.proxy and a.energy_mj <= b.energy_mj
        return no_worse and (a.proxy, a.energy_mj) != (b.proxy, b.energy_mj)

    assert not any(beats(a, b) for a in some for b in best)
    for one in some:
        twin = any((b.proxy, b.energy_mj) == (one.proxy, one.energy_mj) for b in best)
        assert twin or any(beats(b, one) for b in best)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return search_rows(SearchOptions(count=6, seed=3))


def test_rows_are_those_of_an_estimate_of_each_variant(rows: pd.DataFrame) -> None:
    assert len(rows) == 12
    variant = sample_variants("mobilenet-v2", 6, 3)[4]
    [row] = rows[(rows["file"] == variant.id) & (rows["device_id"] == "raspberry-pi-4")].to_dict("records")
    made = estimate_model(variant.build(), device="raspberry-pi-4", delegate="tflite-ruy")
    assert row["energy_mj"] == pytest.approx(made.estimates[0].energy_mj, rel=1e-6)
    assert row["params"] == made.model.params
    assert row["method_version"] == made.method_version


def test_the_same_seed_gives_the_same_rows_in_two_processes(rows: pd.DataFrame) -> None:
    again = search_rows(SearchOptions(count=6, seed=3, jobs=2))
    pd.testing.assert_frame_equal(rows, again)


def test_fronts_per_target_and_by_an_own_column(rows: pd.DataFrame) -> None:
    by_params = fronts_of(rows)
    assert [each.target for each in by_params.fronts] == [
        "huawei-p40-pro/cpu/fp32",
        "raspberry-pi-4/tflite-ruy/fp32",
    ]
    files = list(rows["file"].unique())
    accuracy = pd.DataFrame({"file": files[:3], "accuracy": [0.6, 0.7, 0.5]})
    own = fronts_of(rows, accuracy)
    assert own.proxy == "accuracy"
    assert own.without_proxy == 6
    assert all(len(each.candidates) == 3 for each in own.fronts)
    assert all(each.best[-1].id == files[1] for each in own.fronts)


def test_the_command_writes_reads_and_draws(
    tmp_path: Path, rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    out, plot, accuracy = tmp_path / "r.parquet", tmp_path / "r.svg", tmp_path / "a.csv"
    assert main(["search", "--count", "6", "--seed", "3", "--out", str(out), "--plot", str(plot)]) == 0
    first = capsys.readouterr().out
    found = pd.read_parquet(out)
    assert list(found["energy_mj"]) == list(rows["energy_mj"])
    picture = ET.fromstring(plot.read_text(encoding="utf-8"))  # noqa: S314 - written a moment ago
    dots = [node for node in picture.iter() if node.tag.endswith("circle")]
    assert len(dots) == 12
    assert main(["search", "--from", str(out)]) == 0
    assert capsys.readouterr().out == first.split("12 rows in")[0]
    pd.DataFrame({"file": found["file"].unique(), "accuracy": range(6)}).to_csv(accuracy, index=False)
    assert main(["search", "--from", str(out), "--accuracy", str(accuracy)]) == 0
    assert "Proxy: accuracy" in capsys.readouterr().out


def test_names_in_a_picture_are_no_markup() -> None:
    table = pd.DataFrame(
        {
            "file": ["<b>&"],
            "device_id": ["d<"],
            "delegate": ["cpu"],
            "precision": ["fp32"],
            "params": [5],
            "energy_mj": [2.0],
        }
    )
    picture = front_svg(fronts_of(table))
    assert "<b>" not in picture
    assert ET.fromstring(picture) is not None  # noqa: S314 - our own text


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (3.0, 3.0), (0.0, 0.0), (1e6, 7.2e6), (0.2, 0.21)])
def test_ticks_hold_the_range_and_are_few(low: float, high: float) -> None:
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    assert 2 <= len(found) <= 8


BAD = [
    (["--count", "0"], "OPTION_VALUE"),
    (["--jobs", "0"], "OPTION_VALUE"),
    (["--family", "ghost"], "OPTION_VALUE"),
    (["--target", "raspberry-pi-4"], "OPTION_VALUE"),
    (["--target", "raspberry-pi-4/cpu"], "OPTION_VALUE"),
    (["--target", "toaster/cpu"], "DEVICE_UNKNOWN"),
    (["--out", "x.docx"], "OPTION_VALUE"),
    (["--plot", "x.png"], "OPTION_VALUE"),
    (["--from", "nowhere.parquet"], "INPUT_FILE"),
    (["--from", "nowhere.txt"], "OPTION_VALUE"),
]


@pytest.mark.parametrize(("words", "code"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_options_are_named(words: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", *words]) == 2
    assert capsys.readouterr().err.startswith(f"{code}: ")


def test_tables_without_what_is_needed_are_named(rows: pd.DataFrame) -> None:
    with pytest.raises(InputError) as refused:
        fronts_of(rows.drop(columns="params"))
    assert refused.value.code == "INPUT_COLUMNS"
    with pytest.raises(InputError) as refused:
        fronts_of(rows, pd.DataFrame({"file": ["other"], "accuracy": [1.0]}))
    assert refused.value.code == "INPUT_EMPTY"
    assert parse_target("huawei-p40-pro/cpu") == ("huawei-p40-pro", "cpu", "fp32")
