"""What rows of several devices have in common: their terms per cell, and the score a set of cells gives."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from scoring.errors import ScoringError
from scoring.iecs import iecs, inferences_per_joule
from scoring.measurements import MeasuredRow
from scoring.pcs import pcs, power_share
from scoring.score import Score

ScoreName = Literal["PCS", "IECS"]
Cell = tuple[str, str]
"""(network, delegate id)."""

SCORE_NAMES: Final[tuple[ScoreName, ...]] = ("PCS", "IECS")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One device that is ranked: its rows, and the thermal design power of its chip (W)."""

    device_id: str
    rows: tuple[MeasuredRow, ...]
    tdp_w: float


def score_of(candidate: Candidate, name: ScoreName) -> Score:
    """Return the official score of a device. Raises ScoringError like `pcs` and `iecs`."""
    return pcs(candidate.rows, candidate.tdp_w) if name == "PCS" else iecs(candidate.rows)


def terms(candidate: Candidate, name: ScoreName) -> dict[Cell, float]:
    """Return what each row adds: 100 * (1 - P / TDP) points for PCS, 1 / E (1/J) for IECS."""
    if name == "PCS":
        return {
            row.cell: 100.0 * (1.0 - power_share(row.avg_power_w, candidate.tdp_w))
            for row in candidate.rows
            if row.avg_power_w is not None
        }
    return {
        row.cell: inferences_per_joule(row.energy_per_inference_j)
        for row in candidate.rows
        if row.energy_per_inference_j is not None
    }


def combined(name: ScoreName, drawn: Sequence[float]) -> float:
    """Return the score of some terms: their mean for PCS (there has to be one), their sum for IECS."""
    return math.fsum(drawn) / len(drawn) if name == "PCS" else math.fsum(drawn)


def on_cells(candidates: Iterable[Candidate], cells: Iterable[Cell]) -> tuple[Candidate, ...]:
    """Return the candidates with only the rows of these cells, so that all are compared on the same work.

    Raises ScoringError `NOTHING_SHARED` when a candidate has none of them.
    """
    wanted = frozenset(cells)
    kept = []
    for candidate in candidates:
        rows = tuple(row for row in candidate.rows if row.cell in wanted)
        if not any(row.avg_power_w is not None or row.energy_per_inference_j is not None for row in rows):
            raise ScoringError(
                "NOTHING_SHARED",
                "{device_id} has no figure in any of the {wanted} rows to compare on. Measure at "
                "least one network and delegate of the published table.",
                device_id=candidate.device_id,
                wanted=len(wanted),
            )
        kept.append(Candidate(candidate.device_id, rows, candidate.tdp_w))
    return tuple(kept)


def filled_cells(rows: Iterable[MeasuredRow], name: ScoreName) -> frozenset[Cell]:
    """Return the cells with the figure that a score needs."""
    return frozenset(
        row.cell
        for row in rows
        if (row.avg_power_w if name == "PCS" else row.energy_per_inference_j) is not None
    )


def all_terms(candidates: Sequence[Candidate], name: ScoreName) -> dict[str, Mapping[Cell, float]]:
    """Return the terms of every device. Raises ScoringError `DUPLICATE_DEVICE` for one that comes twice."""
    found: dict[str, Mapping[Cell, float]] = {}
    for candidate in candidates:
        if candidate.device_id in found:
            raise ScoringError(
                "DUPLICATE_DEVICE",
                "The device {device_id} comes twice. Give each device once.",
                device_id=candidate.device_id,
            )
        found[candidate.device_id] = terms(candidate, name)
    return found
