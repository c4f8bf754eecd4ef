"""Power Consumption Score.

    PCS = 100 * (1 / n) * sum over rows r of (1 - P_r / TDP)

    P_r   mean power while reference network and delegate r run (W)
    TDP   thermal design power of the device's chip, as printed for it (W)
    n     number of rows with a power; empty cells are dropped

The printed score is this value rounded to a whole number. Higher is better: 100 would be a device that draws
nothing, 0 one that draws its whole TDP, and a device that draws more than its TDP falls below 0.

Source: Tu et al., "Unveiling Energy Efficiency in Deep Learning: Measurement, Prediction, and Scoring across
Edge Devices", SEC 2023, doi 10.1145/3583740.3628442. That the printed numbers follow this equation was found
by recomputing all eight (see `scoring.printed_scores`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from data.messages import Message
from scoring.errors import ScoringError
from scoring.measurements import (
    LEAST,
    MOST,
    MeasuredRow,
    check_rows,
    is_plausible,
    outside_grid,
    rows_possible,
)
from scoring.score import Score, ScoreNote


def power_share(avg_power_w: float, tdp_w: float) -> float:
    """Return the share of the TDP that is drawn (no unit; above 1 when the power exceeds the TDP)."""
    return avg_power_w / tdp_w


def pcs(rows: Iterable[MeasuredRow], tdp_w: float) -> Score:
    """Return the Power Consumption Score (points, at most 100) of the rows of one device.

    `tdp_w`: thermal design power (W). Raises ScoringError: `INVALID_TDP`, `NO_POWER`, and those of
    `check_rows`. Powers above the TDP are allowed and noted (`POWER_ABOVE_TDP`).
    """
    _check_tdp(tdp_w)
    checked = check_rows(rows)
    shares = [power_share(row.avg_power_w, tdp_w) for row in checked if row.avg_power_w is not None]
    if not shares:
        raise ScoringError(
            "NO_POWER", "No row has a power, so there is nothing to score. Fill in avg_power_w (W)."
        )
    value = 100.0 * math.fsum(1.0 - share for share in shares) / len(shares)
    notes = (*_above_tdp(checked, tdp_w, value), *outside_grid(checked))
    return Score("PCS", value, len(shares), rows_possible(checked), notes)


def _check_tdp(tdp_w: float) -> None:
    if not is_plausible(tdp_w):
        raise ScoringError(
            "INVALID_TDP",
            "The TDP is {tdp_w:g} W. It has to be above 0 W ({least:g} to {most:g}), since every "
            "power is divided by it: give the thermal design power of the device's chip.",
            tdp_w=tdp_w,
            least=LEAST,
            most=MOST,
        )


def _above_tdp(rows: tuple[MeasuredRow, ...], tdp_w: float, value: float) -> tuple[ScoreNote, ...]:
    above = [row for row in rows if row.avg_power_w is not None and row.avg_power_w > tdp_w]
    if not above:
        return ()
    worst = max(above, key=lambda row: row.avg_power_w or 0.0)
    effect = Message("the score falls below 0") if value < 0 else Message("these rows count as less than 0")
    return (
        ScoreNote(
            "POWER_ABOVE_TDP",
            Message(
                "{above} of the rows draw more than the TDP of {tdp_w:g} W (most: {place}, "
                "{avg_power_w:g} W), so {effect}. Check that the TDP belongs to this device.",
                above=len(above),
                tdp_w=tdp_w,
                place=worst.place,
                avg_power_w=worst.avg_power_w,
                effect=effect,
            ),
        ),
    )
