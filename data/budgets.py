"""What one file, table or query from outside may cost: every budget of the project, in one place.

Each kind of work has a budget: bytes as sent and after decompression, rows, columns, samples, seconds of
processor time, megabytes of memory. The worker processes enforce time and memory, the readers the rest. The
command line can raise a budget (`Budget.times`), the app cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Final

MEGABYTE: Final = 1_000_000
NO_LIMIT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that one piece of work may use.

    `sent_bytes`: the file as it comes; `unpacked_bytes`: after decompression; `rows` and `columns` of a table
    (columns of a recording too); `samples` of a recording; `cpu_s`: processor time of its worker (s);
    `memory_mb`: address space of its worker (MiB); `answer_bytes`: what the worker may hand back. The usual
    ones: honest files take under a second, and Python with its libraries less than half of the memory.
    """

    sent_bytes: int
    unpacked_bytes: int
    rows: int = NO_LIMIT
    columns: int = NO_LIMIT
    samples: int = NO_LIMIT
    cpu_s: int = 8
    memory_mb: int = 768
    answer_bytes: int = 64 * MEGABYTE

    def times(self, factor: int) -> Budget:
        """Return the budget with bytes, rows, samples and processor time multiplied: a wish of the operator.

        Columns and memory stay: they guard against files that are no recordings.
        """
        grown = ("sent_bytes", "unpacked_bytes", "rows", "samples", "cpu_s", "answer_bytes")
        return replace(self, **{name: min(NO_LIMIT, getattr(self, name) * factor) for name in grown})


MODEL: Final = Budget(
    # The most that protobuf can hold; the app's uploader takes 200 MB.
    sent_bytes=2**31 - 1,
    unpacked_bytes=64 * 2**20,
)
ARCHIVE_UNPACKED_BYTES: Final = 256 * 2**20
"""The most that the model in a zip archive may take: its worker holds it in memory, weights and all."""
RECORDING: Final = Budget(
    sent_bytes=200 * MEGABYTE,
    # A recording of this size as plain text could not be sent; a bomb unpacks to a hundred times its size.
    unpacked_bytes=400 * MEGABYTE,
    columns=1_000,  # wide loggers write some hundreds
    # An hour at 5 kHz, the fastest power monitor in the field.
    samples=18_000_000,
    cpu_s=14,
    # Libraries reserve 0.4 GB without using it; at most 0.6 GB are in use.
    memory_mb=1_024,
)
LOG: Final = Budget(20 * MEGABYTE, 40 * MEGABYTE, rows=1_000_000, columns=2_000)
GGUF: Final = Budget(
    # Only the header is read, of a file of any size; the app's uploader takes 200 MB.
    sent_bytes=NO_LIMIT,
    unpacked_bytes=NO_LIMIT,
    cpu_s=8,
)
TABLE: Final = Budget(20 * MEGABYTE, 20 * MEGABYTE, rows=50_000, columns=1_000)

SQL: Final = Budget(
    # Characters of the query.
    sent_bytes=10_000,
    unpacked_bytes=10_000,
    rows=10_000,
    columns=1_000,
    cpu_s=5,
    # DuckDB reserves much more than it uses, and is held to 0.5 GB by a limit of its own.
    memory_mb=1_536,
    answer_bytes=32 * 2**20,
)

UPLOADS_HELD: Final = 1.25
"""Files that the server holds of all visitors together, in sizes of the largest upload: with its 200 MB,
250 MB: with what the server itself takes, that stays below 700 MB."""
UPLOADS_OF_ONE: Final = 1.125
"""Those of one visitor: the largest recording with a log of 25 MB; others have room besides."""
UPLOAD_SMALL: Final = 0.125
"""Of a small file: 25 MB, as much as models, logs and tables have."""
LARGE_UPLOADS_HELD: Final = 1.05
"""Files above that, together with all others: one of the largest, in its envelope. The 40 MB up to
`UPLOADS_HELD` are for small files, which so find room beside any recording."""
UPLOAD_STEP_S: Final = 30.0
UPLOAD_STEP_BYTES: Final = 30_000
"""An upload of which fewer bytes come in this time (s) is ended: 1 kB/s, a hundredth of a slow phone's."""

WORKERS_AT_ONCE: Final = 2
"""Workers of one server process that compute at the same time, of whatever kind: as many as the smallest
machine has processors."""
MOST_WAITING: Final = 20
"""Who may wait for a worker; with two at once and some seconds each, the last waits two minutes."""
LONGEST_WAIT_S: Final = 120.0
"""Longest wait for a worker (s) before the work is refused."""
CLOCK_PER_CPU: Final = 6.0
"""A worker that used up no processor time ends after this many times its budget by the clock: it hangs."""

_IN_FORCE: Final[ContextVar[Budget | None]] = ContextVar("budget", default=None)


def in_force(usual: Budget) -> Budget:
    """Return the budget that this work is done under: the one that was set, else the usual one."""
    return _IN_FORCE.get() or usual


@contextmanager
def under(budget: Budget) -> Iterator[None]:
    """Do what follows under a budget of its own."""
    token = _IN_FORCE.set(budget)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)
