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

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CellLaw:
    """The law of one runtime: mJ of the constant and of one operator each, and its held-out error.

    `mean_error_percent` and `median_error_percent`: absolute, over `cells` cells in five folds;
    `baseline_percent`: the mean error of a line through the MACs, held out alike.
    """

    software: str
    constant_mj: float
    operator_mj: Mapping[str, float]
    mean_error_percent: float
    median_error_percent: float
    baseline_percent: float
    cells: int

    def energy_mj(self, counts: Mapping[str, int]) -> float:
        """Energy of a cell by how often it has each operator (mJ); operators it lacks may be left out."""
        return self.constant_mj + sum(each * self.operator_mj[name] for name, each in counts.items())


def fit_cells(software: str, rows: pd.DataFrame) -> CellLaw:
    """Fit the law of one runtime. Columns of `rows`: those of `COUNTS`, macs_m, energy_mj; a row per cell."""
    measured = rows["energy_mj"].to_numpy(np.float64)
    counts = _with_one(rows[[*COUNTS]].to_numpy(np.float64))
    macs = _with_one(rows[["macs_m"]].to_numpy(np.float64))
    errors, baseline = _held_out(counts, measured), _held_out(macs, measured)
    constant, *costs = (float(each) for each in _fit(counts, measured))
    return CellLaw(
        software=software,
        constant_mj=constant,
        operator_mj=dict(zip(COUNTS, costs, strict=True)),
        mean_error_percent=float(errors.mean()),
        median_error_percent=float(np.median(errors)),
        baseline_percent=float(baseline.mean()),
        cells=len(rows),
    )


def _with_one(columns: Floats) -> Floats:
    return np.column_stack([np.ones(len(columns)), columns])


def _fit(features: Floats, measured: Floats) -> Floats:
    coefficients, _ = nnls(features / measured[:, None], np.ones(len(measured)))
    return np.asarray(coefficients, dtype=np.float64)


def _held_out(features: Floats, measured: Floats) -> Floats:
    """Absolute errors (per cent) of every cell, each from a fit on the other folds."""
    fold = np.random.default_rng(0).permutation(len(measured)) % FOLDS
    errors = np.zeros(len(measured))
    for each in range(FOLDS):
        out = fold == each
        predicted = features[out] @ _fit(features[~out], measured[~out])
        errors[out] = 100 * np.abs(predicted / measured[out] - 1)
    return errors


@lru_cache(maxsize=1)
def cell_laws() -> tuple[CellLaw, ...]:
    """The law of every runtime in the bundle, by name; none in a bundle without the cells."""
    from data import open_bundle, queries

    rows = queries.cell_runs(open_bundle())
    return tuple(fit_cells(str(software), members) for software, members in rows.groupby("software"))
