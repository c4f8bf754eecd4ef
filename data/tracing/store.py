"""Samples in pieces: in memory up to a limit, beyond it in an unnamed temporary file."""

from __future__ import annotations

import tempfile
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MEMORY_BYTES: Final = 96_000_000
"""How much is held in memory before everything goes to disk: keeps a 500 MB file under 500 MB."""


class Store:
    """Pieces of time (s) and power (W), appended once and read as often as needed.

    Evenly spaced samples need no times: then only powers are kept. The temporary file has no name and is gone
    with the object.
    """

    def __init__(self, *, with_times: bool, memory_bytes: int = MEMORY_BYTES) -> None:
        """Start empty; `with_times` says whether pieces come with times."""
        self.with_times = with_times
        self._limit = memory_bytes
        self._pieces: list[NDArray[np.float64] | None] = []
        self._places: list[int] = []
        self.sizes: list[int] = []
        self._held = 0
        self._file: IO[bytes] | None = None

    def append(self, time_s: Floats | None, power_w: Floats) -> None:
        """Add one piece; both arrays have one value per sample."""
        rows = [power_w] if time_s is None else [time_s, power_w]
        piece = np.ascontiguousarray(np.stack(rows))
        self.sizes.append(len(power_w))
        self._pieces.append(piece)
        self._places.append(0)
        self._held += piece.nbytes
        if self._held > self._limit:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="joulelens-")  # noqa: SIM115 - closed with the object
        for at, piece in enumerate(self._pieces):
            if piece is not None:
                self._places[at] = self._file.seek(0, 2)
                piece.tofile(self._file)
                self._pieces[at] = None
        self._file.flush()
        self._held = 0

    def piece(self, at: int) -> tuple[Floats | None, Floats]:
        """Time (None if evenly spaced) and power of piece `at`."""
        piece = self._pieces[at]
        if piece is None:
            piece = self._read(at)
        return (piece[0], piece[1]) if self.with_times else (None, piece[0])

    def _read(self, at: int) -> Floats:
        assert self._file is not None  # noqa: S101 - a piece is only missing after it was written
        rows = 2 if self.with_times else 1
        self._file.seek(self._places[at])
        return np.fromfile(self._file, dtype=np.float64, count=rows * self.sizes[at]).reshape(rows, -1)
