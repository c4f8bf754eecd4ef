"""Latency alone, kernel by kernel: for a device of one's own without a sensor, whose kernels were profiled.

Such a device is no target of estimates of energy: nothing is known of its power.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from data.messages import Message
from predictors.energy.calibrated.device_file import OwnDevice
from predictors.energy.calibrated.own_devices import own_devices
from predictors.energy.fitting.gaussian_process import Z_80
from predictors.energy.own_kernels.files import fit_changed_ns
from predictors.energy.own_kernels.fitted import FittedKernels, fitted_kernels
from predictors.energy.own_kernels.predictor import RUNTIME
from predictors.errors import InputError
from predictors.fusing.network import Network
from predictors.model.kernels import Kernel, KernelKind
from predictors.results.estimates import INTERVAL_LEVEL

PRECISION: Final = "fp32"
"""Kernels are profiled in it."""


@dataclass(frozen=True, slots=True)
class KernelLatency:
    """One kernel and its time within the network (ms); whether it lies in the measured range, and whether
    its kind was measured at all (else all kinds together answer)."""

    kernel: Kernel
    latency_ms: float
    in_range: bool
    is_measured_kind: bool


@dataclass(frozen=True, slots=True)
class LatencyEstimate:
    """The latency of one network (ms) with its 80 % range, on a device whose power nobody measured.

    `networks` were profiled there, and `error_percent` is the median error over them, each left out.
    """

    device: OwnDevice
    latency_ms: float
    low_ms: float
    high_ms: float
    kernels: tuple[KernelLatency, ...]
    networks: int
    error_percent: float

    @property
    def note(self) -> Message:
        """How the figure was obtained, and why there is no energy."""
        return Message(
            "Kernel by kernel from {networks} networks profiled on {device} (median error {error:.1f} %, "
            "each left out). No energy: no sensor was read there.",
            networks=self.networks,
            device=self.device.name,
            error=self.error_percent,
        )

    @property
    def as_dict(self) -> dict[str, Any]:
        """The estimate as plain data, with the unit in each name."""
        return {
            "device_id": self.device.device_id,
            "runtime": RUNTIME,
            "precision": PRECISION,
            "latency_ms": round(self.latency_ms, 6),
            "latency_ms_low": round(self.low_ms, 6),
            "latency_ms_high": round(self.high_ms, 6),
            "interval_level": INTERVAL_LEVEL,
            "energy_mj": None,
            "evidence": "predicted",
            "note": self.note,
            "kernels": [
                {
                    "index": each.kernel.index,
                    "name": each.kernel.name,
                    "kind": each.kernel.kind.value,
                    "latency_ms": round(each.latency_ms, 6),
                    "in_range": each.in_range,
                    "evidence": "predicted" if each.is_measured_kind else "approximated",
                }
                for each in self.kernels
            ],
        }


def latency_devices() -> tuple[OwnDevice, ...]:
    """Devices of one's own with profiled kernels whose energy nobody measured. Raises InputError."""
    return tuple(
        device
        for device in own_devices()
        if device.kernels_beside and not any(row.energy_mj for row in device.of(PRECISION))
    )


@lru_cache(maxsize=8)
def _fitted(path: str, _changed_ns: int) -> FittedKernels | None:
    return fitted_kernels(Path(path))


def estimate_latency(device: OwnDevice, network: Network) -> LatencyEstimate:
    """The latency of a network on a device of `latency_devices`.

    Raises InputError EVIDENCE_TOO_THIN for a network that is not fp32 or has kernels that nothing describes,
    DEVICE_FILE_DAMAGED, INPUT_FILE.
    """
    kernels = network.fused(RUNTIME).kernels
    _check(device, kernels)
    fitted = _fitted(device.kernels_beside, fit_changed_ns(device.kernels_beside))
    if fitted is None:
        raise _thin(Message("its fit is gone; run `measure fit` again"), device)
    found = fitted.network(kernels)
    wide, times = math.exp(Z_80 * found.log_sd), found.times
    parts = tuple(
        KernelLatency(kernel, float(found.kernel_ms[at]), times.in_range[at], not times.is_pooled[at])
        for at, kernel in enumerate(kernels)
    )
    fit, total_ms = fitted.fit, found.total_ms
    return LatencyEstimate(
        device, total_ms, total_ms / wide, total_ms * wide, parts, fit.networks, fit.error_percent
    )


def _check(device: OwnDevice, kernels: Sequence[Kernel]) -> None:
    if not kernels or any(kernel.kind is KernelKind.UNSUPPORTED for kernel in kernels):
        raise _thin(Message("the network has operators that no kernel describes"), device)
    if any(kernel.precision != PRECISION for kernel in kernels):
        raise _thin(
            Message("its kernels were profiled in fp32, and the network is of another precision"), device
        )


def _thin(why: Message, device: OwnDevice) -> InputError:
    return InputError(
        "EVIDENCE_TOO_THIN",
        "No latency of this network on {device}: {why}. Measure the network itself there.",
        device=device.name,
        why=why,
    )
