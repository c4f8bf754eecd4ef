"""How well applications are estimated: file in, energy out, the network itself left out of every fit.

Nested: the interval of a left-out network comes from networks that were left out among the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from predictors.energy.applications.cells import Quantity
from predictors.energy.applications.evidence import tested
from predictors.energy.applications.held_out import ApplicationCase

ALL = "all"


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One line of the table: what went in, what came out, and how far off it was (per cent)."""

    delegate: str
    precision: str
    quantity: str
    pairs: int
    networks: int
    median_percent: float
    high_percent: float
    bias_percent: float
    coverage_percent: float


def application_rows(cases: Sequence[ApplicationCase], quantity: Quantity) -> list[ApplicationRow]:
    """One row per delegate and precision, and one over all pairs."""
    places = dict.fromkeys((case.cell.delegate, case.cell.precision) for case in cases)
    rows = [
        _row(place, quantity, [c for c in cases if (c.cell.delegate, c.cell.precision) == place])
        for place in sorted(places)
    ]
    return [*rows, _row((ALL, ALL), quantity, cases)]


def _row(place: tuple[str, str], quantity: Quantity, cases: Sequence[ApplicationCase]) -> ApplicationRow:
    errors = tested(np.array([case.residual for case in cases]))
    return ApplicationRow(
        *place,
        quantity,
        errors.pairs,
        len({case.cell.network for case in cases}),
        errors.median_percent,
        errors.high_percent,
        errors.bias_percent,
        100.0 * float(np.mean([case.covered for case in cases])),
    )
