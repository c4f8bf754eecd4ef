"""A device of one's own kernel by kernel: latency from its own kernels, energy at the power of its networks.

Nobody's sensor resolves single kernels of a network, so energy is apportioned by time: latency times the mean
power that the device drew in the networks measured on it, whose spread goes into the range.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from data.messages import Message
from predictors.energy.calibrated.predictor import CalibratedPredictor
from predictors.energy.fitting.gaussian_process import Z_80
from predictors.energy.own_kernels.files import FittedKernels, NetworkTime
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
        parts = tuple(self._part(kernel, found, at) for at, kernel in enumerate(model.kernels))
        latency_ms = found.total_ms
        watts, power_sd = self.power
        wide = math.exp(Z_80 * found.log_sd)
        both = math.exp(Z_80 * math.hypot(found.log_sd, power_sd))
        energy_mj = watts * latency_ms
        idle_w = self.device.idle_power_w or 0.0
        return Estimate(
            device_id=self.target.device_id,
            delegate=self.target.delegate,
            precision=self.precision,
            energy_mj=energy_mj,
            energy_mj_low=energy_mj / both,
            energy_mj_high=energy_mj * both,
            latency_ms=latency_ms,
            latency_ms_low=latency_ms / wide,
            latency_ms_high=latency_ms * wide,
            evidence=Evidence.PREDICTED,
            kernels=parts,
            warnings=self._notes(parts),
            idle_energy_mj=min(idle_w * latency_ms, energy_mj),
            source_ids=self.target.source_ids,
        )

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Kernels on their own."""
        found = self.kernels.network(kernels)
        return [self._part(kernel, found, at) for at, kernel in enumerate(kernels)]

    def _part(self, kernel: Kernel, found: NetworkTime, at: int) -> KernelEstimate:
        times, latency_ms = found.times, float(found.kernel_ms[at])
        watts, power_sd = self.power
        factor = math.exp(Z_80 * math.hypot(math.sqrt(float(times.covariance[at, at])), power_sd))
        energy_mj = watts * latency_ms
        pooled = times.is_pooled[at]
        return KernelEstimate(
            kernel=kernel,
            energy_mj=energy_mj,
            energy_mj_low=energy_mj / factor,
            energy_mj_high=energy_mj * factor,
            latency_ms=latency_ms,
            evidence=Evidence.APPROXIMATED if pooled else Evidence.PREDICTED,
            law=POOLED_LAW if pooled else LAW,
            in_range=times.in_range[at],
        )

    def _notes(self, parts: Sequence[KernelEstimate]) -> tuple[Note, ...]:
        from predictors.energy.evidence import kernel_notes

        fit = self.kernels.fit
        own = Note("OWN_KERNELS", Message(NOTE, networks=fit.networks, error=fit.error_percent))
        return (own, *kernel_notes(parts))
