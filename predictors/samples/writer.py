"""Writes the sample networks as files, for people who want to look at them or upload them."""

from __future__ import annotations

from pathlib import Path

from predictors.samples.catalogue import SAMPLES
from predictors.samples.values import Precision


def write_samples(directory: Path, *, precision: Precision = "fp32") -> list[Path]:
    """Write every sample as `<id>.onnx` (int8: `<id>-int8.onnx`) and return the paths, in catalogue order.

    Networks that are written in fp32 only (those without an image as input) are left out of int8.
    """
    directory.mkdir(parents=True, exist_ok=True)
    suffix = "" if precision == "fp32" else f"-{precision}"
    paths = []
    for sample in SAMPLES.values():
        if precision != "fp32" and not sample.has_side:
            continue
        path = directory / f"{sample.id}{suffix}.onnx"
        path.write_bytes(sample.build(precision=precision))
        paths.append(path)
    return paths
