"""The log of inferences: when each began and ended, on its own clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.budgets import LOG, in_force
from data.messages import Message, joined
from data.tracing.blocks import Source, opened, read_bytes
from data.tracing.errors import Problem, Problems, TraceError
from data.tracing.foreign import translated
from data.tracing.log_columns import columns_of, decimal_of, delimiter_of
from data.tracing.stamps import seconds_of
from data.tracing.tables import fields
from data.tracing.units import EPOCH_RANGE_S, cell_value

Floats = NDArray[np.float64]
MAX_BYTES: Final = 100_000_000  # a million inferences of 100 bytes
_SAMPLE: Final = 200
"""Lines that say how the columns are written."""
SETTLED: Final = 1.25
"""Leading inferences slower than this times the later half's median are taken as warm-up."""


@dataclass(frozen=True, slots=True)
class InferenceLog:
    """Inferences in order: begin and end (s on the log's clock), which ones are warm-up, and how that is
    known.

    `problems` are lines left out.
    """

    start_s: Floats
    end_s: Floats
    warm_up: NDArray[np.bool_]
    warm_up_note: str
    problems: tuple[Problem, ...] = ()

    @property
    def count(self) -> int:
        """How many inferences."""
        return len(self.start_s)

    def shifted(self, by_s: float) -> InferenceLog:
        """The same log with `by_s` added to its clock."""
        return InferenceLog(
            self.start_s + by_s, self.end_s + by_s, self.warm_up, self.warm_up_note, self.problems
        )


def log_of(
    start_s: Floats, end_s: Floats, indexes: Floats | None = None, problems: tuple[Problem, ...] = ()
) -> InferenceLog:
    """A log from begin and end of each inference (s); `indexes` count from 0 again where warm-up ends."""
    warm_up, note = _warm_up(start_s, end_s, indexes)
    return InferenceLog(start_s, end_s, warm_up, note, problems)


