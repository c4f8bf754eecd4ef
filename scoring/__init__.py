"""Scores: power and energy of reference networks in, PCS and IECS out.

Of our code this package imports only the errors and messages of `data`.
Besides the scores: how stable a rank is (`scoring.ranking`), letters by a published rubric
(`scoring.rubric`), what-ifs (`scoring.weighting`), a model beside the references
(`scoring.reference_models`), and what an energy means (`scoring.meaning`).
"""

from scoring.errors import ScoringError
from scoring.grid import DELEGATES, PUBLISHED_CELLS, ROWS_PER_DEVICE, normalise_delegate
from scoring.iecs import iecs, inferences_per_joule
from scoring.measurements import MeasuredRow, check_rows
from scoring.pcs import pcs, power_share
from scoring.printed_scores import PrintedComparison, Reason, compare_with_printed, misplaced_tdps
from scoring.score import Score, ScoreNote

__all__ = [
    "DELEGATES",
    "PUBLISHED_CELLS",
    "ROWS_PER_DEVICE",
    "MeasuredRow",
    "PrintedComparison",
    "Reason",
    "Score",
    "ScoreNote",
    "ScoringError",
    "check_rows",
    "compare_with_printed",
    "iecs",
    "inferences_per_joule",
    "misplaced_tdps",
    "normalise_delegate",
    "pcs",
    "power_share",
]
