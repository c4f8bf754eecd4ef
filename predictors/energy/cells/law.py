"""Energy of a NAS-Bench-201 cell on one core of Raspberry Pi 5: a sum over the operators of the cell.

    energy (mJ) = constant + sum over kinds of operator: count x what one of them costs

fitted per runtime to relative errors, with non-negative coefficients. The network around the cell is always
the same, so it is in the constant. It is the energy of the core rail above idle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

if TYPE_CHECKING:
    import pandas as pd

COUNTS: Final = ("conv3x3", "conv1x1", "avgpool3x3", "skips")
"""Columns that hold how often an operator stands on the six edges of a cell."""
FOLDS: Final = 5
INSIDE: Final = 0.8
"""Share of cells that an interval shall hold."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CellLaw:
    """The law of one runtime: mJ of the constant and of one operator each, and its held-out errors.

    `errors` and `baseline_errors`: ln(estimate / measured) of every cell, each from a fit on the other of
    five folds: of the law, and of a line through the MACs. `most` says how many of each operator were in a
    measured cell at most.
    """

    software: str
    constant_mj: float
    operator_mj: Mapping[str, float]
    most: Mapping[str, int]
    errors: Floats
    baseline_errors: Floats

    @property
    def cells(self) -> int:
        """How many cells were measured."""
        return len(self.errors)

    @property
    def mean_error_percent(self) -> float:
        """Mean absolute error of the law, held out."""
        return float(_percent(self.errors).mean())

    @property
    def median_error_percent(self) -> float:
        """Median absolute error of the law, held out."""
        return float(np.median(_percent(self.errors)))

    @property
    def baseline_percent(self) -> float:
        """Mean absolute error of a line through the MACs, held out alike."""
        return float(_percent(self.baseline_errors).mean())

    @property
    def factor(self) -> float:
        """An interval of 80 % is an estimate divided and multiplied by this."""
        return float(np.exp(np.quantile(np.abs(self.errors), INSIDE)))

    @property
    def coverage_percent(self) -> float:
        """How often the interval held a cell, its factor found from the errors of the other folds."""
        fold = folds(len(self.errors))
        sizes = np.abs(self.errors)
        held = [sizes[fold == at] <= np.quantile(sizes[fold != at], INSIDE) for at in range(FOLDS)]
        return 100.0 * float(np.concatenate(held).mean())

    def energy_mj(self, counts: Mapping[str, int]) -> float:
        """Energy of a cell by how often it has each operator (mJ); operators it lacks may be left out."""
        return self.constant_mj + sum(each * self.operator_mj[name] for name, each in counts.items())


def fit_cells(software: str, rows: pd.DataFrame) -> CellLaw:
    """Fit the law of one runtime. Columns of `rows`: those of `COUNTS`, macs_m, energy_mj; a row per cell."""
    measured = rows["energy_mj"].to_numpy(np.float64)
    counts = _with_one(rows[[*COUNTS]].to_numpy(np.float64))
    macs = _with_one(rows[["macs_m"]].to_numpy(np.float64))
    constant, *costs = (float(each) for each in _fit(counts, measured))
    return CellLaw(
        software=software,
        constant_mj=constant,
        operator_mj=dict(zip(COUNTS, costs, strict=True)),
        most={name: int(rows[name].max()) for name in COUNTS},
        errors=_held_out(counts, measured),
        baseline_errors=_held_out(macs, measured),
    )


def _percent(errors_log: Floats) -> Floats:
    return np.asarray(100.0 * np.abs(np.expm1(errors_log)), dtype=np.float64)


def folds(count: int) -> Floats:
    """The fold of each of `count` cells."""
    return np.asarray(np.random.default_rng(0).permutation(count) % FOLDS, dtype=np.float64)


def _with_one(columns: Floats) -> Floats:
    return np.column_stack([np.ones(len(columns)), columns])


def _fit(features: Floats, measured: Floats) -> Floats:
    coefficients, _ = nnls(features / measured[:, None], np.ones(len(measured)))
    return np.asarray(coefficients, dtype=np.float64)


def _held_out(features: Floats, measured: Floats) -> Floats:
    """ln(estimate / measured) of every cell, each from a fit on the other folds."""
    fold = folds(len(measured))
    errors = np.zeros(len(measured))
    for each in range(FOLDS):
        out = fold == each
        errors[out] = np.log(features[out] @ _fit(features[~out], measured[~out]) / measured[out])
    return errors


@lru_cache(maxsize=1)
def cell_laws() -> tuple[CellLaw, ...]:
    """The law of every runtime in the bundle, by name; none in a bundle without the cells."""
    from data import open_bundle, queries

    rows = queries.cell_runs(open_bundle())
    return tuple(fit_cells(str(software), members) for software, members in rows.groupby("software"))
