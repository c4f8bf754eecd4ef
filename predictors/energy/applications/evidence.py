"""What measured applications say about another network's application: factor, interval, held-out error."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import numpy as np

from data.messages import Message
from predictors.energy.applications.cells import (
    QUANTITIES,
    WHY_NO_CORRECTION,
    ApplicationCell,
    ApplicationSettings,
    Quantity,
    application_cells,
    application_settings,
    reference_sums,
)
from predictors.energy.applications.fit import ApplicationFit, fit_applications, left_out_residuals

Place: TypeAlias = tuple[str, str]
"""Delegate and precision: residuals are pooled over phones, which have three to six networks each."""


Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Question: TypeAlias = Callable[Concatenate["ApplicationEvidence", Asked], Answer]


def _kept(question: Question[Asked, Answer]) -> Question[Asked, Answer]:
    """A method whose answers are kept: a report asks for the same few places once per phone."""

    @wraps(question)
    def answered(self: ApplicationEvidence, /, *asked: Asked.args, **named: Asked.kwargs) -> Answer:
        key = question.__name__, *asked, *named.values()
        if key not in self.answers:
            self.answers[key] = question(self, *asked, **named)
        answer: Answer = self.answers[key]
        return answer

    return answered


@dataclass(frozen=True, slots=True)
class Tested:
    """Errors of left-out networks: how many pairs, median and 80 % point (per cent of the measurement).

    `bias_percent`: median of estimate over measurement, less 100 %.
    """

    pairs: int
    median_percent: float
    high_percent: float
    bias_percent: float


@dataclass(frozen=True, slots=True)
class ApplicationEvidence:
    """The fits on all networks, and the residuals of each network when it was left out."""

    settings: ApplicationSettings
    cells: tuple[ApplicationCell, ...]
    fits: Mapping[Quantity, ApplicationFit]
    residuals: Mapping[Quantity, tuple[float, ...]]
    answers: dict[tuple[object, ...], Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def log_ratio(self, quantity: Quantity, target: tuple[str, str, str], log_sum_mj: float) -> float:
        """ln of application over kernels; `target` is device, delegate, precision."""
        return self.fits[quantity].log_ratio(*target, log_sum_mj)

    @_kept
    def half_width(self, quantity: Quantity, place: Place) -> float:
        """Half of the 80 % interval (log) of a network that was in no fit; infinite without residuals."""
        return _quantile(self._of(self.residuals[quantity], place), self.settings.level)

    @_kept
    def power_half_width(self, place: Place) -> float:
        """The same for power: errors of energy and latency of one application go together."""
        pairs = zip(self.residuals["energy"], self.residuals["latency"], strict=True)
        return _quantile(
            self._of([energy - latency for energy, latency in pairs], place), self.settings.level
        )

    @_kept
    def tested(self, place: Place) -> Tested | None:
        """Errors of energy when the network is left out; None without any."""
        residuals = self._of(self.residuals["energy"], place)
        return tested(np.array(residuals)) if residuals else None

    @_kept
    def networks(self, place: Place) -> int:
        """How many networks were measured with this delegate in this precision, on any phone."""
        return len({cell.network for cell in self.cells if (cell.delegate, cell.precision) == place})

    @_kept
    def range_log_mj(self, place: Place) -> tuple[float, float]:
        """Smallest and largest ln of the kernels' energy (mJ) among those networks."""
        sums = [cell.log_sum_mj for cell in self.cells if (cell.delegate, cell.precision) == place]
        return min(sums), max(sums)

    @_kept
    def usual_half_width(self) -> float:
        """Half-width (log) of the reference networks' own sums of kernels: it is in the residuals already."""
        return float(
            np.median([reference_sums()[name].half_width for name in {c.network for c in self.cells}])
        )

    @_kept
    def why_none(self, device_id: str, delegate: str, precision: str) -> Message | None:
        """Why a phone's delegate and precision has no application figure; None where it has one."""
        if delegate in self.settings.no_correction:
            return WHY_NO_CORRECTION[delegate]
        if not any(cell.device_id == device_id for cell in self.cells):
            return Message("no application was measured on this device")
        factor = math.exp(2.0 * self.half_width("energy", (delegate, precision)))
        if factor > self.settings.widest_factor:
            return Message(
                "the applications measured on {delegate} in {precision} differ so much that the 80 % "
                "interval would span a factor of {factor:.0f} (limit {limit:.0f})",
                delegate=delegate,
                precision=precision,
                factor=min(factor, 1e6),
                limit=self.settings.widest_factor,
            )
        return None

    def _of(self, residuals: Sequence[float], place: Place) -> list[float]:
        pairs = zip(self.cells, residuals, strict=True)
        return [residual for cell, residual in pairs if (cell.delegate, cell.precision) == place]


def _quantile(residuals: Sequence[float], level: float) -> float:
    return float(np.quantile(np.abs(residuals), level)) if residuals else math.inf


def tested(residuals: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Tested:
    """Errors (per cent of the measurement) from residuals, ln of measurement over estimate."""
    errors = 100.0 * np.abs(np.exp(-residuals) - 1.0)
    bias = 100.0 * (math.exp(-float(np.median(residuals))) - 1.0)
    return Tested(len(residuals), float(np.median(errors)), float(np.quantile(errors, 0.8)), bias)


def build_evidence(cells: Sequence[ApplicationCell], settings: ApplicationSettings) -> ApplicationEvidence:
    """Fit on all cells, and once without each network."""
    return ApplicationEvidence(
        settings,
        tuple(cells),
        {quantity: fit_applications(cells, quantity, settings) for quantity in QUANTITIES},
        {quantity: tuple(left_out_residuals(cells, quantity, settings)) for quantity in QUANTITIES},
    )


def bundled_evidence() -> ApplicationEvidence:
    """The evidence of the bundled measurements, fitted anew (seconds)."""
    from data import kept_bundle, queries

    settings = application_settings()
    measured = queries.application_measurements(kept_bundle())
    return build_evidence(application_cells(measured, settings), settings)
