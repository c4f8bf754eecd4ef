"""What if some rows counted more than others? Never an official score: a type of its own says so.

    PCS_w  = 100 * sum of w_r * (1 - P_r / TDP) / sum of w_r
    IECS_w = n * sum of (w_r / E_r) / sum of w_r

    w_r   weight of row r: weight of its delegate times weight of its network (no unit, not negative)
    n     rows with an energy, weight 0 included, so that a what-if stays on the scale of the official score

With equal weights both are the official scores. A weight of 0 leaves rows out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scoring.candidates import Candidate, Cell, ScoreName, score_of, terms
from scoring.errors import ScoringError
from scoring.grid import normalise_delegate


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights by delegate id and by network (`DNN1` ...); what is not named weighs 1."""

    delegates: Mapping[str, float]
    networks: Mapping[str, float]

    @property
    def is_official(self) -> bool:
        """Whether these weights leave the official score as it is."""
        return all(weight == 1 for weight in (*self.delegates.values(), *self.networks.values()))

    def of(self, cell: Cell) -> float:
        """Return the weight of a row."""
        network, delegate = cell
        return self.delegates.get(delegate, 1.0) * self.networks.get(network, 1.0)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A score under other weights. `rows_used` rows have a weight above 0. It is not the official score."""

    device_id: str
    name: ScoreName
    value: float
    official: float
    rows_used: int


def what_if(candidate: Candidate, name: ScoreName, weights: Weights) -> WhatIf:
    """Return a device's score under other weights, beside its official one.

    Raises ScoringError: `INVALID_WEIGHT`, `UNKNOWN_DELEGATE`, `NOTHING_WEIGHS` when no row is left, and those
    of `pcs` and `iecs`.
    """
    _check(weights)
    official = score_of(candidate, name).value
    weighted = [(weights.of(cell), term) for cell, term in terms(candidate, name).items()]
    total = math.fsum(weight for weight, _ in weighted)
    if total <= 0:
        raise ScoringError(
            "NOTHING_WEIGHS",
            "No measured row of {device_id} has a weight above 0, so there is nothing to score. "
            "Give at least one delegate and one network a weight.",
            device_id=candidate.device_id,
        )
    mean = math.fsum(weight * term for weight, term in weighted) / total
    value = mean if name == "PCS" else len(weighted) * mean
    return WhatIf(candidate.device_id, name, value, official, sum(weight > 0 for weight, _ in weighted))


def _check(weights: Weights) -> None:
    for place, weight in (*weights.delegates.items(), *weights.networks.items()):
        if not math.isfinite(weight) or weight < 0:
            raise ScoringError(
                "INVALID_WEIGHT",
                "The weight of {place} is {weight:g}. Weights are 0 (left out) or more.",
                place=place,
                weight=weight,
            )
    for delegate in weights.delegates:
        if normalise_delegate(delegate) != delegate:
            raise ScoringError(
                "UNKNOWN_DELEGATE",
                "There is no delegate {delegate!r}. Name it {known!r}.",
                delegate=delegate,
                known=normalise_delegate(delegate),
            )
