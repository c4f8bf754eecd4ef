"""What an estimate says: per kernel and per model, always with interval, evidence and source."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from predictors.model.kernels import Kernel
from predictors.results.columns import ESTIMATE, KERNEL, plain
from predictors.results.figures import Application, KernelSum, MeasuredFigure, Scope, Spread
from predictors.results.frames import html_table, total_line
from predictors.results.shares import shares_of_missing

if TYPE_CHECKING:
    import pandas as pd

INTERVAL_LEVEL = 0.8
"""Every interval holds the true value this often (share of held-out measurements)."""
LATENCY_FROM_POWER = "GPU_LATENCY_FROM_POWER"
"""Code of the note on a latency that nobody measured: energy over a mean power."""


class Evidence(StrEnum):
    """How a figure was obtained, from strongest to weakest."""

    MEASURED = "measured"
    CALIBRATED = "calibrated"
    PREDICTED = "predicted"
    TRANSFERRED = "transferred"
    APPROXIMATED = "approximated"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Note:
    """A warning with a stable code, worded for the reader."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class KernelEstimate:
    """Energy (mJ), latency (ms) and mean power (mW) of one kernel, per inference.

    `energy_mj_low`..`energy_mj_high` is the interval at `INTERVAL_LEVEL`. `evidence` is PREDICTED where a
    model fitted on measurements of this kernel type answers, APPROXIMATED where a named law does
    (`law` names it), UNSUPPORTED where nothing does (all figures 0). `in_range` is False outside the
    measured configurations. power_mw == energy_mj / latency_ms * 1000.
    """

    kernel: Kernel
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    latency_ms: float
    evidence: Evidence
    law: str
    in_range: bool = True

    @property
    def power_mw(self) -> float:
        """Mean power while the kernel runs (mW); 0 when it takes no time."""
        return 1000.0 * self.energy_mj / self.latency_ms if self.latency_ms > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the kernels were predicted, approximated or left without a figure, and what those with a
    figure hold of the multiply-accumulates and of the bytes that are moved (per cent).
    """

    kernels: int
    predicted: int
    approximated: int
    unsupported: int
    macs_percent: float = 100.0
    bytes_percent: float = 100.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """One network on one device, delegate and precision, in one `scope`.

    `energy_mj` and `latency_ms` are the figures in that scope. In every scope but APPLICATION they are the
    sums of the kernels; there `kernel_sum` has these. Where the meter saw a whole board, `idle_energy_mj` is
    the part of `energy_mj` that the idle board would have used in that time (0 where idle is unknown). The
    interval accounts for errors that kernels of one type share. `avg_power_w` == energy_mj / latency_ms.
    `device_memory_bytes`: of the largest variant of the device, None where no source says.
    """

    device_id: str
    delegate: str
    precision: str
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    latency_ms: float
    latency_ms_low: float
    latency_ms_high: float
    evidence: Evidence
    kernels: tuple[KernelEstimate, ...]
    warnings: tuple[Note, ...] = ()
    idle_energy_mj: float = 0.0
    source_ids: tuple[str, ...] = ()
    interval_level: float = INTERVAL_LEVEL
    scope: Scope = Scope.KERNELS
    application: Application | None = None
    measured: tuple[MeasuredFigure, ...] = ()
    kernels_alone: KernelSum | None = None
    device_memory_bytes: int | None = None

    @property
    def kernel_sum(self) -> KernelSum:
        """The sum of the kernels, each kernel as in `kernels`; where `application` is None, the estimate
        itself.
        """
        if self.kernels_alone is not None:
            return self.kernels_alone
        return KernelSum(
            self.energy_mj,
            self.energy_mj_low,
            self.energy_mj_high,
            self.latency_ms,
            self.latency_ms_low,
            self.latency_ms_high,
        )

    def at_kernels(self) -> Estimate:
        """The estimate of the kernels alone, without the application around them."""
        if self.kernels_alone is None:
            return self
        figures = {name: getattr(self.kernels_alone, name) for name in KernelSum.__slots__}
        return replace(
            self, **figures, scope=Scope.KERNELS, application=None, kernels_alone=None, measured=()
        )

    def in_parts(self) -> Estimate:
        """The same figures with kernels that add up to them.

        An application's energy and time are spread over the kernels in proportion to what each takes alone.
        """
        alone = self.kernel_sum
        if self.kernels_alone is None or alone.energy_mj <= 0.0 or alone.latency_ms <= 0.0:
            return self
        of_energy, of_time = self.energy_mj / alone.energy_mj, self.latency_ms / alone.latency_ms
        parts = tuple(
            replace(
                part,
                energy_mj=part.energy_mj * of_energy,
                energy_mj_low=part.energy_mj_low * of_energy,
                energy_mj_high=part.energy_mj_high * of_energy,
                latency_ms=part.latency_ms * of_time,
            )
            for part in self.kernels
        )
        return replace(self, kernels=parts, kernels_alone=None)

    @property
    def power_spread(self) -> Spread | None:
        """Mean power (W) with its interval, where one is known."""
        return None if self.application is None else self.application.power

    @property
    def has_latency_interval(self) -> bool:
        """Whether the latency's interval was ever tested: only then is it shown, or its time compared."""
        return all(note.code != LATENCY_FROM_POWER for note in self.warnings)

    @property
    def avg_power_w(self) -> float:
        """Mean power over one inference (W)."""
        return self.energy_mj / self.latency_ms if self.latency_ms > 0 else 0.0

    @property
    def coverage(self) -> Coverage:
        """Counts of kernels by evidence, and shares of the work."""
        counts = Counter(part.evidence for part in self.kernels)
        unsupported = counts[Evidence.UNSUPPORTED]
        approximated = counts[Evidence.APPROXIMATED]
        total = len(self.kernels)
        without = shares_of_missing(
            [part.kernel for part in self.kernels],
            [part.evidence is Evidence.UNSUPPORTED for part in self.kernels],
        )
        return Coverage(
            total,
            total - approximated - unsupported,
            approximated,
            unsupported,
            100.0 * (1.0 - without.macs),
            100.0 * (1.0 - without.moved),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per kernel in execution order (see `predictors.results.estimates.kernel_table`)."""

        return kernel_table(self)

    def _repr_html_(self) -> str:
        """The table a notebook shows."""

        return estimate_html(self)


def estimate_dict(estimate: Estimate) -> dict[str, Any]:
    """One estimate as plain data."""
    return {
        **plain(ESTIMATE, estimate, _ESTIMATE_FIELDS),
        "kernel_sum": estimate.kernel_sum.as_dict(),
        "application": None if estimate.application is None else estimate.application.as_dict(),
        "measured": [figure.as_dict() for figure in estimate.measured],
        "coverage": {key: ESTIMATE[name].plain(estimate) for key, name in _COVERAGE_FIELDS.items()},
        "kernels": [plain(KERNEL, part) for part in estimate.kernels],
        "warnings": [{"code": note.code, "message": note.message} for note in estimate.warnings],
    }


_ESTIMATE_FIELDS = (
    "device_id", "delegate", "precision", "scope", "energy_mj", "energy_mj_low", "energy_mj_high",
    "interval_level", "latency_ms", "latency_ms_low", "latency_ms_high", "avg_power_w", "idle_energy_mj",
    "evidence", "source_ids", "device_memory_bytes",
)  # fmt: skip
_COVERAGE_FIELDS = {
    "kernels": "kernels",
    "predicted": "kernels_predicted",
    "approximated": "kernels_approximated",
    "unsupported": "kernels_unsupported",
    "macs_percent": "macs_covered_percent",
    "bytes_percent": "bytes_covered_percent",
}


SHOWN_KERNELS = (
    "index", "name", "kernel", "energy_mj", "energy_mj_low", "energy_mj_high", "share", "latency_ms",
    "evidence",
)  # fmt: skip


def kernel_table(estimate: Estimate) -> pd.DataFrame:
    """One row per kernel in execution order: the fields of the JSON, `share` of the energy."""
    import pandas as pd

    frame = pd.DataFrame([plain(KERNEL, part) for part in estimate.kernels])
    if not frame.empty:
        total = estimate.kernel_sum.energy_mj
        frame["share"] = frame["energy_mj"] / total if total > 0 else 0.0
    return frame


def estimate_html(estimate: Estimate) -> str:
    """An estimate as an HTML table of its kernels for notebooks, its total above."""
    target = f"{estimate.device_id}, {estimate.delegate}, {estimate.precision}"
    energies_mj = estimate.energy_mj, estimate.energy_mj_low, estimate.energy_mj_high
    total = total_line(target, *energies_mj, estimate.latency_ms, estimate.evidence.value)
    return html_table(kernel_table(estimate), SHOWN_KERNELS, [total], [])
