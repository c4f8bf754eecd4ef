"""A device of one's own kernel by kernel: latency from its own kernels, and energy at the power of each.

No sensor resolves single kernels of a network. Where kernels were looped under one, each has the power that
it drew there, brought to the level of the networks measured on the device. Otherwise energy is apportioned by
time: latency times the mean power of those networks. The spread of either goes into the range.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final

import numpy as np

from data.messages import Message
from predictors.energy.calibrated.conditioning import STANDARD_ORDER
from predictors.energy.calibrated.device_rows import MeasuredNetwork
from predictors.energy.calibrated.predictor import CalibratedPredictor, Spread, Total
from predictors.energy.fitting.gaussian_process import Z_80, sum_log_sd
from predictors.energy.own_kernels.features import Floats
from predictors.energy.own_kernels.files import PowerFit
from predictors.energy.own_kernels.fitted import FittedKernels, NetworkTime
from predictors.fusing import fuse
from predictors.model.kernels import FusedModel, Kernel
from predictors.results.estimates import Estimate, Evidence, KernelEstimate, Note
from predictors.results.targets import Target

RUNTIME: Final = "onnxruntime"
LONE_POWER_SD: Final = 0.15
"""ln spread of power over networks where one network was measured: boards' networks differ by 10 to 20 %."""
LAW: Final = Message("model of own kernels, energy apportioned by time")
POOLED_LAW: Final = Message("all own kernels together, energy apportioned by time")
NOTE: Final = Message(
    "Kernel by kernel from {networks} networks profiled on your device (median error {error:.1f} %, each "
    "left out). Energy is apportioned by time, at the power of the networks measured there."
)
MEASURED_LAW: Final = Message("model of own kernels, energy at the power of kernels that were looped")
MEASURED_NOTE: Final = Message(
    "Kernel by kernel from {networks} networks profiled on your device (median error {error:.1f} %, each "
    "left out). Each kernel's energy is its time at the power of {kernels} kernels that ran there alone "
    "under the sensor (median error {power:.1f} %, each left out)."
)
LEVEL_NETWORKS: Final = 12
"""Measured networks that the power of looped kernels is compared with: each has to be read again."""


@dataclass(frozen=True, slots=True)
class _Watts:
    """Power (W) while each kernel runs, the spread of its ln, and whether kernels were looped for it."""

    each: Floats
    sd: Floats
    is_measured: bool


def _total(found: NetworkTime, watts: _Watts, power_sd: float) -> Total:
    energy_sd = math.hypot(found.log_sd, power_sd)
    return Total(
        Spread(float(watts.each @ found.kernel_ms), Z_80 * energy_sd),
        Spread(found.total_ms, Z_80 * found.log_sd),
    )


def _of_power(fit: PowerFit) -> dict[str, float]:
    return {"kernels": fit.kernels, "power": fit.error_percent}


@lru_cache(maxsize=16)
def fused_network(model: str) -> FusedModel:
    """A sample or board network as the runtime fuses it."""
    from predictors.energy.calibrated.calibration import network_file
    from predictors.reading import read_model
    from predictors.samples import SAMPLES, sample_bytes

    content = sample_bytes(model) if model in SAMPLES else network_file(model, "fp32")
    return fuse(read_model(content), RUNTIME)


