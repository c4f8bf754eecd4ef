"""What every export is made of, and the words that all of them share."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from data.bundle_build.sources import Source, load_sources
from data.layout import Layout
from predictors.errors import InputError
from predictors.model.graph import Graph
from predictors.results.columns import ESTIMATE, KERNEL, cells
from predictors.results.estimates import Estimate, KernelEstimate
from predictors.results.frames import rounded, short
from predictors.results.report import ModelReport

MJ_PER_KWH = 3.6e9
"""Millijoules in a kilowatt-hour: 3600 s/h times 1000 W/kW times 1000 mJ/J."""
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://joulelens.invalid/estimate")
TOOL = "JouleLens"


@dataclass(frozen=True, slots=True)
class Exported:
    """An estimate to write: the report, the graph it was made from, and when the file is made."""

    report: ModelReport
    graph: Graph
    made_at: datetime

    @property
    def model_name(self) -> str:
        """Name of the model, never empty."""
        return self.report.model.name or "model"


def energy_kwh(energy_mj: float) -> float:
    """An energy in kWh."""
    return rounded(energy_mj / MJ_PER_KWH)


def report_id(report: ModelReport) -> uuid.UUID:
    """The same identifier for the same model, targets and versions."""
    targets = [f"{each.device_id}/{each.delegate}/{each.precision}" for each in report.estimates]
    shapes = [f"{each.name}{each.shape}" for each in report.model.inputs]
    words = [report.model.sha256, *shapes, *targets, report.data_version, report.method_version]
    return uuid.uuid5(NAMESPACE, "|".join(words))


def first_estimate(report: ModelReport) -> Estimate:
    """The one estimate that formats for a single one write. Raises InputError OPTION_VALUE without any."""
    if not report.estimates:
        raise InputError("OPTION_VALUE", "There is no estimate to write. Choose a device with a figure.")
    return report.estimates[0]


_FACTS = (
    "device_id", "delegate", "precision", "scope", "energy_mj", "energy_mj_low", "energy_mj_high",
    "latency_ms", "latency_ms_low", "latency_ms_high", "idle_energy_mj", "kernel_sum_mj", "avg_power_w",
    "interval_level", "evidence",
    "kernels", "kernels_approximated", "kernels_unsupported", "warning_codes", "source_ids",
)  # fmt: skip


def facts(report: ModelReport, estimate: Estimate) -> dict[str, str]:
    """Everything an estimate says besides its kernels, as names (with units) and texts."""
    found = cells(ESTIMATE, estimate, _FACTS)
    told = {name: "" if cell is None else str(cell) for name, cell in found.items()}
    told["kernels_without_figure"] = told.pop("kernels_unsupported")
    return told | {"data_version": report.data_version, "method_version": report.method_version}


def estimate_words(report: ModelReport, estimate: Estimate) -> str:
    """An estimate with everything one has to know about it, in a few sentences."""
    coverage = estimate.coverage
    missing = (
        f" {coverage.unsupported} of {coverage.kernels} kernels have no figure and are left out."
        if coverage.unsupported
        else ""
    )
    low, middle, high = (
        short(each, 4) for each in (estimate.energy_mj_low, estimate.energy_mj, estimate.energy_mj_high)
    )
    return (
        f"Not measured: energy of one inference on {estimate.device_id}, {estimate.delegate}, "
        f"{estimate.precision} (scope: {estimate.scope.value}), {estimate.evidence.value} by {TOOL} "
        f"(data {report.data_version}, method {report.method_version}): {middle} mJ, "
        f"{round(10 * estimate.interval_level)} in 10 times between {low} and {high} mJ; "
        f"{short(estimate.latency_ms, 4)} ms. {coverage.approximated} of {coverage.kernels} "
        f"kernels approximated.{missing} Measurements behind it: "
        f"{', '.join(estimate.source_ids) or 'none named'}."
    )


def kernel_facts(part: KernelEstimate) -> dict[str, str | float | int]:
    """What is said about one kernel, with units in the names."""
    return {name: KERNEL[column].cell(part) for name, column in _KERNEL_FACTS.items()}


_KERNEL_FACTS = {
    "kernel": "index",
    "kernel type": "kernel",
    "energy (mJ)": "energy_mj",
    "energy low (mJ)": "energy_mj_low",
    "energy high (mJ)": "energy_mj_high",
    "latency (ms)": "latency_ms",
    "power (mW)": "power_mw",
    "MACs": "macs",
    "evidence": "evidence",
    "law": "law",
}
"""Name in the viewers of graphs -> column."""


def sources_of(report: ModelReport) -> list[Source]:
    """The sources behind the estimates of a report, in order of first use."""
    known = load_sources(Layout())
    named = dict.fromkeys(source_id for each in report.estimates for source_id in each.source_ids)
    return [known[source_id] for source_id in named if source_id in known]
