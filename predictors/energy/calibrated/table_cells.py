"""The cells of a table that people wrote, however their program spells it: row by row, nothing guessed.

Cells may be divided by commas, semicolons, tabs or bars; where it is not commas, `10,5` is ten and a half. A
heading may be spelled as people do (`Energy (mJ)`, `latency_s`), and a cell may bear its unit (`90 mJ`); a
unit other than the column's own is converted.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from data.budgets import TABLE
from data.inert_csv import typed
from data.messages import Message
from predictors.errors import InputError, printable

LEAST, MOST = 1e-9, 1e12
"""What a figure of one inference can be, in mJ, ms or W: beyond, it is a slip or damage. The smallest
measured network takes 0.7 mJ in 0.3 ms; 1e12 mJ is what a household uses in a month (280 kWh)."""
TOO_MANY: Final = Message(
    "there are more cells than the heading has. Write numbers with a point (10.5), and nothing between the "
    "thousands."
)
OPEN_QUOTE: Final = Message("a cell goes over several lines: a quotation mark is not closed. Close it.")
DIVIDERS: Final = ",;\t|"
"""Signs between cells, the usual one first."""
UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "mj": {"nj": 1e-6, "uj": 1e-3, "mj": 1.0, "j": 1e3, "kj": 1e6, "mwh": 3.6e3, "wh": 3.6e6},
    "ms": {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3, "sec": 1e3},
    "w": {"uw": 1e-6, "mw": 1e-3, "w": 1.0},
}
"""Unit of a column -> spelled unit (lower case) -> what a number in it is multiplied by."""
OTHER_NAMES: Final[Mapping[str, str]] = {"network": "model", "above_idle_mj": "energy_above_idle_mj"}
"""Headings that the tables of the page have."""
NO_BREAK: Final = re.compile("[\u00a0\u202f]")
"""Spaces at which no line ends: between a number and its unit."""
# A cell is anybody's text of any length, so that each of these takes a time that grows with it and no more.
RULE: Final = re.compile(r":?-*:?")
"""A cell of the line that parts the headings of a table in Markdown from its rows."""
_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(?!\d)", re.ASCII)
"""A comma before three digits may stand between thousands, unless only a 0 is before it."""
_NUMBER: Final = re.compile(
    r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)", re.ASCII | re.IGNORECASE
)
_WITH_COMMA: Final = re.compile(r"((?<!\d)[+-]?\d*),(\d+)(?=e|\s*[a-z]*$)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A row that is not empty: where it stands, its cells by column, and what is wrong with its form."""

    number: int
    cells: Mapping[str, str]
    problem: Message | None = None


@dataclass(frozen=True, slots=True)
class _Column:
    """The column that a heading means, its unit ("" for texts), and the factor to it."""

    name: str
    unit: str = ""
    factor: float = 1.0


def table_lines(csv_text: str, known: tuple[str, ...]) -> tuple[list[str], Iterator[Line]]:
    """The headings as the columns that they mean, and every row that is not empty.

    `known`: the columns that are read; where one has a unit, it stands behind the last underscore.
    Raises InputError INPUT_NOT_CSV, and INPUT_COLUMNS where a column stands twice or there are too many.
    """
    lines = csv_text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = _heading_at(lines)
    columns, divider = _headings(lines[start] if start < len(lines) else "", known)
    names = [column.name for column in columns]
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            "INPUT_COLUMNS",
            "The column {column} stands twice in the table. Keep the one that counts.",
            column=printable(twice, 60),
        )
    text = "\n".join(lines[start + 1 :])
    return names, _lines(text, columns, divider, start + 2)


def _heading_at(lines: list[str]) -> int:
    """The line of the headings: behind empty lines, remarks, and what a spreadsheet says of its divider."""
    at = 0
    while at < len(lines) and (not lines[at].strip() or re.match(r"\s*(#|\"?sep=.\"?$)", lines[at])):
        at += 1
    return at


def _headings(line: str, known: tuple[str, ...]) -> tuple[list[_Column], str]:
    """The columns of the heading by the divider that finds most of the known ones."""
    widest = 1 + max(map(line.count, DIVIDERS))
    if widest > TABLE.columns:
        raise InputError(
            "INPUT_COLUMNS",
            "The table has {columns:,} columns; at most {most:,} are read. Keep those of measured networks.",
            columns=widest,
            most=TABLE.columns,
        )
    found = {divider: [_column(cell, known) for cell in _cells(line, divider)] for divider in DIVIDERS}
    best = max(DIVIDERS, key=lambda divider: sum(column.name in known for column in found[divider]))
    return found[best], best


