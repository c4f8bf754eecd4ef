"""The kernels of a report as a Parquet file, typed, with the report's facts in the file's metadata."""

from __future__ import annotations

import io

from predictors.exports.content import Exported, facts
from predictors.results.rows import kernel_rows


def parquet(exported: Exported) -> bytes:
    """One row per device, delegate and kernel, the columns of the CSV.

    Model and totals are in the metadata: pandas gives them back as `frame.attrs["joulelens"]`.
    """
    import pandas as pd

    report = exported.report
    frame = pd.DataFrame(kernel_rows(report))
    frame.attrs["joulelens"] = {
        "model": report.model.name,
        "sha256": report.model.sha256,
        "estimates": [facts(report, estimate) for estimate in report.estimates],
    }
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()
