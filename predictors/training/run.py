"""Search all hyper-parameters again: `python -m predictors train`.

Write what the reference networks say about applications: sums of kernels, fitted terms, held-out
residuals.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from predictors.energy.applications.cells import SUMS_PATH, reference_sums
from predictors.energy.applications.evidence import bundled_evidence
from predictors.energy.applications.held_out import nested_cases
from predictors.energy.applications.stored import application_evidence, write_evidence
from predictors.energy.boards.data import main as write_board_features
from predictors.energy.boards.data import network_models
from predictors.energy.boards.pairs import write_board_cases
from predictors.energy.p40.cpu import P40CpuPredictor
from predictors.evaluation.boards import NETWORK_OUT, board_cases_without
from predictors.fusing import fuse
from predictors.measured.networks import TABLE
from predictors.measured.signature import signature
from predictors.reading import read_model
from predictors.samples import REFERENCE_DNNS, board_network, sample_bytes
from predictors.training import p40, tx2


def write_board_pairs() -> None:
    """Write the table anew (some ten seconds)."""
    write_board_cases(board_cases_without("energy", NETWORK_OUT))


def known_rows() -> Iterator[tuple[str, str]]:
    """Signature and name of each network (about a minute)."""
    from data import open_bundle, queries

    for sample_id in dict.fromkeys(sample_id for sample_id, _ in REFERENCE_DNNS.values()):
        yield signature_of(sample_bytes(sample_id)), sample_id
    for (network, _), model in sorted(network_models(queries.networks(open_bundle())).items()):
        yield signature_of(board_network(model, "fp32")), network


def signature_of(content: bytes) -> str:
    """Signature of an ONNX file."""
    return signature(fuse(read_model(content), "tflite-cpu"))


def write_known_networks() -> None:
    """Write the table anew."""
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("signature", "network"))
        writer.writerows(dict.fromkeys(known_rows()))


COLUMNS = ("sample_id", "energy_mj", "energy_mj_low", "energy_mj_high", "latency_ms")
DIGITS = 6  # in files: more differ between machines


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


def train_all() -> str:
    """Rewrite every settings file that a search made; returns what was written (minutes on two cores)."""
    p40.write_settings()
    tx2.train()
    write_board_features()
    write_board_pairs()
    write_applications()
    write_known_networks()
    written = (
        "p40_cpu.toml, p40_gpu.toml, tx2.toml, board_networks_features.csv, board_pairs.csv, "
        "reference_kernel_sums.csv, application_terms.csv, application_pairs.csv, known_networks.csv"
    )
    return f"Rewritten in predictors/settings: {written}."