def _warm_up(start_s: Floats, end_s: Floats, indexes: Floats | None) -> tuple[NDArray[np.bool_], str]:
    count = len(start_s)
    none = np.zeros(count, dtype=np.bool_)
    if indexes is not None:
        restarts = np.flatnonzero(np.diff(indexes) < 0) + 1
        if len(restarts):
            return np.arange(count) < restarts[0], Message(
                "the log counts its inferences anew after warming up"
            )
    if count < 8:  # half of them are the usual ones, and fewer than four have no usual time
        return none, Message("too few inferences to tell a warm-up")
    lasting = end_s - start_s
    slow = lasting > SETTLED * float(np.median(lasting[count // 2 :]))
    leading = int(np.argmin(slow)) if not slow.all() else 0
    if leading == 0:
        return none, Message("no slower inferences at the start")
    return np.arange(count) < leading, Message(
        "the first {leading} inferences took over {times:g} times the usual", leading=leading, times=SETTLED
    )


def read_inferences(source: Source, name: str = Message("the inference log")) -> InferenceLog:
    """Read a CSV with columns `inference_index, start_us, end_us, duration_us` (end or duration may be
    missing).

    Other units and words work as well (`begin_s`, `stop_ns`, dates, a stamp with a latency), and so do JSON
    and the times that trtexec exports. Lines that cannot be used are counted. Raises TraceError
    `INFERENCES_NOT_TEXT`, `INFERENCES_COLUMNS`, `INFERENCES_EMPTY`, `TOO_MANY_COLUMNS` or
    `TOO_MANY_INFERENCES`.
    """
    problems = Problems()
    with opened(source) as stream:
        data = read_bytes(translated(stream)[0], MAX_BYTES, problems, 1)
    if b"\0" in data:
        raise TraceError(
            "INFERENCES_NOT_TEXT", "{name} is not a text file. Export the log as CSV.", name=name
        )
    lines = data.decode("utf-8-sig", errors="replace").split("\n")
    most = in_force(LOG).rows
    if len(lines) > most + 1:
        raise TraceError(
            "TOO_MANY_INFERENCES",
            "{name} has more than {most:,} lines. Split it, or read it with the command line, which can "
            "raise its budget.",
            name=name,
            most=most,
        )
    found = _found(lines, name, problems)
    if not found:
        nothing = Message(
            "{name} holds no inference that can be read. Check that it is the log of one run.", name=name
        )
        raise TraceError(
            "INFERENCES_EMPTY", joined([nothing, *(why.text for why in problems.listed()[:1])], " ")
        )
    table = np.asarray(sorted(found, key=lambda each: each[0]), dtype=np.float64)
    ratio = _unit_ratio(float(np.median(table[:, 0])))
    if ratio != 1.0:
        problems.add("LOG_UNIT", 2, len(found))
        table[:, :2] *= ratio
    indexes = table[:, 2] if np.isfinite(table[:, 2]).all() else None
    return log_of(table[:, 0], table[:, 1], indexes, problems.listed())


def _found(lines: list[str], name: str, problems: Problems) -> list[tuple[float, float, float]]:
    """Begin, end (s) and index of each line that can be used."""
    delimiter = delimiter_of(lines[0])
    headings = [_bare(cell) for cell in fields(lines[0], delimiter)]
    most = in_force(LOG).columns
    if len(headings) > most:
        raise TraceError(
            "TOO_MANY_COLUMNS",
            "{columns:,} columns; a log of inferences has at most {most:,}. Keep those of begin and end.",
            columns=len(headings),
            most=most,
            line=1,
        )
    rows = [[_bare(cell) for cell in fields(line, delimiter)] for line in lines[1:]]
    decimal = decimal_of(rows[:_SAMPLE], delimiter)
    columns = columns_of(headings, rows[:_SAMPLE], decimal, name)
    if columns.guessed:
        problems.add("LOG_UNIT_GUESSED", 1)
    if columns.by_stamp:
        problems.add("LOG_STAMP", 1)
    places = {word: at for word, (at, _) in columns.places.items()}
    for word, (at, factor) in columns.places.items():
        if not factor:
            _in_seconds(rows, at, columns.text_format)
            columns.places[word] = (at, 1.0)
            decimal = "."
    found = []
    for number, row in enumerate(rows, start=2):
        last = number == len(lines)
        if not any(row):
            continue
        if len(row) != len(headings):
            problems.add("TRUNCATED_LAST_LINE" if last else "WRONG_FIELD_COUNT", number)
            continue
        cells = {word: cell_value(row[at], decimal) for word, at in places.items()}
        values = _values(cells, columns.places, number, problems)
        if values is not None:
            found.append(values)
    return found


def _in_seconds(rows: list[list[str]], at: int, text_format: str) -> None:
    """Write a column of dates as seconds."""
    seconds = seconds_of([row[at] if at < len(row) else "" for row in rows], text_format).tolist()
    for row, value in zip(rows, seconds, strict=True):
        if at < len(row) and row[at]:
            row[at] = repr(value)


def _unit_ratio(typical_s: float) -> float:
    """What makes stamps the time since 1970 where their unit makes them later than 2096; else 1."""
    if typical_s < EPOCH_RANGE_S[1]:
        return 1.0
    return next((r for r in (1e-3, 1e-6, 1e-9) if EPOCH_RANGE_S[0] <= typical_s * r < EPOCH_RANGE_S[1]), 1.0)


def _bare(cell: str) -> str:
    return cell.strip().strip('"').strip()


def _values(
    cells: dict[str, tuple[float, str] | None],
    columns: dict[str, tuple[int, float]],
    line: int,
    problems: Problems,
) -> tuple[float, float, float] | None:
    """Begin and end (s) and index of one line; None, and counted, for one that cannot be used."""
    if any(value is None for value in cells.values()):
        problems.add("NOT_A_NUMBER", line)
        return None
    times = {word: value[0] * columns[word][1] for word, value in cells.items() if value is not None}
    lasting = times.get("duration", np.nan)
    start = times["start"] if "start" in times else times["end"] - lasting
    end = times["end"] if "end" in times else start + lasting
    if not np.isfinite(start) or not np.isfinite(end):
        problems.add("MISSING_VALUE", line)
        return None
    if end < start:
        problems.add("TIME_DECREASING", line)
        return None
    return start, end, times.get("index", np.nan)
