"""Estimates for one's own device: the known boards, conditioned on what was measured on it.

Total energy and latency come from `conditioning`; how a total splits into kernels is that of the known
system whose law is most like one's own measurements, since nobody measured the kernels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from predictors.energy.boards.data import board_settings
from predictors.energy.boards.features import TERMS, network_terms
from predictors.energy.boards.predictor import SOURCE_ID, BoardPredictor
from predictors.energy.calibrated.conditioning import (
    NORMAL_QUANTILE,
    TOO_FEW,
    Conditioned,
    Measured,
    condition,
    interval_factor,
    residual_sd,
)
from predictors.energy.calibrated.device_file import SCOPES, OwnDevice
from predictors.energy.calibrated.device_rows import MeasuredNetwork
from predictors.energy.calibrated.equal import equal_figures
from predictors.energy.calibrated.prior import QUANTITIES, KnownSystem, known_prior, log_laws
from predictors.errors import InputError
from predictors.model.kernels import FusedModel, Kernel, KernelKind
from predictors.results.estimates import Estimate, Evidence, KernelEstimate, Note
from predictors.results.figures import Scope
from predictors.results.targets import HeldOutErrors, Target

Floats: TypeAlias = NDArray[np.float64]

RUNTIME: Final = "tflite-cpu"
"""The fusing table of own devices: the known systems' reference networks are counted under it as well."""
UNLIKE_SD: Final = 2.0
"""Measurements further than this many standard deviations from what the others predict are pointed out."""
EXTRAPOLATED_FACTOR: Final = 1.5
"""The known boards ran MobileNets and EfficientNet-lites only. Transformers and the like get an interval 1.5
times as wide (assumed: no board of the bundle measured both kinds)."""
FAR_SHARE: Final = 0.2
"""A network counts as extrapolated from this share of its work in kernels of kinds nobody measured."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A total and the half-width of its interval on the log scale."""

    value: float
    half_width: float

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.value * math.exp(-self.half_width)

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.value * math.exp(self.half_width)


@dataclass(frozen=True, slots=True)
class Total:
    """A whole network: energy (mJ) and latency (ms) with their 80 % ranges."""

    energy: Spread
    latency: Spread


def measured_of(rows: Sequence[MeasuredNetwork], quantity: str) -> Measured:
    """Amounts and ln of what was measured (energy in mJ, latency in ms) of the rows that have it."""
    column = "energy_mj" if quantity == "energy" else "latency_ms"
    chosen = [row for row in rows if getattr(row, column) is not None and row.amounts]
    terms = np.array([row.amounts for row in chosen], dtype=np.float64).reshape(len(chosen), len(TERMS))
    return Measured(terms, np.log(np.array([getattr(row, column) for row in chosen], dtype=np.float64)))


