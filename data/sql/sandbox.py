"""Questions in SQL typed by a user, answered in a worker process that can reach nothing but the bundle.

Three fences, each enough for what it is for: the statement is parsed and only one SELECT over the bundle's
own tables passes; the connection is read-only, without files, network or settings; and the worker's memory
and time are limited from outside, because a scalar such as repeat('x', 4000000000) heeds neither the
database's memory limit nor an interrupt.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from data.budgets import SQL
from data.bundle import Bundle
from data.errors import SqlError, WorkError, no_query, too_much_memory, too_slow
from data.messages import Message, unpacked
from data.workers.process import End, WorkerProcess
from data.workers.waiting_line import LINE, Attend, nobody

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


MOST_VALUES: Final = 1_000_000
"""Of an answer: each becomes an object of the server, of up to a hundred bytes where Arrow has one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may use: seconds of computing, rows, columns, values (those inside of lists and
    structs, too), characters, megabytes of memory and answer."""

    seconds: float = float(SQL.cpu_s)
    rows: int = SQL.rows
    columns: int = SQL.columns
    values: int = MOST_VALUES
    characters: int = SQL.sent_bytes
    memory_mb: int = SQL.memory_mb
    answer_mb: int = SQL.answer_bytes // 2**20


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """The rows, whether more were left out (`truncated`), and how long the query took (s)."""

    frame: pd.DataFrame
    truncated: bool
    seconds: float


def _run_worker(request: bytes, limits: Limits, attend: Attend = nobody) -> bytes:
    try:
        with LINE.place(attend):
            worker = WorkerProcess("data.sql.sandbox_worker", [])
            try:
                answer = worker.exchange([request], limits.seconds, attend)
            finally:
                worker.close()
    except WorkError as error:
        raise SqlError("SQL_BUSY", error.message) from None
    if answer is End.CPU or answer is End.CLOCK:
        raise too_slow(limits.seconds)
    if isinstance(answer, End) or b"\n" not in answer:
        raise too_much_memory()
    return answer


def _not_showable() -> SqlError:
    return SqlError(
        "SQL_NOT_SHOWABLE",
        "The answer holds values that cannot be shown here, such as unions or dates beyond the year 9999. "
        "Cast them to text: CAST(x AS VARCHAR).",
    )


def sealed_query(
    bundle: Bundle, sql: str, limits: Limits | None = None, attend: Attend = nobody
) -> SqlAnswer:
    """Answer one SELECT over the bundle's tables.

    Raises SqlError with a code and words for the user: `SQL_EMPTY`, `SQL_TOO_LONG`, `SQL_SYNTAX`,
    `SQL_ONE_STATEMENT`, `SQL_ONLY_SELECT`, `SQL_NOT_ALLOWED`, `SQL_UNKNOWN_NAME`, `SQL_TOO_NESTED`,
    `SQL_TIMEOUT`, `SQL_TOO_MUCH_MEMORY`, `SQL_RESULT_TOO_LARGE`, `SQL_NOT_SHOWABLE`, `SQL_BUSY`,
    `SQL_FAILED`.
    """
    limits = limits or Limits()
    if not sql.strip():
        raise no_query()
    if len(sql) > limits.characters:
        raise SqlError(
            "SQL_TOO_LONG",
            "The query is longer than {characters} characters. Shorten it.",
            characters=limits.characters,
        )
    request = {
        "path": str(bundle.path),
        "sql": sql,
        "seconds": limits.seconds,
        "rows": limits.rows,
        "columns": limits.columns,
        "values": limits.values,
        "memory_mb": limits.memory_mb,
        "answer_mb": limits.answer_mb,
    }
    head, _, body = _run_worker(json.dumps(request).encode(), limits, attend).partition(b"\n")
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