def _cells(line: str, divider: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=divider, skipinitialspace=True), [])
    except csv.Error as error:
        raise _not_csv(error) from None


def _column(heading: str, known: tuple[str, ...]) -> _Column:
    words = heading.strip().lower().replace("\u00b5", "u").replace("\u03bc", "u")  # micro sign, Greek mu
    words = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
    words = words.replace("_per_inference", "").replace("_in_", "_")
    words = OTHER_NAMES.get(words, words)
    base, _, unit = words.rpartition("_")
    for name in known:
        base_of, _, own = name.rpartition("_")
        if own in UNITS and base == base_of and unit in UNITS[own]:
            return _Column(name, own, UNITS[own][unit])
    # A heading that is none of ours stays as it was written: it is named where it is told of.
    return _Column(words if words in known else heading.strip().lower())


def _lines(text: str, columns: list[_Column], divider: str, first: int) -> Iterator[Line]:
    reader, before = csv.reader(io.StringIO(text), delimiter=divider, skipinitialspace=True), 0
    try:
        for cells in reader:
            if divider == "|" and all(RULE.fullmatch(cell.strip()) for cell in cells):
                before = reader.line_num
                continue
            number, before, is_long = first + before, reader.line_num, reader.line_num > before + 1
            line = _line(cells, columns, divider)
            if is_long:
                yield Line(number, line.cells, OPEN_QUOTE)
            elif line.problem is not None or any(line.cells.values()):
                yield Line(number, line.cells, line.problem)
    except csv.Error as error:
        raise _not_csv(error) from None


def _line(cells: list[str], columns: list[_Column], divider: str) -> Line:
    named = {
        column.name: _as_number(typed(NO_BREAK.sub(" ", cell).strip()), column, divider)
        for column, cell in zip(columns, cells, strict=False)
        if column.name
    }
    # Empty cells behind the last heading are what spreadsheets leave behind; a column without a heading
    # before it numbers the rows.
    last = max((at for at, column in enumerate(columns) if column.name), default=-1)
    return Line(0, named, TOO_MANY if any(cell.strip() for cell in cells[last + 1 :]) else None)


def _as_number(text: str, column: _Column, divider: str) -> str:
    """A number of a column in its unit, with a point; a text that is no such number as it was written."""
    pointed = _WITH_COMMA.sub(r"\1.\2", text) if divider != "," and "." not in text else text
    match = _NUMBER.fullmatch(pointed)
    if match is None or not column.unit:
        return pointed if match is not None and not match[2] else text
    unit = match[2].lower()
    factor = UNITS[column.unit].get(unit) if unit else column.factor
    if factor is None or factor == 1.0:
        return match[1] if factor else text
    return f"{float(match[1]) * factor:.12g}"


def pointed(cell: str) -> str:
    """A number on its own with a point for its decimal comma; `1,234`, which may be either, as it is."""
    text = cell.strip()
    return text if "." in text or _THOUSANDS.match(text) else _WITH_COMMA.sub(r"\1.\2", text)


def _not_csv(error: csv.Error) -> InputError:
    return InputError(
        "INPUT_NOT_CSV",
        "The table is no readable CSV ({reason}). Save it as CSV with commas, in UTF-8.",
        reason=printable(str(error)),
    )


def positive(cells: Mapping[str, str], column: str, problems: list[Message]) -> float | None:
    """The number of a cell, None if it is empty; what is wrong with it is added to `problems`."""
    text = cells.get(column, "")
    if not text:
        return None
    # Python reads more than people write: 1_000, digits of other scripts, infinity.
    value = float(text) if (match := _NUMBER.fullmatch(text)) is not None and not match[2] else -1.0
    if not value > 0.0:
        problems.append(
            Message(
                "{column} is {given!r}; it has to be a number above 0, with a point before its fraction.",
                column=column,
                given=printable(text),
            )
        )
        return None
    if not LEAST <= value <= MOST:
        problems.append(
            Message(
                "{column} is {given}, outside of what can be measured ({least:g} to {most:g}). Check it.",
                column=column,
                given=printable(text),
                least=LEAST,
                most=MOST,
            )
        )
        return None
    return value
