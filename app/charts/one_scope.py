"""Two figures that differ in scope are never on one axis: what a picture of several devices is checked for.

A scope is what an energy is the energy of: what a meter saw (a table's `meter_scope`) or what an estimate
holds. Pictures that stand for one device and one meter by how they are made need no check.
"""

from __future__ import annotations

import pandas as pd


class MixedScopesError(AssertionError):
    """A picture was asked for that would put figures of different scopes on one axis: a defect of ours."""


def check_one_scope(scopes: pd.Series) -> None:
    """Raise MixedScopesError where the rows of a picture are of more than one scope."""
    found = sorted(map(str, scopes.dropna().unique()))
    if len(found) > 1:
        raise MixedScopesError(f"one axis for {', '.join(found)}")


def check_parted(scopes: pd.Series) -> None:
    """Raise MixedScopesError where the rows of one scope do not stand together: no line could part them."""
    changes = int((scopes != scopes.shift()).sum())
    if changes != scopes.nunique(dropna=False):
        raise MixedScopesError(f"{changes} parts for {scopes.nunique(dropna=False)} scopes")
