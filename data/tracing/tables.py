"""A table of text: its separator, its decimal sign, its headings, and where its samples begin."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from data.budgets import RECORDING
from data.tracing.errors import TraceError
from data.tracing.stamps import stamp_format
from data.tracing.units import UNITS, cell_value, measure_of, plain

MAX_COLUMNS: Final = RECORDING.columns
DELIMITERS: Final = "\t;|, "
"""Separators, the surest first: nobody writes tabs or semicolons inside a number."""
SAMPLE_LINES: Final = 40  # of the end of the head: enough to see how numbers are written
_THOUSANDTHS: Final = re.compile(r"\d,\d")
_THOUSANDS: Final = re.compile(
    r"^[+-]?\d{1,3}(,\d{3})+\.\d*|^[+-]?\d{1,3}(,\d{3}){2,}$|^[+-]?\d{1,2}(,\d{2})+,\d{3}(\.\d*)?$"
)
"""A comma that sets thousands apart: a point follows it, or a second comma (in India 1,23,456)."""
_NO_THOUSANDS: Final = re.compile(r"^[+-]?(0,\d+|\d+,(\d{1,2}|\d{4,}))$")

Lines = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, the rows below them as text, the number of the first, and how cells are written."""

    headings: tuple[str, ...]
    rows: list[list[str]]
    first_line: int
    delimiter: str
    decimal: str

    def column(self, at: int) -> list[str]:
        """The cells of a column that are filled."""
        return [cells[at] for cells in self.rows if at < len(cells) and cells[at]]

    def numbers(self, at: int) -> list[float]:
        """The numbers of a column, in the unit of its heading."""
        values = (cell_value(cell, self.decimal) for cell in self.column(at))
        return [value[0] for value in values if value is not None and value[0] == value[0]]

    def numbers_by(self, at: int, owner: int | None) -> list[list[float]]:
        """The numbers of a column, for each value of the column that says whose row it is."""
        if owner is None:
            return [self.numbers(at)]
        runs: dict[str, list[list[str]]] = {}
        for cells in self.rows:
            if max(at, owner) < len(cells):
                runs.setdefault(cells[owner], []).append(cells)
        return [replace(self, rows=rows).numbers(at) for rows in runs.values()]

    def is_numeric(self, at: int) -> bool:
        """Whether at least half of a column's filled cells are numbers; True for an empty column."""
        cells = self.column(at)
        return 2 * sum(cell_value(cell, self.decimal) is not None for cell in cells) >= len(cells)


_APART: Final = re.compile(
    r"(?<=\s{2})([-+]?\d[\d.]*) (?=(?:[mu]?[WAVJ]|°C|[MG]Hz|[KMG]i?B|%|RPM)(?:\s{2}|\s*$))"
)
"""The space between a number and its unit in tables for people (amd-smi), where columns stand two spaces
apart: they are one cell. With single spaces the unit is a column of its own, as is a phase called A."""


def fields(line: str, delimiter: str) -> list[str]:
    """The cells of a line; a quoted cell may hold the separator."""
    text = line.rstrip("\r\n")
    if delimiter == " ":
        return _APART.sub(r"\1", text).split()
    if '"' in text:
        try:
            row = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            row = text.split(delimiter)
        return [cell.strip() for cell in row]
    return [cell.strip() for cell in text.split(delimiter)]


def _separator(lines: Lines) -> str:
    """The separator that cuts most of the last lines into one and the same number of fields, at least two."""
    sample = [line for _, line in lines[-SAMPLE_LINES:]]

    def score(delimiter: str) -> tuple[float, int]:
        sizes = Counter(len(fields(line, delimiter)) for line in sample)
        width, lines_with = max(sizes.items(), key=lambda each: (each[1], each[0]))
        return (lines_with / len(sample) if width > 1 else 0.0), -DELIMITERS.index(delimiter)

    return max(DELIMITERS, key=score)


def _decimal(lines: Lines, delimiter: str) -> str:
    """A comma where cells hold one between digits and it does not separate them."""
    cells = [cell for _, line in lines[-SAMPLE_LINES:] for cell in fields(line, delimiter) if "," in cell]
    commas = [cell for cell in cells if _THOUSANDTHS.search(cell) and not stamp_format(cell)]
    if delimiter == ",":  # in quotes: thousands, unless a cell shows that it cannot be
        commas = [cell for cell in commas if _NO_THOUSANDS.match(cell)]
    return "," if [cell for cell in commas if not _THOUSANDS.match(cell)] else "."


def _is_data(cells: list[str], decimal: str, numeric: frozenset[int]) -> bool:
    """Whether a line is a row of samples: numbers or stamps where the last lines have them."""
    filled = {at: cell for at, cell in enumerate(cells) if cell}
    numbers = {at for at, cell in filled.items() if _is_number(cell, decimal)}
    if not any(filled[at][-1:].isalnum() and re.search(r"\d", filled[at]) for at in numbers):
        return False
    wanted = numeric & set(filled)
    if wanted and min(wanted) not in numbers:
        return False  # "x-axis,1,2" names channels by number
    return len(numbers & wanted) * 2 > len(wanted) if len(wanted) > 1 else 2 * len(numbers) >= len(filled)


