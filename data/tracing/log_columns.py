"""Which columns of a log of inferences say when each began and ended, in which unit."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from data.messages import Message
from data.tracing.errors import TraceError
from data.tracing.stamps import common_format
from data.tracing.units import UNITS, cell_value, guessed, words_of

_ROLES: Final = {
    "start": frozenset({"start", "started", "begin", "begun", "beginn", "anfang", "inicio", "debut"}),
    "end": frozenset({"end", "ended", "stop", "stopped", "finish", "finished", "ende", "fin"}),
    "duration": frozenset({"duration", "latency", "elapsed", "dauer", "took", "runtime"}),
}
_STAMPS: Final = frozenset({"timestamp", "time", "ts", "stamp", "datetime"})
_INDEXES: Final = frozenset({"inference_index", "index", "inference", "iteration", "run"})
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COMMA: Final = re.compile(r"^[-+]?\d+,\d+$")


@dataclass(frozen=True, slots=True)
class LogColumns:
    """Where begin, end, duration and index stand, each with the factor to seconds (0 for dates as text, whose
    format `text_format` is).

    `guessed` says that no heading names the unit, `by_stamp` that a bare stamp is taken as the begin.
    """

    places: dict[str, tuple[int, float]]
    text_format: str = ""
    guessed: bool = False
    by_stamp: bool = False


def delimiter_of(heading: str) -> str:
    """The separator of the headings: the character that comes most often."""
    return max((",", ";", "\t"), key=heading.count)


def decimal_of(rows: Sequence[list[str]], delimiter: str) -> str:
    """The sign before fractions."""
    return "," if delimiter != "," and any(_COMMA.match(cell) for row in rows for cell in row) else "."


def columns_of(headings: list[str], rows: Sequence[list[str]], decimal: str, name: str) -> LogColumns:
    """The columns of a log by their headings and first rows; raises TraceError `INFERENCES_COLUMNS`.

    Of several begins the earliest counts and of several ends the latest, as trtexec writes one for each step.
    """
    cells = [[row[at] for row in rows if at < len(row) and row[at]] for at in range(len(headings))]
    empty = not any(any(row) for row in rows)
    roles: dict[str, list[int]] = {}
    for at, heading in enumerate(headings):
        role = _role(heading)
        if role is not None and (cells[at] or empty):
            roles.setdefault(role, []).append(at)
    by_stamp = "start" not in roles and "end" not in roles and {"stamp", "duration"} <= set(roles)
    if by_stamp:
        roles["start"] = roles["stamp"]
    places: dict[str, tuple[int, float]] = {
        role: (_chosen(role, roles[role], cells, decimal), 1.0)
        for role in ("start", "end", "duration", "index")
        if role in roles
    }
    if len({"start", "end", "duration"} & set(places)) < 2:
        raise TraceError(
            "INFERENCES_COLUMNS",
            "{name} needs the columns inference_index, start_us, end_us, duration_us; it has {headings}. "
            "Rename them.",
            name=name,
            headings=", ".join(headings[:8]) or Message("none"),
            line=1,
        )
    return _with_units(headings, cells, decimal, places, by_stamp)


def _words(heading: str) -> list[str]:
    """The words of a heading; trtexec writes startH2dMs."""
    return words_of(_CAMEL.sub("_", heading))


def _role(heading: str) -> str | None:
    words = _words(heading)
    if "_".join(words) in _INDEXES:
        return "index"
    found = [role for role, known in _ROLES.items() if known & set(words)]
    if found:
        return found[0]
    return "stamp" if words and words[0] in _STAMPS else None


def _chosen(role: str, places: list[int], cells: list[list[str]], decimal: str) -> int:
    def typical(at: int) -> float:
        return _typical(cells[at], decimal)

    return (max if role == "end" else min)(places, key=typical) if len(places) > 1 else places[0]


def _numbers(cells: list[str], decimal: str) -> list[float]:
    values = (cell_value(cell, decimal) for cell in cells)
    return [value[0] for value in values if value is not None and value[0] == value[0]]


def _typical(cells: list[str], decimal: str) -> float:
    numbers = _numbers(cells, decimal)
    return statistics.median(numbers) if numbers else 0.0


def _with_units(
    headings: list[str],
    cells: list[list[str]],
    decimal: str,
    places: dict[str, tuple[int, float]],
    by_stamp: bool,
) -> LogColumns:
    clock = places.get("start", places.get("end"))
    assert clock is not None  # noqa: S101 - two of begin, end and duration are there
    stamps = cells[clock[0]]
    text = common_format(stamps) if not _numbers(stamps, decimal) else None
    numbers = _numbers(stamps, decimal)
    steps = [after - before for before, after in itertools.pairwise(numbers)]
    step = statistics.median(steps) if steps else 0.0
    found, unsure = dict(places), False
    for role, (at, _) in places.items():
        unit = _unit(headings[at])
        if role == "index":
            continue
        if unit is not None:
            found[role] = (at, unit)
        elif text is not None and role != "duration":
            found[role] = (at, 0.0)
        elif role != "duration":
            whole = all(number.is_integer() for number in numbers)
            found[role] = (at, guessed("time", _typical(stamps, decimal), step if whole else 0.0)[1])
            # Stamps above 1e9 s are the time since 1970, which settles the unit.
            unsure = unsure or found[role][1] * _typical(stamps, decimal) < 1e9
    if "duration" in places and _unit(headings[places["duration"][0]]) is None:
        period = step * found["start"][1] if "start" in found and found["start"][1] else 0.0
        found["duration"] = (places["duration"][0], _fitting(cells[places["duration"][0]], decimal, period))
        unsure = True
    return LogColumns(found, text or "", unsure, by_stamp)


def _fitting(cells: list[str], decimal: str, period_s: float) -> float:
    """The largest unit in which durations fit between two begins; milliseconds where those say nothing."""
    typical = _typical(cells, decimal)
    fits = (factor for factor in (1.0, 1e-3, 1e-6, 1e-9) if typical * factor <= 1.2 * period_s)
    return next(fits, 1e-3)


def _unit(heading: str) -> float | None:
    words = _words(heading)
    known = UNITS.get(words[-1]) if len(words) > 1 else None
    return known[2] if known is not None and known[0] == "time" else None
