"""Every format a report can be written in: the one list behind the command line and the page."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

from predictors.exports.content import Exported, facts
from predictors.exports.documents import latex, markdown
from predictors.exports.graph_viewers import model_explorer, netron
from predictors.exports.records import boamps, cyclonedx
from predictors.results.rows import kernel_rows, report_csv, report_json, report_table


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


@dataclass(frozen=True, slots=True)
class Format:
    """One format: `suffix` of its files without the dot, `about` what it is for."""

    id: str
    title: str
    suffix: str
    mime: str
    about: str
    write: Callable[[Exported], str | bytes]

    @property
    def is_binary(self) -> bool:
        """Whether it can't be shown on a terminal."""
        return self.mime == "application/vnd.apache.parquet"


_JSON = "application/json"
FORMATS: dict[str, Format] = {
    each.id: each
    for each in (
        Format("table", "Text", "txt", "text/plain", "to read", lambda made: report_table(made.report)),
        Format("json", "JSON", "json", _JSON, "everything", lambda made: report_json(made.report)),
        Format("csv", "CSV", "csv", "text/csv", "a row per kernel", lambda made: report_csv(made.report)),
        Format(
            "parquet",
            "Parquet",
            "parquet",
            "application/vnd.apache.parquet",
            "a row per kernel, typed",
            parquet,
        ),
        Format("markdown", "Markdown", "md", "text/markdown", "for a README or a model card", markdown),
        Format("latex", "LaTeX", "tex", "application/x-tex", "a table with the works to cite", latex),
        Format(
            "cyclonedx", "CycloneDX", "cdx.json", _JSON, "an ML-BOM with the energy of inference", cyclonedx
        ),
        Format("boamps", "BoAmps", "boamps.json", _JSON, "a report in Boavizta's data model", boamps),
        Format("netron", "Netron", "netron.json", _JSON, "drop it on the model that is open there", netron),
        Format(
            "model-explorer", "Model Explorer", "nodes.json", _JSON, "node data to load there", model_explorer
        ),
    )
}
"""Format by id, in the order they are offered."""
