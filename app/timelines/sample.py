"""A small made-up recording to try the import with: two seconds idle, then forty inferences."""

from __future__ import annotations

import math
from typing import Final

from app.i18n.texts import verbatim

TRACE_NAME: Final = "sample-monsoon.csv"
LOG_NAME: Final = "sample-inferences.csv"
RATE_HZ: Final = 500
IDLE_MA: Final = 90.0
BUSY_MA: Final = 520.0
FIRST_S: Final = 2.0
EVERY_S: Final = 0.05
LASTING_S: Final = 0.04
COUNT: Final = 40
LATE_S: Final = 0.12
"""How far the log's clock is behind the meter's, so that the alignment has something to find."""


def sample_trace() -> bytes:
    """Return six seconds of current and voltage as a Monsoon CSV, 5.15 J in all."""
    lines = [verbatim("Time (s),Main Avg Current (mA),Main Avg Voltage (V)")]
    for index in range(6 * RATE_HZ):
        time = index / RATE_HZ
        ripple = 6.0 * math.sin(41.0 * time) + 3.0 * math.sin(173.0 * time)
        lines.append(f"{time:.4f},{(BUSY_MA if _busy(time) else IDLE_MA) + ripple:.3f},4.200")
    return ("\n".join(lines) + "\n").encode()


def _busy(time_s: float) -> bool:
    since = time_s - FIRST_S
    return 0 <= since < COUNT * EVERY_S and since % EVERY_S < LASTING_S


def sample_inferences() -> bytes:
    """Return the log of its inferences, on a clock of its own."""
    lines = ["inference_index,start_us,end_us,duration_us"]
    for index in range(COUNT):
        start = round(1e6 * (FIRST_S + index * EVERY_S - LATE_S))
        lasting = round(1e6 * LASTING_S)
        lines.append(f"{index},{start},{start + lasting},{lasting}")
    return ("\n".join(lines) + "\n").encode()
