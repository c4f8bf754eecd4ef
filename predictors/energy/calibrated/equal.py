"""Figures that are about equal though the networks are not: a meter that is stuck, or one value copied."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from data.messages import Message
from predictors.energy.calibrated.device_rows import MeasuredNetwork
from predictors.energy.calibrated.prior import Prior
from predictors.errors import printable

ABOUT_EQUAL: Final = math.log(1.05)
"""Repeated measurements of one network scatter by 3 %; within 5 % two figures are told to be equal."""
SEVERAL_TIMES: Final = math.log(2.0)
"""A network is far larger where every known system's law gives it twice the figure or more. Of the known
systems, none is pointed out when its board is left out (tests/test_calibrated_evaluation.py)."""
EQUAL_ENERGIES: Final = Message(
    "Rows {small_row} and {large_row}: {large} takes {times:.1f} times the energy of {small} or more on "
    "every known board, yet about as much on yours ({low:g} and {high:g} mJ). Check whether the meter was "
    "stuck."
)
EQUAL_LATENCIES: Final = Message(
    "Rows {small_row} and {large_row}: {large} takes {times:.1f} times as long as {small} or more on every "
    "known board, yet about as long on yours ({low:g} and {high:g} ms). Check how the time was taken."
)


def equal_figures(rows: Sequence[MeasuredNetwork], prior: Prior) -> Message | None:
    """A note on the most unequal networks whose energies or latencies (the prior's quantity) are about equal.

    None where there are no such networks. `rows` are those of the prior's precision.
    """
    column = "energy_mj" if prior.quantity == "energy" else "latency_ms"
    chosen = [row for row in rows if getattr(row, column) is not None and row.amounts]
    if len(chosen) < 2:
        return None
    own = np.log([getattr(row, column) for row in chosen])
    laws = prior.asked_laws(np.array([row.amounts for row in chosen]))
    least = np.full((len(chosen), len(chosen)), np.inf)
    for law in laws:  # one law at a time, as in `order_warnings`
        least = np.minimum(least, law[:, None] - law[None, :])
    least[np.abs(own[:, None] - own[None, :]) > ABOUT_EQUAL] = -np.inf
    large, small = (int(at) for at in np.unravel_index(int(np.argmax(least)), least.shape))
    if least[large, small] < SEVERAL_TIMES:
        return None
    return Message(
        EQUAL_ENERGIES if prior.quantity == "energy" else EQUAL_LATENCIES,
        small_row=chosen[small].line,
        large_row=chosen[large].line,
        large=printable(chosen[large].model),
        small=printable(chosen[small].model),
        times=math.exp(float(least[large, small])),
        low=getattr(chosen[small], column),
        high=getattr(chosen[large], column),
    )
