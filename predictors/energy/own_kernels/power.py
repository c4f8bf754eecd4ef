"""Power of one's own kernels: those that a sensor saw in a loop, as a file, and a model over all kinds.

The model is a Gaussian process on the logarithm of the watts, of the form that the times have, without a
trend: where nothing alike was looped, it answers with the mean of all.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from data.inert_csv import csv_text
from predictors.energy.own_kernels.files import (
    COLUMNS,
    UNREADABLE,
    damaged,
    kernel_cells,
    kernel_of,
)
from predictors.energy.own_kernels.models import MeasuredKernel

FIGURES: Final = (
    "loop_ms", "power_w", "idle_power_w", "above_idle_mj", "above_idle_low_mj", "above_idle_high_mj",
)  # fmt: skip
POWER_COLUMNS: Final = (*COLUMNS[:-3], "latency_ms", *FIGURES, "n")


@dataclass(frozen=True, slots=True)
class LoopedKernel:
    """One kernel that ran alone in a loop: time of a turn (ms), power while it ran and idle (W), energy of a
    turn above idle with its 80 % range (mJ), turns. `measured`: the kernel with its time in its network."""

    measured: MeasuredKernel
    loop_ms: float
    power_w: float
    idle_power_w: float
    above_idle_mj: float
    above_idle_low_mj: float
    above_idle_high_mj: float
    n: int


def power_csv(rows: Sequence[LoopedKernel]) -> str:
    """Looped kernels as a table."""
    return csv_text(POWER_COLUMNS, [dict(zip(POWER_COLUMNS, _cells(row), strict=True)) for row in rows])


def _cells(row: LoopedKernel) -> list[object]:
    figures = [round(getattr(row, name), 6) for name in FIGURES]
    return [*kernel_cells(row.measured), round(row.measured.latency_ms, 6), *figures, row.n]


def read_power(text: str) -> list[LoopedKernel]:
    """Looped kernels from a table. Raises InputError DEVICE_FILE_DAMAGED."""
    try:
        return [_row(cells) for cells in csv.DictReader(io.StringIO(text))]
    except UNREADABLE as error:
        raise damaged(str(error) or type(error).__name__) from None


def _row(cells: Mapping[str, str]) -> LoopedKernel:
    figures = {name: float(cells[name]) for name in FIGURES}
    if not all(math.isfinite(each) and each >= 0.0 for each in figures.values()) or not figures["power_w"]:
        raise ValueError("a power or energy below 0")
    measured = MeasuredKernel(kernel_of(cells), float(cells["latency_ms"]), cells["network"])
    return LoopedKernel(measured, n=int(cells["n"]), **figures)


def as_watts(rows: Sequence[LoopedKernel]) -> list[MeasuredKernel]:
    """The kernels with their power (W) in the place of their time: what `KindModel` learns from."""
    return [replace(row.measured, latency_ms=row.power_w) for row in rows]
