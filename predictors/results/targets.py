"""What can be estimated: one target per device, delegate and precision, and what stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from predictors.model.kernels import FusedModel, Kernel
from predictors.results.estimates import Estimate, Evidence, KernelEstimate
from predictors.results.figures import Scope

Tested: TypeAlias = Literal["kernels", "ratios", "networks"]
"""Single kernels; ratios between two devices; or whole networks, file in and energy out."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing an estimate can be asked for.

    `delegate` is `cpu` (one thread, big core), `cpu4`, `gpu`, `nnapi` on phones, `cpu` or `gpu` on Jetson
    TX2, and the back end on boards (`tflite-ruy`, `armnn-neon`, `armnn-opencl`, `tflite-xnnpack`,
    `tensorrt`). `runtime` names the fusing table. `error` is the held-out error in per cent with the way
    it was obtained in `error_basis`. `systems` are the measured systems as their source names them.
    `scope` is that of its estimates.
    `tested` says what the error is the error of; 80 % of the `error_count` tests err by at most
    `error_high_percent`.
    """

    device_id: str
    delegate: str
    precision: str
    runtime: str
    evidence: Evidence
    error_percent: float | None
    error_basis: str
    systems: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    meter: str = ""
    idle_included: bool = True
    scope: Scope = Scope.KERNELS
    tested: Tested = "kernels"
    error_high_percent: float | None = None
    error_count: int = 0


class DevicePredictor(Protocol):
    """Turns fused kernels into energy, latency and intervals for one target."""

    @property
    def target(self) -> Target:
        """What this predictor answers for."""

    def estimate(self, model: FusedModel) -> Estimate:
        """Estimate a whole network: kernels, total and interval."""

    def estimate_kernels(self, kernels: Sequence[Kernel]) -> list[KernelEstimate]:
        """Estimate kernels on their own, in the order given, each with its own interval."""
