"""A report as Markdown: for an issue, a README, a model card."""

from __future__ import annotations

import re

from predictors.errors import printable
from predictors.exports.content import Exported, estimate_words, sources_of
from predictors.results.estimates import Estimate
from predictors.results.rounding import short

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|$~^])")

LONGEST = 2000
"""Characters of a text that are shown."""


def escaped(text: str) -> str:
    """A name from a file that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", printable(text, LONGEST))


def markdown(exported: Exported) -> str:
    """Estimates as a table, kernels of each, notes, sources and versions."""
    report = exported.report
    model = report.model
    lines = [
        f"# Energy of {escaped(exported.model_name)}",
        "",
        f"{model.macs:,} multiply-accumulates, {model.params:,} parameters, {model.nodes} operators, "
        f"{model.precision}. SHA-256 `{model.sha256}`.",
        "",
        "| Device | Delegate | Precision | Energy (mJ) | 8 in 10 times (mJ) | Latency (ms) | Power (W) "
        "| Obtained |",
        "|---|---|---|--:|:-:|--:|--:|---|",
        *(_estimate_row(estimate) for estimate in report.estimates),
        "",
    ]
    for failure in report.not_estimated:
        where = f"{failure.device_id}, {failure.delegate}, {failure.precision}"
        lines.append(f"- No figure for {where}: {escaped(failure.reason.message)} (`{failure.reason.code}`)")
    for estimate in report.estimates:
        lines += _details(exported, estimate)
    lines += ["## Sources of the measurements", ""]
    for source in sources_of(report):
        licence = escaped(source.licence)
        lines.append(
            f"- {escaped(source.authors)}: [{escaped(source.source_title)}]({source.url}). {licence}."
        )
    lines += ["", f"JouleLens, data {report.data_version}, method {report.method_version}.", ""]
    return "\n".join(lines)


def _estimate_row(estimate: Estimate) -> str:
    span = f"{short(estimate.energy_mj_low)} to {short(estimate.energy_mj_high)}"
    return (
        f"| {estimate.device_id} | {estimate.delegate} | {estimate.precision} | {short(estimate.energy_mj)} "
        f"| {span} | {short(estimate.latency_ms)} | {short(estimate.avg_power_w)} "
        f"| {estimate.evidence.value} |"
    )


def _details(exported: Exported, estimate: Estimate) -> list[str]:
    lines = [
        f"## {estimate.device_id}, {estimate.delegate}, {estimate.precision}",
        "",
        escaped(estimate_words(exported.report, estimate)),
        "",
        "| # | Kernel | Name | Energy (mJ) | 8 in 10 times (mJ) | Latency (ms) | MACs | Obtained |",
        "|--:|---|---|--:|:-:|--:|--:|---|",
    ]
    for part in estimate.kernels:
        span = f"{short(part.energy_mj_low)} to {short(part.energy_mj_high)}"
        lines.append(
            f"| {part.kernel.index} | {part.kernel.kind.value} | {escaped(part.kernel.name)} "
            f"| {short(part.energy_mj)} | {span} | {short(part.latency_ms)} | {part.kernel.macs:,} "
            f"| {part.evidence.value} |"
        )
    notes = [f"- {escaped(note.message)} (`{note.code}`)" for note in dict.fromkeys(estimate.warnings)]
    return [*lines, "", *notes, ""]
