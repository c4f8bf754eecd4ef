"""Recordings written as one JSON document: rows as objects, columns as lists, or series of pairs."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Container, Iterable, Iterator
from typing import Any, Final

from data.tracing.errors import TraceError
from data.tracing.units import measure_of

MAX_CHARACTERS: Final = 100_000_000
"""A document is held in memory as a whole, ten times its size."""
_DEPTH: Final = 6  # levels down to the samples; what lies deeper is no recording
_NAMED: Final = {"host.consumption": "host power (uW)", "host.timestamp": "timestamp (s)"}
"""Keys that say no quantity: scaphandre writes the host's power in microwatts (its JSON exporter)."""


def row(cells: Iterable[object]) -> str:
    """A line of a table."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()


_LONGEST_NUMBER: Final = 18
"""Digits of a sample's number that fit a 64-bit integer; `int` refuses more than 4,300."""


def timed(cells: list[str], begin_s: float, step_s: float) -> list[str]:
    """A row with the time (s) of its sample in place of the number (first cell).

    A row without a number gets a time that is none, so that it counts as one that cannot be used.
    """
    number = cells[0].strip()
    if not (number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER):
        return ["?", *cells[1:]]
    return [f"{begin_s + int(number) * step_s:.12g}", *cells[1:]]


_MOST_LISTED: Final = 16
"""Objects of a list that a row is made of, such as the meters of a plug."""


def flat(value: object, prefix: str = "") -> dict[str, object]:
    """Keys of an object and of those inside it, joined by a dot; of lists the objects in them, by number."""
    if not isinstance(value, dict):
        return {}
    found: dict[str, object] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            found |= flat(inner, f"{prefix}{key}.")
        elif isinstance(inner, list):
            for at, each in enumerate(inner[:_MOST_LISTED]):
                found |= flat(each, f"{prefix}{key}.{at}.")
        else:
            name = f"{prefix}{key}"
            found[_NAMED.get(name, name)] = inner
    return found


def looks_like_a_document(text: str) -> bool:
    """Whether a file begins as one JSON document rather than as a line of JSON each."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith(("[", "{")):
        return False
    filled = [line.strip() for line in start.splitlines() if line.strip()]
    first = filled[0]
    return (
        len(filled) == 1
        or start.startswith("[{")
        or first in {"[", "{"}
        or (first.startswith("{") and not _is_object(first))
    )


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line.rstrip(",")), dict) and not _lists(json.loads(line.rstrip(",")))
    except (ValueError, RecursionError):
        return False


def from_document(lines: Iterable[str]) -> Iterator[str]:
    """The table in a document; raises TraceError `NOT_A_TRACE` or `TOO_MUCH_JSON`."""
    text, size = [], 0
    for line in lines:
        size += len(line)
        if size > MAX_CHARACTERS:
            raise TraceError(
                "TOO_MUCH_JSON",
                "the JSON document has more than {most_mb:,.0f} MB. Write a line per sample (JSON lines or "
                "CSV).",
                most_mb=MAX_CHARACTERS / 1e6,
            )
        text.append(line)
    try:
        document = json.loads("\n".join(text).lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise TraceError(
            "NOT_A_TRACE", "the JSON document is damaged or ends in the middle. Export it again."
        ) from None
    lines = _table(document)
    heading = next(lines, None)
    if heading is None:
        raise TraceError(
            "NOT_A_TRACE",
            "the JSON document holds no table that can be read: no list of objects, no lists of one "
            "length and no pairs of time and value. Export it as CSV.",
        )
    yield heading
    yield from lines


def _table(document: object) -> Iterator[str]:
    rows, columns = _rows(document), _lists(document)
    keys = _keys(rows[:_FEW]) if rows is not None else []
    if rows is not None and _is_recording(keys):
        yield from _of_objects(rows)
        return
    many = [] if _is_recording(list(columns)) else _several(document)
    if many:
        yield from _side_by_side(many)
        return
    names, lines = ([], []) if _is_recording(list(columns)) else _matrix(document)
    if names:
        yield row(names)
        for line in lines:
            yield row(line)
        return
    if rows is not None:
        yield from _of_objects(rows)
        return
    if columns:
        yield row(columns)
        for cells in zip(*columns.values(), strict=True):
            yield row(cells)
        return
    series = _series(document)
    if series is not None:
        yield row(["timestamp", series[0]])
        for pair in _time_first(series[1]):
            yield row(pair)


_FEW: Final = 20
"""Objects of a list whose keys tell whether they are samples."""


def _keys(rows: list[dict[str, Any]]) -> list[str]:
    """The keys of objects that hold numbers or texts, in the order in which they come."""
    return list(dict.fromkeys(key for each in rows for key in flat(each)))


def _is_recording(headings: list[str]) -> bool:
    """Whether headings name time and power, current or energy, so that nothing else has to be looked for."""
    named = {measure.quantity for heading in headings if (measure := measure_of(heading))}
    return "time" in named and not named.isdisjoint({"power", "current", "energy"})


def _of_objects(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A row per object."""
    objects = [flat(each) for each in rows]
    keys = list(dict.fromkeys(key for each in objects for key in each))
    yield row(keys)
    for each in objects:
        yield row(each.get(key) for key in keys)


