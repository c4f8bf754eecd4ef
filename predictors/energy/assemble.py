"""From figures of kernels to what a reader gets: estimates with intervals, evidence and warnings."""

from __future__ import annotations

from collections.abc import Sequence

from data.messages import Message
from predictors.energy.evidence import kernel_notes, overall_evidence
from predictors.energy.fitting.gaussian_process import COMPOSITION_SD, log_interval, sum_log_sd
from predictors.energy.kernels.composition import MachineFigures
from predictors.energy.kernels.surrogate_laws import Law
from predictors.model.kernels import Kernel
from predictors.results.estimates import Estimate, Evidence, KernelEstimate, Note
from predictors.results.targets import Target

PREDICTED_LAW = Message("model of measured kernels")


def kernel_estimates(kernels: Sequence[Kernel], figures: MachineFigures) -> tuple[KernelEstimate, ...]:
    """One estimate per kernel, each with its own 80 % interval."""
    return tuple(_kernel_estimate(kernel, place, figures) for place, kernel in enumerate(kernels))


def _kernel_estimate(kernel: Kernel, place: int, figures: MachineFigures) -> KernelEstimate:
    law = figures.laws[place]
    energy_mj = float(figures.energy.values[place])
    low, high = log_interval(energy_mj, float(figures.energy.log_sd[place]))
    evidence = _evidence(law)
    return KernelEstimate(
        kernel=kernel,
        energy_mj=energy_mj,
        energy_mj_low=low,
        energy_mj_high=high,
        latency_ms=float(figures.latency.values[place]),
        evidence=evidence,
        law="" if law is None else law.name or PREDICTED_LAW,
        in_range=law is not None and figures.in_range[place],
    )


def _evidence(law: Law | None) -> Evidence:
    if law is None:
        return Evidence.UNSUPPORTED
    return Evidence.APPROXIMATED if law.name else Evidence.PREDICTED


def assemble_estimate(
    target: Target,
    kernels: Sequence[Kernel],
    figures: MachineFigures,
    notes: Sequence[Note] = (),
    composition_sd: float = COMPOSITION_SD,
) -> Estimate:
    """A network's estimate: the sum over its kernels, with what their errors share in the interval.

    `notes` are added to the warnings that the kernels themselves give rise to; `composition_sd` is the log
    standard deviation between a network and the sum of its kernels.
    """
    parts = kernel_estimates(kernels, figures)
    energy_mj = sum(part.energy_mj for part in parts)
    latency_ms = sum(part.latency_ms for part in parts)
    energy_sd = sum_log_sd(figures.energy.amounts, figures.energy.log_covariance, composition_sd)
    latency_sd = sum_log_sd(figures.latency.amounts, figures.latency.log_covariance, composition_sd)
    energy_low, energy_high = log_interval(energy_mj, energy_sd)
    latency_low, latency_high = log_interval(latency_ms, latency_sd)
    return Estimate(
        device_id=target.device_id,
        delegate=target.delegate,
        precision=target.precision,
        energy_mj=energy_mj,
        energy_mj_low=energy_low,
        energy_mj_high=energy_high,
        latency_ms=latency_ms,
        latency_ms_low=latency_low,
        latency_ms_high=latency_high,
        evidence=overall_evidence(parts, target.evidence),
        kernels=parts,
        warnings=(*kernel_notes(parts), *notes),
        source_ids=target.source_ids,
    )
