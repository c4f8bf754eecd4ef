"""Other phones, and other delegates of the P40 Pro: the P40 Pro's CPU estimate times a measured ratio.

Every kernel of a network is scaled by the same ratio, so the split into kernels is the P40 Pro CPU's.
The ratio and its interval come from `predictors.energy.phones.evidence`. It depends a little on how much
energy the network takes, so it is asked for at the energy that an application of that many kernels was
measured at on the P40 Pro (`application_over_kernels` in settings/phones.toml).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.messages import Message
from predictors.energy.evidence import overall_evidence
from predictors.energy.fitting.features import Floats
from predictors.energy.fitting.transfer import LogInterval
from predictors.energy.p40.cpu import KERNELS_ONLY
from predictors.energy.phones.evidence import PhoneEvidence, Quantity, phone_evidence
from predictors.errors import InputError
from predictors.model.kernels import FusedModel, Kernel
from predictors.model.shared_work import once
from predictors.results.estimates import Estimate, Evidence, KernelEstimate, Note
from predictors.results.targets import DevicePredictor, Target, estimated_once

PRECISIONS = ("fp32", "int8")
RUNTIMES = {"cpu": "tflite-cpu", "cpu4": "tflite-cpu", "gpu": "tflite-gpu", "nnapi": "tflite-cpu"}
SOURCE_ID = "tu-2023-sec"
METER = Message("power monitor at the battery connector (whole phone)")
WIDE_FACTOR = 3.0  # above and below the figure, from which readers are told
LOWEST_SHARE = 1e-6
"""A lower end of 0 can't be carried over as a ratio: a millionth of the figure stands for it."""
TINY = 1e-300  # keeps the logarithm of an energy of 0 finite

# What the kernel predictor of the P40 Pro answers for itself, from its own kernel measurements.
_OWN_PREDICTORS = {("cpu", "fp32"), ("gpu", "fp32")}


def phone_targets() -> tuple[Target, ...]:
    """Every phone, delegate and precision the reference networks were run for, with the held-out error.

    Where the evidence is too thin, the target's evidence is UNSUPPORTED and `error_basis` says why.
    """
    evidence = phone_evidence()
    return tuple(
        _target(evidence, device_id, delegate, precision)
        for device_id in evidence.devices
        for delegate in RUNTIMES
        for precision in PRECISIONS
        if device_id != evidence.settings.source_device_id or (delegate, precision) not in _OWN_PREDICTORS
    )


def _target(evidence: PhoneEvidence, device_id: str, delegate: str, precision: str) -> Target:
    thin = evidence.why_thin(device_id, delegate, precision)
    errors = evidence.errors(device_id, delegate, precision)
    return Target(
        device_id=device_id,
        delegate=delegate,
        precision=precision,
        runtime=RUNTIMES[delegate],
        evidence=Evidence.UNSUPPORTED if thin else Evidence.TRANSFERRED,
        error_percent=None if thin else errors.median_percent,
        error_basis=thin or _basis(evidence, device_id, delegate, precision),
        source_ids=(SOURCE_ID,),
        meter=METER,
        idle_included=True,
        tested="ratios",
        error_high_percent=None if thin else errors.high_percent,
        error_count=0 if thin else errors.count,
    )


def _basis(evidence: PhoneEvidence, device_id: str, delegate: str, precision: str) -> str:
    own_error = Message("the P40 Pro estimate's own error comes on top")
    if evidence.is_source(device_id, delegate):
        count = len(evidence.steps["energy"].held_out)
        return Message(
            "median over {count} networks measured in fp32 and int8, each left out in turn; {own_error}",
            count=count,
            own_error=own_error,
        )
    pairs = evidence.errors(device_id, delegate, precision).count
    if precision == "int8":
        return Message(
            "median over {pairs} pairs of reference network and phone, each left out in turn, step from fp32 "
            "to int8 included; {own_error}",
            pairs=pairs,
            own_error=own_error,
        )
    return Message(
        "median over {pairs} pairs of reference network and phone, each left out in turn; {own_error}",
        pairs=pairs,
        own_error=own_error,
    )


def phone_predictor(target: Target, base: Callable[[str], DevicePredictor]) -> PhonePredictor:
    """The predictor of one transferred target.

    `base(delegate)` gives the P40 Pro's own fp32 predictor; it is asked for "cpu". Raises InputError
    EVIDENCE_TOO_THIN.
    """
    evidence = phone_evidence()
    # As its kernels are estimated, without an application around them.
    target = _target(evidence, target.device_id, target.delegate, target.precision)
    if target.evidence is Evidence.UNSUPPORTED:
        raise _too_thin(target, target.error_basis)
    return PhonePredictor(target, evidence, base(evidence.settings.source_delegate))


