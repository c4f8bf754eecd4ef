"""Each reference network left out of every fit, and its interval made of networks left out among the
others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from predictors.energy.applications.cells import ApplicationCell, ApplicationSettings, Quantity
from predictors.energy.applications.fit import fit_applications, left_out_residuals


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
    cells: Sequence[ApplicationCell], quantity: Quantity, settings: ApplicationSettings
) -> list[ApplicationCase]:
    """Every cell, estimated by fits and intervals that saw nothing of its network (fp32 or int8)."""
    cases = []
    for network in dict.fromkeys(cell.network for cell in cells):
        seen = [cell for cell in cells if cell.network != network]
        fit = fit_applications(seen, quantity, settings)
        inner = left_out_residuals(seen, quantity, settings)
        for cell in cells:
            if cell.network == network:
                place = cell.device_id, cell.delegate, cell.precision, cell.log_sum_mj
                residual = cell.log_ratio[quantity] - fit.log_ratio(*place)
                cases.append(ApplicationCase(cell, residual, _half_width(cell, seen, inner, settings.level)))
    return cases


def _half_width(
    cell: ApplicationCell, seen: Sequence[ApplicationCell], residuals: Sequence[float], level: float
) -> float:
    alike = [
        abs(residual)
        for other, residual in zip(seen, residuals, strict=True)
        if (other.delegate, other.precision) == (cell.delegate, cell.precision)
    ]
    return float(np.quantile(alike, level)) if alike else math.inf
