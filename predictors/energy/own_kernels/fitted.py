"""The fitted models of one device's own kernels: the time of networks, and the power that they draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from predictors.energy.fitting.gaussian_process import sum_log_sd
from predictors.energy.own_kernels.features import Floats
from predictors.energy.own_kernels.files import (
    KernelFit,
    PowerFit,
    damaged,
    in_network,
    kernel_paths,
    measured_tables,
    read_fit,
    read_kernels,
    read_text,
)
from predictors.energy.own_kernels.models import OTHERS, KindModel, LogTimes, OwnKernels
from predictors.energy.own_kernels.power import as_watts, read_power
from predictors.model.kernels import Kernel


@dataclass(frozen=True, slots=True)
class NetworkTime:
    """A network's kernels with their times (ms) within it, and the spread of the logarithm of their sum."""

    kernel_ms: Floats
    log_sd: float
    times: LogTimes

    @property
    def total_ms(self) -> float:
        """The network's latency (ms)."""
        return float(self.kernel_ms.sum())


@dataclass(frozen=True, eq=False)
class FittedKernels:
    """Models of one device's own kernels with the numbers of their fit."""

    models: OwnKernels
    fit: KernelFit
    power: KindModel | None = None
    """Model of ln(power in W) over all kinds; None where no kernel was looped under a sensor."""

    def watts(self, kernels: Sequence[Kernel]) -> tuple[Floats, Floats] | None:
        """Power (W) while each kernel runs, and the covariance of its ln; None where none was looped."""
        if self.power is None:
            return None
        mean, covariance, _ = self.power.predict(kernels)
        return np.exp(mean), covariance

    def network(self, kernels: Sequence[Kernel]) -> NetworkTime:
        """The time of kernels that run one after the other."""
        times, fit = self.models.predict(kernels), self.fit
        kernel_ms = in_network(np.exp(times.mean), fit.pace, fit.node_ms)
        return NetworkTime(kernel_ms, sum_log_sd(kernel_ms, times.covariance, fit.composition_sd), times)


def fitted_kernels(toml_path: Path) -> FittedKernels | None:
    """The own kernels beside a device file; None where there is no fit. Raises InputError."""
    _, fit_path = kernel_paths(toml_path.parent, toml_path.stem)
    if not fit_path.is_file():
        return None
    fit, tables = read_fit(read_text(fit_path))
    if not tables.kernels:
        tables = measured_tables(toml_path.parent, toml_path.stem)
    rows = read_kernels(tables.kernels)
    lacking = fit.settings.keys() - {OTHERS, *(row.kernel.kind.value for row in rows)}
    if lacking or not rows:
        raise damaged(f"no kernels of {', '.join(sorted(lacking)) or 'any kind'}")
    power = None if fit.power is None else _power(fit.power, tables.looped)
    return FittedKernels(OwnKernels(rows, fit.settings), fit, power)


def _power(fit: PowerFit, table: str) -> KindModel:
    watts = as_watts(read_power(table))
    if not watts:
        raise damaged("no looped kernels")
    return KindModel(fit.settings, watts)
