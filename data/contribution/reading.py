"""From the bytes of a contributed CSV file to rows of text, with everything that is wrong on the way.

Nothing is guessed: a file in another encoding or with another delimiter is refused, but it is read on with
that delimiter so that one report names everything there is to mend.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from data.budgets import MEGABYTE, TABLE, in_force
from data.contribution.findings import WARNING, Finding, Findings, shortened
from data.contribution.schema import Field
from data.inert_csv import typed
from data.messages import Message

MAX_MEGABYTES: Final = TABLE.sent_bytes // MEGABYTE
MAX_ROWS: Final = TABLE.rows
MAX_CELL: Final = 10_000
"""Longest cell that is read at all, in characters."""

_BOM: Final = b"\xef\xbb\xbf"
_WIDE_MARKS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_DELIMITERS: Final = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row of a file as text: its line as a spreadsheet counts it, and its cells by column name."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class TextTable:
    """The rows of a file, and the column names as they stand in it."""

    header: tuple[str, ...]
    rows: tuple[TextRow, ...]


def too_large(size: int, file: str) -> Finding | None:
    """Return why a file of so many bytes is not read, or None if it is small enough."""
    if size <= MAX_MEGABYTES * 1_000_000:
        return None
    message = Message(
        "The file has {size:,.0f} MB; at most {max_megabytes} MB are read. A table of "
        "measurements is much smaller: leave out raw samples, or split the file.",
        size=size / 1e6,
        max_megabytes=MAX_MEGABYTES,
    )
    return Finding("TOO_LARGE", message, file=file)


def read_table(content: bytes, fields: Sequence[Field], found: Findings, file: str = "") -> TextTable:
    """Return the rows of a CSV file, none where it is unreadable; what is wrong goes to `found`."""
    empty = TextTable((), ())
    refused = too_large(len(content), file)
    if refused is not None:
        found.add(refused)
        return empty
    text = _decoded(content, found, file)
    if text is None:
        return empty
    if not text.strip():
        message = Message("The file is empty. Start with the column names, then one row per measurement.")
        found.add(Finding("EMPTY_FILE", message, file=file))
        return empty
    return _parsed(text, fields, found, file)


def _decoded(content: bytes, found: Findings, file: str) -> str | None:
    for mark, name in _WIDE_MARKS.items():
        if content.startswith(mark):
            found.add(_encoding(Message("The file is in {name}.", name=name), "1", "", file))
            return None
    if content.startswith(_BOM):
        content = content[len(_BOM) :]
        message = Message("The file starts with a byte order mark. It was skipped; nothing needs to be done.")
        found.add(Finding("BYTE_ORDER_MARK", message, "1", severity=WARNING, file=file))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        start = content.rfind(b"\n", 0, problem.start) + 1
        place = Message(
            "Byte {place} of the row (0x{content:02x}) is not UTF-8.",
            place=problem.start - start + 1,
            content=content[problem.start],
        )
        found.add(_encoding(place, str(line), _column_at(content, start, problem.start), file))
        return None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        found.add(_encoding(Message("The row holds a zero byte, which no text has."), str(line), "", file))
        return None
    return text


def _encoding(what: str, row: str, column: str, file: str) -> Finding:
    return Finding(
        "ENCODING", Message("{what} Save the table as “CSV UTF-8”.", what=what), row, column, file=file
    )


def _column_at(content: bytes, start: int, position: int) -> str:
    """Name of the column that holds a byte, as far as commas tell."""
    first = content.split(b"\n", 1)[0].removeprefix(_BOM).decode("utf-8", "replace").strip()
    names = first.split(",")
    place = content.count(b",", start, position)
    return shortened(names[place]) if place < len(names) and start > 0 else ""


def _parsed(text: str, fields: Sequence[Field], found: Findings, file: str) -> TextTable:
    delimiter = _delimiter(text, fields, found, file)
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: tuple[str, ...] = ()
    rows: list[TextRow] = []
    try:
        header = tuple(name.strip() for name in next(reader))
        most = in_force(TABLE).columns
        if len(header) > most:
            found.add(_too_many_columns(len(header), most, file))
            return TextTable((), ())
        if not _check_header(header, fields, found, file):
            return TextTable(header, ())
        for cells in reader:
            if len(rows) == MAX_ROWS:
                message = Message("The file has more than {max_rows:,} rows. Split it.", max_rows=MAX_ROWS)
                found.add(Finding("TOO_MANY_ROWS", message, str(reader.line_num), file=file))
                break
            row = _row(cells, reader.line_num, header, found, file)
            if row is not None:
                rows.append(row)
    except csv.Error as problem:
        message = Message(
            "The row cannot be read as CSV ({problem}). Look for a quotation mark that is not closed.",
            problem=str(problem),
        )
        found.add(Finding("NOT_CSV", message, str(reader.line_num), file=file))
    if header and not rows and not found.errors:
        message = Message("The file has column names but no rows. Add one row per measurement.")
        found.add(Finding("NO_ROWS", message, "1", file=file))
    return TextTable(header, tuple(rows))


def _too_many_columns(columns: int, most: int, file: str) -> Finding:
    message = Message(
        "The first row names {columns:,} columns; at most {most:,} are read. Keep those of the schema.",
        columns=columns,
        most=most,
    )
    return Finding("TOO_MANY_COLUMNS", message, "1", file=file)


def _delimiter(text: str, fields: Sequence[Field], found: Findings, file: str) -> str:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    names = {each.name for each in fields}
    for sign, name in _DELIMITERS.items():
        cells = {cell.strip().strip('"') for cell in first.split(sign)}
        if sign in first and len(cells & names) > len({cell.strip() for cell in first.split(",")} & names):
            message = Message(
                "The columns are separated by {name}. Save the table with commas and decimal points.",
                name=name,
            )
            found.add(Finding("WRONG_DELIMITER", message, "1", value=shortened(first), file=file))
            return sign
    return ","


def _row(cells: list[str], line: int, header: tuple[str, ...], found: Findings, file: str) -> TextRow | None:
    if not any(cell.strip() for cell in cells):
        return None  # a blank line, as editors leave them at the end
    if len(cells) != len(header):
        more = len(cells) > len(header)
        comma, missing = (
            Message("A decimal comma splits a number in two."),
            Message("Cells are missing at its end."),
        )
        hint = comma if more else missing
        message = Message(
            "The row has {cells} cells, the first row has {header} column names. {hint}",
            cells=len(cells),
            header=len(header),
            hint=hint,
        )
        found.add(Finding("WRONG_NUMBER_OF_CELLS", message, str(line), file=file))
        return None
    return TextRow(line, {name: typed(cell.strip()) for name, cell in zip(header, cells, strict=True)})


def _check_header(header: tuple[str, ...], fields: Sequence[Field], found: Findings, file: str) -> bool:
    """Report missing, unknown and repeated columns; False when rows cannot be told apart by column."""
    names = [each.name for each in fields]
    unknown = [name for name in header if name not in names]
    for each in fields:
        if each.needed and each.name not in header:
            near = get_close_matches(each.name, unknown, 1, 0.7)
            hint = Message(" Is it the column “{near}”?", near=shortened(near[0])) if near else ""
            message = Message(
                "The column {name} is missing ({meaning}).{hint}",
                name=each.name,
                meaning=each.meaning,
                hint=hint,
            )
            found.add(Finding("MISSING_COLUMN", message, "1", each.name, file=file))
    for name in dict.fromkeys(unknown):
        found.add(Finding("UNKNOWN_COLUMN", _unknown(name, names), "1", shortened(name), file=file))
    repeated = [name for name in dict.fromkeys(header) if header.count(name) > 1 and name in names]
    for name in repeated:
        message = Message(
            "The column {name} is there {times} times. Keep one.", name=name, times=header.count(name)
        )
        found.add(Finding("REPEATED_COLUMN", message, "1", name, file=file))
    return not repeated and bool(set(header) & set(names))


def _unknown(name: str, names: Sequence[str]) -> str:
    if not name:
        return Message("A column has no name. Name or remove it.")
    near = get_close_matches(name, names, 1, 0.6)
    hint = Message(" Remove it, or rename it.")
    if near:
        hint = Message(" Is it {near}? Units are part of the name.", near=near[0])
    return Message("There is no column “{name}” on this level.{hint}", name=shortened(name), hint=hint)
