"""One kernel type's model: energy and latency from its measured configurations, refitted at first use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from predictors.energy.fitting.features import Floats, feature_matrix
from predictors.energy.fitting.gaussian_process import GaussianSettings, LogGaussian
from predictors.model.kernels import Kernel, KernelKind

ROUNDING_STEP = 0.001
"""Published energies (mJ) and latencies (ms) are rounded to this step (DeepEn2023 tables)."""
RANGE_TOLERANCE = 0.05
"""A feature this far (log units) beyond the measured ones still counts as inside."""


@dataclass(frozen=True, slots=True)
class QuantitySettings:
    """The processes whose mean predicts one quantity, and the factor that makes held-out intervals hold."""

    members: tuple[GaussianSettings, ...]
    calibration: float

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> QuantitySettings:
        """Settings from a table of the settings file. Raises KeyError when an entry is missing."""
        members = tuple(GaussianSettings.from_mapping(member) for member in mapping["members"])
        return cls(members, float(mapping["calibration"]))


@dataclass(frozen=True, slots=True)
class LogPrediction:
    """Mean (n,) and covariance (n, n) of the logarithm of a quantity."""

    mean: Floats
    covariance: Floats

    @property
    def sd(self) -> Floats:
        """Standard deviation of each logarithm (n,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


class Predicts(Protocol):
    """Anything that predicts the logarithm of a quantity with a joint covariance."""

    def predict(self, kernels: Sequence[Kernel]) -> LogPrediction:
        """Mean (n,) and covariance (n, n) of the logarithm for kernels (n)."""


class QuantityModel:
    """The fitted processes of one quantity of one kernel type; their mean is the prediction."""

    def __init__(self, settings: QuantitySettings, kernels: Sequence[Kernel], values: Floats) -> None:
        """Fit on `values` (n,), energies in mJ or latencies in ms, all above 0."""
        self._settings = settings
        rounding = (ROUNDING_STEP / np.sqrt(12.0) / values) ** 2
        self._members = [
            LogGaussian(member, feature_matrix(kernels, member.features), np.log(values), rounding)
            for member in settings.members
        ]

    def predict(self, kernels: Sequence[Kernel]) -> LogPrediction:
        """Logarithm of the quantity for kernels, with the calibrated joint covariance.

        Kernels of one configuration are predicted once and err alike.
        """
        features = [feature_matrix(kernels, member.features) for member in self._settings.members]
        _, first, inverse = np.unique(np.hstack(features), axis=0, return_index=True, return_inverse=True)
        parts = [
            process.predict(matrix[first]) for process, matrix in zip(self._members, features, strict=True)
        ]
        mean = np.mean([part[0] for part in parts], axis=0)
        joint = np.mean([part[1] for part in parts], axis=0) * self._settings.calibration**2
        return LogPrediction(mean[inverse], joint[np.ix_(inverse, inverse)])


@dataclass(frozen=True, slots=True)
class KindModel:
    """Energy and latency models of one kernel type; `latency` is None where no latency was measured.

    `law` is empty for a model fitted on this kernel type, else it names what stands in for measurements.
    """

    kind: KernelKind
    rows: int
    energy: Predicts
    latency: Predicts | None
    lows: Floats
    highs: Floats
    range_features: tuple[str, ...]
    law: str = ""

    def in_range(self, kernels: Sequence[Kernel]) -> list[bool]:
        """Whether each kernel lies within the measured range of every feature of the energy model."""
        values = feature_matrix(kernels, self.range_features)
        inside = (values >= self.lows - RANGE_TOLERANCE) & (values <= self.highs + RANGE_TOLERANCE)
        return [bool(row.all()) for row in inside]
