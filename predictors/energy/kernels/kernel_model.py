"""One kernel type's model: energy and latency from its measured configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from predictors.energy.fitting.features import Floats, feature_matrix
from predictors.energy.fitting.gaussian_process import GaussianSettings, LogGaussian, fit_log_gaussian
from predictors.energy.kernels.conv_law import ConvLaw, fit_conv_law
from predictors.model.kernels import Kernel, KernelKind

LOG_LAW = "log_law"
"""The one feature that is not a kernel's own: the logarithm of what the law of its type says, mJ or ms."""
RANGE_TOLERANCE = 0.05
"""A feature this far (log units) beyond the measured ones still counts as inside."""


@dataclass(frozen=True, slots=True)
class QuantitySettings:
    """The processes whose mean predicts one quantity, and the factors that make held-out intervals hold.

    `class_edges` (mJ or ms) cut the predicted quantity into classes, `factors` has one more entry: what the
    standard deviation of each class is multiplied by, and `new_size_factor` the least of it where no kernel
    of that input size was measured.
    """

    members: tuple[GaussianSettings, ...]
    factors: tuple[float, ...] = (1.0,)
    class_edges: tuple[float, ...] = ()
    new_size_factor: float = 0.0

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> QuantitySettings:
        """Settings from a table of the settings file. Raises KeyError when an entry is missing."""
        members = tuple(GaussianSettings.from_mapping(member) for member in mapping["members"])
        edges, new_size = tuple(mapping["class_edges"]), float(mapping["new_size_factor"])
        return cls(members, tuple(mapping["factors"]), edges, new_size)

    @property
    def uses_law(self) -> bool:
        """Whether a member describes, or looks at, what the law of the kernel type says."""
        return any(member.over_law or LOG_LAW in member.features for member in self.members)

    def factors_of(self, log_values: Floats, is_new_size: NDArray[np.bool_]) -> Floats:
        """The factor (n,) of each predicted logarithm of mJ or ms."""
        by_class = np.array(self.factors)[np.digitize(np.exp(log_values), self.class_edges)]
        return np.where(is_new_size, np.maximum(by_class, self.new_size_factor), by_class)


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


@dataclass(frozen=True, slots=True)
class QuantityModel:
    """The fitted processes of one quantity of one kernel type; their mean is the prediction.

    `sizes`: the input sizes (pixels) that were measured.
    """

    settings: QuantitySettings
    law: ConvLaw | None
    processes: tuple[LogGaussian, ...]
    sizes: Floats

    def predict(self, kernels: Sequence[Kernel]) -> LogPrediction:
        """Logarithm of the quantity for kernels, with the calibrated joint covariance, noise included.

        Kernels of one configuration are predicted once and err alike.
        """
        features = [member_features(member, kernels, self.law) for member in self.settings.members]
        first, inverse = _first_of_each(np.hstack(features))
        alone = [kernels[place] for place in first]
        parts = [
            process.predict(matrix[first]) for process, matrix in zip(self.processes, features, strict=True)
        ]
        offsets = [law_offset(member, alone, self.law) for member in self.settings.members]
        mean = np.mean([part[0] + offset for part, offset in zip(parts, offsets, strict=True)], axis=0)
        joint = np.mean([part[1] for part in parts], axis=0)
        noise = np.mean([member.noise(mean) for member in self.settings.members], axis=0)
        joint[np.diag_indices_from(joint)] += noise
        factors = self.settings.factors_of(mean, ~np.isin(input_areas(alone), self.sizes))
        joint *= np.outer(factors, factors)
        return LogPrediction(mean[inverse], joint[np.ix_(inverse, inverse)])


def _first_of_each(rows: Floats) -> tuple[list[int], list[int]]:
    """Places of rows (n, k) that differ, and for each row which of those it is like (n,)."""
    known: dict[tuple[float, ...], int] = {}
    inverse = [known.setdefault(tuple(row), len(known)) for row in rows.tolist()]
    return [inverse.index(place) for place in range(len(known))], inverse


def member_features(settings: GaussianSettings, kernels: Sequence[Kernel], law: ConvLaw | None) -> Floats:
    """The features (n, k) of one process, the law's among them where it is asked for."""
    if LOG_LAW not in settings.features or law is None:
        return feature_matrix(kernels, settings.features)
    own = [name for name in settings.features if name != LOG_LAW]
    columns = dict(zip(own, feature_matrix(kernels, own).T, strict=True))
    columns[LOG_LAW] = law.log_values(kernels)
    return np.column_stack([columns[name] for name in settings.features])


def law_offset(settings: GaussianSettings, kernels: Sequence[Kernel], law: ConvLaw | None) -> Floats:
    """Values that the process is added to (n,): logarithms by the law, or 0."""
    if not settings.over_law or law is None:
        return np.zeros(len(kernels))
    return law.log_values(kernels)


def fit_quantity(settings: QuantitySettings, kernels: Sequence[Kernel], values: Floats) -> QuantityModel:
    """Fit on `values` (n,), energies in mJ or latencies in ms, all above 0."""
    law = fit_conv_law(kernels, values) if settings.uses_law else None
    logs = np.log(values)
    processes = tuple(
        fit_log_gaussian(
            member, member_features(member, kernels, law), logs - law_offset(member, kernels, law), logs
        )
        for member in settings.members
    )
    return QuantityModel(settings, law, processes, np.unique(input_areas(kernels)))


def input_areas(kernels: Sequence[Kernel]) -> Floats:
    """Pixels of each kernel's input (n,): whole numbers, so that equal sizes are equal."""
    areas = [float(kernel.config.input_h * kernel.config.input_w) for kernel in kernels]
    return np.array(areas, dtype=np.float64)


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