def _is_number(cell: str, decimal: str) -> bool:
    return cell_value(cell, decimal) is not None or stamp_format(cell) is not None


def _numeric_columns(rows: list[tuple[int, list[str]]], decimal: str) -> frozenset[int]:
    last = [cells for _, cells in rows[-SAMPLE_LINES:]]
    width = Counter(map(len, last)).most_common(1)[0][0]
    same = [cells for cells in last if len(cells) == width]
    return frozenset(
        at for at in range(width) if 2 * sum(_is_number(cells[at], decimal) for cells in same) > len(same)
    )


def table_of(lines: Lines, name: str) -> Table:
    """Cut the first lines of a file into a table; raises TraceError `TOO_MANY_COLUMNS` or `NOT_A_TRACE`."""
    delimiter = _separator(lines)
    decimal = _decimal(lines, delimiter)
    rows = [(number, fields(line, delimiter)) for number, line in lines]
    for number, cells in rows:
        if len(cells) > MAX_COLUMNS:
            raise TraceError(
                "TOO_MANY_COLUMNS",
                "{columns:,} columns; a recording has at most {most:,}. Is this a table of samples?",
                line=number,
                columns=len(cells),
                most=MAX_COLUMNS,
            )
    numeric = _numeric_columns(rows, decimal)
    at = next((at for at, (_, cells) in enumerate(rows) if _is_data(cells, decimal, numeric)), None)
    if at is None:
        raise TraceError(
            "NOT_A_TRACE",
            "{name} is not a recording that can be read: no line of its beginning holds numbers. "
            "Choose a CSV with a time and a power column, or one of the logs named on the page.",
            line=rows[0][0],
            name=name,
        )
    above = [cells for _, cells in rows[:at]]
    data = [cells for _, cells in rows[at:] if cells not in above]  # some tools repeat their heading
    width = Counter(len(cells) for cells in data).most_common(1)[0][0]
    headings = _headings(rows[:at], width)
    if delimiter == " " and headings and len(headings) > width:
        headings = _without_gaps(rows[:at], width, headings)
    return Table(tuple(headings), data, rows[at][0], delimiter, decimal)


def _without_gaps(above: list[tuple[int, list[str]]], width: int, found: list[str]) -> list[str]:
    """Headings of a table of spaces whose first sign is a lone # (`# time power`)."""
    units: list[str] | None = None
    for _, cells in reversed(above):
        bare = cells[1:] if cells and cells[0] == "#" else cells
        if len(bare) == width and _unit_row(bare):
            units = _unit_row(bare)
        elif len(bare) == width and any(measure_of(cell) for cell in bare):
            return [_joined(each, units[at]) for at, each in enumerate(bare)] if units else bare
    return found


def _headings(above: list[tuple[int, list[str]]], width: int) -> list[str]:
    """The line above the samples that names most quantities, with the units of the line below it."""
    known = [(sum(measure_of(cell) is not None for cell in cells), at) for at, (_, cells) in enumerate(above)]
    if not known:
        return []
    at = max(known)[1]
    cells = list(above[at][1])
    units = _unit_row(above[at + 1][1]) if at + 1 < len(above) else None
    names = above[at - 1][1] if at else []
    if units is None and _unit_row(cells) and len(names) >= len(cells):
        cells, units = list(names), _unit_row(cells)
    while cells and not cells[-1]:
        cells = cells[:-1]
    bare = [cell.strip().strip("\"'").lstrip("\ufeff").lstrip("#").strip() for cell in cells]
    if units:
        bare = [_joined(each, units[at] if at < len(units) else "") for at, each in enumerate(bare)]
    return bare + [""] * (width - len(bare))


def must_fit(table: Table) -> None:
    """Raise TraceError `COLUMNS_DO_NOT_FIT` where samples have filled cells beyond the headings."""
    known = next((at for at in range(len(table.headings), 0, -1) if table.headings[at - 1]), 0)
    beyond = [cells for cells in table.rows if any(cells[known:])]
    if known and 2 * len(beyond) > len(table.rows):
        raise TraceError(
            "COLUMNS_DO_NOT_FIT",
            "the lines have {cells:,} filled cells, but there are {headings:,} headings, so nothing says "
            "which heading belongs to which column. A decimal comma or a comma in a date may be cut in two: "
            "save the table with semicolons, or put such cells in quotes.",
            line=table.first_line,
            cells=len(beyond[0]),
            headings=known,
        )


def _unit_row(cells: list[str]) -> list[str] | None:
    """The units of a row that holds nothing but units (some cells may be empty); None for another row."""
    bare = [cell.strip().strip("\"'()[]#").strip() for cell in cells]
    known = [cell for cell in bare if plain(cell) in UNITS or cell.upper() in _UNIT_WORDS]
    filled = [cell for cell in bare if cell]
    return bare if known and 2 * len(known) > len(filled) else None


_UNIT_WORDS: Final = frozenset({"HH:MM:SS", "YYYYMMDD", "IDX", "C", "%", "MHZ", "MB", "RPM", "DEGC", "°C"})


def _joined(name: str, unit: str) -> str:
    if not unit or "(" in name or "[" in name:
        return name
    return f"{name} [{unit}]" if name else unit