@dataclass(frozen=True)
class CalibratedPredictor:
    """Estimates networks on one's own device in one precision, from a few measured networks of it."""

    device: OwnDevice
    precision: str

    @cached_property
    def rows(self) -> tuple[MeasuredNetwork, ...]:
        """What was measured in this precision."""
        return self.device.of(self.precision)

    @cached_property
    def energy(self) -> Measured:
        """The measured energies."""
        return measured_of(self.rows, "energy")

    @cached_property
    def latency(self) -> Measured:
        """The measured latencies."""
        return measured_of(self.rows, "latency")

    @cached_property
    def target(self) -> Target:
        """What this predictor answers for; the error is that of leaving out each own network in turn."""
        errors = HeldOutErrors.of(np.array(leave_one_out_percent(self), dtype=np.float64))
        known = errors.count
        return Target(
            device_id=self.device.device_id,
            delegate=delegate_of(self.device),
            precision=self.precision,
            runtime=RUNTIME,
            evidence=Evidence.CALIBRATED,
            error_percent=errors.median_percent if known else None,
            error_basis=Message("median over {n} networks of one's own, each left out in turn", n=known),
            systems=(),
            source_ids=(SOURCE_ID,),
            meter=self.device.meter or SCOPES[self.device.scope],
            idle_included=True,
            scope=Scope(self.device.scope) if self.device.scope in set(Scope) else Scope.WHOLE_DEVICE,
            tested="networks",
            error_high_percent=errors.high_percent if known else None,
            error_count=known,
        )

    def estimate(self, model: FusedModel) -> Estimate:
        """Estimate a whole network (mJ and ms per inference).

        Raises InputError EVIDENCE_TOO_THIN where no energy was measured in this precision.
        """
        if not len(self.energy.log_values):
            raise InputError(
                "EVIDENCE_TOO_THIN",
                "No energy was measured on {device} in {precision}. Measure a network there, or choose "
                "another precision.",
                device=self.device.name,
                precision=self.precision,
            )
        near = BoardPredictor(self.target, self.nearest.fitted, board_settings()).estimate(model)
        if near.evidence is Evidence.UNSUPPORTED or near.energy_mj <= 0.0 or near.latency_ms <= 0.0:
            return replace(near, evidence=Evidence.UNSUPPORTED)
        [total] = self.totals([model])
        energy, latency = total.energy, total.latency
        idle_w = self.device.idle_power_w or 0.0
        return replace(
            near,
            energy_mj=energy.value,
            energy_mj_low=energy.low,
            energy_mj_high=energy.high,
            latency_ms=latency.value,
            latency_ms_low=latency.low,
            latency_ms_high=latency.high,
            evidence=Evidence.CALIBRATED,
            kernels=tuple(_scaled(part, near, energy, latency) for part in near.kernels),
            warnings=(
                *self.notes(far=is_extrapolated(model.kernels)),
                *(note for note in near.warnings if note.code in KEPT_NOTES),
            ),
            idle_energy_mj=min(idle_w * latency.value, energy.value),
        )

    def totals(self, models: Sequence[FusedModel]) -> list[Total]:
        """Energy and latency of whole networks, all at once; how they split into kernels is left out."""
        terms = np.array([network_terms(model.kernels, self.precision) for model in models])
        far = [is_extrapolated(model.kernels) for model in models]
        energy = self._spreads("energy", terms, far)
        if len(self.latency.log_values):
            latency = self._spreads("latency", terms, far)
        else:
            latency = [self._from_power(row[None, :], each) for row, each in zip(terms, energy, strict=True)]
        return [Total(*pair) for pair in zip(energy, latency, strict=True)]

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Kernels on their own: the most similar known system's, at the level of one's own device."""
        near = BoardPredictor(self.target, self.nearest.fitted, board_settings()).estimate_kernels(kernels)
        level = math.exp(self._level("energy"))
        tempo = math.exp(self._level("latency")) if len(self.latency.log_values) else level
        half = self._factor("energy") * self._typical_sd * self.misfit
        return [
            replace(
                part,
                energy_mj=part.energy_mj * level,
                energy_mj_low=part.energy_mj_low * level * math.exp(-half),
                energy_mj_high=part.energy_mj_high * level * math.exp(half),
                latency_ms=part.latency_ms * tempo,
            )
            for part in near
        ]

    @cached_property
    def nearest(self) -> KnownSystem:
        """The known system whose law, at its own level, is most like the measurements."""
        prior = known_prior(self.precision, "energy")
        residual = self.energy.log_values - log_laws(prior.systems, "energy", self.energy.terms)
        level = residual.mean(axis=1)
        misfit = ((residual - level[:, None]) ** 2).mean(axis=1)
        # With one network every profile fits: then the system of the most similar level is taken.
        order = np.abs(level) if len(self.energy.log_values) < 2 else misfit
        return prior.systems[int(np.argmin(order))]

    def _level(self, quantity: str) -> float:
        measured = self.energy if quantity == "energy" else self.latency
        return float((measured.log_values - log_laws([self.nearest], quantity, measured.terms)[0]).mean())

    @cached_property
    def misfit(self) -> float:
        """How much wider the ranges of energies are because the measured ones fit the known boards badly."""
        count = len(self.energy.log_values)
        return self.conditioned("energy", self.energy.terms[:1]).scale if count else 1.0

    @cached_property
    def equal(self) -> tuple[Message, ...]:
        """Notes on networks with about the same energy or latency, though unequal on every known board."""
        said = [equal_figures(self.rows, known_prior(self.precision, each)) for each in QUANTITIES]
        return tuple(note for note in said if note is not None)

    @cached_property
    def _unlike(self) -> float:
        return unlike(self)

    @cached_property
    def _typical_sd(self) -> float:
        return math.sqrt(known_prior(self.precision, "energy").noise_variance)

    def _factor(self, quantity: str) -> float:
        count = len((self.energy if quantity == "energy" else self.latency).log_values)
        if self.device.kind == "phone":
            return PHONE_FACTOR[self.precision, quantity][min(max(count, 1), 3) - 1]
        # Factors hardly change beyond ten networks, and no known board ran all standard ones.
        return interval_factor(self.precision, quantity, min(count, 10))

    def conditioned(self, quantity: str, terms: Floats) -> Conditioned:
        """Mean and spread of ln mJ or ln ms of networks with these amounts (n, len(TERMS))."""
        measured = self.energy if quantity == "energy" else self.latency
        return condition(known_prior(self.precision, quantity), measured, terms)

    def _spreads(self, quantity: str, terms: Floats, far: Sequence[bool]) -> list[Spread]:
        found, factor = self.conditioned(quantity, terms), self._factor(quantity)
        return [
            Spread(math.exp(mean), sd * factor * (EXTRAPOLATED_FACTOR if is_far else 1.0))
            for mean, sd, is_far in zip(found.mean.tolist(), found.sd.tolist(), far, strict=True)
        ]

    def _from_power(self, terms: Floats, energy: Spread) -> Spread:
        power = _known_power(self.precision, terms)
        return Spread(energy.value / power.value, math.hypot(energy.half_width, power.half_width))

    def notes(self, *, far: bool = False) -> tuple[Note, ...]:
        """Warnings of every figure of the device; `far`: the network is unlike the measured ones."""
        count = len(self.energy.log_values)
        notes = [
            Note(
                "CALIBRATED",
                Message(
                    "Calibrated on {count} networks measured on your device and on {known} measured systems. "
                    "The split into kernels is that of {nearest}, the most similar one.",
                    count=count,
                    known=len(known_prior(self.precision, "energy").systems),
                    nearest=self.nearest.fitted.rows.system,
                ),
            )
        ]
        if self.device.kind == "phone":
            notes.append(Note("CALIBRATION_PHONE", PHONE))
        if count < TOO_FEW:
            notes.append(Note("CALIBRATION_FEW", FEW))
        if not len(self.latency.log_values):
            notes.append(Note("CALIBRATION_NO_LATENCY", NO_LATENCY))
        if far:
            notes.append(Note("CALIBRATION_EXTRAPOLATED", EXTRAPOLATED))
        if uncounted := sum(row.energy_mj is not None and not row.amounts for row in self.rows):
            notes.append(Note("CALIBRATION_NOT_COUNTED", Message(NOT_COUNTED, rows=uncounted)))
        worst = self._unlike
        if worst > UNLIKE_SD:
            notes.append(Note("CALIBRATION_UNLIKE", Message(UNLIKE_KNOWN, sd=worst)))
        notes += [Note("CALIBRATION_EQUAL", each) for each in self.equal]
        return tuple(notes)


PHONE_FACTOR: Final = {
    ("fp32", "energy"): (2.8, 2.2, 1.8),
    ("fp32", "latency"): (3.5, 2.6, 1.9),
    ("int8", "energy"): (4.4, 6.1, 2.0),
    ("int8", "latency"): (5.6, 6.5, 2.55),
}
"""What a standard deviation is multiplied by on a phone's CPU (one thread), after one, two, and three or more
networks: the 80 % quantile of |z| when the eight measured phones are calibrated with MobileNetV1,
EfficientNet-lite0 and SSD-MobileNetV2 and their other reference networks are predicted
(tests/test_calibrated_phones.py). From two networks on, the standard deviation holds their misfit."""
PHONE: Final = Message(
    "The known systems are boards. On the CPUs of eight phones the median error was 14 to 19 % in fp32 and "
    "38 to 46 % in int8, so the range is wide."
)
FEW: Final = Message(
    "Fewer than three networks were measured, so the range is 1.5 times as wide. Measure three: a tiny, a "
    "middle and a large one."
)
NO_LATENCY: Final = Message(
    "No latency was measured: it follows from the energy and the power of the known boards, roughly. Add "
    "latencies to narrow it."
)
EXTRAPOLATED: Final = Message(
    "The known boards ran MobileNets and EfficientNet-lites. This network is of another kind: the range is "
    "1.5 times as wide, and nothing checks it."
)
UNLIKE_KNOWN: Final = (
    "Your measurements are unlike all known systems: one lies {sd:.1f} standard deviations from what the "
    "others predict. Check it, or measure more networks."
)
NOT_COUNTED: Final = Message(
    "{rows} measured networks cannot predict others: their amount of work is not known here. Give their "
    "model files to `calibrate`, or open them on the page beside the device."
)
KEPT_NOTES: Final = frozenset({"KERNELS_UNSUPPORTED", "KERNELS_APPROXIMATED"})
"""Notes of the most similar system that are true of one's own device as well."""


