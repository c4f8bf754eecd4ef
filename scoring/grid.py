"""The cells of the published application table: which reference network ran on which delegate.

Source: Tu et al., SEC 2023, doi 10.1145/3583740.3628442 and the tables of its project page. Every phone has
the same 35 cells; a network that a delegate could not run has no cell.
"""

from __future__ import annotations

from typing import Final

from scoring.errors import ScoringError

DELEGATES: Final[dict[str, str]] = {
    "cpu": "CPU1",
    "cpu4": "CPU4",
    "gpu": "GPU",
    "nnapi": "NNAPI",
}
"""Delegate id -> the name printed in the source: CPU with one thread, with four threads, GPU, NNAPI."""

_SPELLINGS: Final[dict[str, str]] = {
    **{printed.lower(): delegate for delegate, printed in DELEGATES.items()},
    **{delegate: delegate for delegate in DELEGATES},
}

_ON_ALL_BUT_GPU: Final = ("cpu", "cpu4", "nnapi")
_ON_EVERYTHING: Final = ("cpu", "cpu4", "gpu", "nnapi")

_DELEGATES_OF: Final[dict[str, tuple[str, ...]]] = {
    "DNN1": _ON_ALL_BUT_GPU,
    "DNN2": _ON_ALL_BUT_GPU,
    "DNN3": _ON_ALL_BUT_GPU,
    "DNN4": _ON_ALL_BUT_GPU,
    "DNN5": _ON_EVERYTHING,
    "DNN6": _ON_ALL_BUT_GPU,
    "DNN7": _ON_EVERYTHING,
    "DNN8": _ON_ALL_BUT_GPU,
    "DNN9": ("cpu", "gpu"),
    "DNN10": ("cpu4",),
    "DNN11": _ON_ALL_BUT_GPU,
    "DNN12": _ON_ALL_BUT_GPU,
}

PUBLISHED_CELLS: Final[frozenset[tuple[str, str]]] = frozenset(
    (dnn_id, delegate) for dnn_id, delegates in _DELEGATES_OF.items() for delegate in delegates
)
"""(dnn_id, delegate id) of every cell of one phone's column."""

ROWS_PER_DEVICE: Final = len(PUBLISHED_CELLS)
"""35: the rows a phone's score can rest on."""


def normalise_delegate(name: str) -> str:
    """Return the delegate id of any accepted spelling: `CPU1`, `cpu`, `CPU4`, `GPU`, `NNAPI`, in any case.

    Raises ScoringError `UNKNOWN_DELEGATE`.
    """
    delegate = _SPELLINGS.get(name.strip().lower())
    if delegate is None:
        accepted = ", ".join(DELEGATES.values())
        raise ScoringError(
            "UNKNOWN_DELEGATE",
            "The delegate {given!r} does not exist in the reference table. Use one of {accepted} "
            "(or {delegates}).",
            given=name.strip()[:40],
            accepted=accepted,
            delegates=", ".join(DELEGATES),
        )
    return delegate
