"""Reads what `make bench` stored: every table with its title and how it was measured."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from app.paths import ROOT

FOLDER: Final = ROOT / "docs" / "bench"
_CELL_BORDER: Final = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One table of a bench run; cells are text as they were printed."""

    title: str
    note: str
    frame: pd.DataFrame


def bench_tables(folder: Path = FOLDER) -> tuple[ResultTable, ...]:
    """Return the tables of the stored report, in its order; none if no report was stored.

    The report is `README.md` in `folder`: per table a heading of level 2, a note, and a Markdown table.
    """
    report = folder / "README.md"
    if not report.is_file():
        return ()
    sections = re.split(r"^## ", report.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return tuple(_table(section) for section in sections)


def stored_rows(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Return all rows of one table of the bench, from `<name>.csv`; an empty frame if it was not stored.

    Columns of numbers are numbers, empty cells are missing.
    """
    path = folder / f"{name}.csv"
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def _table(section: str) -> ResultTable:
    title, *lines = section.splitlines()
    grid = [_cells(line) for line in lines if line.startswith("|")]
    note = " ".join(line for line in lines if line and not line.startswith("|"))
    head, rows = (grid[0], grid[2:]) if grid else ([], [])
    return ResultTable(title.strip(), note, pd.DataFrame(rows, columns=head))


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELL_BORDER.split(line.strip())[1:-1]]
