"""What can be estimated: one target per device, delegate and precision, and what stands behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.model.kernels import FusedModel, Kernel
from predictors.model.shared_work import once
from predictors.results.estimates import Estimate, Evidence, KernelEstimate
from predictors.results.figures import Scope

Tested: TypeAlias = Literal["kernels", "ratios", "networks"]
"""Single kernels; ratios between two devices; or whole networks, file in and energy out."""


HIGH_SHARE = 0.8
"""The share of tests that err by at most the upper figure of every error: that of the intervals."""


@dataclass(frozen=True, slots=True)
class HeldOutErrors:
    """Absolute errors of what was left out, per cent of the measured value: the same figures everywhere."""

    count: int
    median_percent: float
    high_percent: float

    @classmethod
    def of(cls, ape_percent: NDArray[np.float64]) -> HeldOutErrors:
        """From the errors (n,) of all tests; those that are NaN were not tested. NaN without any test."""
        known = ape_percent[np.isfinite(ape_percent)]
        if not len(known):
            return cls(0, math.nan, math.nan)
        return cls(len(known), float(np.median(known)), float(np.quantile(known, HIGH_SHARE)))


@dataclass(frozen=True, slots=True)
class Target:
    """One thing an estimate can be asked for.

    `delegate` is `cpu` (one thread, big core), `cpu4`, `gpu`, `nnapi` on phones, `cpu` or `gpu` on Jetson
    TX2, and the back end on boards (`tflite-ruy`, `armnn-neon`, `armnn-opencl`, `tflite-xnnpack`,
    `tensorrt`). `runtime` names the fusing table. `error_percent` is the median held-out error with the way
    it was obtained in `error_basis`, None where nothing can be estimated. `systems` are the measured systems
    as their source names them.
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


def estimated_once(predictor: DevicePredictor, model: FusedModel) -> Estimate:
    """The predictor's estimate, made once while one report is made: others may be carried over from it."""
    kind = "estimate", type(predictor), predictor.target
    return once("estimate", model, lambda: predictor.estimate(model), kind)
