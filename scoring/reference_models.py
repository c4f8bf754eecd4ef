"""A model beside the twelve reference networks: how many it beats on a device, and its terms there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scoring.errors import ScoringError
from scoring.grid import normalise_delegate
from scoring.iecs import inferences_per_joule
from scoring.measurements import MeasuredRow
from scoring.pcs import power_share


@dataclass(frozen=True, slots=True)
class Versus:
    """Reference networks by what their measured energy says about a model, on one device and delegate.

    `beaten`: even the upper end of the model's interval is less; `undecided`: the interval holds the measured
    energy, so they cannot be told apart; `lost`: even the lower end is not less; `not_measured` there.
    """

    beaten: tuple[str, ...]
    undecided: tuple[str, ...]
    lost: tuple[str, ...]
    not_measured: tuple[str, ...]

    @property
    def of(self) -> int:
        """How many reference networks there are."""
        return len(self.beaten) + len(self.undecided) + len(self.lost) + len(self.not_measured)


def versus_references(
    energy_j_low: float,
    energy_j_high: float,
    rows: Iterable[MeasuredRow],
    delegate: str,
    networks: Iterable[str],
) -> Versus:
    """Set the energy interval of a model (J per inference) against the rows of one device.

    `networks` are all reference networks. Raises ScoringError `UNKNOWN_DELEGATE`, `INVALID_ENERGY`.
    """
    if not 0 < energy_j_low <= energy_j_high:
        raise ScoringError(
            "INVALID_ENERGY",
            "The energy interval {energy_j_low:g} to {energy_j_high:g} J cannot be compared. Give two "
            "energies above 0, the smaller first.",
            energy_j_low=energy_j_low,
            energy_j_high=energy_j_high,
        )
    wanted = normalise_delegate(delegate)
    measured = {
        row.cell[0]: row.energy_per_inference_j
        for row in rows
        if row.cell[1] == wanted and row.energy_per_inference_j is not None
    }
    groups: dict[str, list[str]] = {"beaten": [], "undecided": [], "lost": [], "not_measured": []}
    for network in networks:
        groups[_outcome(energy_j_low, energy_j_high, measured.get(network))].append(network)
    return Versus(*(tuple(group) for group in groups.values()))


def _outcome(low: float, high: float, reference: float | None) -> str:
    if reference is None:
        return "not_measured"
    if high < reference:
        return "beaten"
    return "undecided" if low < reference else "lost"


@dataclass(frozen=True, slots=True)
class ModelTerms:
    """What a model would add as a row: `pcs` in points (the row's share of the mean), `iecs` in 1/J."""

    pcs: float | None
    iecs: float


def model_terms(energy_j: float, avg_power_w: float, tdp_w: float | None) -> ModelTerms:
    """Return the terms of a model as if it were one more row of a device.

    PCS term = 100 * (1 - P / TDP), None where power (W) or TDP (W) is unknown; IECS term = 1 / E (E in J).
    Raises ScoringError `INVALID_ENERGY`.
    """
    if not math.isfinite(energy_j) or energy_j <= 0:
        raise ScoringError(
            "INVALID_ENERGY",
            "An energy of {energy_j:g} J has no term in a score. Give one above 0.",
            energy_j=energy_j,
        )
    known = tdp_w is not None and tdp_w > 0 and avg_power_w > 0
    share = power_share(avg_power_w, tdp_w) if known and tdp_w is not None else None
    return ModelTerms(None if share is None else 100.0 * (1.0 - share), inferences_per_joule(energy_j))