def _inner(document: object) -> list[object]:
    """A document and what lies inside it, the outermost first."""
    found, level = [document], [document]
    for _ in range(_DEPTH):
        level = [inner for each in level for inner in _within(each) if isinstance(inner, dict | list)]
        found += level
    return found


def _within(value: object) -> list[object]:
    """The values of an object, the first of a list."""
    if isinstance(value, dict):
        return list(value.values())
    return value[:1] if isinstance(value, list) else []


def _rows(document: object) -> list[dict[str, Any]] | None:
    """The first list of two or more objects."""
    lists = (each for each in _inner(document) if isinstance(each, list) and len(each) > 1)
    return next((each for each in lists if all(isinstance(one, dict) for one in each)), None)


def _numbered(value: object) -> object:
    """The values of an object whose keys number its rows, as pandas writes a column; else the value."""
    if isinstance(value, dict) and len(value) > 1 and list(value) == [str(at) for at in range(len(value))]:
        return list(value.values())
    return value


def _lists(document: object) -> dict[str, list[object]]:
    """The first object that holds two or more lists of numbers or texts, all of one length."""
    for each in _inner(document):
        if not isinstance(each, dict):
            continue
        lists = {
            key: value
            for key, value in ((name, _numbered(raw)) for name, raw in each.items())
            if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value)
        }
        if len(lists) > 1 and len(set(map(len, lists.values()))) == 1 and len(next(iter(lists.values()))) > 1:
            return lists
    return {}


def _matrix(document: object) -> tuple[list[str], list[list[object]]]:
    """The first object with names in one list and rows as long in another, as InfluxDB and pandas write."""
    tables = (_columns_of(each) for each in _inner(document) if isinstance(each, dict))
    return next((each for each in tables if each[0]), ([], []))


def _columns_of(value: dict[str, Any]) -> tuple[list[str], list[list[object]]]:
    """Names in one list of an object and rows as long in another."""
    lists = [each for each in value.values() if isinstance(each, list) and len(each) > 1]
    names = next((one for one in lists if all(isinstance(name, str) for name in one)), [])
    cells = next((one for one in lists if all(isinstance(line, list) for line in one)), [])
    return (names, cells) if names and cells and {len(line) for line in cells} == {len(names)} else ([], [])


_Pairs = list[list[object]]
_EPOCH: Final = 1e9
"""Numbers from there on are times since 1970."""


def _pairs(value: object) -> _Pairs | None:
    """The list of pairs in an object, None where it has none."""
    if not isinstance(value, dict):
        return None
    lists = (each for each in value.values() if isinstance(each, list) and len(each) > 1)
    return next(
        (one for one in lists if all(isinstance(pair, list) and len(pair) == 2 for pair in one)), None
    )


def _time_first(pairs: _Pairs) -> _Pairs:
    """Pairs with their time first: Graphite and Grafana write it behind the value."""
    first, second = next((pair for pair in pairs if None not in pair), pairs[0])
    behind = isinstance(second, int | float) and second >= _EPOCH
    ahead = not isinstance(first, int | float) or first >= _EPOCH
    return [pair[::-1] for pair in pairs] if behind and not ahead else pairs


