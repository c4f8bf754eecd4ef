"""Reports as pandas tables, for notebooks: quantities as numbers, units in the column names."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from predictors.export import estimate_dict, kernel_dict
from predictors.figures import short

if TYPE_CHECKING:
    import pandas as pd

    from predictors.estimates import Estimate
    from predictors.report import ModelReport

_NESTED = frozenset({"kernels", "warnings", "coverage", "source_ids"})
SHOWN = (
    "device_id", "delegate", "precision", "energy_mj", "energy_mj_low", "energy_mj_high", "latency_ms",
    "avg_power_w", "evidence",
)  # fmt: skip
"""Columns of the table a notebook shows for a report."""


def report_frame(report: ModelReport) -> pd.DataFrame:
    """One row per estimate and one per target without a figure: the fields of the JSON, counts of kernels,
    `warning_codes`, `source_ids` (words), `reason` (why there is no figure), versions."""
    import pandas as pd

    rows = [_estimate_row(estimate) for estimate in report.estimates]
    rows += [
        {
            "device_id": failure.device_id,
            "delegate": failure.delegate,
            "precision": failure.precision,
            "evidence": "unsupported",
            "reason": failure.reason.message,
        }
        for failure in report.not_estimated
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(
        model=report.model.name,
        data_version=report.data_version,
        method_version=report.method_version,
    )


def _estimate_row(estimate: Estimate) -> dict[str, Any]:
    fields = estimate_dict(estimate)
    row = {name: value for name, value in fields.items() if name not in _NESTED}
    row |= {
        "kernels" if name == "kernels" else f"kernels_{name}": value
        for name, value in fields["coverage"].items()
    }
    row["warning_codes"] = " ".join(dict.fromkeys(note.code for note in estimate.warnings))
    row["source_ids"] = " ".join(estimate.source_ids)
    row["reason"] = ""
    return row


def kernel_table(estimate: Estimate) -> pd.DataFrame:
    """One row per kernel in execution order: the fields of the JSON, `share` of the energy."""
    import pandas as pd

    frame = pd.DataFrame([kernel_dict(part) for part in estimate.kernels])
    if not frame.empty:
        total = estimate.energy_mj
        frame["share"] = frame["energy_mj"] / total if total > 0 else 0.0
    return frame


def report_html(report: ModelReport) -> str:
    """A report as an HTML table for notebooks: three digits, names escaped, versions below."""
    frame = report_frame(report)
    shown = frame[[name for name in SHOWN if name in frame.columns]]
    table: str = shown.to_html(index=False, escape=True, float_format=short)
    note = f"<p>{escape(report.left_out)}</p>" if report.left_out else ""
    return f"{table}{note}<p>data {report.data_version}, method {report.method_version}; 80 % intervals</p>"
