"""ln(application / kernels) as a sum of terms from general to particular, each drawn towards 0 by a ridge.

Partial pooling: a phone and delegate with few measured networks leans on the same delegate of other phones
and on the phone's other delegates. In int8 the ratio falls with the size of the network (a slope on ln of the
kernels' energy, shared by all): large networks gain more from 8 bits than small ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictors.energy.applications.cells import ApplicationCell, ApplicationSettings, Quantity

Floats: TypeAlias = NDArray[np.float64]
Term: TypeAlias = tuple[str, ...]
MIDDLE_LOG_MJ = 5.0
"""The slope turns around kernels of e^5 = 148 mJ, the middle of the reference networks."""


@dataclass(frozen=True, slots=True)
class ApplicationFit:
    """Fitted terms of one quantity."""

    terms: dict[Term, float]

    def log_ratio(self, device_id: str, delegate: str, precision: str, log_sum_mj: float) -> float:
        """ln of the application over the kernels, for a network whose kernels take exp(log_sum_mj) mJ."""
        wanted = _terms(device_id, delegate, precision, log_sum_mj)
        return sum(self.terms.get(term, 0.0) * amount for term, amount in wanted.items())


def _terms(device_id: str, delegate: str, precision: str, log_sum_mj: float) -> dict[Term, float]:
    terms: dict[Term, float] = {
        ("delegate_precision", delegate, precision): 1.0,
        ("delegate", delegate): 1.0,
        ("device", device_id): 1.0,
        ("device_delegate", device_id, delegate): 1.0,
        ("device_precision", device_id, precision): 1.0,
        ("device_delegate_precision", device_id, delegate, precision): 1.0,
    }
    if precision == "int8":
        terms["int8_slope",] = log_sum_mj - MIDDLE_LOG_MJ
    return terms


def fit_applications(
    cells: Sequence[ApplicationCell], quantity: Quantity, settings: ApplicationSettings
) -> ApplicationFit:
    """Fit by ridge with Huber weights; raises ValueError without cells."""
    if not cells:
        raise ValueError("No measured application is left to fit.")
    rows = [_terms(cell.device_id, cell.delegate, cell.precision, cell.log_sum_mj) for cell in cells]
    names = sorted({term for row in rows for term in row})
    places = {term: place for place, term in enumerate(names)}
    design = np.zeros((len(rows), len(names)))
    for index, row in enumerate(rows):
        for term, amount in row.items():
            design[index, places[term]] = amount
    measured = np.array([cell.log_ratio[quantity] for cell in cells])
    ridge = np.diag([settings.ridge[term[0]] for term in names])
    found = _huber(design, measured, ridge, settings)
    return ApplicationFit(dict(zip(names, found.tolist(), strict=True)))


def _huber(design: Floats, measured: Floats, ridge: Floats, settings: ApplicationSettings) -> Floats:
    weights: Floats = np.ones(len(measured))
    found: Floats = np.zeros(design.shape[1])
    for _ in range(settings.rounds):
        weighted = design * weights[:, None]
        found = np.asarray(np.linalg.solve(design.T @ weighted + ridge, weighted.T @ measured), np.float64)
        residuals = np.abs(measured - design @ found)
        weights = np.minimum(1.0, settings.huber_log / np.maximum(residuals, 1e-9))
    return found


def left_out_residuals(
    cells: Sequence[ApplicationCell], quantity: Quantity, settings: ApplicationSettings
) -> list[float]:
    """Per cell, measured minus fitted ln ratio where its network (fp32 and int8) was in no fit."""
    residuals: dict[int, float] = {}
    for network in dict.fromkeys(cell.network for cell in cells):
        fit = fit_applications([cell for cell in cells if cell.network != network], quantity, settings)
        for place, cell in enumerate(cells):
            if cell.network == network:
                place_of = (cell.device_id, cell.delegate, cell.precision, cell.log_sum_mj)
                residuals[place] = cell.log_ratio[quantity] - fit.log_ratio(*place_of)
    return [residuals[place] for place in range(len(cells))]
