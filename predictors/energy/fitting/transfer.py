"""Ratios between phones: a pooled, outlier-resistant line through the logarithms of measured ratios.

A reference network measured on two phones gives one log ratio. This module knows nothing of where the
ratios come from: cells in, a fitted `RatioModel` and its leave-one-network-out residuals out.

The model is this project's own. For device d, delegate g and a network whose energy on the source phone
is E (mJ):

    log ratio = offset_d + offset_g + offset_dg + (slope + slope_d + slope_g) * (log E - centre)

Every term but the noise is pulled towards 0 by a ridge, so a device with few cells leans on the others.
The slope is there because small networks cost relatively more on the other phones than large ones do.
Cells far from the line lose weight (Huber's weights), because some printed cells are odd.
Where a few cells don't carry a line, the plain median per device and delegate takes its place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

_REWEIGHTINGS = 12  # rounds, well beyond where the weights settle


@dataclass(frozen=True, slots=True)
class RatioCell:
    """One reference network on one device and delegate, against the source phone.

    `log_ratio` is the natural logarithm of device over source (energy over energy, or latency over
    latency); `log_source_mj` that of the source's energy in mJ.
    """

    device_id: str
    delegate: str
    dnn_id: str
    precision: str
    log_ratio: float
    log_source_mj: float


@dataclass(frozen=True, slots=True)
class RatioSettings:
    """Strength of the pull towards 0 (in units of one cell) and where Huber's weights start (log units)."""

    ridge_offset: float
    ridge_cell: float
    ridge_slope: float
    ridge_slope_deviation: float
    huber_log: float


@dataclass(frozen=True, slots=True)
class RatioLayout:
    """Which column of the design matrix belongs to which term."""

    devices: tuple[str, ...]
    delegates: tuple[str, ...]
    centre: float

    @property
    def offsets(self) -> int:
        return len(self.devices) + len(self.delegates)

    @property
    def slope_column(self) -> int:
        return self.offsets + len(self.devices) * len(self.delegates)

    @property
    def columns(self) -> int:
        return self.slope_column + 1 + self.offsets

    def row(self, device_id: str, delegate: str, log_source_mj: float) -> Floats:
        """One row of the design matrix, shape (columns,)."""
        values = np.zeros(self.columns)
        values[self.offset_columns(device_id, delegate)] = 1.0
        values[self.slope_columns(device_id, delegate)] = log_source_mj - self.centre
        return values

    def offset_columns(self, device_id: str, delegate: str) -> list[int]:
        """The columns of the offsets of a device and delegate."""
        device, column = self.devices.index(device_id), self.delegates.index(delegate)
        together = self.offsets + device * len(self.delegates) + column
        return [device, len(self.devices) + column, together]

    def slope_columns(self, device_id: str, delegate: str) -> list[int]:
        """The columns of the slopes of a device and delegate."""
        device, column = self.devices.index(device_id), self.delegates.index(delegate)
        first = self.slope_column + 1
        return [self.slope_column, first + device, first + len(self.devices) + column]

    def penalties(self, settings: RatioSettings) -> Floats:
        """Ridge strength of every column, shape (columns,)."""
        cells = len(self.devices) * len(self.delegates)
        return np.concatenate(
            [
                np.full(self.offsets, settings.ridge_offset),
                np.full(cells, settings.ridge_cell),
                [settings.ridge_slope],
                np.full(self.offsets, settings.ridge_slope_deviation),
            ]
        )


@dataclass(frozen=True, slots=True)
class RatioModel:
    """A fitted line per device and delegate, over the range of source energies it was fitted on."""

    layout: RatioLayout
    coefficients: Floats
    log_low: float
    log_high: float

    def log_ratio(self, device_id: str, delegate: str, log_source_mj: float) -> float:
        """Natural log of the ratio; beyond the fitted energies the line is simply continued."""
        offset = float(self.coefficients[self.layout.offset_columns(device_id, delegate)].sum())
        return offset + self.slope(device_id, delegate) * (log_source_mj - self.layout.centre)

    def slope(self, device_id: str, delegate: str) -> float:
        """Change of the log ratio per unit of log source energy."""
        return float(self.coefficients[self.layout.slope_columns(device_id, delegate)].sum())

    def beyond_range(self, log_source_mj: float) -> float:
        """How far outside the fitted source energies a network lies, in log units (0 inside)."""
        return max(self.log_low - log_source_mj, log_source_mj - self.log_high, 0.0)


Fit: TypeAlias = Callable[[Sequence[RatioCell]], RatioModel]
"""A method: how cells become a model. `fit_medians`, or `fit_ratios` with its settings."""


def fit_ratios(cells: Sequence[RatioCell], settings: RatioSettings) -> RatioModel:
    """Fit the line to the cells by ridge regression with Huber's weights. Needs at least one cell."""
    layout = _layout(cells)
    design = np.array([layout.row(cell.device_id, cell.delegate, cell.log_source_mj) for cell in cells])
    wanted = np.array([cell.log_ratio for cell in cells])
    coefficients = _robust_ridge(design, wanted, layout.penalties(settings), settings.huber_log)
    return _model(layout, coefficients, cells)


