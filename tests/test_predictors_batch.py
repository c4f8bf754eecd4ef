"""Estimating a folder: progress, failures as rows, and a Dask cluster for those who have one."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from predictors import estimate
from predictors.cli.main import main
from predictors.errors import InputError
from predictors.reading import read_model
from predictors.research.batch import COLUMN_TYPES, BatchOptions, estimate_files, run_batch, write_rows
from predictors.samples import sample_bytes

DEVICE = {"device": "huawei-p40-pro", "delegate": "cpu"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two models, a file that is none, and one that leaves out too much."""
    models = tmp_path / "models"
    models.mkdir()
    for width in (0.25, 0.5):
        (models / f"w{width}.onnx").write_bytes(sample_bytes("mobilenet-v1", width=width))
    (models / "empty.onnx").write_bytes(b"")
    return models


def rows_of(path: Path) -> pd.DataFrame:
    return pd.read_csv(path).set_index("file")


class Terminal(io.StringIO):
    """Standard error of somebody who looks on."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("looking_on", "shown"), [(Terminal(), True), (io.StringIO(), False)])
def test_a_bar_is_shown_to_whoever_looks_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, looking_on: io.StringIO, shown: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", looking_on)
    run_batch(BatchOptions(folder, folder.parent / "rows.csv", **DEVICE))
    assert ("3/3" in looking_on.getvalue()) is shown


def test_failures_are_rows_among_the_others(folder: Path) -> None:
    text = run_batch(BatchOptions(folder, folder.parent / "rows.csv", jobs=2, **DEVICE))
    rows = rows_of(folder.parent / "rows.csv")
    assert text.startswith("2 of 3 models estimated, 1 with errors, 3 rows")
    assert rows.error_code.dropna().to_dict() == {"empty.onnx": "MODEL_EMPTY"}
    assert rows.loc["w0.25.onnx", "energy_mj"] < rows.loc["w0.5.onnx", "energy_mj"]
    assert (rows.energy_mj_low.dropna() < rows.energy_mj_high.dropna()).all()


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_whole_numbers_stay_whole_beside_failures(folder: Path, ending: str) -> None:
    out = folder.parent / f"rows{ending}"
    run_batch(BatchOptions(folder, out, **DEVICE))
    if ending == ".csv":
        cells = {line.split(",")[0]: line.split(",") for line in out.read_text(encoding="utf-8").splitlines()}
        assert cells["w0.25.onnx"][2].isdigit()
        assert cells["empty.onnx"][2] == ""
        return
    types = {field.name: str(field.type) for field in pq.read_schema(out)}
    whole = {name for name, kind in COLUMN_TYPES.items() if kind == "Int64"}
    assert {name: types[name] for name in whole} == dict.fromkeys(whole, "int64")
    rows = pd.read_parquet(out).set_index("file")
    assert rows.loc["w0.25.onnx", "params"] == read_model(folder / "w0.25.onnx").params
    assert rows.loc["empty.onnx", ["macs", "params", "kernels"]].isna().all()


def test_results_without_a_figure_have_the_types_of_others(tmp_path: Path) -> None:
    """So that the results of many runs can be put together."""
    full, bare = tmp_path / "full.parquet", tmp_path / "bare.parquet"
    write_rows([{"file": "a", "macs": 3, "energy_mj": 1.5, "kernels": 2}], full)
    write_rows([{"file": "b", "error_code": "MODEL_EMPTY"}], bare)
    assert pq.read_schema(full).equals(pq.read_schema(bare), check_metadata=False)


def test_a_target_without_a_figure_is_a_row_that_says_why(folder: Path) -> None:
    phone = {"device": "oneplus-8-pro", "precision": "int8"}
    options = BatchOptions(folder, folder.parent / "rows.csv", **phone)
    rows = {row["delegate"]: row for row in estimate_files([folder / "w0.25.onnx"], options)}
    assert {delegate for delegate, row in rows.items() if row["energy_mj"]} == {"cpu", "cpu4"}
    assert rows["nnapi"]["evidence"] == "unsupported"
    assert rows["nnapi"]["warning_codes"] == "EVIDENCE_TOO_THIN"


def test_a_fault_of_ours_on_one_model_leaves_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = estimate.estimate_model

    def slips(source: Path, **options: str | None) -> object:
        if source.name == "w0.25.onnx":
            raise ZeroDivisionError("no kernels")
        return honest(source, **options)

    monkeypatch.setattr(estimate, "estimate_model", slips)
    rows = estimate_files(sorted(folder.glob("w*.onnx")), BatchOptions(folder, folder / "rows.csv", **DEVICE))
    assert [row["error_code"] for row in rows] == ["MODEL_UNEXPECTED", None]
    assert "ZeroDivisionError: no kernels" in rows[0]["error_message"]


def test_without_dask_the_option_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    out = folder.parent / "rows.csv"
    code = main(["batch", str(folder), "--out", str(out), "--dask", "tcp://127.0.0.1:8786"])
    error = capsys.readouterr().err
    assert code == 2
    assert error.startswith("OPTION_VALUE: --dask needs the package dask[distributed]")
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"jobs": 0}, "OPTION_VALUE"),
        ({"out": "rows.xlsx"}, "OPTION_VALUE"),
        ({"out": "nowhere/rows.csv"}, "INPUT_FILE"),
        ({"folder": "nothing-here"}, "INPUT_FILE"),
        ({"folder": "."}, "INPUT_EMPTY"),
        ({"device": "nokia-3310"}, "DEVICE_UNKNOWN"),
    ],
    ids=str,
)
def test_what_can_not_work_is_said_before_any_work(
    tmp_path: Path, folder: Path, change: dict[str, object], code: str
) -> None:
    (tmp_path / "bare").mkdir()
    options: dict[str, object] = {"folder": folder, "out": tmp_path / "rows.csv", **DEVICE}
    paths = {"folder": tmp_path / "bare", "out": tmp_path}
    for name, value in change.items():
        options[name] = paths[name] / value if name in paths and isinstance(value, str) else value
    with pytest.raises(InputError) as caught:
        run_batch(BatchOptions(**options))  # type: ignore[arg-type]
    assert caught.value.code == code


def test_a_cluster_gives_the_same_rows(folder: Path) -> None:
    """Runs where somebody has installed Dask, which JouleLens does not ask for."""
    distributed = pytest.importorskip("distributed", reason="Dask is not a requirement")
    alone, together = (folder.parent / f"{name}.csv" for name in ("alone", "together"))
    run_batch(BatchOptions(folder, alone, **DEVICE))
    local = {"processes": False, "dashboard_address": None, "host": "127.0.0.1", "protocol": "tcp"}
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, **local) as cluster:
        run_batch(BatchOptions(folder, together, dask_address=cluster.scheduler_address, **DEVICE))
    pd.testing.assert_frame_equal(rows_of(alone), rows_of(together))


def test_a_scheduler_that_does_not_answer_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="Dask is not a requirement")
    monkeypatch.setattr("predictors.research.batch.DASK_TIMEOUT", "1s")
    nobody = "tcp://127.0.0.1:9"
    with pytest.raises(InputError, match=f"No Dask scheduler answers at {nobody}"):
        run_batch(BatchOptions(folder, folder.parent / "rows.csv", dask_address=nobody, **DEVICE))
