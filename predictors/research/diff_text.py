"""A difference of two models as JSON, CSV, text table and sentence."""

from __future__ import annotations

import json
from typing import Any

from data.inert_csv import csv_text
from predictors.errors import printable
from predictors.research.diff import ROW_COLUMNS, DiffRow, Match, ModelDiff, diff_sentence, row_dict
from predictors.results.columns import ESTIMATE, FIGURES, chosen
from predictors.results.estimates import estimate_dict
from predictors.results.frames import rounded, short
from predictors.results.rows import model_dict, text_table

HOW_SHARED = (
    "Interval of the difference: kernels that both models have err alike and cancel, errors of the others "
    "are correlated as within one model, and the error of the whole (between phones, and between kernels and "
    "application) is shared as far as the kernels are. "
    "Between precisions nothing is taken as shared."
)


def diff_dict(diff: ModelDiff) -> dict[str, Any]:
    """A difference as plain data (mJ, ms, MACs; B minus A)."""
    return {
        "a": {"model": model_dict(diff.model_a), "estimate": _head(estimate_dict(diff.a))},
        "b": {"model": model_dict(diff.model_b), "estimate": _head(estimate_dict(diff.b))},
        "scope": diff.scope.value,
        "energy_diff_mj": rounded(diff.energy_diff_mj),
        "energy_diff_mj_low": rounded(diff.energy_diff_mj_low),
        "energy_diff_mj_high": rounded(diff.energy_diff_mj_high),
        "kernel_sum_diff": {
            "energy_mj": rounded(diff.kernels_diff.value),
            "energy_mj_low": rounded(diff.kernels_diff.low),
            "energy_mj_high": rounded(diff.kernels_diff.high),
        },
        "interval_level": diff.a.interval_level,
        "latency_diff_ms": rounded(diff.latency_diff_ms),
        "macs_diff": diff.macs_diff,
        "verdict": diff.verdict,
        "sentence": diff_sentence(diff),
        "interval_basis": HOW_SHARED,
        "kernels": [row_dict(row) for row in diff.rows],
        "data_version": diff.data_version,
        "method_version": diff.method_version,
    }


def _head(estimate: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in estimate.items() if key != "kernels"}


def diff_json(diff: ModelDiff) -> str:
    """A difference as JSON text."""
    return json.dumps(diff_dict(diff), indent=2)


def diff_csv(diff: ModelDiff) -> str:
    """The aligned kernels as CSV, largest change first, with device and versions on every row."""
    origin = {
        "device_id": diff.a.device_id,
        "delegate": diff.a.delegate,
        "precision_a": diff.a.precision,
        "precision_b": diff.b.precision,
        "data_version": diff.data_version,
        "method_version": diff.method_version,
    }
    return csv_text([*ROW_COLUMNS, *origin], ({**row_dict(row), **origin} for row in diff.rows))


def diff_table(diff: ModelDiff) -> str:
    """A difference as text: totals, the sentence, kernels with the largest change first, unmatched ones."""
    changed = [row for row in diff.rows if row.match is Match.CHANGED]
    alike = sum(row.match is Match.SAME for row in diff.rows)
    head = f"{'#A':>5}{'#B':>5}  {'kernel':<18}{'A mJ':>10}{'B mJ':>10}{'B-A mJ':>10}{'B-A ms':>10}"
    lines = [
        f"{diff.a.device_id}, {diff.a.delegate}, A in {diff.a.precision}, B in {diff.b.precision}",
        *_total_lines(diff),
        "",
        diff_sentence(diff),
        "",
        f"{head}{'B-A M MACs':>12}  name",
        *(_row_line(row) for row in changed),
        f"{alike} kernels are alike in both.",
        "",
        f"{len(diff.unmatched)} kernels without a partner:",
        *(f"{_row_line(row)} ({row.match.value})" for row in diff.unmatched),
        "",
        HOW_SHARED,
        f"data {diff.data_version}, method {diff.method_version}",
    ]
    return "\n".join(lines)


def _total_lines(diff: ModelDiff) -> list[str]:
    totals = [sum(part.kernel.macs for part in each.kernels) / 1e6 for each in (diff.a, diff.b)]
    macs = ("M MACs", *(short(total, 4) for total in totals))
    names = ("Model", printable(diff.model_a.name), printable(diff.model_b.name))
    figures = text_table(chosen(ESTIMATE, FIGURES), (diff.a, diff.b))
    lines = zip(("", "A", "B"), figures, macs, names, strict=True)
    return [f"{side:<3}{figure}{work:>10}  {name}" for side, figure, work, name in lines]


def _kind(row: DiffRow) -> str:
    """The type of a pair; both where they differ."""
    kinds = dict.fromkeys(part.kernel.kind.value for part in (row.a, row.b) if part)
    return " > ".join(kinds)


def _row_line(row: DiffRow) -> str:
    shown = row.b or row.a
    kernel = shown.kernel if shown else None
    index_a, index_b = (str(part.kernel.index) if part else "-" for part in (row.a, row.b))
    differences = row.energy_diff_mj, row.latency_diff_ms, row.macs_diff / 1e6
    energy, latency, macs = (short(each, sign="+") for each in differences)
    energy_a, energy_b = (short(part.energy_mj) if part else "-" for part in (row.a, row.b))
    return (
        f"{index_a:>5}{index_b:>5}  {_kind(row):<18}{energy_a:>10}{energy_b:>10}"
        f"{energy:>10}{latency:>10}{macs:>12}  "
        f"{printable(kernel.name if kernel else '', 40)}"
    )
