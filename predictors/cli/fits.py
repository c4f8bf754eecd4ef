"""Fit every family of predictors and store the fits beside the bundle: what `make build` does once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from predictors.energy.stored.store import is_stored, store
from predictors.errors import InputError


def families() -> dict[str, Callable[[], Any]]:
    """Name of each family whose measurements are in the bundle -> what fits it, in an order in which none
    needs a later one."""
    from predictors.energy.boards.fit import BOARDS_FAMILY, fit_boards
    from predictors.energy.boards.later import LATER_FAMILY, fit_later
    from predictors.registry import left_out

    found: dict[str, Callable[[], Any]] = {BOARDS_FAMILY: fit_boards, LATER_FAMILY: fit_later}
    return found if left_out() else found | _of_the_full_bundle()


def _of_the_full_bundle() -> dict[str, Callable[[], Any]]:
    from predictors.energy.p40.cpu import CPU_FAMILY, fit_cpu
    from predictors.energy.p40.gpu import GPU_FAMILY, fit_gpu
    from predictors.energy.phones.evidence import PHONES_FAMILY, fit_phones
    from predictors.energy.tx2.layers import DELEGATES
    from predictors.energy.tx2.predictor import fit_tx2, tx2_family
    from predictors.energy.xavier_nx.predictor import NX_FAMILY, fit_nx

    found: dict[str, Callable[[], Any]] = {CPU_FAMILY: fit_cpu, GPU_FAMILY: fit_gpu}
    found[PHONES_FAMILY] = fit_phones
    found |= {tx2_family(delegate): _of_delegate(fit_tx2, delegate) for delegate in DELEGATES}
    return found | {NX_FAMILY: fit_nx}


def _of_delegate(fit: Callable[[str], Any], delegate: str) -> Callable[[], Any]:
    return lambda: fit(delegate)


def fit_and_store() -> list[Path]:
    """Fit and store what is missing or belongs to other figures or another method; gives the new files.

    Raises InputError FITS_NOT_WRITABLE when the bundle's folder can't be written: everything is then fitted
    when it is asked for.
    """
    try:
        return [store(family, fit()) for family, fit in families().items() if not is_stored(family)]
    except OSError as error:
        raise InputError(
            "FITS_NOT_WRITABLE",
            "The fits can't be written beside the bundle: {reason}. Estimates work without, only slower. "
            "Name a folder that can be written with JOULELENS_BUNDLE.",
            reason=str(error.strerror or error),
        ) from error
