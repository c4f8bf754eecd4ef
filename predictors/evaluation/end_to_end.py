"""Estimates end to end: a model file goes in, a figure comes out, the network itself left out of every fit.

Nested: the interval of a left-out network comes from networks that were left out among the others. Phones:
the running application against its measurement at the battery connector. Boards: the whole board at its wall
socket, on every system that a target stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np

from predictors.energy.applications.cells import application_settings
from predictors.energy.applications.evidence import bundled_evidence
from predictors.energy.applications.held_out import SIGNS, ApplicationCase, nested_cases
from predictors.energy.boards.pairs import BoardCase, board_cases
from predictors.evaluation.boards import FAMILY_OUT, NETWORK_OUT, board_cases_without
from predictors.registry import targets
from predictors.results.figures import Scope
from predictors.results.targets import HeldOutErrors

ALL: Final = "all"
Place: TypeAlias = tuple[str, str]
"""Delegate and precision."""


class Case(Protocol):
    """One pair of network and target."""

    @property
    def residual(self) -> float:
        """ln of measured over estimated."""

    @property
    def covered(self) -> bool:
        """Whether the measurement lies in the interval."""


@dataclass(frozen=True, slots=True)
class EndToEndRow:
    """One line of the table: what came out, what was left out, how far off it was (per cent).

    `bias_percent`: median of estimate over measurement, less 100 %. `has_figure`: whether the app shows
    such a figure; where the interval would be too wide it says so instead. None: over some of both.
    """

    scope: str
    quantity: str
    delegate: str
    precision: str
    left_out: str
    has_figure: bool | None
    pairs: int
    networks: int
    median_percent: float
    high_percent: float
    bias_percent: float
    coverage_percent: float


def end_to_end_rows() -> list[EndToEndRow]:
    """All rows, each quantity of phones and of boards (half a minute)."""
    evidence, settings = bundled_evidence(), application_settings()
    rows = [
        row
        for tested in SIGNS
        for row in application_rows(nested_cases(evidence.cells, tested, settings), tested)
    ]
    for quantity in ("energy", "latency"):
        for protocol in (NETWORK_OUT, FAMILY_OUT):
            # The stored pairs are what the app shows; their digits are rounded.
            is_stored = (quantity, protocol) == ("energy", NETWORK_OUT)
            cases = board_cases() if is_stored else board_cases_without(quantity, protocol)
            rows += board_rows(cases, quantity, protocol)
    return rows


def application_rows(cases: Sequence[ApplicationCase], quantity: str) -> list[EndToEndRow]:
    """One row per delegate and precision of phones, one over those with a figure, and one over all pairs."""
    places: dict[Place, list[ApplicationCase]] = {}
    for case in cases:
        places.setdefault((case.cell.delegate, case.cell.precision), []).append(case)
    shown = {place: _has_figure(place) for place in places}
    rows = [
        _application_row(place, quantity, members, has_figure=shown[place])
        for place, members in sorted(places.items())
    ]
    with_figure = [case for place, members in places.items() if shown[place] for case in members]
    whole = _application_row((ALL, ALL), quantity, with_figure, has_figure=True)
    return [*rows, whole, _application_row((ALL, ALL), quantity, cases, has_figure=None)]


def _has_figure(place: Place) -> bool:
    return any(
        (target.delegate, target.precision) == place and target.scope is Scope.APPLICATION
        for target in targets()
    )


def _application_row(
    place: Place, quantity: str, cases: Sequence[ApplicationCase], *, has_figure: bool | None
) -> EndToEndRow:
    networks = len({case.cell.network for case in cases})
    return _row(Scope.APPLICATION, quantity, place, NETWORK_OUT, has_figure, networks, cases)


def board_rows(cases: Sequence[BoardCase], quantity: str, protocol: str) -> list[EndToEndRow]:
    """One row per back end and precision of boards, one per precision, and one over all pairs."""
    own: dict[Place, list[BoardCase]] = {}
    whole: dict[Place, list[BoardCase]] = {}
    for case in cases:
        own.setdefault((case.delegate, case.precision), []).append(case)
        for precision in (case.precision, ALL):
            whole.setdefault((ALL, precision), []).append(case)
    places = (own if protocol == NETWORK_OUT else {}) | whole
    return [_board_row(place, quantity, protocol, members) for place, members in sorted(places.items())]


def _board_row(place: Place, quantity: str, protocol: str, cases: Sequence[BoardCase]) -> EndToEndRow:
    networks = len({case.network for case in cases})
    return _row(Scope.BOARD_WALL, quantity, place, protocol, True, networks, cases)


def _row(
    scope: Scope,
    quantity: str,
    place: Place,
    protocol: str,
    has_figure: bool | None,
    networks: int,
    cases: Sequence[Case],
) -> EndToEndRow:
    ratios = np.exp(-np.array([case.residual for case in cases]))
    errors = HeldOutErrors.of(100.0 * np.abs(ratios - 1.0))
    return EndToEndRow(
        scope.value,
        quantity,
        *place,
        protocol,
        has_figure,
        errors.count,
        networks,
        errors.median_percent,
        errors.high_percent,
        100.0 * (float(np.median(ratios)) - 1.0),
        100.0 * float(np.mean([case.covered for case in cases])),
    )
