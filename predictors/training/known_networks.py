"""Write the signatures of every network that the bundle measured and this project can build."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from predictors.energy.boards.data import network_models
from predictors.fusing import fuse
from predictors.measured.networks import TABLE
from predictors.measured.signature import signature
from predictors.reading import read_model
from predictors.samples import REFERENCE_DNNS, board_network, sample_bytes


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
