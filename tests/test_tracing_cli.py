"""`python -m data trace` on files with a known integral and on recordings of the project."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.__main__ import main
from house_rules import ROOT
from tracing_support import batched_stamps, busy_in, regular_log, steps, table

FIELDS = {"duration_s", "samples", "energy_mj", "avg_power_mw", "idle_power_mw", "clock_offset_s"}


@pytest.fixture
def figures(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: object) -> dict[str, Any]:
        assert main(["trace", *map(str, arguments), "--format", "json"]) == 0
        return dict(json.loads(capsys.readouterr().out))

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recording of a device busy for 60 ms of every 100 ms from 4 s on, with its log 0.2 s behind."""
    times = np.arange(0, 12, 0.001)
    log = regular_log(4.0, 0.1, 0.06, 50)
    (tmp_path / "power.csv").write_text(table(times, steps(times, busy_in(log), 1.0, 3.0)))
    rows = [
        f"{at},{s},{s + 60_000},60000"
        for at, s in enumerate(np.round((log.start_s - 0.2) * 1e6).astype(int).tolist())
    ]
    (tmp_path / "log.csv").write_text(
        "inference_index,start_us,end_us,duration_us\n" + "\n".join(rows) + "\n"
    )
    return tmp_path


def test_the_whole_recording_in_figures(figures: Any, folder: Path) -> None:
    found = figures(folder / "power.csv")
    assert found.keys() >= FIELDS
    assert found["samples"] == 12_000
    assert found["duration_s"] == pytest.approx(11.999)
    assert found["energy_mj"] == pytest.approx(11_999 + 50 * 2 * 60, rel=1e-3)
    assert found["avg_power_mw"] == pytest.approx(found["energy_mj"] / found["duration_s"])
    assert found["idle_power_mw"] == pytest.approx(1000, rel=0.02)
    assert found["clock_offset_s"] == 0.0


def test_with_a_log_energy_per_inference_follows(figures: Any, folder: Path) -> None:
    found = figures(folder / "power.csv", "--inferences", folder / "log.csv")
    assert found["clock_offset_s"] == pytest.approx(0.2, abs=0.002)
    assert found["inferences"] == 50
    assert found["energy_per_inference_mj"] == pytest.approx(180.0, rel=0.02)
    assert found["energy_per_inference_low_mj"] <= 180.5 <= found["energy_per_inference_high_mj"] + 3
    assert found["energy_above_idle_per_inference_mj"] == pytest.approx(120.0, rel=0.03)


def test_a_range_is_cut_out(figures: Any, folder: Path) -> None:
    found = figures(folder / "power.csv", "--start", 1, "--end", 3, "--inferences", folder / "log.csv")
    assert found["energy_mj"] == pytest.approx(2000.0)
    assert found["duration_s"] == pytest.approx(2.0)
    assert found["inferences"] == 0
    assert found["energy_per_inference_mj"] is None


def test_an_offset_can_be_given(figures: Any, folder: Path) -> None:
    found = figures(folder / "power.csv", "--inferences", folder / "log.csv", "--offset", -0.5)
    assert found["clock_offset_s"] == -0.5
    assert found["clock_offset_method"] == "offset as given"


def test_batch_stamps_and_gzip(figures: Any, tmp_path: Path) -> None:
    stamps = batched_stamps(25_000, 5000.0, 128)
    text = "receipt_time_us,current_ma,voltage_v\n" + "".join(
        f"{stamp},250.0,4.0\n" for stamp in stamps.tolist()
    )
    path = tmp_path / "power.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    found = figures(path)
    assert found["energy_mj"] == pytest.approx(1000 * 24_999 / 5000)
    assert "evenly spaced at 5000 Hz" in found["clock"]


def test_the_text_says_the_same_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", str(folder / "power.csv"), "--inferences", str(folder / "log.csv")]) == 0
    words = capsys.readouterr().out
    assert "50 inferences" in words
    assert "s added to the log's clock" in words
    assert "inference: " in words


@pytest.mark.slow
def test_a_problem_is_told_by_line_and_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "power.csv"
    path.write_text(path.read_text() + "12.5,oops\n13")
    assert main(["trace", str(path)]) == 0
    words = capsys.readouterr().out
    assert "line 12,002" in words
    assert "[TRUNCATED_LAST_LINE]" in words


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nothing.csv",), "NOT_FOUND"),
        (("power.csv", "--start", "99"), "RANGE_OUTSIDE"),
        (("power.csv", "--start", "3", "--end", "2"), "RANGE_TURNED"),
        (("power.csv", "--rail", "VDD"), "UNKNOWN_RAIL"),
        (("power.csv", "--unit", "power_w=furlong"), "UNKNOWN_UNIT"),
        (("power.csv", "--other", "POWER_IMPLAUSIBLE"), "NO_SUCH_DOUBT"),
        (("power.csv", "--inferences", "power.csv"), "INFERENCES_COLUMNS"),
    ],
)
def test_what_cannot_be_done_is_refused_by_code(
    folder: Path, arguments: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(folder / word) if word.endswith(".csv") else word for word in arguments]
    assert main(["trace", *words]) == 2
    error = capsys.readouterr().err
    assert f"[{code}]" in error
    assert "Traceback" not in error


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "low_mj", "high_mj", "count"),
    [("pixel8pro-norm-energynet-uid8723", 54, 60, 220), ("pixel8pro-live-mobilenetv2-cifar10", 5, 8, 297)],
)
def test_a_phone_of_the_bundle(
    figures: Any, tmp_path: Path, name: str, low_mj: float, high_mj: float, count: int
) -> None:
    for kind in ("power", "inferences"):
        shutil.copy(ROOT / "data" / "traces" / f"{name}.{kind}.csv.gz", tmp_path)
    found = figures(tmp_path / f"{name}.power.csv.gz", "--inferences", tmp_path / f"{name}.inferences.csv.gz")
    assert low_mj < found["energy_per_inference_mj"] < high_mj
    assert found["inferences"] == count
    assert 0.1 < found["clock_offset_s"] < 0.36
    assert found["duration_s"] == pytest.approx((found["samples"] - 1) / 5000)
    # Power that the device draws is between a fifth of a watt idle and five watts at most.
    assert 200 < found["idle_power_mw"] < found["avg_power_mw"] < found["peak_power_mw"] < 5000


def test_a_board_of_the_bundle(figures: Any) -> None:
    found = figures(ROOT / "data" / "traces" / "agx-xavier-maxq-resnet50-singlestream.power.csv.gz")
    assert found["energy_mj"] == pytest.approx(9_825_858.364, rel=1e-9)
    assert [phase["name"] for phase in found["phases"]] == ["idle", "warm-up", "idle", "inference", "idle"]
