"""How well a device of one's own is predicted: whole boards left out, calibrated on a few networks."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.messages import Message
from predictors.energy.calibrated.conditioning import calibrated_against, nested_factor
from predictors.energy.calibrated.prior import known_prior
from predictors.evaluation.rows import EvaluationRow

Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

COUNTS: Final = (1, 3, 5, 10)
"""How many networks are measured on the board that nobody knows."""
ALL_BOARDS: Final = "all-boards"


def evaluate_calibrated() -> list[EvaluationRow]:
    """One row per board, precision, quantity and number of networks, and one over all boards.

    The board is left out with all its systems, of the laws and of the factor of its intervals.
    """
    return [
        row
        for precision in ("fp32", "int8")
        for quantity in ("energy", "latency")
        for count in COUNTS
        for row in rows_of(precision, quantity, count)
    ]


def rows_of(precision: str, quantity: str, count: int) -> list[EvaluationRow]:
    """One row per board and one over all, calibrated on `count` networks."""
    prior = known_prior(precision, quantity)
    per_board: dict[str, tuple[Floats, Mask]] = {}
    for device_id in sorted({system.device_id for system in prior.systems}):
        rest = prior.without(device_id)
        factor = nested_factor(rest, count)
        held = [
            calibrated_against(rest, each, count) for each in prior.systems if each.device_id == device_id
        ]
        errors = np.concatenate([100.0 * np.abs(np.expm1(each.error_log)) for each in held])
        covered = np.concatenate([np.abs(each.z) <= factor for each in held])
        per_board[device_id] = errors, covered
    rows = [
        _row(device_id, precision, quantity, count, errors, covered)
        for device_id, (errors, covered) in per_board.items()
    ]
    errors = np.concatenate([each for each, _ in per_board.values()])
    covered = np.concatenate([each for _, each in per_board.values()])
    return [*rows, _row(ALL_BOARDS, precision, quantity, count, errors, covered)]


def _row(
    device_id: str, precision: str, quantity: str, count: int, errors: Floats, covered: Mask
) -> EvaluationRow:
    return EvaluationRow.from_errors(
        errors,
        100.0 * float(np.mean(covered)),
        device_id=device_id,
        delegate="all",
        precision=precision,
        quantity=quantity,
        method=Message("calibrated on {n}", n=count),
        protocol="board left out whole",
        used=True,
    )
