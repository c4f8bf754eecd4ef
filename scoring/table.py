"""Reads one device's measurements from CSV text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from data.budgets import TABLE
from scoring.errors import ScoringError
from scoring.measurements import MeasuredRow, check_rows

COLUMNS: Final = ("dnn_id", "delegate", "avg_power_w", "energy_per_inference_j")
"""The columns a file needs, in any order; others are ignored. Power in W, energy in J."""

MAX_ROWS: Final = 10_000
"""Far above the 35 rows of a device; a longer file is something else."""
MAX_FILE_BYTES: Final = 10_000_000
"""A thousand bytes for each of those rows: names and notes included, and never megabytes for nothing."""

_EMPTY: Final = frozenset({"", "/", "-", "na", "n/a", "nan", "none", "null"})


def read_table(content: bytes, name: str) -> tuple[MeasuredRow, ...]:
    """Return the checked rows of the file `name`.

    Raises ScoringError: `FILE_TOO_LARGE`, `NOT_CSV`, and those of `parse_table`.
    """
    if len(content) > MAX_FILE_BYTES:
        raise ScoringError(
            "FILE_TOO_LARGE",
            "{name} is larger than {megabytes} MB; one device has 35 rows. Give the rows of one device.",
            name=name,
            megabytes=MAX_FILE_BYTES // 1_000_000,
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScoringError(
            "NOT_CSV", "{name} is not text in UTF-8. Save it as comma-separated text in UTF-8.", name=name
        ) from error
    return parse_table(text)


def parse_table(text: str) -> tuple[MeasuredRow, ...]:
    """Return the checked rows of a CSV table with a header line.

    Raises ScoringError: `EMPTY_FILE`, `MISSING_COLUMNS`, `TOO_MANY_COLUMNS`, `SEVERAL_DEVICES`,
    `TOO_MANY_ROWS`, `NOT_A_NUMBER`, `MISSING_NAME`, and those of `check_rows`.
    """
    text = text.removeprefix("\ufeff")
    reader = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True, delimiter=_separator(text))
    try:
        header = [name.strip() for name in reader.fieldnames or []]
        _check_header(header)
        reader.fieldnames = header
        lines = _lines(reader)
    except csv.Error as error:
        raise ScoringError(
            "NOT_CSV",
            "This is not a CSV table ({error}). Save it as comma-separated text with a header.",
            error=str(error),
        ) from error
    _check_one_device(lines)
    return check_rows(_row(line, number) for number, line in lines)


def _separator(text: str) -> str:
    """A semicolon or tab where the header has one and no comma, as some spreadsheets write; else a comma."""
    header = text.lstrip("\r\n").partition("\n")[0]
    return next((mark for mark in ";\t" if mark in header and "," not in header), ",")


def _lines(reader: csv.DictReader[str]) -> list[tuple[int, dict[str, str]]]:
    lines: list[tuple[int, dict[str, str]]] = []
    for line in reader:
        if len(lines) >= MAX_ROWS:
            raise ScoringError(
                "TOO_MANY_ROWS",
                "The file has more than {max_rows:,} rows; one device has 35. Give the rows of one device.",
                max_rows=MAX_ROWS,
            )
        lines.append((reader.line_num, {key: value or "" for key, value in line.items() if key is not None}))
    if not lines:
        raise ScoringError(
            "EMPTY_FILE", "The file has a header but no rows. Add one row per network and delegate."
        )
    return lines


def _check_header(header: Sequence[str]) -> None:
    if not any(header):
        raise ScoringError(
            "EMPTY_FILE", "The file is empty. It needs a header with {columns}.", columns=", ".join(COLUMNS)
        )
    if len(header) > TABLE.columns:  # each row would get a cell for each of them, also where it has none
        raise ScoringError(
            "TOO_MANY_COLUMNS",
            "The header names {columns:,} columns; at most {most:,} are read. Keep {needed}.",
            columns=len(header),
            most=TABLE.columns,
            needed=", ".join(COLUMNS),
        )
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise ScoringError(
            "MISSING_COLUMNS",
            "The header lacks {missing}. It has to name {columns} (power in W, energy in J).",
            missing=", ".join(missing),
            columns=", ".join(COLUMNS),
        )


def _check_one_device(lines: Sequence[tuple[int, dict[str, str]]]) -> None:
    devices = {line["device_id"] for _, line in lines if "device_id" in line}
    if len(devices) > 1:
        raise ScoringError(
            "SEVERAL_DEVICES",
            "The file holds {devices} devices, but a score belongs to one. Keep the rows of one device_id.",
            devices=len(devices),
        )


def _row(line: dict[str, str], number: int) -> MeasuredRow:
    dnn_id, delegate = line["dnn_id"].strip(), line["delegate"].strip()
    if not dnn_id or not delegate:
        raise ScoringError(
            "MISSING_NAME",
            "Line {number} has no dnn_id or no delegate. Name both, or remove the line.",
            number=number,
        )
    return MeasuredRow(
        dnn_id,
        delegate,
        _figure(line["avg_power_w"], "avg_power_w", number),
        _figure(line["energy_per_inference_j"], "energy_per_inference_j", number),
    )


def _figure(text: str, column: str, number: int) -> float | None:
    if text.strip().lower() in _EMPTY:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise ScoringError(
            "NOT_A_NUMBER",
            "Line {number}: {column} is {given!r}, which is not a number. Use a decimal point, or "
            "leave the cell empty if it was not measured.",
            number=number,
            column=column,
            given=text.strip()[:40],
        ) from error
