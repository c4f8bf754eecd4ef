"""What `estimate_model` returns: the network in numbers, its estimates, and what could not be estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from predictors.model.graph import DefaultedDimension, Shape
from predictors.results.columns import ESTIMATE, cells
from predictors.results.estimates import Estimate, Note
from predictors.results.figures import MeasuredFigure
from predictors.results.frames import html_table, versions_line

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class ModelInput:
    """One input of the network with the shape that was used (elements)."""

    name: str
    shape: Shape | None
    dtype: str


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A network in numbers. `macs`, `params`: elements; `kernels`: as TensorFlow Lite fuses on a CPU;
    `peak_memory_bytes`: weights as the file stores them (`weights_bytes`) and the largest activations that
    live at once."""

    name: str
    sha256: str
    inputs: tuple[ModelInput, ...]
    macs: int
    params: int
    nodes: int
    kernels: int
    precision: str
    opset: int
    producer: str
    defaulted: tuple[DefaultedDimension, ...] = ()
    file_format: str = "onnx"
    peak_memory_bytes: int = 0
    weights_bytes: int = 0


@dataclass(frozen=True, slots=True)
class NotEstimated:
    """A target that was asked for and got no figure, with the coded reason.

    `measured`: what was measured of this very network there.
    """

    device_id: str
    delegate: str
    precision: str
    reason: Note
    measured: tuple[MeasuredFigure, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelReport:
    """Everything JouleLens says about one network.

    `left_out` says which devices the data at hand holds nothing for, where all were asked about.
    """

    model: ModelSummary
    estimates: tuple[Estimate, ...]
    not_estimated: tuple[NotEstimated, ...] = ()
    data_version: str = ""
    method_version: str = ""
    left_out: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row per device, delegate and precision (see `predictors.results.report.report_frame`)."""

        return report_frame(self)

    def _repr_html_(self) -> str:
        """The table a notebook shows."""

        return report_html(self)


SHOWN = (
    "device_id", "delegate", "precision", "scope", "energy_mj", "energy_mj_low", "energy_mj_high",
    "latency_ms", "avg_power_w", "evidence",
)  # fmt: skip
"""Columns of the table a notebook shows for a report."""


def report_frame(report: ModelReport) -> pd.DataFrame:
    """One row per estimate and one per target without a figure: every column of `columns.ESTIMATE`, `reason`
    and `reason_code` (why there is no figure), versions."""
    import pandas as pd

    rows = [_estimate_row(estimate) for estimate in report.estimates]
    rows += [
        {
            "device_id": failure.device_id,
            "delegate": failure.delegate,
            "precision": failure.precision,
            "evidence": "unsupported",
            "reason": failure.reason.message,
            "reason_code": failure.reason.code,
        }
        for failure in report.not_estimated
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(
        model=report.model.name,
        peak_memory_bytes=report.model.peak_memory_bytes,
        data_version=report.data_version,
        method_version=report.method_version,
    )


def _estimate_row(estimate: Estimate) -> dict[str, Any]:
    return cells(ESTIMATE, estimate) | {"reason": "", "reason_code": ""}


def report_html(report: ModelReport) -> str:
    """A report as an HTML table for notebooks: three digits, names escaped, versions below."""
    notes = [report.left_out] if report.left_out else []
    return html_table(
        report_frame(report), SHOWN, [], [*notes, versions_line(report.data_version, report.method_version)]
    )