@dataclass(frozen=True)
class OwnKernelPredictor(CalibratedPredictor):
    """Estimates networks from the device's own kernels."""

    kernels: FittedKernels

    @cached_property
    def target(self) -> Target:
        """What this predictor answers for."""
        fit = self.kernels.fit
        return replace(
            super().target,
            runtime=RUNTIME,
            evidence=Evidence.PREDICTED,
            error_percent=fit.error_percent,
            error_basis=Message(
                "median latency error over {networks} profiled networks of one's own, each left out",
                networks=fit.networks,
            ),
            error_high_percent=None,  # The file keeps the median and the worst.
            error_count=fit.networks,
        )

    @cached_property
    def power(self) -> tuple[float, float]:
        """Mean power (W) over the networks measured, and the spread of its logarithm."""
        known = [row for row in self.rows if row.energy_mj and row.latency_ms]
        logs = np.log([(row.energy_mj or 1.0) / (row.latency_ms or 1.0) for row in known])
        sd = float(logs.std(ddof=1)) if len(logs) > 1 else LONE_POWER_SD
        return float(np.exp(logs.mean())), sd

    def estimate(self, model: FusedModel) -> Estimate:
        """Estimate a whole network (mJ and ms); as `CalibratedPredictor` where the power is unknown."""
        if not any(row.energy_mj and row.latency_ms for row in self.rows) or not model.kernels:
            return super().estimate(model)
        found = self.kernels.network(model.kernels)
        watts, power_sd = self._watts(model.kernels, found)
        parts = tuple(self._part(kernel, found, watts, at) for at, kernel in enumerate(model.kernels))
        total = _total(found, watts, power_sd)
        energy, latency = total.energy, total.latency
        idle_w = self.device.idle_power_w or 0.0
        return Estimate(
            device_id=self.target.device_id,
            delegate=self.target.delegate,
            precision=self.precision,
            energy_mj=energy.value,
            energy_mj_low=energy.low,
            energy_mj_high=energy.high,
            latency_ms=latency.value,
            latency_ms_low=latency.low,
            latency_ms_high=latency.high,
            evidence=Evidence.PREDICTED,
            kernels=parts,
            warnings=self._notes(parts),
            idle_energy_mj=min(idle_w * latency.value, energy.value),
            source_ids=self.target.source_ids,
        )

    def totals(self, models: Sequence[FusedModel]) -> list[Total]:
        """Energy and latency of whole networks, as `estimate` gives them."""
        if not any(row.energy_mj and row.latency_ms for row in self.rows):
            return super().totals(models)
        found = [(model.kernels, self.kernels.network(model.kernels)) for model in models]
        return [_total(times, *self._watts(kernels, times)) for kernels, times in found]

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Kernels on their own."""
        found = self.kernels.network(kernels)
        watts, _ = self._watts(kernels, found)
        return [self._part(kernel, found, watts, at) for at, kernel in enumerate(kernels)]

    def _watts(self, kernels: Sequence[Kernel], found: NetworkTime) -> tuple[_Watts, float]:
        """Power while each kernel runs, and the spread of the logarithm of the network's mean power."""
        known = self.kernels.watts(kernels)
        if known is None:
            mean_w, sd = self.power
            return _Watts(np.full(len(kernels), mean_w), np.full(len(kernels), sd), is_measured=False), sd
        each, covariance = known
        level, level_sd = self._power_level
        energies = each * found.kernel_ms
        sd = math.hypot(sum_log_sd(energies, covariance, 0.0), level_sd)
        return _Watts(level * each, np.hypot(np.sqrt(np.diag(covariance)), level_sd), is_measured=True), sd

    @cached_property
    def _power_level(self) -> tuple[float, float]:
        """Factor from the power of looped kernels to that of networks, and its spread (ln).

        From the networks measured here whose kernels are known: a loop is not quite what runs in a network.
        """
        logs = [each for row in self.rows[:LEVEL_NETWORKS] if (each := self._above_kernels(row)) is not None]
        if not logs:
            return 1.0, LONE_POWER_SD
        # One network more than there are, as unlike as a lone one may be: two that agree prove little.
        spread = math.sqrt((LONE_POWER_SD**2 + sum((each - np.mean(logs)) ** 2 for each in logs)) / len(logs))
        return float(np.exp(np.mean(logs))), min(spread, LONE_POWER_SD)

    def _above_kernels(self, row: MeasuredNetwork) -> float | None:
        """ln of a measured network's mean power over that of its kernels; None where either is unknown."""
        from predictors.samples import SAMPLES

        if not row.energy_mj or not row.latency_ms or row.model not in {*SAMPLES, *STANDARD_ORDER}:
            return None
        kernels = fused_network(row.model).kernels
        found, known = self.kernels.network(kernels), self.kernels.watts(kernels)
        if known is None:
            return None
        return math.log(row.energy_mj / row.latency_ms) - math.log(
            float(known[0] @ found.kernel_ms) / found.total_ms
        )

    def _part(self, kernel: Kernel, found: NetworkTime, watts: _Watts, at: int) -> KernelEstimate:
        times, latency_ms = found.times, float(found.kernel_ms[at])
        sd = math.hypot(math.sqrt(float(times.covariance[at, at])), float(watts.sd[at]))
        factor = math.exp(Z_80 * sd)
        energy_mj = float(watts.each[at]) * latency_ms
        pooled = times.is_pooled[at]
        return KernelEstimate(
            kernel=kernel,
            energy_mj=energy_mj,
            energy_mj_low=energy_mj / factor,
            energy_mj_high=energy_mj * factor,
            latency_ms=latency_ms,
            evidence=Evidence.APPROXIMATED if pooled else Evidence.PREDICTED,
            law=MEASURED_LAW if watts.is_measured else POOLED_LAW if pooled else LAW,
            in_range=times.in_range[at],
        )

    def _notes(self, parts: Sequence[KernelEstimate]) -> tuple[Note, ...]:
        from predictors.energy.evidence import kernel_notes

        fit = self.kernels.fit
        template, power = (NOTE, {}) if fit.power is None else (MEASURED_NOTE, _of_power(fit.power))
        own = Note("OWN_KERNELS", Message(template, networks=fit.networks, error=fit.error_percent, **power))
        return (own, *kernel_notes(parts))
