"""A report as JSON, CSV and text table: the same figures, seven digits in files, three on screen."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from data.inert_csv import csv_text
from predictors.results.estimates import Estimate, KernelEstimate, estimate_dict, kernel_dict
from predictors.results.figures import Scope
from predictors.results.frames import short
from predictors.results.report import ModelReport, ModelSummary, NotEstimated


def report_dict(report: ModelReport) -> dict[str, Any]:
    """A report as plain data. Energies in mJ, latencies in ms, `avg_power_w` in W, `power_mw` in mW."""
    return {
        "model": model_dict(report.model),
        "estimates": [estimate_dict(estimate) for estimate in report.estimates],
        "not_estimated": [_not_estimated(failure) for failure in report.not_estimated],
        "left_out": report.left_out,
        "data_version": report.data_version,
        "method_version": report.method_version,
    }


def report_json(report: ModelReport) -> str:
    """A report as JSON text."""
    return json.dumps(report_dict(report), indent=2)


def model_dict(model: ModelSummary) -> dict[str, Any]:
    """A network in numbers as plain data."""
    return {
        "name": model.name,
        "sha256": model.sha256,
        "inputs": [_input(item.name, item.shape, item.dtype) for item in model.inputs],
        "macs": model.macs,
        "params": model.params,
        "weights_bytes": model.weights_bytes,
        "peak_memory_bytes": model.peak_memory_bytes,
        "nodes": model.nodes,
        "kernels": model.kernels,
        "precision": model.precision,
        "file_format": model.file_format,
        "opset": model.opset,
        "producer": model.producer,
        "defaulted_dimensions": [
            {"input": item.input_name, "axis": item.axis, "symbol": item.symbol, "value": item.value}
            for item in model.defaulted
        ],
    }


def _input(name: str, shape: tuple[int, ...] | None, dtype: str) -> dict[str, Any]:
    return {"name": name, "shape": None if shape is None else list(shape), "dtype": dtype}


def _not_estimated(failure: NotEstimated) -> dict[str, Any]:
    return {
        "device_id": failure.device_id,
        "delegate": failure.delegate,
        "precision": failure.precision,
        "code": failure.reason.code,
        "message": failure.reason.message,
        "measured": [figure.as_dict() for figure in failure.measured],
    }


def kernel_rows(report: ModelReport) -> list[dict[str, Any]]:
    """One row per device, delegate and kernel, with provenance columns; lists as text."""
    rows = []
    for estimate in report.estimates:
        for part in estimate.kernels:
            row: dict[str, Any] = {
                "model": report.model.name,
                "device_id": estimate.device_id,
                "delegate": estimate.delegate,
                "precision": estimate.precision,
            }
            row.update(kernel_dict(part))
            row["ops"] = " ".join(row["ops"])
            row["input_shapes"] = _shapes_text(row["input_shapes"])
            row["output_shapes"] = _shapes_text(row["output_shapes"])
            row["scope"] = Scope.KERNELS.value if estimate.application else estimate.scope.value
            row["interval_level"] = estimate.interval_level
            row["source_ids"] = " ".join(estimate.source_ids)
            row["data_version"] = report.data_version
            row["method_version"] = report.method_version
            rows.append(row)
    return rows


def _shapes_text(shapes: list[list[int]]) -> str:
    return " ".join("x".join(str(extent) for extent in shape) for shape in shapes)


def report_csv(report: ModelReport) -> str:
    """Kernels of every estimate as CSV text; empty without an estimate."""
    rows = kernel_rows(report)
    return csv_text(list(rows[0]), rows) if rows else ""


def report_table(report: ModelReport) -> str:
    """A report as text: one line per estimate, kernels in execution order when there is one estimate."""
    model = report.model
    head = f"{'device':<24}{'delegate':<16}{'prec.':<7}{'energy mJ':>10}  {'8 in 10 times':<19}"
    lines = [
        f"{model.name or 'model'}: {short(model.macs / 1e6, 4)} M MACs, "
        f"{short(model.params / 1e6, 4)} M parameters, {model.nodes} nodes, {model.kernels} kernels",
        "",
        f"{head}{'ms':>8}{'W':>7}  evidence",
    ]
    lines.extend(_estimate_line(estimate) for estimate in report.estimates)
    lines.extend(
        f"{failure.device_id:<24}{failure.delegate:<16}{failure.precision:<7}{failure.reason.message}"
        for failure in report.not_estimated
    )
    lines.extend(["", report.left_out] if report.left_out else [])
    if len(report.estimates) == 1:
        lines.extend(["", *_kernel_lines(report.estimates[0])])
    lines.extend(_warning_lines(report))
    lines.extend(["", f"data {report.data_version}, method {report.method_version}"])
    return "\n".join(lines)


def _estimate_line(estimate: Estimate) -> str:
    span = f"{short(estimate.energy_mj_low)} to {short(estimate.energy_mj_high)}"
    return (
        f"{estimate.device_id:<24}{estimate.delegate:<16}{estimate.precision:<7}"
        f"{short(estimate.energy_mj):>10}  {span:<19}{short(estimate.latency_ms):>8}"
        f"{short(estimate.avg_power_w):>7}  {estimate.evidence.value}"
    )


def _kernel_lines(estimate: Estimate) -> list[str]:
    head = f"{'#':>4}  {'kernel':<18}{'M MACs':>9}{'energy mJ':>11}  {'8 in 10 times':<20}"
    return [f"{head}{'ms':>8}{'mW':>7}  evidence", *(_kernel_line(part) for part in estimate.kernels)]


def _kernel_line(part: KernelEstimate) -> str:
    span = f"{short(part.energy_mj_low)} to {short(part.energy_mj_high)}"
    return (
        f"{part.kernel.index:>4}  {part.kernel.kind.value:<18}{short(part.kernel.macs / 1e6):>9}"
        f"{short(part.energy_mj):>11}  {span:<20}{short(part.latency_ms):>8}{part.power_mw:>7.0f}  "
        f"{part.evidence.value}"
    )


def _warning_lines(report: ModelReport) -> list[str]:
    """Warnings in full for one estimate; for several, each code once with how many estimates it concerns."""
    notes = [dict.fromkeys(estimate.warnings) for estimate in report.estimates]
    if len(notes) == 1:
        return ["", *(f"{note.code}: {note.message}" for note in notes[0])] if notes[0] else []
    counts = Counter(code for group in notes for code in {note.code for note in group})
    if not counts:
        return []
    lines = [f"{code}: {count} of {len(notes)} estimates" for code, count in sorted(counts.items())]
    return ["", *lines, "Name a --device, or use --format json, for what each warning says."]
