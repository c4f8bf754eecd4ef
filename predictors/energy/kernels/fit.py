"""Fit one kernel type's model on its measured kernels, squeeze-and-excitation from those of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import RLock
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from data import kept_bundle, queries
from predictors.energy.fitting.features import Floats, feature_matrix
from predictors.energy.fitting.gaussian_process import (
    Z_80,
    GaussianSettings,
    LogGaussian,
    MaternTerm,
    Standardised,
)
from predictors.energy.kernels.conv_law import ConvLaw
from predictors.energy.kernels.kernel_model import (
    KindModel,
    LogPrediction,
    Predicts,
    QuantityModel,
    QuantitySettings,
    fit_quantity,
)
from predictors.model.kernel_rows import kernel_from_row
from predictors.model.kernels import Kernel, KernelKind

EXCLUDED_KERNEL_IDS = frozenset({"8TZF2X", "JAWP59"})
"""Rows whose published energy, power and latency contradict each other (declared in the corrections)."""


@dataclass(frozen=True, slots=True)
class MeasuredKernels:
    """Kernels of one type with their measured energy (mJ) and, on the CPU, latency (ms)."""

    kind: KernelKind
    kernels: tuple[Kernel, ...]
    energy_mj: Floats
    latency_ms: Floats | None

    def select(self, rows: NDArray[np.intp]) -> MeasuredKernels:
        """The rows at these positions (whole numbers)."""
        places = [int(row) for row in rows]
        latency = None if self.latency_ms is None else self.latency_ms[places]
        chosen = tuple(self.kernels[place] for place in places)
        return MeasuredKernels(self.kind, chosen, self.energy_mj[places], latency)


@lru_cache(maxsize=8)
def measured_kernels(device_id: str, delegate: str) -> Mapping[KernelKind, MeasuredKernels]:
    """Every kernel type with configured measurements of a device and delegate, in a fixed order.

    Read once per process: several models ask for the same rows.
    """
    frame = queries.kernel_measurements(kept_bundle(), device_id, delegate, configured_only=True)
    frame = frame[~frame["kernel_id"].isin(EXCLUDED_KERNEL_IDS)].sort_values(["kernel", "kernel_id"])
    result: dict[KernelKind, MeasuredKernels] = {}
    for name, rows in frame.groupby("kernel", sort=True):
        records = rows.to_dict("records")
        kernels = tuple(kernel_from_row(record, index) for index, record in enumerate(records))
        energy = rows["energy_mj"].to_numpy(dtype=np.float64)
        latency = rows["latency_ms"].to_numpy(dtype=np.float64) if "latency_ms" in rows else None
        if latency is not None and np.isnan(latency).any():
            latency = None
        kind = KernelKind(str(name))
        result[kind] = MeasuredKernels(kind, kernels, energy, latency)
    return MappingProxyType(result)


GROWTH = 1.25


def squeeze_terms(kernels: Sequence[Kernel]) -> Floats:
    """Terms of the law, shape (kernels, 3): 1, multiply-accumulates, elements to the power GROWTH."""
    channels = np.array([float(kernel.config.c_in) for kernel in kernels])
    area = np.array([float(kernel.config.input_h * kernel.config.input_w) for kernel in kernels])
    return np.column_stack([np.ones(len(kernels)), channels**2 / 2.0, (area * channels) ** GROWTH])


def fit_squeeze(kernels: Sequence[Kernel], values: Floats) -> Floats:
    """Non-negative coefficients (3,) that make the sum of squared relative errors smallest."""
    from scipy.optimize import nnls  # slow to import, and many estimates do without

    terms = squeeze_terms(kernels) / values[:, None]
    scale = terms.max(axis=0)
    return np.asarray(nnls(terms / scale, np.ones(len(values)))[0] / scale)


@dataclass(frozen=True, slots=True)
class SqueezeModel:
    """The fitted law (coefficients (3,), mJ or ms) with its spread (log)."""

    coefficients: Floats
    log_sd: float

    def predict(self, kernels: Sequence[Kernel]) -> LogPrediction:
        """Logarithm of the quantity with independent errors of one spread."""
        mean = np.log(squeeze_terms(kernels) @ self.coefficients)
        return LogPrediction(mean, np.eye(len(kernels)) * self.log_sd**2)


def fit_squeeze_model(kernels: Sequence[Kernel], values: Floats) -> SqueezeModel:
    """Fit on `values` (n,), mJ or ms; the spread is found by leaving each measured kernel out in turn."""
    log_sd = float(np.quantile(np.abs(left_out_errors(kernels, values)), 0.8)) / Z_80
    return SqueezeModel(fit_squeeze(kernels, values), log_sd)


def left_out_errors(kernels: Sequence[Kernel], values: Floats) -> Floats:
    """log(predicted / measured) of every kernel (n,), fitted without it."""
    terms = squeeze_terms(kernels)
    errors = []
    for place in range(len(kernels)):
        rest = [other for other in range(len(kernels)) if other != place]
        fitted = fit_squeeze([kernels[other] for other in rest], values[rest])
        errors.append(float(np.log(terms[place] @ fitted / values[place])))
    return np.array(errors)


SQUEEZE_RANGE = ("log_in", "log_in_side", "log_c_in")


KIND_CLASSES = (
    KernelKind, KindModel, QuantityModel, QuantitySettings, GaussianSettings, MaternTerm, Standardised,
    LogGaussian, ConvLaw, SqueezeModel,
)  # fmt: skip
"""What a stored KindModel is made of."""


class KindModels(Mapping[KernelKind, KindModel]):
    """A model per measured kernel type, each fitted when it is first taken out, and kept.

    Most networks have a handful of types, and fitting all of them takes longer than the estimate.
    Safe to use from several threads.
    """

    def __init__(
        self,
        rows: Mapping[KernelKind, MeasuredKernels],
        settings: Mapping[KernelKind, Mapping[str, QuantitySettings]],
    ) -> None:
        self._rows = rows
        self._settings = settings
        self._fitted: dict[KernelKind, KindModel] = {}
        self._lock = RLock()

    def __getitem__(self, kind: KernelKind) -> KindModel:
        with self._lock:
            if kind not in self._fitted:
                self._fitted[kind] = fit_kind(self._rows[kind], self._settings.get(kind))
            return self._fitted[kind]

    def __iter__(self) -> Iterator[KernelKind]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def fit_kind(rows: MeasuredKernels, settings: Mapping[str, QuantitySettings] | None) -> KindModel:
    """Fit one kernel type on its measured kernels. Without settings (squeeze-and-excite) by its own law."""
    names = SQUEEZE_RANGE if settings is None else settings["energy_mj"].members[0].features
    measured = feature_matrix(rows.kernels, names)
    latency: Predicts | None = None
    if settings is None:
        energy: Predicts = fit_squeeze_model(rows.kernels, rows.energy_mj)
        if rows.latency_ms is not None:
            latency = fit_squeeze_model(rows.kernels, rows.latency_ms)
    else:
        energy = fit_quantity(settings["energy_mj"], rows.kernels, rows.energy_mj)
        if rows.latency_ms is not None and "latency_ms" in settings:
            latency = fit_quantity(settings["latency_ms"], rows.kernels, rows.latency_ms)
    lows, highs = measured.min(axis=0), measured.max(axis=0)
    return KindModel(rows.kind, len(rows.kernels), energy, latency, lows, highs, tuple(names))
