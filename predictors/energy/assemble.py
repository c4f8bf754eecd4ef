"""From figures of kernels to what a reader gets: estimates with intervals, evidence and warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from predictors.energy.intervals import COMPOSITION_SD, log_interval, sum_log_sd
from predictors.energy.laws import Law
from predictors.energy.machine import MachineFigures
from predictors.estimates import Estimate, Evidence, KernelEstimate, Note
from predictors.kernels import Kernel
from predictors.targets import Target

PREDICTED_LAW = "model of measured kernels"
OUTSIDE_SHARE_NOTED = 0.2
"""A total that rests on kernels outside the measured range for this share says so first."""


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
        in_range=figures.in_range[place],
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
        evidence=target.evidence,
        kernels=parts,
        warnings=(*kernel_notes(parts), *notes),
        source_ids=target.source_ids,
    )


def kernel_notes(parts: Sequence[KernelEstimate]) -> tuple[Note, ...]:
    """Warnings about kernels left out, approximated or outside the measured range."""
    notes = [_unsupported_note(parts), _approximated_note(parts), _outside_note(parts)]
    return tuple(note for note in notes if note is not None)


def _unsupported_note(parts: Sequence[KernelEstimate]) -> Note | None:
    names = Counter(
        part.kernel.ops[0] if part.kernel.ops else part.kernel.name
        for part in parts
        if part.evidence is Evidence.UNSUPPORTED
    )
    if not names:
        return None
    listed = ", ".join(f"{name[:60]} ({count})" for name, count in sorted(names.items()))
    return Note(
        "KERNELS_UNSUPPORTED",
        f"{sum(names.values())} of {len(parts)} kernels have no figure and count 0, so the true total is "
        f"higher: {listed}.",
    )


def _share(parts: Sequence[KernelEstimate], chosen: Sequence[KernelEstimate]) -> float:
    total = sum(part.energy_mj for part in parts)
    return sum(part.energy_mj for part in chosen) / total if total > 0 else 0.0


def _approximated_note(parts: Sequence[KernelEstimate]) -> Note | None:
    chosen = [part for part in parts if part.evidence is Evidence.APPROXIMATED]
    if not chosen:
        return None
    kinds = ", ".join(sorted({part.kernel.kind.value for part in chosen}))
    return Note(
        "KERNELS_APPROXIMATED",
        f"{len(chosen)} of {len(parts)} kernels ({100 * _share(parts, chosen):.0f} % of the energy) have no "
        f"measurements of their type and follow a named law: {kinds}. Their intervals are wider.",
    )


def _outside_note(parts: Sequence[KernelEstimate]) -> Note | None:
    chosen = [part for part in parts if not part.in_range and part.evidence is not Evidence.UNSUPPORTED]
    if not chosen:
        return None
    share = _share(parts, chosen)
    lead = "Much of this total is extrapolated: " if share >= OUTSIDE_SHARE_NOTED else ""
    return Note(
        "KERNELS_OUT_OF_RANGE",
        f"{lead}{len(chosen)} of {len(parts)} kernels ({100 * share:.0f} % of the energy) lie outside the "
        "measured configurations. Their intervals are wider.",
    )
