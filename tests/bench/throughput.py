"""How many models a minute `python -m predictors batch` gets through, by the clock and by processor time.

The clock also counts what else the machine does. Processor time does not, so the rate that two quiet cores
would reach is given as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.methods.bench_words import BATCH_RATE
from bench.tables import Table, titled
from data.messages import Message, joined
from predictors.samples import sample_variants

ROOT: Final = Path(__file__).resolve().parents[2]
FAMILIES: Final = ("mobilenet-v1", "mobilenet-v2")
MODELS: Final = 1000
JOBS: Final = 2
SEED: Final = 0
LOOK_EVERY_S: Final = 0.1
TARGETS: Final[dict[str, tuple[str, ...]]] = {
    "huawei-p40-pro, cpu": ("--device", "huawei-p40-pro", "--delegate", "cpu"),
    "every device and delegate": (),
}
COLUMNS: Final = (
    "targets", "models", "elapsed_s", "cpu_s", "models_per_minute", "models_per_minute_two_quiet_cores",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BatchRun:
    """One run over `models` files: seconds by the clock, and of all its processes together on a processor."""

    models: int
    elapsed_s: float
    cpu_s: float

    @property
    def per_minute(self) -> float:
        """Models a minute by the clock."""
        return 60.0 * self.models / self.elapsed_s

    @property
    def per_minute_of_two_cores(self) -> float:
        """Models a minute if nothing else ran on two cores: at worst, where the work is not spread evenly,
        somewhat less."""
        return 60.0 * self.models / (self.cpu_s / JOBS)


def write_variants(folder: Path, models: int, seed: int = SEED) -> None:
    """Write random variants of the families, as many of each, as ONNX files."""
    for family in FAMILIES:
        for place, variant in enumerate(sample_variants(family, models // len(FAMILIES), seed)):
            (folder / f"{family}-{place:04}.onnx").write_bytes(variant.build())


def run_batch(folder: Path, out: Path, options: tuple[str, ...]) -> BatchRun:
    """Estimate every file of a folder with `python -m predictors batch` and watch its processes."""
    command = [sys.executable, "-m", "predictors", "batch", str(folder), "--jobs", str(JOBS)]
    command += ["--out", str(out), *options]
    begin = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        spent: dict[int, float] = {}
        while process.poll() is None:
            spent |= cpu_times_s(process.pid)
            time.sleep(LOOK_EVERY_S)
        elapsed_s = time.perf_counter() - begin
    if process.returncode != 0:
        raise RuntimeError(f"batch ended with {process.returncode}")
    return BatchRun(len(list(folder.iterdir())), elapsed_s, sum(spent.values()))


def cpu_times_s(parent: int) -> dict[int, float]:
    """Processor time (s) of a process and of everything it started, by process id, as Linux counts it."""
    parents, times = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended since
            continue
        pid = int(entry.parent.name)
        parents[pid] = int(fields[1])
        times[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return {pid: spent for pid, spent in times.items() if _descends(pid, parent, parents)}


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != ancestor:
        pid = parents[pid]
    return pid == ancestor


def tables(models: int = MODELS) -> list[Table]:
    """Write the models to a temporary folder and estimate them, for one target and for all."""
    with TemporaryDirectory() as place:
        folder, out = Path(place) / "models", Path(place) / "out.parquet"
        folder.mkdir()
        write_variants(folder, models)
        size_mb = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        runs = {name: run_batch(folder, out, options) for name, options in TARGETS.items()}
    note = Message(
        BATCH_RATE, jobs=JOBS, models=models, size=size_mb, families=joined(FAMILIES), seed=SEED, cores=JOBS
    )
    rows = tuple(
        (name, run.models, run.elapsed_s, run.cpu_s, run.per_minute, run.per_minute_of_two_cores)
        for name, run in runs.items()
    )
    return [titled("batch-throughput", note, COLUMNS, rows)]
