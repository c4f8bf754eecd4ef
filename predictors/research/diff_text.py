"""A difference of two models as JSON, CSV, text table and sentence."""

from __future__ import annotations

import json
from typing import Any

from predictors.errors import printable
from predictors.research.diff import DiffRow, Match, ModelDiff
from predictors.results.estimates import KernelEstimate
from predictors.results.rounding import rounded, short
from predictors.results.rows import csv_text, estimate_dict, model_dict

HOW_SHARED = (
    "Interval of the difference: kernels that both models have err alike and cancel, errors of the others "
    "are correlated as within one model, and the error of the whole is shared as far as the kernels are. "
    "Between precisions nothing is taken as shared."
)
ROW_COLUMNS = (
    "match", "index_a", "name_a", "kernel_a", "index_b", "name_b", "kernel_b", "energy_mj_a", "energy_mj_b",
    "energy_diff_mj", "latency_ms_a", "latency_ms_b", "latency_diff_ms", "macs_a", "macs_b", "macs_diff",
    "evidence_a", "evidence_b",
)  # fmt: skip


def diff_sentence(diff: ModelDiff) -> str:
    """The difference in words, with interval and where the two can be told apart the percentage."""
    return _verdict_sentence(diff) + _without_figure(diff)


def _without_figure(diff: ModelDiff) -> str:
    missing = diff.a.coverage.unsupported, diff.b.coverage.unsupported
    if not any(missing):
        return ""
    return f" Left out of the totals, without a figure: {missing[0]} kernels of A, {missing[1]} of B."


def _verdict_sentence(diff: ModelDiff) -> str:
    low, high = diff.energy_diff_mj_low, diff.energy_diff_mj_high
    if diff.verdict == "takes the same":
        return f"B takes the same energy as A: {len(diff.rows)} kernels, all alike."
    moved, least, most = (short(each, sign="+") for each in (diff.energy_diff_mj, low, high))
    change = f"{moved} mJ, 8 in 10 times between {least} and {most} mJ"
    if diff.verdict == "cannot be told apart":
        return f"A and B cannot be told apart in energy ({change})."
    share = 100.0 * abs(diff.energy_diff_mj) / diff.a.energy_mj if diff.a.energy_mj > 0 else 0.0
    return f"B {diff.verdict} energy than A by {short(share)} % ({change})."


def diff_dict(diff: ModelDiff) -> dict[str, Any]:
    """A difference as plain data (mJ, ms, MACs; B minus A)."""
    return {
        "a": {"model": model_dict(diff.model_a), "estimate": _head(estimate_dict(diff.a))},
        "b": {"model": model_dict(diff.model_b), "estimate": _head(estimate_dict(diff.b))},
        "energy_diff_mj": rounded(diff.energy_diff_mj),
        "energy_diff_mj_low": rounded(diff.energy_diff_mj_low),
        "energy_diff_mj_high": rounded(diff.energy_diff_mj_high),
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


def row_dict(row: DiffRow) -> dict[str, Any]:
    """One aligned pair of kernels as plain data, in the order of `ROW_COLUMNS`; None where one is missing."""
    cells: dict[str, Any] = {"match": row.match.value, **_side(row.a, "a"), **_side(row.b, "b")}
    cells["energy_diff_mj"] = rounded(row.energy_diff_mj)
    cells["latency_diff_ms"] = rounded(row.latency_diff_ms)
    cells["macs_diff"] = row.macs_diff
    return {column: cells[column] for column in ROW_COLUMNS}


def _side(part: KernelEstimate | None, side: str) -> dict[str, Any]:
    if part is None:
        names = ("index", "name", "kernel", "energy_mj", "latency_ms", "macs", "evidence")
        return {f"{name}_{side}": None for name in names}
    return {
        f"index_{side}": part.kernel.index,
        f"name_{side}": part.kernel.name,
        f"kernel_{side}": part.kernel.kind.value,
        f"energy_mj_{side}": rounded(part.energy_mj),
        f"latency_ms_{side}": rounded(part.latency_ms),
        f"macs_{side}": part.kernel.macs,
        f"evidence_{side}": part.evidence.value,
    }


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
    lines = [f"{'':<3}{'energy mJ':>10}  {'8 in 10 times':<20}{'ms':>9}{'M MACs':>10}  model"]
    for side, model, estimate in (("A", diff.model_a, diff.a), ("B", diff.model_b, diff.b)):
        span = f"{short(estimate.energy_mj_low)} to {short(estimate.energy_mj_high)}"
        macs = sum(part.kernel.macs for part in estimate.kernels) / 1e6
        lines.append(
            f"{side:<3}{short(estimate.energy_mj):>10}  {span:<20}{short(estimate.latency_ms):>9}"
            f"{short(macs, 4):>10}  {printable(model.name)}"
        )
    return lines


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
