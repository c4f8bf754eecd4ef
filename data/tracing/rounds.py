"""Rows of several devices or rails that take turns: added up per round, one row of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.tracing.errors import Problems

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Samples of one block: stamp, value, line number.

    Stamps are in the file's unit, or s for texts, NaN if missing. Values are W, or J counted up where the
    rails are energy columns.
    """

    stamps: Floats
    values: Floats
    lines: NDArray[np.int64]

    def at(self, where: NDArray[np.bool_] | NDArray[np.int64]) -> Rows:
        """The rows at some places."""
        return Rows(self.stamps[where], self.values[where], self.lines[where])


NO_ROWS = Rows(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))


class Rounds:
    """Adds up rows of `devices` round by round, over the borders of blocks."""

    def __init__(self, devices: Sequence[str], problems: Problems, *, stamped: bool) -> None:
        """`stamped` says whether rows have stamps by which those of one round can be put together."""
        self.devices, self.problems, self.stamped = tuple(devices), problems, stamped
        self._rest, self._codes = NO_ROWS, np.empty(0, dtype=np.int64)

    def add(self, rows: Rows, names: Sequence[str | None], *, last: bool = False) -> Rows:
        """The sums of the rounds that are complete; `last` also closes the one that is open."""
        known = {name: at for at, name in enumerate(self.devices)}
        codes = np.array([known.get((name or "").strip(), -1) for name in names], dtype=np.int64)
        other = codes < 0
        if other.any():
            self.problems.add("OTHER_DEVICE", int(rows.lines[other][0]), int(other.sum()))
        rows, codes = self._joined(rows.at(~other), codes[~other])
        if not len(codes):
            return NO_ROWS
        begins = np.flatnonzero(np.concatenate([[True], codes[1:] <= codes[:-1]]))
        sizes = np.diff(np.append(begins, len(codes)))
        if not last and sizes[-1] < len(self.devices):
            cut = int(begins[-1])
            self._rest, self._codes = rows.at(np.arange(cut, len(codes))), codes[cut:]
            rows, begins, sizes = rows.at(np.arange(cut)), begins[:-1], sizes[:-1]
            if not len(begins):
                return NO_ROWS
        return self._sums(rows, begins, sizes)

    def _joined(self, rows: Rows, codes: NDArray[np.int64]) -> tuple[Rows, NDArray[np.int64]]:
        """The open round with the new rows; rows of one stamp in the order of the devices."""
        before, self._rest = self._rest, NO_ROWS
        codes, self._codes = np.concatenate([self._codes, codes]), np.empty(0, dtype=np.int64)
        rows = Rows(
            np.concatenate([before.stamps, rows.stamps]),
            np.concatenate([before.values, rows.values]),
            np.concatenate([before.lines, rows.lines]),
        )
        if self.stamped and len(codes) and bool(np.all(np.diff(rows.stamps) >= 0)):
            order = np.lexsort((codes, rows.stamps))
            rows, codes = rows.at(order), codes[order]
        return rows, codes

    def _sums(self, rows: Rows, begins: NDArray[np.int64], sizes: NDArray[np.int64]) -> Rows:
        whole = sizes == len(self.devices)
        if not whole.all():
            self.problems.add(
                "INCOMPLETE_ROUND", int(rows.lines[begins[~whole]][0]), int(sizes[~whole].sum())
            )
        values = np.add.reduceat(rows.values, begins)
        return Rows(rows.stamps[begins][whole], values[whole], rows.lines[begins][whole])