def fit_medians(cells: Sequence[RatioCell]) -> RatioModel:
    """The median log ratio of each device and delegate, whatever the energy of the network (slope 0).

    A device without a cell of a delegate gets the median of that delegate. Needs at least one cell.
    """
    layout = _layout(cells)
    coefficients: Floats = np.zeros(layout.columns)
    for column, delegate in enumerate(layout.delegates):
        of_delegate = [cell for cell in cells if cell.delegate == delegate]
        for row, device_id in enumerate(layout.devices):
            own = [cell for cell in of_delegate if cell.device_id == device_id] or of_delegate
            place = layout.offsets + row * len(layout.delegates) + column
            coefficients[place] = np.median([cell.log_ratio for cell in own])
    return _model(layout, coefficients, cells)


def _layout(cells: Sequence[RatioCell]) -> RatioLayout:
    if not cells:
        raise ValueError("no cells to fit a ratio to")
    return RatioLayout(
        devices=tuple(dict.fromkeys(cell.device_id for cell in cells)),
        delegates=tuple(dict.fromkeys(cell.delegate for cell in cells)),
        centre=float(np.median([cell.log_source_mj for cell in cells])),
    )


def _model(layout: RatioLayout, coefficients: Floats, cells: Sequence[RatioCell]) -> RatioModel:
    sources = [cell.log_source_mj for cell in cells]
    return RatioModel(layout, coefficients, min(sources), max(sources))


def _robust_ridge(design: Floats, wanted: Floats, penalties: Floats, huber_log: float) -> Floats:
    """Iteratively reweighted ridge regression: residuals above `huber_log` count only in proportion."""
    weights: Floats = np.ones(len(wanted))
    coefficients: Floats = np.zeros(design.shape[1])
    for _ in range(_REWEIGHTINGS):
        normal = design.T @ (design * weights[:, None]) + np.diag(penalties)
        solved = np.linalg.solve(normal, design.T @ (weights * wanted))
        coefficients = np.asarray(solved, dtype=np.float64)
        distances = np.maximum(np.abs(wanted - design @ coefficients), 1e-12)
        weights = np.asarray(np.minimum(1.0, huber_log / distances), dtype=np.float64)
    return coefficients


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A cell and how far (true minus predicted log) it was from a fit that had not seen its network."""

    cell: RatioCell
    residual_log: float

    @property
    def ape_percent(self) -> float:
        """Absolute error of the prediction in per cent of the measured value."""
        return 100.0 * abs(float(np.exp(-self.residual_log)) - 1.0)


def leave_one_network_out(cells: Sequence[RatioCell], fit: Fit) -> list[HeldOut]:
    """Each reference network left out in turn, on every device at once.

    A cell whose device or delegate has no other network can't be tested and is absent.
    """
    held: list[HeldOut] = []
    for dnn_id in dict.fromkeys(cell.dnn_id for cell in cells):
        seen = [cell for cell in cells if cell.dnn_id != dnn_id]
        if not seen:
            continue
        model = fit(seen)
        held += [_held_out(cell, model) for cell in cells if cell.dnn_id == dnn_id and _known(cell, model)]
    return held


def _known(cell: RatioCell, model: RatioModel) -> bool:
    return cell.device_id in model.layout.devices and cell.delegate in model.layout.delegates


def _held_out(cell: RatioCell, model: RatioModel) -> HeldOut:
    predicted = model.log_ratio(cell.device_id, cell.delegate, cell.log_source_mj)
    return HeldOut(cell, cell.log_ratio - predicted)


@dataclass(frozen=True, slots=True)
class LogInterval:
    """How far below and above an estimate the truth lies, in log units (both at least 0)."""

    below: float
    above: float

    @property
    def factor(self) -> float:
        """Upper end over lower end."""
        return float(np.exp(self.below + self.above))

    def combined(self, other: LogInterval) -> LogInterval:
        """Both errors together, taken as independent: the half widths add in quadrature."""
        return LogInterval(math.hypot(self.below, other.below), math.hypot(self.above, other.above))

    def widened(self, log_units: float) -> LogInterval:
        """The same interval with an extra half width added on both sides."""
        return LogInterval(self.below + log_units, self.above + log_units)


def residual_interval(held_out: Sequence[HeldOut], tail: float) -> LogInterval:
    """The interval between the `tail` and `1 - tail` quantiles of held-out residuals, never inverted.

    Residuals of one network on several devices are alike, so the quantiles rest on as many independent
    cases as there are networks: the half widths grow by Student's t over the normal quantile for that
    number. Infinite with fewer than two networks.
    """
    networks = len({item.cell.dnn_id for item in held_out})
    if networks < 2:
        return LogInterval(math.inf, math.inf)
    residuals = [item.residual_log for item in held_out]
    low, high = np.quantile(residuals, [tail, 1.0 - tail])
    from scipy import special  # slow to import, and estimates from stored fits do without

    few = float(special.stdtrit(networks - 1, 1.0 - tail) / special.ndtri(1.0 - tail))
    return LogInterval(few * max(0.0, -float(low)), few * max(0.0, float(high)))
