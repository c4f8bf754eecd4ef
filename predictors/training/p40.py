"""Train the P40 Pro's kernel models on all their rows and write `predictors/settings/p40_*.toml`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from predictors.energy.fitting.features import Floats
from predictors.energy.fitting.gaussian_process import GaussianSettings
from predictors.energy.kernels.fit import MeasuredKernels, measured_kernels
from predictors.energy.kernels.kernel_model import QuantitySettings
from predictors.energy.p40.cpu import DEVICE_ID, SETTINGS_DIR
from predictors.model.kernels import KernelKind
from predictors.training.forms import CPU_FORMS, GPU_CONV, POINTWISE, Form
from predictors.training.kernels import CLASS_EDGES, train_quantity


def toml_text(tables: Mapping[str, Any], header: str) -> str:
    """TOML of nested mappings, numbers, strings, lists of those and lists of mappings (as inline tables).

    `header` becomes a comment. Numbers are written with six significant digits.
    """
    lines = [f"# {line}" for line in header.splitlines()]
    _write_table(tables, (), lines)
    return "\n".join(lines) + "\n"


def _write_table(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if path and plain:
        lines.extend(["", "[" + ".".join(_key(part) for part in path) + "]"])
    for key, value in plain.items():
        lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in table.items():
        if isinstance(value, Mapping):
            _write_table(value, (*path, key), lines)


def _key(key: str) -> str:
    return key if key.replace("-", "").replace("_", "").isalnum() else f'"{key}"'


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = f"{value:.6g}"
        return text if any(mark in text for mark in ".enf") else text + ".0"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def forms_of(delegate: str, kind: KernelKind) -> tuple[Form, ...]:
    """The forms of one kernel type on `cpu` or `gpu`."""
    return GPU_CONV if delegate == "gpu" else CPU_FORMS.get(kind, (POINTWISE,))


def edges_of(kind: KernelKind, quantity: str) -> tuple[float, ...]:
    """The size classes of `energy_mj` or `latency_ms`: only convolutions have rows enough for several."""
    return CLASS_EDGES[quantity] if kind is KernelKind.CONV else ()


def trained(delegate: str, quantity: str, rows: MeasuredKernels, values: Floats) -> QuantitySettings:
    """Settings from these rows alone; `values` (n,) are their energies (mJ) or latencies (ms)."""
    forms = forms_of(delegate, rows.kind)
    return train_quantity(forms, rows.kernels, values, edges_of(rows.kind, quantity))


def train_cpu() -> str:
    """Settings text of the P40 Pro CPU: energy and latency of every measured kernel type except SE."""
    tables: dict[str, Any] = {}
    for kind, rows in measured_kernels(DEVICE_ID, "cpu").items():
        if kind is KernelKind.SE or rows.latency_ms is None:
            continue
        tables[kind.value] = {
            "energy_mj": _table(trained("cpu", "energy_mj", rows, rows.energy_mj)),
            "latency_ms": _table(trained("cpu", "latency_ms", rows, rows.latency_ms)),
        }
    return toml_text(tables, _HEADER.format(delegate="CPU"))


def train_gpu() -> str:
    """Settings text of the P40 Pro GPU: energy of convolutions, the mean of two processes."""
    rows = measured_kernels(DEVICE_ID, "gpu")[KernelKind.CONV]
    tables = {KernelKind.CONV.value: {"energy_mj": _table(trained("gpu", "energy_mj", rows, rows.energy_mj))}}
    return toml_text(tables, _HEADER.format(delegate="GPU"))


_HEADER = (
    "Hyper-parameters of the Huawei P40 Pro {delegate} kernel models. "
    "Written by `python -m predictors train`.\n"
    "Length scales are in standard deviations of their feature (inf: the term does not look at it),\n"
    "variances in squared natural-log units, noise_per_unit in those times mJ or ms. factors: on the\n"
    "standard deviation, for the classes that class_edges (mJ or ms) cut the predicted quantity into;\n"
    "at least new_size_factor for input sizes that were not measured."
)


def write_settings() -> None:
    """Search again and replace both settings files (a minute on a quiet core)."""
    (SETTINGS_DIR / "p40_cpu.toml").write_text(train_cpu(), encoding="utf-8")
    (SETTINGS_DIR / "p40_gpu.toml").write_text(train_gpu(), encoding="utf-8")


def _table(settings: QuantitySettings) -> Mapping[str, Any]:
    return {
        "factors": settings.factors,
        "class_edges": settings.class_edges,
        "new_size_factor": settings.new_size_factor,
        "members": [_member_table(member) for member in settings.members],
    }


def _member_table(settings: GaussianSettings) -> Mapping[str, Any]:
    terms = [
        {"variance": term.variance, "nu": term.nu, "length_scales": _scales(term.length_scales)}
        for term in settings.terms
    ]
    return {
        "features": settings.features,
        "trend": settings.trend,
        "noise_variance": settings.noise_variance,
        "noise_per_unit": settings.noise_per_unit,
        "over_law": settings.over_law,
        "terms": terms,
    }


def _scales(scales: Sequence[float]) -> tuple[float, ...]:
    """TOML knows inf, and six digits are enough of a length scale."""
    return tuple(scale if math.isinf(scale) else float(f"{scale:.6g}") for scale in scales)
