"""Write every board's networks beside estimates that left them out."""

from __future__ import annotations

from predictors.energy.boards.pairs import write_board_cases
from predictors.evaluation.boards import NETWORK_OUT, board_cases_without


def write_board_pairs() -> None:
    """Write the table anew (some ten seconds)."""
    write_board_cases(board_cases_without("energy", NETWORK_OUT))
