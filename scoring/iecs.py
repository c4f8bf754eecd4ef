"""Inference Energy Consumption Score, in this project's stated reading.

    IECS = sum over rows r of 1 / E_r

    E_r   energy of one inference of reference network and delegate r (J)

The sum is a number of inferences per joule, added up over the rows of one device; empty cells add nothing, so
a device with fewer rows scores lower. Higher is better.

Source of the score: Tu et al., SEC 2023, doi 10.1145/3583740.3628442, which describes IECS as "the sum
of inference energy consumption (IEC) for all six edge AI applications under CPU, GPU, and NNAPI
delegates" and prints a number per phone. The exact equation could not be recovered: the sum above
correlates with the printed numbers at 0.94 but does not equal them. It is therefore never presented as
the paper's own number, only beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from scoring.errors import ScoringError
from scoring.measurements import MeasuredRow, check_rows, outside_grid, rows_possible
from scoring.score import Score


def inferences_per_joule(energy_per_inference_j: float) -> float:
    """Return how many inferences one joule pays for (1/J)."""
    return 1.0 / energy_per_inference_j


def iecs(rows: Iterable[MeasuredRow]) -> Score:
    """Return the Inference Energy Consumption Score (inferences per joule, summed) of one device's rows.

    Raises ScoringError: `NO_ENERGY`, and those of `check_rows`.
    """
    checked = check_rows(rows)
    terms = [
        inferences_per_joule(row.energy_per_inference_j)
        for row in checked
        if row.energy_per_inference_j is not None
    ]
    if not terms:
        raise ScoringError(
            "NO_ENERGY",
            "No row has an energy, so there is nothing to score. Fill in energy_per_inference_j (J).",
        )
    return Score("IECS", math.fsum(terms), len(terms), rows_possible(checked), outside_grid(checked))
