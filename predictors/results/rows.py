"""A report as JSON, CSV and text table: the same figures, seven digits in files, three on screen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from data.inert_csv import csv_text
from predictors.results.columns import ESTIMATE, FOR_PEOPLE, KERNEL, Column, cells, chosen
from predictors.results.estimates import estimate_dict
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
    return [
        {"model": report.model.name}
        | cells(ESTIMATE, estimate, ("device_id", "delegate", "precision"))
        | cells(KERNEL, part)
        | {"scope": Scope.KERNELS.value if estimate.application else estimate.scope.value}
        | cells(ESTIMATE, estimate, ("interval_level", "source_ids"))
        | {"data_version": report.data_version, "method_version": report.method_version}
        for estimate in report.estimates
        for part in estimate.kernels
    ]


def report_csv(report: ModelReport) -> str:
    """Kernels of every estimate as CSV text; empty without an estimate."""
    rows = kernel_rows(report)
    return csv_text(list(rows[0]), rows) if rows else ""


def report_table(report: ModelReport) -> str:
    """A report as text: one line per estimate, kernels in execution order when there is one estimate."""
    model = report.model
    lines = [
        f"{model.name or 'model'}: {short(model.macs / 1e6, 4)} M MACs, "
        f"{short(model.params / 1e6, 4)} M parameters, {model.nodes} nodes, {model.kernels} kernels",
        "",
        *text_table(chosen(ESTIMATE, FOR_PEOPLE), report.estimates),
    ]
    lines.extend(
        f"{failure.device_id}, {failure.delegate}, {failure.precision}: {failure.reason.message}"
        for failure in report.not_estimated
    )
    lines.extend(["", report.left_out] if report.left_out else [])
    if len(report.estimates) == 1:
        lines.extend(["", *text_table(chosen(KERNEL, _KERNEL_TEXT), report.estimates[0].kernels)])
    lines.extend(_warning_lines(report))
    lines.extend(["", f"data {report.data_version}, method {report.method_version}"])
    return "\n".join(lines)


_KERNEL_TEXT = ("index", "kernel", "macs", "energy_mj", "energy_range", "latency_ms", "power_mw", "evidence")
_TO_THE_RIGHT = frozenset({"count", "figure", "ratio"})


def text_table(columns: Sequence[Column], rows: Sequence[Any]) -> list[str]:
    """Lines of a text table, each column as wide as its widest cell; none without rows."""
    if not rows:
        return []
    lines = [[column.title for column in columns]]
    lines += [[column.shown(row) for column in columns] for row in rows]
    widths = [max(map(len, cell_texts)) for cell_texts in zip(*lines, strict=True)]
    signs = [">" if column.kind in _TO_THE_RIGHT else "<" for column in columns]
    return [
        "  ".join(
            f"{text:{sign}{width}}" for text, sign, width in zip(line, signs, widths, strict=True)
        ).rstrip()
        for line in lines
    ]


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
