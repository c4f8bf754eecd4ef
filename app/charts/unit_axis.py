"""Logarithmic axes whose ticks are written out with their unit, so that no reader has to decode "100k mJ"."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from app.i18n.texts import decimal_sign

_MOST_TICKS: Final = 7


def unit_axis(low: float, high: float, written: Callable[[float], str]) -> dict[str, Any]:
    """Return the settings of a logarithmic axis from `low` to `high` (both above 0), ticks by `written`.

    Ticks are powers of ten, every so many; under two powers of ten, also 2 and 5 times them.
    """
    bottom, top = math.log10(low), math.log10(high)
    margin = max(0.06 * (top - bottom), 0.04)
    bottom, top = bottom - margin, top + margin
    steps = (1.0,) if top - bottom > 2 else (1.0, 2.0, 5.0)
    every = max(1, math.ceil((top - bottom) / _MOST_TICKS))
    exponents = range(math.floor(bottom), math.ceil(top) + 1)
    values = [step * 10.0**power for power in exponents if power % every == 0 for step in steps]
    shown = [value for value in values if bottom <= math.log10(value) <= top]
    return {
        "type": "log",
        "range": [bottom, top],
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [written(value) for value in shown],
    }


def short(text: str) -> str:
    """Return a figure without the noughts behind its point: "1.00 mJ" as "1 mJ"."""
    figure, _, unit = text.partition(" ")
    point = decimal_sign()
    trimmed = figure.rstrip("0").rstrip(point) if point in figure else figure
    return f"{trimmed} {unit}".rstrip()