_NAMES: Final = ("metric.__name__", "target", "name")
"""Keys that name a series."""


def _named(value: dict[str, Any]) -> str:
    named = flat(value)
    names = (named.get(key) for key in _NAMES)
    return str(next((name for name in names if name), "value"))


def _series(document: object) -> tuple[str, _Pairs] | None:
    """The first list of pairs, as Prometheus and Grafana answer, with the name beside it."""
    found = ((each, _pairs(each)) for each in _inner(document) if isinstance(each, dict))
    return next(((_named(each), pairs) for each, pairs in found if pairs is not None), None)


_Answer = tuple[dict[str, Any], list[tuple[str, _Pairs]]]
"""An object with its series: its pairs without a name, or its columns beside the times of its rows."""


def _several(document: object) -> list[tuple[str, _Pairs]]:
    """Two or more series of one answer, each named by its name and the labels in which it differs."""
    answers = _answers(document, _DEPTH)
    return _named_series(answers) if len(answers) > 1 else []


def _answers(value: object, depth: int) -> list[_Answer]:
    """The objects with series in a document: all of a list, and those of an object that are alike.

    A list of anything else holds none; the answers to several questions stand in an object by their letters.
    """
    if isinstance(value, list) and depth > 0:
        found = []
        for each in value:
            answers = _answers(each, depth - 1)
            if not answers:
                return []
            found += answers
        return found
    if not isinstance(value, dict):
        return []
    names, lines = _columns_of(value)
    pairs = None if names else _pairs(value)
    if names or pairs is not None:
        return [(value, _beside_time(names, lines) if pairs is None else [("", pairs)])]
    inner = [(each, _answers(each, depth - 1)) for each in value.values() if depth > 0]
    known = [(each, answers) for each, answers in inner if answers]
    alike = [answers for each, answers in known if _shape(each) == _shape(known[0][0])]
    return [answer for answers in alike for answer in answers]


def _shape(value: object) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


def _named_series(objects: list[_Answer]) -> list[tuple[str, _Pairs]]:
    """The series of objects, named by their columns and by what tells the objects apart."""
    labels = [{key: str(value) for key, value in flat(raw).items()} for raw, _ in objects]
    every = dict.fromkeys(key for one in labels for key in one)
    differ = [key for key in every if len({one.get(key) for one in labels}) > 1 and key not in _NAMES]
    series: dict[str, _Pairs] = {}
    for (raw, columns), one in zip(objects, labels, strict=True):
        name = _named(raw)
        for column, pairs in columns:
            kind = [name] if not column else [column] if name == "value" else _in_words(name, column)
            full = " ".join([*(one[key] for key in differ if one.get(key)), *kind])
            series[_free(full, series)] = _time_first(pairs)
    return list(series.items())


def _in_words(name: str, column: str) -> list[str]:
    """Name and column of a series; the one that says a quantity comes last, with its unit."""
    return [name, column] if measure_of(column) else [column, name]


def _free(name: str, taken: Container[str]) -> str:
    """A name that is not taken: a number before it tells it apart."""
    return next(one for at in itertools.count(1) if (one := name if at == 1 else f"{at} {name}") not in taken)


def _beside_time(names: list[str], lines: list[list[object]]) -> list[tuple[str, _Pairs]]:
    """Each column of rows with their times: the first column that is named as time, else the first."""
    times = [at for at, name in enumerate(names) if (found := measure_of(name)) and found.quantity == "time"]
    clock = times[0] if times else 0
    return [
        (name, [[line[clock], line[at]] for line in lines]) for at, name in enumerate(names) if at != clock
    ]


def _side_by_side(series: list[tuple[str, _Pairs]]) -> Iterator[str]:
    """A row per stamp with the value of each series."""
    yield row(["timestamp", *(name for name, _ in series)])
    values: dict[object, dict[int, object]] = {}
    for at, (_, pairs) in enumerate(series):
        for time, value in pairs:
            values.setdefault(time if isinstance(time, str | int | float) else None, {})[at] = value
    numbers = all(isinstance(time, int | float) for time in values)
    for time in sorted(values, key=lambda each: each if numbers else str(each)):  # type: ignore[return-value,arg-type]
        yield row([time, *(values[time].get(at) for at in range(len(series)))])
