"""Scores: power and energy of reference networks in, PCS and IECS out. Imports nothing of ours.

Besides the scores: how stable a rank is (`scoring.rank`), letters by a published rubric (`scoring.rubric`),
what-ifs (`scoring.weights`), a model beside the references (`scoring.versus`), and what an energy means
(`scoring.meaning`).
"""

from scoring.comparison import PrintedComparison, Reason, compare_with_printed, misplaced_tdps
from scoring.errors import ScoringError
from scoring.grid import DELEGATES, PUBLISHED_CELLS, ROWS_PER_DEVICE, normalise_delegate
from scoring.iecs import iecs, inferences_per_joule
from scoring.pcs import pcs, power_share
from scoring.rows import MeasuredRow, check_rows
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