def _too_thin(target: Target, reason: str) -> InputError:
    where = f"{target.device_id}, {target.delegate}, {target.precision}"
    return InputError(
        "EVIDENCE_TOO_THIN",
        "No figure for {where}: {reason}. Choose another delegate or precision of this phone.",
        where=where,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """How one quantity is carried over: ratio (times the int8 step), and the interval of both."""

    ratio: float
    interval: LogInterval


@dataclass(frozen=True, slots=True)
class _SourceKernels:
    """What scaling the kernels of the base takes: energies (mJ), half widths (log), their laws scaled."""

    energies: Floats
    below: Floats
    above: Floats
    laws: dict[str, str]

    @classmethod
    def of(cls, parts: Sequence[KernelEstimate]) -> _SourceKernels:
        """The same for every phone."""
        energies = np.array([part.energy_mj for part in parts])
        laws = {law: _times_ratio(law) for law in dict.fromkeys(part.law for part in parts)}
        return cls(energies, *_half_widths(parts, energies), laws)


@dataclass(frozen=True, slots=True)
class PhonePredictor:
    """The P40 Pro CPU estimate of a network times the ratios of energy and latency of one target."""

    target: Target
    evidence: PhoneEvidence
    base: DevicePredictor

    def estimate(self, model: FusedModel) -> Estimate:
        """Estimate a whole network; InputError EVIDENCE_TOO_THIN if its interval is absurdly wide."""
        source = estimated_once(self.base, model)
        energy = self._scale("energy", source.energy_mj)
        if energy.interval.factor > self.evidence.settings.widest_factor:
            raise _too_thin(self.target, self._why_far(source.energy_mj))
        latency = self._scale("latency", source.energy_mj)
        kernels = self._scaled(source.kernels, energy, latency)
        energy_mj = sum(part.energy_mj for part in kernels)
        latency_ms = sum(part.latency_ms for part in kernels)
        around_energy = _log_interval(source.energy_mj_low, source.energy_mj, source.energy_mj_high)
        around_latency = _log_interval(source.latency_ms_low, source.latency_ms, source.latency_ms_high)
        # The transfer's own note says what a sum of kernels leaves out.
        carried_over = [note for note in source.warnings if note.code != KERNELS_ONLY]
        energy_low, energy_high = _ends(energy_mj, energy.interval.combined(around_energy))
        latency_low, latency_high = _ends(latency_ms, latency.interval.combined(around_latency))
        return Estimate(
            device_id=self.target.device_id,
            delegate=self.target.delegate,
            precision=self.target.precision,
            energy_mj=energy_mj,
            energy_mj_low=energy_low,
            energy_mj_high=energy_high,
            latency_ms=latency_ms,
            latency_ms_low=latency_low,
            latency_ms_high=latency_high,
            evidence=overall_evidence(kernels, self.target.evidence),
            kernels=kernels,
            warnings=(*carried_over, *self._warnings(source.energy_mj, energy)),
            source_ids=tuple(dict.fromkeys((*source.source_ids, SOURCE_ID))),
        )

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Estimate kernels on their own, with the ratio of a network of the middle of the measured ones.

        Their intervals cover the change of the ratio over all measured networks.
        """
        middle_mj = self._middle_mj()
        energy, latency = (self._over_all_networks(quantity, middle_mj) for quantity in ("energy", "latency"))
        return list(self._scaled(self.base.estimate_kernels(kernels), energy, latency))

    def _middle_mj(self) -> float:
        """Sum of kernels (mJ) of a network in the middle of the measured applications."""
        fit = self.evidence.pools["energy", self.target.delegate].model
        middle = math.exp(0.5 * (fit.log_low + fit.log_high))
        return middle / self.evidence.settings.application_over_kernels

    def _over_all_networks(self, quantity: Quantity, middle_mj: float) -> _Scale:
        scale = self._scale(quantity, middle_mj)
        if self.evidence.is_source(self.target.device_id, self.target.delegate):
            return scale
        fit = self.evidence.pools[quantity, self.target.delegate].model
        slope = abs(fit.slope(self.target.device_id, self.target.delegate))
        return replace(scale, interval=scale.interval.widened(0.5 * slope * (fit.log_high - fit.log_low)))

    def _scale(self, quantity: Quantity, source_fp32_mj: float) -> _Scale:
        """The ratio for a network of this energy on the source, from fp32 (times the int8 step for int8)."""
        device_id, delegate, precision = self.target.device_id, self.target.delegate, self.target.precision
        interval = self.evidence.interval(quantity, device_id, delegate, precision)
        step = self.evidence.steps[quantity].log_ratio if precision == "int8" else 0.0
        if self.evidence.is_source(device_id, delegate) or source_fp32_mj <= 0.0:
            return _Scale(math.exp(step), interval)
        fit = self.evidence.pools[quantity, delegate].model
        log_source_mj = self._log_source_mj(source_fp32_mj)
        extra = abs(fit.slope(device_id, delegate)) * fit.beyond_range(log_source_mj)
        ratio = math.exp(step + fit.log_ratio(device_id, delegate, log_source_mj))
        return _Scale(ratio, interval.widened(extra))

    def _log_source_mj(self, source_fp32_mj: float) -> float:
        """Log of the energy (mJ) of the application on the source, in the target's precision."""
        step = self.evidence.steps["energy"].log_ratio if self.target.precision == "int8" else 0.0
        return math.log(source_fp32_mj * self.evidence.settings.application_over_kernels) + step

    def _scaled(
        self, parts: Sequence[KernelEstimate], energy: _Scale, latency: _Scale
    ) -> tuple[KernelEstimate, ...]:
        """Every kernel times the ratio; its own interval and the ratio's add in quadrature."""
        source = once("phone-kernels", parts, lambda: _SourceKernels.of(parts))
        energies = source.energies * energy.ratio
        lows = energies * np.exp(-np.hypot(energy.interval.below, source.below))
        highs = energies * np.exp(np.hypot(energy.interval.above, source.above))
        return tuple(
            KernelEstimate(
                kernel=part.kernel,
                energy_mj=energy_mj,
                energy_mj_low=low,
                energy_mj_high=high,
                latency_ms=part.latency_ms * latency.ratio,
                evidence=part.evidence,
                law=source.laws[part.law],
                in_range=part.in_range,
            )
            for part, energy_mj, low, high in zip(
                parts, energies.tolist(), lows.tolist(), highs.tolist(), strict=True
            )
        )

    def _why_far(self, source_mj: float) -> str:
        return Message(
            "on the P40 Pro's CPU the kernels of this network use {source_mj:.3g} mJ, too far from "
            "the reference networks for the ratio between the two phones to be known",
            source_mj=source_mj,
        )

    def _warnings(self, source_mj: float, energy: _Scale) -> tuple[Note, ...]:
        notes = [self._transfer_note(energy)]
        target = self.target
        if not self.evidence.is_source(target.device_id, target.delegate) and source_mj > 0.0:
            fit = self.evidence.pools["energy", target.delegate].model
            if fit.beyond_range(self._log_source_mj(source_mj)) > 0.0:
                notes.append(_range_note(fit.log_low, fit.log_high))
        if energy.interval.factor > WIDE_FACTOR:
            message = Message(
                "The measured ratios spread widely: the interval spans a factor of {factor:.1f}.",
                factor=energy.interval.factor,
            )
            notes.append(Note("TRANSFER_WIDE", message))
        return tuple(notes)

    def _transfer_note(self, energy: _Scale) -> Note:
        target, multiple = self.target, self.evidence.settings.application_over_kernels
        return Note(
            "TRANSFERRED",
            Message(
                "Carried over from the Huawei P40 Pro's CPU: its estimate times {ratio:.2f} "
                "({error_basis}). The split into kernels is the P40 Pro CPU's. As a whole application, "
                "networks took {multiple:.1f} times the sum of their kernels there.",
                ratio=energy.ratio,
                error_basis=target.error_basis,
                multiple=multiple,
            ),
        )


def _times_ratio(law: str) -> str:
    return Message("{law}, times the measured ratio to the P40 Pro's CPU", law=law) if law else ""


def _range_note(log_low: float, log_high: float) -> Note:
    low_mj, high_mj = math.exp(log_low), math.exp(log_high)
    return Note(
        "TRANSFER_OUT_OF_RANGE",
        Message(
            "The reference networks use {low_mj:.0f} to {high_mj:.0f} mJ as applications on the P40 "
            "Pro's CPU; this one is outside, so its ratio is extrapolated and the interval is wider.",
            low_mj=low_mj,
            high_mj=high_mj,
        ),
    )


def _half_widths(parts: Sequence[KernelEstimate], energies: Floats) -> tuple[Floats, Floats]:
    """Half widths below and above of every kernel's energy, as `_log_interval` has them."""
    known = np.maximum(energies, TINY)
    lows = np.maximum([part.energy_mj_low for part in parts], known * LOWEST_SHARE)
    highs = np.maximum([part.energy_mj_high for part in parts], known)
    return np.maximum(np.log(known / lows), 0.0), np.log(highs / known)


def _log_interval(low: float, middle: float, high: float) -> LogInterval:
    """Half widths in log units; 0 where there is no positive figure."""
    if middle <= 0.0:
        return LogInterval(0.0, 0.0)
    below = math.log(middle / max(low, middle * LOWEST_SHARE))
    return LogInterval(max(0.0, below), max(0.0, math.log(max(high, middle) / middle)))


def _ends(middle: float, interval: LogInterval) -> tuple[float, float]:
    return middle * math.exp(-interval.below), middle * math.exp(interval.above)