def _known_power(precision: str, terms: Floats) -> Spread:
    """Mean power (W) of the known systems on a network, with its spread over them."""
    energy, latency = known_prior(precision, "energy"), known_prior(precision, "latency")
    log_power = energy.asked_laws(terms)[:, 0] - latency.asked_laws(terms)[:, 0]
    mean = float(energy.weights @ log_power)
    variance = float(energy.weights @ (log_power - mean) ** 2)
    return Spread(math.exp(mean), NORMAL_QUANTILE * math.sqrt(variance))


def _scaled(part: KernelEstimate, near: Estimate, energy: Spread, latency: Spread) -> KernelEstimate:
    """One kernel of the most similar system at the total of one's own device."""
    if part.energy_mj <= 0.0:
        return part
    value = part.energy_mj * energy.value / near.energy_mj
    below = math.hypot(math.log(part.energy_mj / max(part.energy_mj_low, 1e-12)), energy.half_width)
    above = math.hypot(math.log(part.energy_mj_high / part.energy_mj), energy.half_width)
    return replace(
        part,
        energy_mj=value,
        energy_mj_low=value * math.exp(-below),
        energy_mj_high=value * math.exp(above),
        latency_ms=part.latency_ms * latency.value / near.latency_ms,
    )


_CONVOLUTIONAL: Final = frozenset(kind for kind in KernelKind if "conv" in kind.value) | {
    KernelKind.FC,
    KernelKind.SE,
}


