"""Questions in SQL typed by a user, answered in a worker process that can reach nothing but the bundle.

Three fences, each enough for what it is for: the statement is parsed and only one SELECT over the bundle's
own tables passes; the connection is read-only, without files, network or settings; and the worker's memory
and time are limited from outside, because a scalar such as repeat('x', 4000000000) heeds neither the
database's memory limit nor an interrupt.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.bundle import Bundle
from data.errors import SqlError, no_query, too_much_memory, too_slow
from data.layout import ROOT
from data.messages import Message, unpacked

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES: tuple[tuple[str, str], ...] = (
    (
        Message("Cheapest device and back end for MobileNetV1 1.0 224"),
        "SELECT device_id, delegate, precision, round(median(energy_mj), 1) AS energy_mj, count(*) AS runs\n"
        "FROM board_networks WHERE network = 'mobilenet-v1-1.0-224'\n"
        "GROUP BY ALL ORDER BY energy_mj",
    ),
    (
        Message("Kernel types of the P40 Pro by energy per million MACs"),
        "SELECT delegate, kernel, round(median(energy_mj / macs_m), 3) AS energy_mj_per_million_macs, "
        "count(*) AS kernels\n"
        "FROM kernel_measurements WHERE macs_m > 0\n"
        "GROUP BY ALL ORDER BY ALL",
    ),
    (
        Message("Phones: energy on four threads against one"),
        "SELECT device_id, round(avg(four.energy_mj / one.energy_mj), 2) AS ratio\n"
        "FROM application_measurements AS one\n"
        "JOIN application_measurements AS four USING (device_id, dnn_id)\n"
        "WHERE one.delegate = 'cpu' AND four.delegate = 'cpu4' GROUP BY device_id ORDER BY ratio",
    ),
)
"""Three questions to start from, as title and SQL."""

_AT_ONCE = 3
"""Workers that may run at the same time; every one may take a processor and `memory_mb`."""
_QUEUE_S = 15.0
"""Seconds a question waits for others to be answered."""
_PLACES = threading.BoundedSemaphore(_AT_ONCE)

_STARTUP_S = 10.0
"""Seconds a worker may take to start and to hand over its answer, besides the query itself."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may use: seconds, rows, characters of SQL, megabytes of memory and of answer."""

    seconds: float = 5.0
    rows: int = 10_000
    characters: int = 10_000
    memory_mb: int = 2_048
    answer_mb: int = 32


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """The rows, whether more were left out (`truncated`), and how long the query took (s)."""

    frame: pd.DataFrame
    truncated: bool
    seconds: float


def _run_worker(request: bytes, limits: Limits) -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(ROOT.parent), "OMP_NUM_THREADS": "1"}
    if not _PLACES.acquire(timeout=_QUEUE_S):
        raise SqlError("sql-busy", "Too many queries are being answered. Try again in a few seconds.")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "data.sql.sandbox_worker"],
            input=request,
            capture_output=True,
            timeout=limits.seconds + _STARTUP_S,
            cwd=ROOT.parent,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise too_slow(limits.seconds) from None
    finally:
        _PLACES.release()
    if b"\n" not in done.stdout:
        raise too_much_memory()
    return done.stdout


def _not_showable() -> SqlError:
    return SqlError(
        "sql-not-showable",
        "The answer holds values that cannot be shown here, such as unions or dates beyond the year 9999. "
        "Cast them to text: CAST(x AS VARCHAR).",
    )


def sealed_query(bundle: Bundle, sql: str, limits: Limits | None = None) -> SqlAnswer:
    """Answer one SELECT over the bundle's tables.

    Raises SqlError with a code and words for the user: `sql-empty`, `sql-too-long`, `sql-syntax`,
    `sql-one-statement`, `sql-only-select`, `sql-not-allowed`, `sql-unknown-name`, `sql-too-nested`,
    `sql-timeout`, `sql-too-much-memory`, `sql-result-too-large`, `sql-not-showable`, `sql-busy`,
    `sql-failed`.
    """
    limits = limits or Limits()
    if not sql.strip():
        raise no_query()
    if len(sql) > limits.characters:
        raise SqlError(
            "sql-too-long",
            "The query is longer than {characters} characters. Shorten it.",
            characters=limits.characters,
        )
    request = {
        "path": str(bundle.path),
        "sql": sql,
        "seconds": limits.seconds,
        "rows": limits.rows,
        "memory_mb": limits.memory_mb,
        "answer_mb": limits.answer_mb,
    }
    head, _, body = _run_worker(json.dumps(request).encode(), limits).partition(b"\n")
    said = json.loads(head)
    if not said["ok"]:
        raise SqlError(said["code"], unpacked(said["message"]))
    # Arrow only crosses the process boundary; nothing is imported for it before a first query.
    import pyarrow as pa

    try:
        frame = pa.ipc.open_stream(body).read_all().to_pandas()
    except (pa.ArrowException, ValueError, OverflowError) as problem:
        raise _not_showable() from problem
    return SqlAnswer(frame, bool(said["truncated"]), float(said["seconds"]))
