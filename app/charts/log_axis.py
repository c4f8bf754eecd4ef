"""Ticks of logarithmic axes: 1, 2 and 5 times the powers of ten, written as on the rest of the screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from app.i18n.formats import number

WIDE: Final = 100.0
"""From this ratio of largest to smallest on, only 1 and 3 times the powers of ten."""


def log_ticks(values: Sequence[float], sparse: bool = False) -> list[float]:
    """Return round numbers around positive values, one step beyond either end; `sparse` for narrow axes."""
    if not len(values):
        return []
    low, high = float(min(values)), float(max(values))
    is_wide = high / low >= WIDE
    digits = ((1,) if is_wide else (1, 3)) if sparse else ((1, 3) if is_wide else (1, 2, 5))
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    steps = [digit * 10.0**power for power in powers for digit in digits]
    below = max((step for step in steps if step < low), default=low)
    above = min((step for step in steps if step > high), default=high)
    return [step for step in steps if below <= step <= above]


def log_axis(values: Sequence[float], room: float = 0.06, sparse: bool = False) -> dict[str, Any]:
    """Return what makes a plotly axis logarithmic over these values, with `room` (decades) on either side."""
    ticks = log_ticks(values, sparse)
    axis: dict[str, Any] = {"type": "log", "tickvals": ticks, "ticktext": [number(tick, 1) for tick in ticks]}
    if len(values):
        axis["range"] = [math.log10(min(values)) - room, math.log10(max(values)) + room]
    return axis