def is_extrapolated(kernels: Sequence[Kernel]) -> bool:
    """Whether much of a network's work is of kinds that no known board ran: attention, recurrent layers."""
    macs = sum(kernel.macs for kernel in kernels)
    other = sum(kernel.macs for kernel in kernels if kernel.kind not in _CONVOLUTIONAL)
    return macs > 0 and other / macs > FAR_SHARE


def delegate_of(device: OwnDevice) -> str:
    """The delegate under which a device of one's own is asked for: its runtime's name, or `own`."""
    return "-".join(device.runtime.lower().split())[:40] or "own"


def leave_one_out_percent(predictor: CalibratedPredictor) -> list[float]:
    """Per own network with an energy: error (%) when the others predict it; NaN with one network only."""
    from predictors.energy.calibrated.conditioning import leave_one_out

    measured = predictor.energy
    if len(measured.log_values) < 2:
        return [math.nan] * len(measured.log_values)
    prior = known_prior(predictor.precision, "energy")
    return [
        100.0 * abs(math.expm1(float(leave_one_out(prior, measured, at).mean[0]) - value))
        for at, value in enumerate(measured.log_values.tolist())
    ]


def unlike(predictor: CalibratedPredictor) -> float:
    """How many standard deviations the worst own figure lies from what the others say; 0 with one."""
    return max(
        _unlike(predictor.precision, "energy", predictor.energy),
        _unlike(predictor.precision, "latency", predictor.latency),
    )


def _unlike(precision: str, quantity: str, measured: Measured) -> float:
    if len(measured.log_values) < 2:
        return 0.0
    distances = np.abs(residual_sd(known_prior(precision, quantity), measured))
    factor = interval_factor(precision, quantity, min(len(distances) - 1, 10), scaled=False)
    return float(np.nanmax(distances) / factor * NORMAL_QUANTILE)
