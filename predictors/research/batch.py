"""Estimate a folder of models in parallel: one row per model and target, failures as rows of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from data.inert_csv import frame_csv
from data.messages import Message
from predictors.errors import CodedError, InputError, printable, writing
from predictors.reading.archive import MODEL_ENDINGS
from predictors.research.matrix import OF_CELLS, UNLIMITED, Cell, Gap, Matrix, Within
from predictors.results.columns import ESTIMATE, cells, chosen
from predictors.results.estimates import Estimate, Evidence
from predictors.results.frames import rounded
from predictors.results.report import ModelReport, NotEstimated

CHUNK = 8
"""Models a worker takes at a time: enough to make the hand-over cheap, few enough to keep the bar moving."""
WRITERS = (".parquet", ".csv")
MATRIX_WRITERS = (".csv", ".tex")
MB = 1e6


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What to estimate, on what, and where to write it. `dask_address` sends the work to a cluster.

    `matrix` (.csv or .tex) gets the energy of models by devices, with what lies `within` limits marked.
    """

    folder: Path
    out: Path
    jobs: int = 1
    device: str | None = None
    delegate: str | None = None
    precision: str | None = None
    dask_address: str | None = None
    matrix: Path | None = None
    within: Within = UNLIMITED


def run_batch(options: BatchOptions) -> str:
    """Estimate every model below the folder and write the rows; returns a sentence with the counts.

    Raises InputError INPUT_FILE, INPUT_EMPTY, OPTION_VALUE, and for names that do not exist.
    """
    files = _checked(options)
    rows = [row for part in _results(files, options) for row in part]
    write_rows(rows, options.out)
    if options.matrix is not None:
        _write_matrix(rows, options.matrix, options.within)
    failed = len({row["file"] for row in rows if row["error_code"]})
    done = len({row["file"] for row in rows if row["energy_mj"] is not None})
    counts = f"{done} of {len(files)} models estimated, {failed} with errors"
    if without := len(files) - failed - done:
        counts += f", {without} without a figure on any of the devices"
    return f"{counts}, {len(rows)} rows in {options.out}."


def _write_matrix(rows: Sequence[dict[str, Any]], out: Path, within: Within) -> None:
    """Write the matrix of models and devices. Raises InputError INPUT_FILE."""
    table = Matrix(
        tuple(_cell(row) for row in rows if row["energy_mj"] is not None),
        tuple(_gap(row) for row in rows if row["energy_mj"] is None and row["device_id"]),
        within,
    )
    content = table.csv() if out.suffix == ".csv" else table.latex()
    with writing(out):
        out.write_text(content, encoding="utf-8")


def _gap(row: Mapping[str, Any]) -> Gap:
    place = row["device_id"], row["delegate"], row["precision"]
    return Gap(row["file"], *place, row["warning_codes"], row["peak_memory_mb"])


def _cell(row: Mapping[str, Any]) -> Cell:
    figures = {name: row[name] for name in OF_CELLS}
    return Cell(row["file"], **figures, missing=row["kernels_unsupported"], peak_mb=row["peak_memory_mb"])


def _checked(options: BatchOptions) -> list[Path]:
    from predictors.registry import find_targets

    if options.jobs < 1:
        raise InputError(
            "OPTION_VALUE",
            "--jobs {jobs} is no number of processes. Give a whole number from 1.",
            jobs=options.jobs,
        )
    if options.out.suffix not in WRITERS:
        raise InputError(
            "OPTION_VALUE",
            "The ending of --out says how to write the file, and this one is not known. Give a name that "
            "ends in {writers}.",
            writers=" or ".join(WRITERS),
        )
    if not options.out.resolve().parent.is_dir():
        message = Message(
            "The folder of --out {out} does not exist. Make it and try again.",
            out=printable(str(options.out)),
        )
        raise InputError("INPUT_FILE", message)
    if options.matrix is not None and options.matrix.suffix not in MATRIX_WRITERS:
        raise InputError(
            "OPTION_VALUE",
            "The ending of --matrix says how to write it, and this one is not known. Give a name that ends "
            "in {writers}.",
            writers=" or ".join(MATRIX_WRITERS),
        )
    if not options.folder.is_dir():
        message = Message(
            "{folder} is not a folder. Give a folder with .onnx or .tflite files.",
            folder=printable(str(options.folder)),
        )
        raise InputError("INPUT_FILE", message)
    files = sorted(file for file in options.folder.rglob("*") if file.suffix.lower() in MODEL_ENDINGS)
    if not files:
        raise InputError(
            "INPUT_EMPTY",
            "There is no {endings} file in {folder}. Give a folder with models.",
            endings=" or ".join(MODEL_ENDINGS),
            folder=printable(str(options.folder)),
        )
    find_targets(options.device, options.delegate, options.precision)
    return files


def _results(files: Sequence[Path], options: BatchOptions) -> Iterator[list[dict[str, Any]]]:
    chunks = [files[start : start + CHUNK] for start in range(0, len(files), CHUNK)]
    return spread(
        partial(estimate_files, options=options), chunks, jobs=options.jobs, dask_address=options.dask_address
    )


Chunk = TypeVar("Chunk", bound=Sized)


def spread(
    estimate: Callable[[Chunk], list[dict[str, Any]]],
    chunks: Sequence[Chunk],
    *,
    jobs: int,
    dask_address: str | None = None,
) -> Iterator[list[dict[str, Any]]]:
    """Rows of each chunk of models in order, from `jobs` processes or a Dask cluster.

    A bar stands on standard error while that is a terminal.
    """
    from joblib import Parallel, delayed
    from tqdm import tqdm

    with _backend(dask_address):
        results = Parallel(n_jobs=jobs, return_as="generator")(delayed(estimate)(chunk) for chunk in chunks)
        with tqdm(total=sum(map(len, chunks)), unit="model", file=sys.stderr, disable=None) as bar:
            for chunk, rows in zip(chunks, results, strict=True):
                bar.update(len(chunk))
                yield rows


