"""Samples in pieces: in memory up to a limit, beyond it in an unnamed temporary file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from data.budgets import RECORDING, in_force
from data.tracing.errors import too_many_samples

Floats = NDArray[np.float64]
MEMORY_BYTES: Final = 96_000_000
"""How much is held in memory before everything goes to disk: keeps a 500 MB file under 500 MB."""


_SINK: Final[ContextVar[IO[bytes] | None]] = ContextVar("sink", default=None)


@contextmanager
def spilling_to(sink: IO[bytes]) -> Iterator[None]:
    """Let the store that is filled meanwhile keep everything in an open, empty file and nothing in memory."""
    token = _SINK.set(sink)
    try:
        yield
    finally:
        _SINK.reset(token)


class Store:
    """Pieces of time (s) and power (W), appended once and read as often as needed.

    Evenly spaced samples need no times: then only powers are kept. The temporary file has no name and is gone
    with the object.
    """

    def __init__(self, *, with_times: bool, memory_bytes: int = MEMORY_BYTES) -> None:
        """Start empty; `with_times` says whether pieces come with times."""
        self.with_times = with_times
        self._file = _SINK.get()
        self._limit = memory_bytes if self._file is None else 0
        self._end = 0
        self._pieces: list[NDArray[np.float64] | None] = []
        self._places: list[int] = []
        self.sizes: list[int] = []
        self._held = 0
        self.samples = 0

    @classmethod
    def of_file(cls, file: IO[bytes], sizes: Sequence[int], with_times: bool) -> Store:
        """A store whose pieces lie in a file already, in order; raises ValueError if not."""
        store = cls(with_times=with_times)
        store._file, store.sizes = file, list(sizes)
        store._pieces = [None] * len(store.sizes)
        for size in store.sizes:
            store._places.append(store._end)
            store._end += store._bytes_of(size)
        if any(size < 1 for size in store.sizes) or os.fstat(file.fileno()).st_size < store._end:
            raise ValueError("The file does not hold the pieces of a recording.")
        return store

    def _bytes_of(self, size: int) -> int:
        return size * 8 * (2 if self.with_times else 1)

    def append(self, time_s: Floats | None, power_w: Floats) -> None:
        """Add one piece; both arrays have one value per sample. Raises TraceError `TOO_MANY_SAMPLES`."""
        budget = in_force(RECORDING)
        self.samples += len(power_w)
        if self.samples > budget.samples:
            raise too_many_samples(budget.samples)
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
                self._places[at] = self._end
                # Written and read at places of their own: threads that share a recording share no position.
                self._end += _write_all(self._file.fileno(), piece, self._end)
                self._pieces[at] = None
        self._held = 0

    def piece(self, at: int) -> tuple[Floats | None, Floats]:
        """Time (None if evenly spaced) and power of piece `at`."""
        piece = self._pieces[at]
        if piece is None:
            piece = self._read(at)
        return (piece[0], piece[1]) if self.with_times else (None, piece[0])

    def _read(self, at: int) -> Floats:
        assert self._file is not None  # noqa: S101 - a piece is only missing after it was written
        data = bytearray(self._bytes_of(self.sizes[at]))
        done = 0
        while done < len(data):
            part = os.preadv(self._file.fileno(), [memoryview(data)[done:]], self._places[at] + done)
            if not part:
                raise OSError("The temporary file of a recording is shorter than it was.")
            done += part
        return np.frombuffer(data, dtype=np.float64).reshape(2 if self.with_times else 1, -1)


def _write_all(number: int, piece: Floats, place: int) -> int:
    left = memoryview(piece.tobytes())
    while left:
        done = os.pwrite(number, left, place)
        left, place = left[done:], place + done
    return piece.nbytes
