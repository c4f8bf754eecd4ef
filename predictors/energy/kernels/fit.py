"""Fit one kernel type's model on its measured kernels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import RLock

from predictors.energy.fitting.features import feature_matrix
from predictors.energy.kernels.kernel_model import KindModel, Predicts, QuantityModel, QuantitySettings
from predictors.energy.kernels.measured import MeasuredKernels
from predictors.energy.kernels.squeeze_excite import SqueezeModel
from predictors.model.kernels import KernelKind

SQUEEZE_RANGE = ("log_in", "log_in_side", "log_c_in")


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
        energy: Predicts = SqueezeModel(rows.kernels, rows.energy_mj)
        if rows.latency_ms is not None:
            latency = SqueezeModel(rows.kernels, rows.latency_ms)
    else:
        energy = QuantityModel(settings["energy_mj"], rows.kernels, rows.energy_mj)
        if rows.latency_ms is not None and "latency_ms" in settings:
            latency = QuantityModel(settings["latency_ms"], rows.kernels, rows.latency_ms)
    lows, highs = measured.min(axis=0), measured.max(axis=0)
    return KindModel(rows.kind, len(rows.kernels), energy, latency, lows, highs, tuple(names))
