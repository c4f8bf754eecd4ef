"""How far a repeated measurement may lie from the first, and how far the errors of two estimates agree.

Every figure is this project's own reading of bundled measurements; `tests/test_app_noise.py` reads
them again.
"""

from __future__ import annotations

import math
from typing import Final

from scoring.verdict import Noise

BOARD_OWN_LOG_SD: Final = 0.03
"""One network on one board, measured again with other software, beside the shift of all: median over 24
pairs of rounds of the scatter between the two, by the square root of 2 (`board_networks`)."""

BOARD_SHARED_LOG_SD: Final = 0.06
"""All networks of a board together: root mean square shift between two rounds, by the square root of 2."""

PHONE_OWN_LOG_SD: Final[dict[str, float]] = {"cpu": 0.02, "cpu4": 0.02, "gpu": 0.11, "nnapi": 0.11}
"""One cell of a phone: kernels of the P40 Pro measured twice and more (12 configurations on the CPU, 3 on
the GPU; `kernel_measurements`). No application was measured twice; NNAPI is taken to be like the GPU."""

PHONE_SHARED_LOG_SD: Final = BOARD_SHARED_LOG_SD
"""Assumed: no phone was measured twice, so a phone is taken to be as repeatable as a board."""

SAME_FAMILY_CORRELATION: Final = 0.3
"""Correlation of the errors of two networks of one family on one device and delegate: median over 32 board
systems of the held-out residuals when the whole family is left out (0.32; 0.62 when pooled)."""

OTHER_FAMILY_CORRELATION: Final = 0.0
"""The same for two families: -0.14 on boards and -0.18 on phones, taken as none."""


def noise_of(delegate: str, is_board: bool) -> Noise:
    """Return the repeat noise of one measured cell of a device."""
    if is_board:
        return Noise(BOARD_OWN_LOG_SD, BOARD_SHARED_LOG_SD)
    return Noise(PHONE_OWN_LOG_SD.get(delegate, max(PHONE_OWN_LOG_SD.values())), PHONE_SHARED_LOG_SD)


def cell_log_sd(delegate: str, is_board: bool) -> float:
    """Return the standard deviation of the logarithm of one measured cell, both kinds of noise together."""
    noise = noise_of(delegate, is_board)
    return math.hypot(noise.own, noise.shared)


def correlation(family: str, other_family: str) -> float:
    """Return the correlation of two estimates' errors on one target; "" is a family of its own."""
    is_same = bool(family) and family == other_family
    return SAME_FAMILY_CORRELATION if is_same else OTHER_FAMILY_CORRELATION
