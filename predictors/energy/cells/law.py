"""Energy of a NAS-Bench-201 cell on one core of Raspberry Pi 5: a sum over what the runtime works out.

    energy (mJ) = constant + sum over kinds of operator: how often it is worked out x what that costs

fitted per runtime to relative errors, with non-negative coefficients (`operations`). The network around the
cell is always the same, so it is in the constant. It is the energy of the core rail above idle. Whether a
runtime leaves out what no result needs is found with it: from the measurements of the other folds, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from predictors.energy.cells.operations import NAMES, Cell, Operations, cell_of, operations

if TYPE_CHECKING:
    import pandas as pd

FOLDS: Final = 5  # the usual number
INSIDE: Final = 0.8
"""Share of cells that an interval shall hold."""
BOTH: Final = (False, True)
"""Everything is worked out, or only what the output needs."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CellLaw:
    """The law of one runtime: mJ of the constant and of one operator each, and its held-out errors.

    `only_needed`: the runtime leaves out what no result needs. `measured` is the energy (mJ) of every
    measured cell, `most` how often an operator was worked out in one at most. `errors` and `baseline_errors`:
    ln(estimate / measured) of every cell, each from a fit on the other of five folds: of the law, and of a
    line through the MACs.
    """

    software: str
    only_needed: bool
    constant_mj: float
    operator_mj: Mapping[str, float]
    measured: Mapping[Cell, float]
    most: Operations
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

    def energy_mj(self, worked_out: Operations) -> float:
        """Energy of a cell by what is worked out in it (mJ)."""
        costs = (self.operator_mj[name] for name in NAMES)
        return self.constant_mj + sum(each * cost for each, cost in zip(worked_out, costs, strict=True))


def fit_cells(software: str, rows: pd.DataFrame) -> CellLaw:
    """Fit the law of one runtime. Columns of `rows`: cell (its text), macs_m, energy_mj; a row per cell."""
    measured = rows["energy_mj"].to_numpy(np.float64)
    cells = [cell_of(str(text)) for text in rows["cell"]]
    amounts = {each: _amounts(cells, only_needed=each) for each in BOTH}
    only_needed = min(BOTH, key=lambda each: _size(_held_out(amounts[each], measured)))
    constant, *costs = (float(each) for each in _fit(amounts[only_needed], measured))
    most = amounts[only_needed][:, 1:].max(axis=0)
    return CellLaw(
        software=software,
        only_needed=only_needed,
        constant_mj=constant,
        operator_mj=dict(zip(NAMES, costs, strict=True)),
        measured=dict(zip(cells, map(float, measured), strict=True)),
        most=Operations(*(int(each) for each in most)),
        errors=_held_out_of_both(amounts, measured),
        baseline_errors=_held_out(_with_one(rows[["macs_m"]].to_numpy(np.float64)), measured),
    )


def _amounts(cells: list[Cell], *, only_needed: bool) -> Floats:
    return _with_one(np.array([tuple(operations(each, only_needed=only_needed)) for each in cells], float))


def _percent(errors_log: Floats) -> Floats:
    return np.asarray(100.0 * np.abs(np.expm1(errors_log)), dtype=np.float64)


def _size(errors_log: Floats) -> float:
    return float(np.median(np.abs(errors_log)))


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


def _held_out_of_both(amounts: Mapping[bool, Floats], measured: Floats) -> Floats:
    """The same, where also the choice of `BOTH` is made within the other folds."""
    fold = folds(len(measured))
    errors = np.zeros(len(measured))
    for at in range(FOLDS):
        out = fold == at
        inner = {each: _size(_held_out(amounts[each][~out], measured[~out])) for each in BOTH}
        chosen = amounts[min(BOTH, key=lambda each: inner[each])]
        errors[out] = np.log(chosen[out] @ _fit(chosen[~out], measured[~out]) / measured[out])
    return errors


@lru_cache(maxsize=1)
def cell_laws() -> tuple[CellLaw, ...]:
    """The law of every runtime in the bundle, by name; none in a bundle without the cells."""
    from data import kept_bundle, queries

    rows = queries.cell_runs(kept_bundle())
    return tuple(fit_cells(str(software), members) for software, members in rows.groupby("software"))