@contextmanager
def _backend(dask_address: str | None) -> Iterator[None]:
    """joblib's own processes, or a Dask cluster (which decides itself how much runs at a time).

    Workers of a cluster need this project, its requirements and the folder of models under the same paths.
    """
    from joblib import parallel_config

    if dask_address is None:
        with parallel_config(backend="loky"):
            yield
    else:
        with _dask_client(dask_address) as client, parallel_config(backend="dask", client=client):
            yield


def _dask_client(address: str) -> Any:
    """A connection to a Dask scheduler. Raises InputError OPTION_VALUE without Dask or without an answer."""
    try:
        from dask.distributed import Client
    except ImportError:
        message = Message(
            "--dask needs the package dask[distributed], which is not installed. Install it with "
            "`pip install 'dask[distributed]'` here and on every worker, or leave --dask out."
        )
        raise InputError("OPTION_VALUE", message) from None
    try:
        return Client(address, timeout=DASK_TIMEOUT)
    except (OSError, ValueError) as error:
        message = Message(
            "No Dask scheduler answers at {address} ({error}). Start one with `dask scheduler`, its "
            "workers with `dask worker ADDRESS`, and give the address it prints.",
            address=printable(address),
            error=printable(str(error)),
        )
        raise InputError("OPTION_VALUE", message) from None


DASK_TIMEOUT = "10s"


def estimate_files(files: Sequence[Path], options: BatchOptions) -> list[dict[str, Any]]:
    """Rows of some files, in order; a file that can't be read gives one row with its error."""
    return [row for file in files for row in _file_rows(file, options)]


def _file_rows(file: Path, options: BatchOptions) -> list[dict[str, Any]]:
    from predictors.estimate import estimate_model

    name = file.relative_to(options.folder).as_posix()
    try:
        report = estimate_model(
            file, device=options.device, delegate=options.delegate, precision=options.precision
        )
    except CodedError as error:
        return [_error_row(name, error.code, error.message)]
    except Exception as error:  # a slip of ours on one model must not cost the other hundred thousand
        what = printable(f"{type(error).__name__}: {error}", 200)
        message = f"A fault of JouleLens on this model ({what}). Please report it with the file."
        return [_error_row(name, "MODEL_UNEXPECTED", message)]
    return report_rows(name, report)


def _error_row(name: str, code: str, message: str) -> dict[str, Any]:
    return {**_EMPTY, "file": name, "error_code": code, "error_message": message}


def report_rows(name: str, report: ModelReport) -> list[dict[str, Any]]:
    """One row per estimate of a report, and one per target that got no figure."""
    model = {
        "file": name,
        "sha256": report.model.sha256,
        "macs": report.model.macs,
        "params": report.model.params,
        "peak_memory_mb": rounded(report.model.peak_memory_bytes / MB),
        "data_version": report.data_version,
        "method_version": report.method_version,
    }
    figures = [_estimate_cells(estimate) for estimate in report.estimates]
    failures = [_failure_cells(failure) for failure in report.not_estimated]
    return [{**_EMPTY, **model, **cells} for cells in (*figures, *failures)]


def _estimate_cells(estimate: Estimate) -> dict[str, Any]:
    memory_bytes = estimate.device_memory_bytes
    return {
        **cells(ESTIMATE, estimate, _OF_ESTIMATE),
        "device_memory_mb": None if memory_bytes is None else memory_bytes / MB,
    }


def _failure_cells(failure: NotEstimated) -> dict[str, Any]:
    return {
        "device_id": failure.device_id,
        "delegate": failure.delegate,
        "precision": failure.precision,
        "evidence": Evidence.UNSUPPORTED.value,
        "warning_codes": failure.reason.code,
    }


_OF_ESTIMATE = (
    "device_id", "delegate", "precision", "scope", "energy_mj", "energy_mj_low", "energy_mj_high",
    "interval_level", "latency_ms", "avg_power_w", "kernel_sum_mj", "measured_mj", "evidence", "kernels",
    "kernels_approximated", "kernels_unsupported", "macs_covered_percent", "bytes_covered_percent",
    "warning_codes", "source_ids",
)  # fmt: skip
COLUMN_TYPES: dict[str, str] = {
    "file": "string", "sha256": "string", "macs": "Int64", "params": "Int64",
    **{column.name: column.dtype for column in chosen(ESTIMATE, _OF_ESTIMATE)},
    "peak_memory_mb": "float64", "device_memory_mb": "float64", "data_version": "string",
    "method_version": "string", "error_code": "string", "error_message": "string",
}  # fmt: skip
"""Columns of the result and their types, whatever the rows hold: whole numbers stay whole beside failures,
and a column in which nothing stands has the type of the others' results."""
_EMPTY: dict[str, Any] = dict.fromkeys(COLUMN_TYPES)


def write_rows(rows: Sequence[dict[str, Any]], out: Path) -> None:
    """Write rows as Parquet or CSV, by the ending of the name. Raises InputError INPUT_FILE."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(COLUMN_TYPES)).astype(COLUMN_TYPES)
    with writing(out):
        if out.suffix == ".parquet":
            frame.to_parquet(out, index=False)
        else:
            out.write_text(frame_csv(frame), encoding="utf-8", newline="\n")
