"""Write what the reference networks say about applications: sums of kernels, fitted terms, held-out
residuals.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from predictors.energy.applications.cells import SUMS_PATH, reference_sums
from predictors.energy.applications.evidence import bundled_evidence
from predictors.energy.applications.held_out import nested_cases
from predictors.energy.applications.stored import application_evidence, write_evidence
from predictors.energy.p40.cpu import P40CpuPredictor
from predictors.fusing import fuse
from predictors.reading import read_model
from predictors.samples import REFERENCE_DNNS, sample_bytes

COLUMNS = ("sample_id", "energy_mj", "energy_mj_low", "energy_mj_high", "latency_ms")
DIGITS = 6


def kernel_sums() -> Iterator[tuple[str, float, float, float, float]]:
    """Sample, energy with interval (mJ) and latency (ms) on the P40 Pro's CPU in fp32 (about 15 s)."""
    for sample_id in dict.fromkeys(sample_id for sample_id, _ in REFERENCE_DNNS.values()):
        estimate = P40CpuPredictor().estimate(fuse(read_model(sample_bytes(sample_id)), "tflite-cpu"))
        ends = estimate.energy_mj_low, estimate.energy_mj_high
        yield sample_id, estimate.energy_mj, *ends, estimate.latency_ms


def write_kernel_sums() -> None:
    """Write the table anew."""
    with SUMS_PATH.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for sample_id, *figures in kernel_sums():
            writer.writerow([sample_id, *(f"{figure:.{DIGITS}g}" for figure in figures)])


def write_applications() -> None:
    """Write all three tables anew."""
    write_kernel_sums()
    reference_sums.cache_clear()
    evidence = bundled_evidence()
    write_evidence(evidence, nested_cases(evidence.cells, "energy", evidence.settings))
    application_evidence.cache_clear()
