"""The cells of a table that people wrote: row by row, with what no measurement can be told apart."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from typing import Final

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


def table_lines(csv_text: str) -> tuple[list[str], Iterator[tuple[int, dict[str, str], bool]]]:
    """The headings, and of every row that is not empty its line, its cells, and whether it has too many.

    Raises InputError INPUT_NOT_CSV, and INPUT_COLUMNS where a heading stands twice.
    """
    text = csv_text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = csv.DictReader(io.StringIO(text))
    try:
        headings = [heading.strip().lower() for heading in lines.fieldnames or ()]
    except csv.Error as error:
        raise _not_csv(error) from None
    twice = next((heading for heading in headings if heading and headings.count(heading) > 1), None)
    if twice is not None:
        raise InputError(
            "INPUT_COLUMNS",
            "The column {column} stands twice in the table. Keep the one that counts.",
            column=printable(twice, 60),
        )
    lines.fieldnames = headings
    return headings, _lines(lines)


def _lines(lines: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str], bool]]:
    try:
        for cells in lines:
            given = {
                key: typed((value or "").strip()) for key, value in cells.items() if isinstance(key, str)
            }
            # Cells behind the last heading stand under None; empty ones are what spreadsheets leave behind.
            behind: Mapping[object, object] = {**cells}
            too_many = any(str(each).strip() for each in _listed(behind.get(None)))
            if any(given.values()) or too_many:
                yield lines.line_num, given, too_many
    except csv.Error as error:
        raise _not_csv(error) from None


def _listed(cells: object) -> list[object]:
    return cells if isinstance(cells, list) else []


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
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0.0):
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
