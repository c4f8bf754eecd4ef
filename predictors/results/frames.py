"""Reports as pandas tables, for notebooks: quantities as numbers, units in the column names."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from predictors.results.rounding import short
from predictors.results.rows import estimate_dict, kernel_dict

if TYPE_CHECKING:
    import pandas as pd

    from predictors.research.diff import ModelDiff
    from predictors.research.split import Split
    from predictors.results.estimates import Estimate
    from predictors.results.report import ModelReport

_NESTED = frozenset({"kernels", "warnings", "coverage", "source_ids"})
SHOWN = (
    "device_id", "delegate", "precision", "energy_mj", "energy_mj_low", "energy_mj_high", "latency_ms",
    "avg_power_w", "evidence",
)  # fmt: skip
"""Columns of the table a notebook shows for a report."""
SHOWN_KERNELS = (
    "index", "name", "kernel", "energy_mj", "energy_mj_low", "energy_mj_high", "share", "latency_ms",
    "evidence",
)  # fmt: skip
SHOWN_DIFF = ("match", "name_a", "name_b", "energy_mj_a", "energy_mj_b", "energy_diff_mj", "latency_diff_ms")
SHOWN_SPLIT = (
    "kernels_on_device", "after", "sent_bytes", "device_energy_mj", "send_energy_mj", "energy_mj",
    "energy_mj_low", "energy_mj_high", "latency_ms", "best",
)  # fmt: skip


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


def diff_frame(diff: ModelDiff) -> pd.DataFrame:
    """One row per pair of kernels, largest change first: the fields of the JSON (mJ, ms, MACs; B minus A)."""
    import pandas as pd

    from predictors.research.diff_text import ROW_COLUMNS, row_dict

    return pd.DataFrame([row_dict(row) for row in diff.rows], columns=list(ROW_COLUMNS))


def split_frame(split: Split) -> pd.DataFrame:
    """One row per cut: the fields of the JSON (bytes, mJ, ms), `tensors` and `best` as words."""
    import pandas as pd

    from predictors.research.split_text import CUT_COLUMNS, cut_row

    return pd.DataFrame([cut_row(split, cut) for cut in split.cuts], columns=list(CUT_COLUMNS))


def report_html(report: ModelReport) -> str:
    """A report as an HTML table for notebooks: three digits, names escaped, versions below."""
    notes = [report.left_out] if report.left_out else []
    return _html(report_frame(report), SHOWN, [], [*notes, _versions(report)])


def estimate_html(estimate: Estimate) -> str:
    """An estimate as an HTML table of its kernels for notebooks, its total above."""
    target = f"{estimate.device_id}, {estimate.delegate}, {estimate.precision}"
    total = (
        f"{target}: {short(estimate.energy_mj)} mJ, 8 in 10 times {short(estimate.energy_mj_low)} to "
        f"{short(estimate.energy_mj_high)} mJ; {short(estimate.latency_ms)} ms; {estimate.evidence.value}"
    )
    return _html(kernel_table(estimate), SHOWN_KERNELS, [total], [])


def diff_html(diff: ModelDiff) -> str:
    """Two models as an HTML table for notebooks, the difference in words above."""
    from predictors.research.diff_text import diff_sentence

    return _html(diff_frame(diff), SHOWN_DIFF, [diff_sentence(diff)], [_versions(diff)])


def split_html(split: Split) -> str:
    """Every cut as an HTML table for notebooks, where to cut in words above."""
    from predictors.research.split_text import LEFT_OUT, split_sentences

    notes = [LEFT_OUT, split.link.basis, _versions(split.report)]
    return _html(split_frame(split), SHOWN_SPLIT, split_sentences(split), notes)


def _versions(made: ModelReport | ModelDiff) -> str:
    return f"data {made.data_version}, method {made.method_version}; 80 % intervals"


def _html(frame: pd.DataFrame, columns: tuple[str, ...], above: list[str], below: list[str]) -> str:
    shown = frame[[name for name in columns if name in frame.columns]]
    table: str = shown.to_html(index=False, escape=True, float_format=short, na_rep="")
    before, after = ("".join(f"<p>{escape(text)}</p>" for text in texts) for texts in (above, below))
    return f"{before}{table}{after}"
