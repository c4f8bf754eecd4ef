"""A sum of non-negative terms fitted on relative error.

Every coefficient is 0 or more, so the fitted sum splits into its parts and no part is negative. Each row is
divided by its measured value before fitting, so a small network counts as much as a large one. A ridge pulls
coefficients towards 0, or the coefficient of one term towards that of another where the rows can't tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

_NOTHING = 1e-30  # A term this small (relative to what was measured) is absent.


@dataclass(frozen=True, slots=True)
class NonNegativeFit:
    """Coefficients (k,), all at least 0, and the spread matrix (k, k): how well amounts are known."""

    coefficients: Floats
    spread: Floats

    def predict(self, terms: Floats) -> Floats:
        """The fitted sum of every row of `terms` (n, k), shape (n,)."""
        return np.asarray(terms @ self.coefficients, dtype=np.float64)

    def leverage(self, terms: Floats) -> Floats:
        """How far each row (n, k) is from the fitted ones, shape (n,): its relative variance is 1 + this.

        The usual leverage x' (M' M)^-1 x of the weighted, ridged least squares problem with rows divided by
        their prediction; infinite where the prediction is 0.
        """
        predicted = self.predict(terms)
        squares = ((terms @ self.spread) * terms).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(predicted > 0.0, squares / predicted**2, np.inf)
        return np.asarray(found, dtype=np.float64)


def fit_nonnegative(
    terms: Floats,
    measured: Floats,
    *,
    ridge: float,
    couplings: Mapping[int, int] | None = None,
    coupling_ridge: float = 0.0,
) -> NonNegativeFit:
    """Coefficients c >= 0, shape (k,), that make `terms @ c` close to `measured` in relative terms.

    `terms` (n, k) holds amounts, `measured` (n,) positive values. Minimises

        mean over rows of (terms @ c / measured - 1)^2
            + ridge * sum over free terms of (scale * c)^2
            + coupling_ridge * sum over coupled terms of (scale * (c_term - c_partner))^2

    where a term's scale is the mean plus the standard deviation of its amount over `measured`, so the ridge
    means the same for every unit. `couplings` maps a term's column to its partner's: a coupled term that no
    row has takes over its partner's coefficient, any other gets 0. Raises ValueError for shapes that do not
    fit together and for measured values that are not positive.
    """
    _check(terms, measured)
    relative = terms / measured[:, None]
    penalties, scale = penalties_of(relative, ridge, couplings or {}, coupling_ridge)
    found = solved(
        np.vstack([relative / scale, penalties]),
        np.concatenate([np.ones(len(terms)), np.zeros(len(penalties))]),
    )
    return NonNegativeFit(found.coefficients / scale, found.spread / np.outer(scale, scale))


def penalties_of(
    relative: Floats, ridge: float, couplings: Mapping[int, int], coupling_ridge: float
) -> tuple[Floats, Floats]:
    """Rows (k, k) that pull scaled coefficients to 0 or to one another, and the scales (k,) of the terms.

    `relative` (n, k) holds amounts over measured values; see `fit_nonnegative` for the rest.
    """
    rows, columns = relative.shape
    scale = relative.mean(axis=0) + relative.std(axis=0)
    scale[scale < _NOTHING] = 1.0
    penalties = np.eye(columns) * np.sqrt(ridge * rows)
    for term, partner in couplings.items():
        penalties[term] = 0.0
        penalties[term, term] = np.sqrt(coupling_ridge * rows)
        penalties[term, partner] = -np.sqrt(coupling_ridge * rows) * scale[term] / scale[partner]
    return penalties, scale


def solved(system: Floats, wanted: Floats) -> NonNegativeFit:
    """The non-negative solution of a linear system in least squares, and the spread of its amounts.

    Columns are brought to one length first. Raises numpy.linalg.LinAlgError for columns nothing tells apart.
    """
    from scipy.optimize import nnls  # slow to import, and estimates from stored fits do without

    length = np.sqrt((system**2).sum(axis=0))
    scaled = system / length
    solution, _ = nnls(scaled, wanted, maxiter=50 * scaled.shape[1])
    spread = np.linalg.inv(scaled.T @ scaled) / np.outer(length, length)
    return NonNegativeFit(np.asarray(solution / length, dtype=np.float64), spread)


def _check(terms: Floats, measured: Floats) -> None:
    if terms.ndim != 2 or terms.shape[0] != measured.shape[0] or terms.shape[0] == 0:
        raise ValueError(f"terms {terms.shape} and measured {measured.shape} do not fit together")
    if not bool((measured > 0.0).all()):
        raise ValueError("measured values must be positive to be fitted on relative error")
