"""Each reference network left out of every fit, and its interval made of networks left out among the
others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from predictors.energy.applications.cells import ApplicationCell, ApplicationSettings, Quantity
from predictors.energy.applications.fit import ApplicationFit, fit_applications, left_out_residuals

Tested: TypeAlias = Literal["energy", "latency", "power"]
SIGNS: Final[dict[Tested, dict[Quantity, float]]] = {
    "energy": {"energy": 1.0},
    "latency": {"latency": 1.0},
    "power": {"energy": 1.0, "latency": -1.0},
}
"""What is tested is a sum of logarithms: power is energy over latency, whose errors go together."""


@dataclass(frozen=True, slots=True)
class ApplicationCase:
    """One pair of network and target: `residual` is ln of measured over estimated, `half_width` (log)
    nested.
    """

    cell: ApplicationCell
    residual: float
    half_width: float

    @property
    def covered(self) -> bool:
        """Whether the measurement lies in the interval."""
        return abs(self.residual) <= self.half_width


def nested_cases(
    cells: Sequence[ApplicationCell], tested: Tested, settings: ApplicationSettings
) -> list[ApplicationCase]:
    """Every cell, estimated by fits and intervals that saw nothing of its network (fp32 or int8)."""
    return [
        case
        for network in dict.fromkeys(cell.network for cell in cells)
        for case in _without(network, cells, tested, settings)
    ]


def _without(
    network: str, cells: Sequence[ApplicationCell], tested: Tested, settings: ApplicationSettings
) -> list[ApplicationCase]:
    seen = [cell for cell in cells if cell.network != network]
    signs = SIGNS[tested]
    fits = {quantity: fit_applications(seen, quantity, settings) for quantity in signs}
    inner = sum(
        sign * np.array(left_out_residuals(seen, quantity, settings)) for quantity, sign in signs.items()
    )
    residuals = np.asarray(inner, dtype=np.float64).tolist()
    return [
        ApplicationCase(
            cell,
            sum(sign * _residual(cell, quantity, fits[quantity]) for quantity, sign in signs.items()),
            _half_width(cell, seen, residuals, settings.level),
        )
        for cell in cells
        if cell.network == network
    ]


def _residual(cell: ApplicationCell, quantity: Quantity, fit: ApplicationFit) -> float:
    estimated = fit.log_ratio(cell.device_id, cell.delegate, cell.precision, cell.log_sum_mj)
    return cell.log_ratio[quantity] - estimated


def _half_width(
    cell: ApplicationCell, seen: Sequence[ApplicationCell], residuals: Sequence[float], level: float
) -> float:
    alike = [
        abs(residual)
        for other, residual in zip(seen, residuals, strict=True)
        if (other.delegate, other.precision) == (cell.delegate, cell.precision)
    ]
    return float(np.quantile(alike, level)) if alike else math.inf
