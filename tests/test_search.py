"""Architecture search: fronts that nothing beats, rows that the batch would write, tables read back."""

from __future__ import annotations

import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictors.cli.main import main
from predictors.errors import InputError
from predictors.estimate import estimate_model
from predictors.research.search import SearchOptions, fronts_of, parse_target, search_rows
from predictors.research.search_plot import INK, front_svg, ticks
from predictors.research.search_result import Candidate, front, search_table
from predictors.samples import sample_variants

ROOT = Path(__file__).resolve().parent.parent


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


def test_networks_of_another_scope_have_a_front_of_their_own() -> None:
    place = {"device_id": "phone", "delegate": "cpu", "precision": "fp32"}
    figures = {"energy_mj_low": 1.0, "energy_mj_high": 9.0, "latency_ms": 1.0}
    rows = [
        {"file": name, "scope": scope, "params": params, "energy_mj": energy_mj, **place, **figures}
        for name, scope, params, energy_mj in (
            ("app", "application", 5.0, 8.0),
            ("small app", "application", 2.0, 6.0),
            ("kernels alone", "kernels", 6.0, 4.0),  # would beat both
        )
    ]
    found = fronts_of(pd.DataFrame(rows))
    assert {each.title: [one.id for one in each.best] for each in found.fronts} == {
        "phone/cpu/fp32, application": ["small app", "app"],
        "phone/cpu/fp32, kernels": ["kernels alone"],
    }
    assert "phone/cpu/fp32, kernels: 1 of 1 networks" in search_table(found)


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


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_cells_that_are_no_figures_are_left_out_and_counted() -> None:
    table = pd.DataFrame({"file": list("abcd"), "device_id": "d", "delegate": "cpu", "precision": "fp32"})
    table = table.assign(params=[5, "many", 7, 8], energy_mj=[2.0, 3.0, "oops", float("inf")])
    found = fronts_of(table)
    assert [one.id for one in found.fronts[0].candidates] == ["a"]
    assert (found.without_figure, found.without_proxy) == (2, 1)
    assert ET.fromstring(front_svg(found)) is not None  # noqa: S314 - our own text


def test_the_line_of_a_front_goes_up_before_it_goes_along() -> None:
    table = pd.DataFrame({"file": list("ab"), "device_id": "d", "delegate": "cpu", "precision": "fp32"})
    table = table.assign(params=[2_000_000, 4_000_000], energy_mj=[10.0, 20.0])
    table = table.assign(energy_mj_low=[9.0, 18.0], energy_mj_high=[12.0, 25.0], latency_ms=1.0)
    picture = ET.fromstring(front_svg(fronts_of(table)))  # noqa: S314 - our own text
    [line] = [node for node in picture.iter() if node.tag.endswith("polyline")]
    points = [tuple(map(float, pair.split(","))) for pair in str(line.get("points")).split()]
    assert len(points) == 3
    assert points[1] == (points[0][0], points[2][1])
    spans = [node for node in picture.iter() if node.tag.endswith("line") and node.get("stroke") == INK]
    assert len(spans) == 2
    # The interval of b is 7 mJ high, that of a 3 mJ, on the same scale.
    heights = [float(str(span.get("y1"))) - float(str(span.get("y2"))) for span in spans]
    assert heights[1] / heights[0] == pytest.approx(7 / 3, abs=0.02)
    texts = [node.text for node in picture.iter() if node.tag.endswith("text")]
    assert "Million parameters (a crude stand-in for accuracy)" in texts


def test_the_commands_of_the_guide_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As written in docs/search.md, with fewer networks; and the results of a batch can be read again."""
    monkeypatch.chdir(tmp_path)
    guide = (ROOT / "docs" / "search.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```sh\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    words = shlex.split(block.replace("\\\n", " "))[3:]
    words[words.index("--count") + 1] = "4"
    assert main(words) == 0
    assert Path("front.svg").exists()
    files = pd.read_parquet("results.parquet")["file"].unique()
    pd.DataFrame({"file": files, "accuracy": range(len(files))}).to_csv("mine.csv", index=False)
    [again] = re.findall(r"`python -m predictors (search --from results\.parquet .*?)`", guide)
    assert main(shlex.split(again)) == 0
    assert "Proxy: accuracy" in capsys.readouterr().out
    Path("nets").mkdir()
    Path("nets/own.onnx").write_bytes(sample_variants("mobilenet-v2", 1, 9)[0].build())
    target = ["--device", "raspberry-pi-4", "--delegate", "tflite-ruy"]
    assert main(["batch", "nets", *target, "--out", "own.parquet"]) == 0
    capsys.readouterr()
    assert main(["search", "--from", "own.parquet"]) == 0
    assert "own.onnx" in capsys.readouterr().out


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
