"""Figures of the sample models by version, and what a version changed in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from data.version import DATA_VERSION
from predictors.estimate import estimate_graph
from predictors.reading import read_model
from predictors.results.estimates import estimate_dict
from predictors.samples import CLASSIFIERS, sample_bytes
from predictors.version import METHOD_VERSION

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden" / "sample_estimates.json"
NOTES = ROOT / "docs" / "versions.md"
NOW = f"{DATA_VERSION}/{METHOD_VERSION}"
TARGETS = (
    "huawei-p40-pro/cpu/fp32",
    "huawei-p40-pro/gpu/fp32",
    "oneplus-8-pro/cpu4/fp32",
    "raspberry-pi-4/tflite-ruy/fp32",
    "raspberry-pi-4/armnn-neon/int8",
    "jetson-tx2/gpu/fp32",
    "jetson-xavier-nx/tensorrt/int8",
)
"""One of every family of predictors."""
FIGURES = ("energy_mj", "energy_mj_low", "energy_mj_high", "latency_ms")

Figures: TypeAlias = dict[str, dict[str, dict[str, float]]]
"""Sample -> target -> name of a figure -> figure."""


def figures_now() -> Figures:
    """Figures of every sample model on every target, as this copy makes them."""
    return {sample_id: _figures(sample_id) for sample_id in CLASSIFIERS}


def _figures(sample_id: str) -> dict[str, dict[str, float]]:
    graph = read_model(sample_bytes(sample_id))
    found = {}
    for target in TARGETS:
        device, delegate, precision = target.split("/")
        report = estimate_graph(graph, device=device, delegate=delegate, precision=precision)
        fields = estimate_dict(report.estimates[0])
        found[target] = {name: fields[name] for name in FIGURES}
    return found


def stored() -> dict[str, Figures]:
    """Figures of every version so far, oldest first."""
    if not GOLDEN.exists():
        return {}
    return dict(json.loads(GOLDEN.read_text(encoding="utf-8")))


def store(versions: Mapping[str, Figures]) -> None:
    """Write the figures of every version."""
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(versions, indent=1) + "\n", encoding="utf-8")


def effect(before: Figures, after: Figures) -> str:
    """What changed in the energy of the sample models, as a Markdown table; a sentence if nothing did."""
    lines = []
    for target in sorted({target for each in after.values() for target in each}):
        changes = {
            sample: 100.0 * (after[sample][target]["energy_mj"] / figures[target]["energy_mj"] - 1.0)
            for sample, figures in before.items()
            if sample in after and target in figures and target in after[sample]
        }
        moved = {sample: change for sample, change in changes.items() if abs(change) >= 0.005}
        if moved:
            most = max(moved, key=lambda sample: abs(moved[sample]))
            mean = sum(changes.values()) / len(changes)
            lines.append(
                f"| {target} | {len(moved)} of {len(changes)} | {mean:+.2f} | {moved[most]:+.2f} ({most}) |"
            )
    if not lines:
        return "No sample model's energy changed by 0.005 % or more."
    head = "| Target | Sample models changed | Mean change (%) | Largest change (%) |\n|---|--:|--:|--:|"
    return "\n".join([head, *lines])
